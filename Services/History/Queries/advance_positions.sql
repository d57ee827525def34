-- Notes how far partitions of the log are stored. $1: partitions (each once), $2: ms, $3: seq. Index: the primary key of positions.
insert into history.positions as k (partition, ms, seq)
select p.partition, p.ms, p.seq
from unnest($1::integer[], $2::bigint[], $3::integer[]) as p (partition, ms, seq)
on conflict (partition) do update
set ms = excluded.ms, seq = excluded.seq
where (k.ms, k.seq) < (excluded.ms, excluded.seq)
