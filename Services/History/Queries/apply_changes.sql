-- Changes messages as users wish, where they may, and says of each wish what became of it. See history.apply_change.
-- $1: names of conversations, $2: ms, $3: seq of the messages, $4: users, $5: ms, $6: seq of the entries that ask, $7: flags, $8: data,
-- $9, $10: for how many ms a message may be edited and deleted by who sent it, $11: whether originals are kept.
-- Index: conversations_name, the primary keys of members, messages and originals.
select a.verdict
from history.apply_changes($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as a (verdict)
