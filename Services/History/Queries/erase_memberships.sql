-- Removes what is over of a user's memberships in groups, and has those in direct conversations, whose names say who is in them, begin
-- where the erasure is: a slice. $1: user, $2: milliseconds, $3: how many. The reply: how many it was.
-- Index: members_member, the primary keys of conversations and members.
with doomed as materialized (
    select i.conversation, i.joined_ms, i.joined_seq, c.name >= 'dm:' and c.name < 'dm;' as is_direct
    from history.members i
    join history.conversations c on c.key = i.conversation
    where i.member = $1 and i.joined_ms < $2
        and (i.left_ms <> 9223372036854775807 or (c.name >= 'dm:' and c.name < 'dm;'))
    limit $3
), gone as (
    delete from history.members i
    using doomed d
    where not d.is_direct
        and i.conversation = d.conversation and i.member = $1 and i.joined_ms = d.joined_ms and i.joined_seq = d.joined_seq
    returning 1
), moved as (
    update history.members i
    set joined_ms = $2, joined_seq = 0
    from doomed d
    where d.is_direct
        and i.conversation = d.conversation and i.member = $1 and i.joined_ms = d.joined_ms and i.joined_seq = d.joined_seq
    returning 1
)
select (select count(*) from gone) + (select count(*) from moved)
