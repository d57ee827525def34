-- The groups that a user is a member of, by key. $1: user, $2: after this key, $3: how many. Index: members_member, the primary key of conversations.
select c.key, c.name
from history.members i
join history.conversations c on c.key = i.conversation
where i.member = $1 and i.left_ms = 9223372036854775807 and i.conversation > $2 and c.name >= 'group:' and c.name < 'group;'
order by i.conversation
limit $3
