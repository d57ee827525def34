-- Makes the messages of a user tombstones, and removes what they said before they were changed: a slice, of at most so many messages
-- looked at, whoever's they are. $1: user, $2: up to these milliseconds, $3, $4, $5: behind this place (conversation, ms, seq), $6: how many.
-- The reply: how many were looked at and how many made tombstones, and the last place looked at.
-- Index: the primary key of messages, which has the sender: it alone is read for those of others; the primary key of originals.
with looked as materialized (
    select m.conversation, m.ms, m.seq, m.sender
    from history.messages m
    where (m.conversation, m.ms, m.seq) > ($3, $4, $5)
    order by m.conversation, m.ms, m.seq
    limit $6
), gone as (
    update history.messages m
    set data = 'null', attachments = null, changed_ms = $2, changed_seq = 0, deleted = true
    from looked l
    where l.sender = $1 and l.ms <= $2
        and m.conversation = l.conversation and m.ms = l.ms and m.seq = l.seq
        and m.deleted is not true
    returning 1
), forgotten as (
    delete from history.originals o
    where o.ctid = any (array(
        select f.place
        from looked l
        cross join lateral (
            select x.ctid as place
            from history.originals x
            where x.conversation = l.conversation and x.ms = l.ms and x.seq = l.seq
            offset 0
        ) f
        where l.sender = $1 and l.ms <= $2
    ))
    returning 1
)
select (select count(*) from looked), (select count(*) from gone), e.conversation, e.ms, e.seq
from (select count(*) from forgotten) f
left join lateral (
    select l.conversation, l.ms, l.seq from looked l order by l.conversation desc, l.ms desc, l.seq desc limit 1
) e on true
