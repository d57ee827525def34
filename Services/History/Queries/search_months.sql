-- The months that messages are kept of, newest first, by their first millisecond. A few rows of Postgres' catalogues.
select extract(epoch from to_date(right(c.relname, 7), 'YYYY_MM')::timestamp)::bigint * 1000
from pg_catalog.pg_inherits p
join pg_catalog.pg_class c on c.oid = p.inhrelid
where p.inhparent = 'history.words'::regclass and not p.inhdetachpending and c.relname ~ '^words_\d{4}_\d{2}$'
order by 1 desc
