-- One message. $1: the conversation's key, $2: ms, $3: seq. Index: the primary key of messages, of one partition.
select m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted
from history.messages m
where m.conversation = $1 and m.ms = $2 and m.seq = $3
