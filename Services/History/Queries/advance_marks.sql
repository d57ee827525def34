-- Moves read marks forward; those of conversations that are not known, or of users who were not in them when they said so, are nothing.
-- Whoever may read a topic is not known here: their marks are taken.
-- $1: names of conversations, $2: users (each pair once), $3: ms, $4: seq, $5: when. Index: conversations_name, the primary keys of marks and members.
insert into history.marks as k (conversation, member, ms, seq, at)
select c.key, m.member, m.ms, m.seq, m.at
from unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bigint[]) as m (name, member, ms, seq, at)
join history.conversations c on c.name = m.name
where starts_with(m.name, 'topic:') or exists (
    select
    from history.members i
    where i.conversation = c.key and i.member = m.member and i.joined_ms <= m.at and i.left_ms >= m.at
)
on conflict (conversation, member) do update
set ms = excluded.ms, seq = excluded.seq, at = excluded.at
where (k.ms, k.seq) < (excluded.ms, excluded.seq)
