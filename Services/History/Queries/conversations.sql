-- A user's conversations, the one with the newest message first: at least as many as asked for if there are, and then all that
-- share the last one's place. The place is the id of the last message, or of joining where nothing was said since.
-- With each: the last message, if the user may read it; the user's read mark; how many of the messages after the mark
-- (the first 2,000 at most) are others', and how many there are. $1: user, $2, $3: before this place (ms, seq), $4: how many.
-- Index: members_member, then the primary keys of conversations, messages and marks; counting reads the index alone.
select o.name, o.place_ms, o.place_seq, m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted,
    k.ms, k.seq, u.others, u.examined
from (
    select i.conversation, c.name, p.ms as place_ms, p.seq as place_seq, p.is_message, i.joined_ms, i.joined_seq
    from history.members i
    join history.conversations c on c.key = i.conversation
    cross join lateral (
        select c.last_ms, c.last_seq, true where (c.last_ms, c.last_seq) > (i.joined_ms, i.joined_seq)
        union all
        select i.joined_ms, i.joined_seq, false where (c.last_ms, c.last_seq) <= (i.joined_ms, i.joined_seq)
    ) p (ms, seq, is_message)
    where i.member = $1 and i.left_ms = 9223372036854775807 and (p.ms, p.seq) < ($2, $3)
    order by p.ms desc, p.seq desc
    fetch first ($4) rows with ties
) o
left join history.messages m
    on o.is_message and m.conversation = o.conversation and m.ms = o.place_ms and m.seq = o.place_seq
left join history.marks k on k.conversation = o.conversation and k.member = $1
cross join lateral (
    select case when (k.ms, k.seq) > (o.joined_ms, o.joined_seq) then k.ms else o.joined_ms end as ms,
        case when (k.ms, k.seq) > (o.joined_ms, o.joined_seq) then k.seq else o.joined_seq end as seq
) f
cross join lateral (
    select count(*) filter (where s.sender <> $1) as others, count(*) as examined
    from (
        select b.sender
        from history.messages b
        where (f.ms, f.seq) < (o.place_ms, o.place_seq)
            and b.conversation = o.conversation and b.ms >= f.ms and b.ms <= o.place_ms and (b.ms, b.seq) > (f.ms, f.seq)
        order by b.ms, b.seq
        limit 2000
    ) s
) u
order by o.place_ms desc, o.place_seq desc, o.name
