-- Makes users members of a conversation from an entry of the log on, those who are not at that point.
-- A repeat finds the membership it made, lasting or ended, and does nothing. Index: the primary key of members.
-- $1: name of the conversation, $2: ms, $3: seq, $4: users.
insert into history.members (conversation, member, joined_ms, joined_seq)
select c.key, u.member, $2, $3
from history.conversations c
cross join unnest($4::text[]) as u (member)
where c.name = $1
    and not exists (
        select
        from history.members i
        where i.conversation = c.key and i.member = u.member
            and (i.joined_ms, i.joined_seq) <= ($2, $3) and (i.left_ms, i.left_seq) > ($2, $3)
    )
on conflict do nothing
