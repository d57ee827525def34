-- What a user may read: the memberships during which something was said, those that last first. $1: user, $2: how many.
-- Index: members_member in its order, then the primary key of conversations.
select i.conversation, c.name, i.joined_ms, i.joined_seq, i.left_ms, i.left_seq, c.last_ms
from history.members i
join history.conversations c on c.key = i.conversation
where i.member = $1 and (c.last_ms, c.last_seq) > (i.joined_ms, i.joined_seq)
order by i.left_ms desc
limit $2
