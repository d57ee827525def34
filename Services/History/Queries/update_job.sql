-- Writes down how far a job is. $1: id, $2: state, $3: step, $4: progress, $5: total, -1: as it was, $6: error, empty for none, $7: failures.
-- Index: the primary key of jobs.
update history.jobs j
set state = $2, step = $3, progress = $4, total = case when $5 < 0 then j.total else $5 end, error = nullif($6, ''),
    failures = $7, updated = floor(extract(epoch from clock_timestamp()) * 1000)::bigint
where j.id = $1
