-- Gives messages what they come with; those that have it, and those that were deleted since, stay as they are.
-- $1: names of conversations, $2: ms, $3: seq, $4: attachments. Index: conversations_name, the primary key of messages.
-- Apart from storing the messages, which most often come with nothing, and are not to pay for it.
update history.messages m
set attachments = a.attachments
from unnest($1::text[], $2::bigint[], $3::integer[], $4::text[]) as a (name, ms, seq, attachments)
where m.conversation = (select c.key from history.conversations c where c.name = a.name)
    and m.ms = a.ms and m.seq = a.seq and m.attachments is null and m.deleted is not true
