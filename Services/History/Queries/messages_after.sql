-- The oldest messages of a conversation within some intervals of ids, oldest first; the ends of an interval are not in it.
-- $1: the conversation's key, $2, $3: starts (ms, seq), $4, $5: ends, $6: how many. As messages_before otherwise.
select m.ms, m.seq, m.sender, m.data, m.attachments, m.changed_ms, m.deleted
from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::integer[]) as i (from_ms, from_seq, to_ms, to_seq)
cross join lateral (
    select b.ms, b.seq, b.sender, b.data, b.attachments, b.changed_ms, b.deleted
    from history.messages b
    where b.conversation = $1
        and b.ms >= i.from_ms and b.ms <= i.to_ms
        and (b.ms, b.seq) > (i.from_ms, i.from_seq) and (b.ms, b.seq) < (i.to_ms, i.to_seq)
    order by b.ms, b.seq
    limit $6
) m
order by m.ms, m.seq
limit $6
