-- Indexes the words of the next messages in the order of their ids, up to an id at most, and moves the place of the index behind them: at least as many as said, if
-- there are, and then all that share the last one's id. $1: who does it, $2, $3: up to this id (ms, seq), $4: how many.
-- No row: it is somebody else's turn, or there is nothing new; that nothing was said is noted every few seconds. The row of search_index is locked, so one at a time.
-- $5: whether with care. Without, a message whose JSON Postgres does not read, or that is in the index already, has the whole refused (classes 22, 23, 54); with it,
-- nothing has, and it takes half as long again.
-- Index: messages_time in its order, from the partition of the place on; the primary key of words.
with place as materialized (
    select s.ms, s.seq, s.language::regconfig as language
    from history.search_index s
    where s.holder = $1 and (s.ms, s.seq) < ($2, $3)
    for update
),
batch as materialized (
    select m.conversation, m.ms, m.seq, m.data, p.language
    from place p
    cross join lateral (
        select b.conversation, b.ms, b.seq, b.data
        from history.messages b
        where b.ms >= p.ms and b.ms <= $2 and (b.ms, b.seq) > (p.ms, p.seq) and (b.ms, b.seq) <= ($2, $3)
        order by b.ms, b.seq
        fetch first ($4) rows with ties
    ) m
),
added as (
    insert into history.words (conversation, ms, seq, words)
    select b.conversation, b.ms, b.seq,
        -- The same words: search_words finds them so too, but has to be ready for what it cannot read.
        case when $5 then history.search_words(b.conversation, b.data)
        else json_to_tsvector(b.language, b.data::json, '["string"]')
            || array_to_tsvector(array[history.search_scope(b.conversation)]) end
    from batch b
    where not $5 or (
        select true
        from history.words w
        where w.conversation = b.conversation and w.ms = b.ms and w.seq = b.seq
    ) is null
),
reached as (
    select count(*) as indexed, max(array[b.ms, b.seq::bigint]) as last
    from batch b
)
update history.search_index s
set ms = case when r.indexed < $4 then $2 else r.last[1] end,
    seq = case when r.indexed < $4 then $3 else r.last[2]::integer end
from reached r
where s.holder = $1 and (s.ms, s.seq) < ($2, $3) and (r.indexed > 0 or s.ms < $2 - 5000)
returning s.ms, s.seq, r.indexed
