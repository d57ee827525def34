-- Removes what messages said before they were changed where the messages themselves are too old for any rule: a slice.
-- $1: before these milliseconds, $2: how many. The reply: how many. The table is read from end to end: it has what was changed alone, and only where that is kept.
with gone as (
    delete from history.originals o
    where o.ctid = any (array(select d.ctid from history.originals d where d.ms < $1 limit $2))
    returning 1
)
select count(*) from gone
