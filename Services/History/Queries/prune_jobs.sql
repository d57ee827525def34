-- Removes jobs that came to their end so many milliseconds ago, and those beyond so many newer ones.
-- $1: milliseconds, $2: how many. Index: the primary key of jobs, of which there are few.
delete from history.jobs j
where j.state in ('done', 'failed')
    and (
        j.updated < floor(extract(epoch from clock_timestamp()) * 1000)::bigint - $1
        or j.id <= (select o.id from history.jobs o order by o.id desc offset $2 limit 1)
    )
