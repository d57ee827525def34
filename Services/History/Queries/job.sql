-- One job. $1: its id. Index: the primary key of jobs.
select j.id, j.kind, j.argument, j.state, j.step, j.progress, j.total, j.error, j.failures, j.created, j.updated
from history.jobs j
where j.id = $1
