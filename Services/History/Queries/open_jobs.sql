-- How many jobs wait or run. Index: jobs_open.
select count(*) from history.jobs j where j.state in ('waiting', 'running')
