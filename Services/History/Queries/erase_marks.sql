-- Removes the read marks of a user: a slice, of at most so many marks looked at, whoever's they are.
-- $1: user, $2, $3: behind this place (conversation, user), $4: how many. The reply: how many were looked at, and the last place.
-- Index: the primary key of marks.
with looked as materialized (
    select k.conversation, k.member
    from history.marks k
    where (k.conversation, k.member) > ($2, $3)
    order by k.conversation, k.member
    limit $4
), gone as (
    delete from history.marks k
    using looked l
    where l.member = $1 and k.conversation = l.conversation and k.member = l.member
    returning 1
)
select (select count(*) from looked), e.conversation, e.member
from (select count(*) from gone) nothing
left join lateral (
    select l.conversation, l.member from looked l order by l.conversation desc, l.member desc limit 1
) e on true
