-- Makes users members of a group from an entry of the log on, as join_members does, if message-router applies that change too: the group
-- has to be alive at that point, and has at most so many members afterwards. All or none. Index: the primary key of members.
-- $1: name of the conversation, $2: ms, $3: seq, $4: users, $5: the most members.
insert into history.members (conversation, member, joined_ms, joined_seq)
select c.key, u.member, $2, $3
from history.conversations c
cross join unnest($4::text[]) as u (member)
where c.name = $1
    and exists (
        select
        from history.members g
        where g.conversation = c.key and g.member = ''
            and (g.joined_ms, g.joined_seq) < ($2, $3) and (g.left_ms, g.left_seq) > ($2, $3)
    )
    and (
        select count(*)
        from (
            select a.member
            from history.members a
            where a.conversation = c.key and a.member <> ''
                and (a.joined_ms, a.joined_seq) < ($2, $3) and (a.left_ms, a.left_seq) > ($2, $3)
            union
            select n.member from unnest($4::text[]) as n (member)
        ) together
    ) <= $5
    and not exists (
        select
        from history.members i
        where i.conversation = c.key and i.member = u.member
            and (i.joined_ms, i.joined_seq) <= ($2, $3) and (i.left_ms, i.left_seq) > ($2, $3)
    )
on conflict do nothing
