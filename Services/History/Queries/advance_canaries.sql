-- Notes the newest canary of each partition.
-- $1: partitions (each once), $2: ms, $3: seq. Index: the primary key of canaries.
insert into history.canaries as k (partition, ms, seq, at)
select c.partition, c.ms, c.seq, floor(extract(epoch from clock_timestamp()) * 1000)::bigint
from unnest($1::integer[], $2::bigint[], $3::integer[]) as c (partition, ms, seq)
on conflict (partition) do update
set ms = excluded.ms, seq = excluded.seq, at = excluded.at
where (k.ms, k.seq) < (excluded.ms, excluded.seq)
