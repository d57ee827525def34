-- Moves read marks forward; those of conversations that are not known are nothing.
-- $1: names of conversations, $2: users (each pair once), $3: ms, $4: seq, $5: when. Index: conversations_name, the primary key of marks.
insert into history.marks as k (conversation, member, ms, seq, at)
select c.key, m.member, m.ms, m.seq, m.at
from unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bigint[]) as m (name, member, ms, seq, at)
join history.conversations c on c.name = m.name
on conflict (conversation, member) do update
set ms = excluded.ms, seq = excluded.seq, at = excluded.at
where (k.ms, k.seq) < (excluded.ms, excluded.seq)
