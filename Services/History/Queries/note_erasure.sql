-- Notes up to when a user is erased. $1: user, $2: milliseconds. Index: the primary key of erasures.
insert into history.erasures as e (member, ms)
values ($1, $2)
on conflict (member) do update
set ms = greatest(e.ms, excluded.ms)
