-- Stores messages of which none is there yet, and moves the last message of their conversations forward: as add_messages, but where one is there the whole is
-- refused (23505). It need not look, before each, whether it is there, nor write each so that it can be taken back by itself.
-- $1 to $8: as there. Index: conversations_name, the primary key of messages.
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
