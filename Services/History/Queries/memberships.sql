-- A user's memberships, by conversation. $1: user, $2, $3, $4: behind this place (conversation, joined ms, joined seq), $5: how many.
-- What is sorted is one user's memberships, in the index alone. Index: members_member, the primary key of conversations, that of marks.
select i.conversation, c.name, i.joined_ms, i.joined_seq, i.left_ms, i.left_seq, k.ms, k.seq, k.at
from (
    select o.conversation, o.joined_ms, o.joined_seq, o.left_ms, o.left_seq
    from history.members o
    where o.member = $1 and (o.conversation, o.joined_ms, o.joined_seq) > ($2, $3, $4)
    order by o.conversation, o.joined_ms, o.joined_seq
    limit $5
) i
join history.conversations c on c.key = i.conversation
left join history.marks k on k.conversation = i.conversation and k.member = $1
order by i.conversation, i.joined_ms, i.joined_seq
