-- The last message of a conversation up to each of some ids. No row for an id before the first message.
-- $1: the conversation's key, $2, $3: ids (ms, seq). Index: the primary key of messages, from the newest partition on.
select i.ms, i.seq, m.ms, m.seq
from unnest($2::bigint[], $3::integer[]) as i (ms, seq)
cross join lateral (
    select b.ms, b.seq
    from history.messages b
    where b.conversation = $1 and b.ms <= i.ms and (b.ms, b.seq) <= (i.ms, i.seq)
    order by b.ms desc, b.seq desc
    limit 1
) m
