-- How far each partition of the log is stored, which database this is, and whether it is a standby; without positions one row of nulls says the rest.
-- Which it is, the moment tells at which its first migration was applied (in microseconds; 0 where that is not known): every copy has the same.
-- Index: the primary key of positions, of which there are as many as partitions; that of migrations, once.
select k.partition, k.ms, k.seq, coalesce(o.at, 0), pg_is_in_recovery()
from (
    select (
        select (extract(epoch from g.applied_at) * 1000000)::bigint
        from history.migrations g
        where g.version = 1
    )
) o (at)
left join (
    select p.partition, p.ms, p.seq
    from history.positions p
    order by p.partition
) k on true
