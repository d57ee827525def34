-- Which messages of a conversation are a user's, among so many of it; and the last that was looked at, whoever's it is.
-- $1: the conversation's key, $2: user, $3, $4: behind this place (ms, seq), $5: how many. Index: the primary key of messages alone.
with looked as materialized (
    select b.ms, b.seq, b.sender
    from history.messages b
    where b.conversation = $1 and b.ms >= $3 and (b.ms, b.seq) > ($3, $4)
    order by b.ms, b.seq
    limit $5
)
select l.ms, l.seq, l.sender = $2
from looked l
where l.sender = $2 or (l.ms, l.seq) = (select e.ms, e.seq from looked e order by e.ms desc, e.seq desc limit 1)
order by l.ms, l.seq
