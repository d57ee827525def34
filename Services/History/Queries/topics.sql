-- Topics by name. $1: behind this name, $2: how many. Index: conversations_name.
select c.key, c.name
from history.conversations c
where c.name > $1 and c.name >= 'topic:' and c.name < 'topic;'
order by c.name
limit $2
