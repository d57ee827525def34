-- Takes or renews a lease, unless it is another's; a row says that it is held now. Within a transaction it keeps all others from it until
-- the end. $1: name, $2: holder, $3: for how many milliseconds. Index: the primary key of leases.
insert into history.leases as l (name, holder, until)
values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (name) do update
set holder = excluded.holder, until = excluded.until
where l.holder = excluded.holder or l.until < clock_timestamp()
returning true
