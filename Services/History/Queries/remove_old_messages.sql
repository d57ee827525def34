-- Removes old messages of some conversations: a slice, of at most so many conversations and so many messages.
-- $1, $2: names from and before, $3, $4: from and before (milliseconds), $5: how many conversations, $6: how many messages.
-- The reply: how many were removed, the last conversation of which some were, and how many conversations were looked at, the last of which.
-- Index: conversations_name, the primary key of messages, of the months between the two instants.
with looked as materialized (
    select c.key, c.name
    from history.conversations c
    where c.name >= $1 and c.name < $2
    order by c.name
    limit $5
), doomed as materialized (
    select n.key, n.name, d.ms, d.seq
    from (select l.key, l.name from looked l order by l.name) n
    cross join lateral (
        select m.ms, m.seq
        from history.messages m
        where m.conversation = n.key and m.ms >= $3 and m.ms < $4
        order by m.ms, m.seq
        limit $6
    ) d
    order by n.name
    limit $6
), gone as (
    delete from history.messages m
    using doomed d
    where m.conversation = d.key and m.ms = d.ms and m.seq = d.seq
    returning 1
), forgotten as (
    delete from history.originals o
    where o.ctid = any (array(
        select f.place
        from doomed d
        cross join lateral (
            select x.ctid as place
            from history.originals x
            where x.conversation = d.key and x.ms = d.ms and x.seq = d.seq
            offset 0
        ) f
    ))
    returning 1
)
select
    (select count(*) from gone), (select count(*) from doomed), coalesce((select max(d.name) from doomed d), ''),
    (select count(*) from looked), coalesce((select max(n.name) from looked n), '')
