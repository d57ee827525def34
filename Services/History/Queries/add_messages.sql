-- Stores messages of which none is there yet, and moves the last message of their conversations forward. Where one is there the whole is refused (23505); with
-- `on conflict do nothing` behind it, those that are there stay as they are, which costs a third more, as each is looked for before it is written.
-- $1: names of conversations, each once, $2: ms, $3: seq of the newest message of each; then for each message $4: which of these
-- conversations it is in (from 1), $5: ms, $6: seq, $7: sender, $8: data. Index: conversations_name, the primary key of messages.
-- A conversation is looked up once for all its messages, by the step that moves it. Where one is missing there are no keys at all, and the
-- whole is refused (23502): no message may get the key of another's.
with moved as (
    update history.conversations c
    set last_ms = case when (c.last_ms, c.last_seq) < (l.ms, l.seq) then l.ms else c.last_ms end,
        last_seq = case when (c.last_ms, c.last_seq) < (l.ms, l.seq) then l.seq else c.last_seq end
    from unnest($1::text[], $2::bigint[], $3::integer[]) with ordinality as l (name, ms, seq, place)
    where c.name = l.name
    returning l.place, c.key
),
found as (
    select case when count(*) = cardinality($1::text[]) then array_agg(o.key order by o.place) end as keys
    from moved o
)
insert into history.messages (conversation, ms, seq, sender, data)
select (select f.keys from found f)[m.place], m.ms, m.seq, m.sender, m.data
from unnest($4::integer[], $5::bigint[], $6::integer[], $7::text[], $8::text[]) as m (place, ms, seq, sender, data)
