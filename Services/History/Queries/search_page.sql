-- Messages found, in the order given, with what the search meets in them marked; those left out that it does not meet any more, since they were changed or removed
-- and the index does not know yet. $1: the search, $2: keys of conversations, $3: ms, $4: seq. Index: the primary key of messages.
select p.conversation, m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted,
    history.search_headline(m.data, history.search_query($1))
from unnest($2::bigint[], $3::bigint[], $4::integer[]) with ordinality as p (conversation, ms, seq, place)
join history.messages m on m.conversation = p.conversation and m.ms = p.ms and m.seq = p.seq
where history.search_words(m.conversation, m.data) @@ history.search_query($1)
order by p.place
