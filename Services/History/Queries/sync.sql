-- Everything for a user after an id and up to another, over all conversations, oldest first: at least as many as asked for if
-- there are, and then all that share the last one's id, since ids are unique only within a conversation.
-- $1: user, $2, $3: after (ms, seq), $4, $5: up to, $6: how many.
-- The first few of each conversation with something new, all together, show where the page ends at the latest: the last of so many of them. So what is read
-- of busy conversations is what is near the page, and not as many as asked for of each. Then which ones, in the indexes alone; then the messages themselves.
-- Index: members_member, the primary keys of conversations and messages. The bounds on ms alone let whole partitions be left out, before it begins and for each conversation.
with active as materialized (
    select i.conversation, c.name, greatest(i.joined_ms, $2) as from_ms,
        case when (i.joined_ms, i.joined_seq) > ($2, $3) then i.joined_seq else $3 end as from_seq,
        i.left_ms, i.left_seq
    from history.members i
    join history.conversations c on c.key = i.conversation and (c.last_ms, c.last_seq) > ($2, $3)
    where i.member = $1 and i.left_ms >= $2
), sample as (
    select p.ms, p.seq
    from active a
    cross join lateral (
        select b.ms, b.seq
        from history.messages b
        where b.conversation = a.conversation
            and b.ms >= $2 and b.ms >= a.from_ms and b.ms <= $4 and b.ms <= a.left_ms
            and (b.ms, b.seq) > (a.from_ms, a.from_seq) and (b.ms, b.seq) <= ($4, $5)
            and (b.ms, b.seq) < (a.left_ms, a.left_seq)
        order by b.ms, b.seq
        limit 4
    ) p
    order by p.ms, p.seq
    offset $6 - 1
    limit 1
), bound as materialized (
    select coalesce(s.ms, $4) as ms, coalesce(s.seq, $5) as seq
    from (select) one
    left join sample s on true
)
select w.name, m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted
from (
    select a.conversation, a.name, p.ms, p.seq
    from bound e
    cross join active a
    cross join lateral (
        select b.ms, b.seq
        from history.messages b
        where b.conversation = a.conversation
            and b.ms >= $2 and b.ms >= a.from_ms and b.ms <= $4 and b.ms <= e.ms and b.ms <= a.left_ms
            and (b.ms, b.seq) > (a.from_ms, a.from_seq) and (b.ms, b.seq) <= (e.ms, e.seq)
            and (b.ms, b.seq) < (a.left_ms, a.left_seq)
        order by b.ms, b.seq
        limit $6
    ) p
    order by p.ms, p.seq
    fetch first ($6) rows with ties
) w
join history.messages m on m.conversation = w.conversation and m.ms = w.ms and m.seq = w.seq
order by m.ms, m.seq, w.name
