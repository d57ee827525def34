-- A conversation's key, its last message and a user's memberships in it, oldest first. No row: there is no such conversation; one row of nulls
-- after that: the user was never a member. $1: name, $2: user. Index: conversations_name, the primary key of members.
select c.key, c.last_ms, c.last_seq, i.joined_ms, i.joined_seq, i.left_ms, i.left_seq
from history.conversations c
left join history.members i on i.conversation = c.key and i.member = $2
where c.name = $1
order by i.joined_ms, i.joined_seq
