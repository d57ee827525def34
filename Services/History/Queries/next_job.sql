-- The oldest job that is not done. Index: jobs_open.
select j.id, j.kind, j.argument, j.state, j.step, j.progress, j.total, j.error, j.failures, j.created, j.updated
from history.jobs j
where j.state in ('waiting', 'running')
order by j.id
limit 1
