-- The newest canary of each partition. Index: the primary key of canaries, of which there are as many as partitions.
select k.partition, k.ms, k.seq, k.at
from history.canaries k
order by k.partition
