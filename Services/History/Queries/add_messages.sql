-- Stores messages; those that are there already stay as they are.
-- $1: names of conversations, $2: ms, $3: seq, $4: senders, $5: data. Index: conversations_name, the primary key of messages.
insert into history.messages (conversation, ms, seq, sender, data)
select (select c.key from history.conversations c where c.name = m.name), m.ms, m.seq, m.sender, m.data
from unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[]) as m (name, ms, seq, sender, data)
on conflict do nothing
