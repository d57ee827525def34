-- The newest messages of some conversations, within a month and within intervals of ids, that a search meets, newest first: at least as many
-- as asked for if there are, and then all that share the last one's id. The ends of an interval are not in it.
-- $1: the search, $2: the conversations' keys, each once, $3: the keys again, interval by interval, $4, $5: starts (ms, seq), $6, $7: ends,
-- $8: the month's first ms, $9: the next month's, $10, $11: before (ms, seq), $12: how many.
-- Index: words_words of one partition. What it finds is put down before the intervals are looked at, as there they would tempt into
-- reading whole conversations.
with hits as materialized (
    select w.conversation, w.ms, w.seq
    from history.words w
    where w.words @@ history.search_within($2::bigint[], history.search_query($1))
        and w.ms >= $8 and w.ms < $9 and (w.ms, w.seq) < ($10, $11)
)
select h.conversation, h.ms, h.seq
from hits h
join unnest($3::bigint[], $4::bigint[], $5::integer[], $6::bigint[], $7::integer[])
    as i (conversation, from_ms, from_seq, to_ms, to_seq)
    on i.conversation = h.conversation
        and (h.ms, h.seq) > (i.from_ms, i.from_seq) and (h.ms, h.seq) < (i.to_ms, i.to_seq)
order by h.ms desc, h.seq desc
fetch first ($12) rows with ties
