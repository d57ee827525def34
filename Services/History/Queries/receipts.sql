-- Who is in a conversation now or has read in it, by user, and up to where. $1: its key, $2: after this user, $3: how many.
-- Index: the primary keys of members and marks, each in its order.
select p.member, k.ms, k.seq, k.at
from (
    (
        select i.member
        from history.members i
        where i.conversation = $1 and i.member > $2 and i.left_ms = 9223372036854775807
        order by i.member
        limit $3
    )
    union
    (
        select r.member
        from history.marks r
        where r.conversation = $1 and r.member > $2
        order by r.member
        limit $3
    )
) p
left join history.marks k on k.conversation = $1 and k.member = p.member
order by p.member
limit $3
