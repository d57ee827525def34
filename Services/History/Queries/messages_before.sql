-- The newest messages of a conversation within some intervals of ids, newest first; the ends of an interval are not in it.
-- $1: the conversation's key, $2, $3: starts (ms, seq), $4, $5: ends, $6: how many.
-- The bounds on ms alone let whole partitions be left out; the primary key gives the order, so only what is returned is read.
select m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted
from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::integer[]) as i (from_ms, from_seq, to_ms, to_seq)
cross join lateral (
    select b.ms, b.seq, b.sender, b.data, b.attachments, b.changed_ms, b.deleted
    from history.messages b
    where b.conversation = $1
        and b.ms >= i.from_ms and b.ms <= i.to_ms
        and (b.ms, b.seq) > (i.from_ms, i.from_seq) and (b.ms, b.seq) < (i.to_ms, i.to_seq)
    order by b.ms desc, b.seq desc
    limit $6
) m
order by m.ms desc, m.seq desc
limit $6
