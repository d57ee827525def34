-- Ends the memberships of all but some users at an entry of the log, as leave_members does.
-- $1: name of the conversation, $2: ms, $3: seq, $4: users who stay. Index: the primary key of members.
update history.members i
set left_ms = $2, left_seq = $3
where i.conversation = (select c.key from history.conversations c where c.name = $1)
    and not exists (select from unnest($4::text[]) as s (member) where s.member = i.member)
    and (i.joined_ms, i.joined_seq) < ($2, $3) and (i.left_ms, i.left_seq) > ($2, $3)
