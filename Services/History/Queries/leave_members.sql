-- Ends the memberships of users at an entry of the log. A membership made later is not touched, so a repeat does nothing.
-- $1: name of the conversation, $2: ms, $3: seq, $4: users. Index: the primary key of members.
update history.members i
set left_ms = $2, left_seq = $3
where i.conversation = (select c.key from history.conversations c where c.name = $1)
    and i.member = any ($4::text[])
    and (i.joined_ms, i.joined_seq) < ($2, $3) and (i.left_ms, i.left_seq) > ($2, $3)
