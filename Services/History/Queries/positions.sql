-- How far each partition of the log is stored. Index: the primary key of positions, of which there are as many as partitions.
select k.partition, k.ms, k.seq
from history.positions k
order by k.partition
