-- Enters a job, unless the same is waiting or running, and gives it; no row: too many are, or another has just entered the same.
-- $1: kind, $2: argument, $3: how many may be open. Index: jobs_open, jobs_same.
with room as (
    select count(*) < $3 as is_left
    from (select from history.jobs j where j.state in ('waiting', 'running') limit $3) o
), made as (
    insert into history.jobs (kind, argument, created, updated)
    select $1, $2, n.now, n.now
    from room r
    cross join (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now) n
    where r.is_left
    on conflict (kind, argument) where state in ('waiting', 'running') do nothing
    returning id, kind, argument, state, step, progress, total, error, failures, created, updated
)
select m.id, m.kind, m.argument, m.state, m.step, m.progress, m.total, m.error, m.failures, m.created, m.updated
from made m
union all
select j.id, j.kind, j.argument, j.state, j.step, j.progress, j.total, j.error, j.failures, j.created, j.updated
from history.jobs j
where j.kind = $1 and j.argument = $2 and j.state in ('waiting', 'running')
limit 1
