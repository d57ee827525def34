-- Moves the last message of conversations forward. $1: names, each once, $2: ms, $3: seq. Index: conversations_name.
update history.conversations c
set last_ms = l.ms, last_seq = l.seq
from unnest($1::text[], $2::bigint[], $3::integer[]) as l (name, ms, seq)
where c.name = l.name and (c.last_ms, c.last_seq) < (l.ms, l.seq)
