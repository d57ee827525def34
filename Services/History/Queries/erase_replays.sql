-- Makes tombstones of messages that came late, as replays do, if their senders have been erased since.
-- $1: names of conversations, $2: ms, $3: seq. Index: conversations_name, the primary keys of messages and erasures.
update history.messages m
set data = 'null', attachments = null, changed_ms = r.erased, changed_seq = 0, deleted = true
from (
    select b.conversation, b.ms, b.seq, e.ms as erased
    from unnest($1::text[], $2::bigint[], $3::integer[]) as p (name, ms, seq)
    join history.conversations c on c.name = p.name
    join history.messages b on b.conversation = c.key and b.ms = p.ms and b.seq = p.seq
    join history.erasures e on e.member = b.sender and b.ms <= e.ms
    where b.deleted is not true
) r
where m.conversation = r.conversation and m.ms = r.ms and m.seq = r.seq
