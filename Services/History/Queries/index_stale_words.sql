-- Indexes anew the messages that were noted first as changed, removed or late, and gives how many. $1: who does it, $2: how many at most.
-- What the index has not come to yet needs nothing but that it comes to it: what it reads then is what was stored before it was noted here.
-- Index: the primary keys of stale_words, messages and words.
with place as materialized (
    select s.ms, s.seq from history.search_index s where s.holder = $1 for update
),
gone as (
    delete from history.stale_words s
    using (
        select t.number
        from place p
        cross join lateral (select t.number from history.stale_words t order by t.number limit $2) t
    ) t
    where s.number = t.number
    returning s.conversation, s.ms, s.seq
),
each as materialized (
    select g.conversation, g.ms, g.seq, history.search_words(g.conversation, m.data) as words
    from (
        select distinct g.conversation, g.ms, g.seq
        from gone g
        cross join place p
        where (g.ms, g.seq) <= (p.ms, p.seq)
    ) g
    left join history.messages m on m.conversation = g.conversation and m.ms = g.ms and m.seq = g.seq
),
added as (
    insert into history.words (conversation, ms, seq, words)
    select e.conversation, e.ms, e.seq, e.words
    from each e
    where e.words is not null
    on conflict (conversation, ms, seq) do update set words = excluded.words
),
removed as (
    delete from history.words w
    using each e
    where e.words is null and w.conversation = e.conversation and w.ms = e.ms and w.seq = e.seq
)
select count(*) from gone
