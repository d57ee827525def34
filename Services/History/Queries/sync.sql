-- Everything for a user after an id and up to another, over all conversations, oldest first: at least as many as asked for if
-- there are, and then all that share the last one's id, since ids are unique only within a conversation.
-- $1: user, $2, $3: after (ms, seq), $4, $5: up to, $6: how many.
-- First which ones, in the indexes alone, of conversations with something new; then the messages themselves.
-- Index: members_member, the primary keys of conversations and messages.
select w.name, m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted
from (
    select i.conversation, c.name, p.ms, p.seq
    from history.members i
    join history.conversations c on c.key = i.conversation and (c.last_ms, c.last_seq) > ($2, $3)
    cross join lateral (
        select b.ms, b.seq
        from history.messages b
        where b.conversation = i.conversation
            and b.ms >= $2 and b.ms >= i.joined_ms and b.ms <= $4 and b.ms <= i.left_ms
            and (b.ms, b.seq) > ($2, $3) and (b.ms, b.seq) <= ($4, $5)
            and (b.ms, b.seq) > (i.joined_ms, i.joined_seq) and (b.ms, b.seq) < (i.left_ms, i.left_seq)
        order by b.ms, b.seq
        limit $6
    ) p
    where i.member = $1 and i.left_ms >= $2
    order by p.ms, p.seq
    fetch first ($6) rows with ties
) w
join history.messages m on m.conversation = w.conversation and m.ms = w.ms and m.seq = w.seq
order by m.ms, m.seq, w.name
