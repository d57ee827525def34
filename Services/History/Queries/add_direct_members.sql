-- The two users of each dm are its members from the beginning; who has been erased, from then on.
-- $1: names of conversations, $2: users, pair by pair. Index: conversations_name, the primary key of members.
insert into history.members (conversation, member, joined_ms, joined_seq)
select (select c.key from history.conversations c where c.name = p.name), p.member, 0, 0
from unnest($1::text[], $2::text[]) as p (name, member)
where not exists (
    select
    from history.conversations c
    join history.members i on i.conversation = c.key
    where c.name = p.name and i.member = p.member
)
on conflict do nothing
