-- Takes or keeps the lease to fill the index of words, if it is free or this one's, and gives whether it is held by this one, and the place of the index.
-- $1: who asks, $2: for how many milliseconds. No row: there is no search. One row.
with taken as (
    update history.search_index s
    set holder = $1, held_until = now() + $2 * interval '1 millisecond'
    where s.held_until < now() or (s.holder = $1 and s.held_until < now() + $2 * interval '0.5 millisecond')
    returning true
)
select exists (select from taken) or (s.holder = $1 and s.held_until > now()), s.ms, s.seq
from history.search_index s
