-- How far the users have read a conversation, by user. $1: its key, $2: after this user, $3: how many. Index: the primary key of marks.
select k.member, k.ms, k.seq, k.at
from history.marks k
where k.conversation = $1 and k.member > $2
order by k.member
limit $3
