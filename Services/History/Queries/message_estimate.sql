-- About how many messages there are, as of the last time that Postgres counted them.
select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'history.messages'::regclass
