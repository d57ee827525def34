-- Has messages indexed out of turn that are stored behind it. $1: names of conversations, $2: ms, $3: seq. Index: conversations_name.
insert into history.stale_words (conversation, ms, seq)
select c.key, l.ms, l.seq
from unnest($1::text[], $2::bigint[], $3::integer[]) as l (name, ms, seq)
join history.conversations c on c.name = l.name
where exists (select from history.search_index)
