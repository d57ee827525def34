-- The two users of each dm are its members from the beginning.
-- $1: names of conversations, $2: users, pair by pair. Index: conversations_name, the primary key of members.
insert into history.members (conversation, member, joined_ms, joined_seq)
select (select c.key from history.conversations c where c.name = p.name), p.member, 0, 0
from unnest($1::text[], $2::text[]) as p (name, member)
on conflict do nothing
