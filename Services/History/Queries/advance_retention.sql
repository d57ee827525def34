-- Notes that messages before an instant have been removed. $1, $2: names from and before, $3: milliseconds. Index: the primary key of retention.
insert into history.retention as r (from_name, until_name, through_ms)
values ($1, $2, $3)
on conflict (from_name, until_name) do update
set through_ms = greatest(r.through_ms, excluded.through_ms)
