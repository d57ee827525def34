-- Enters conversations not known yet. $1: names, each once.
-- Looked up before, because an insert that meets a conflict uses up a key. Index: conversations_name.
insert into history.conversations (name)
select n.name
from unnest($1::text[]) as n (name)
where not exists (select from history.conversations c where c.name = n.name)
order by n.name
on conflict (name) do nothing
