-- Forgets the parts of the order of names that no rule is about any more. $1, $2: the parts that are (from, before), pair by pair.
-- Index: the primary key of retention, a handful of rows.
delete from history.retention r
where not exists (
    select from unnest($1::text[], $2::text[]) as k (from_name, until_name)
    where k.from_name = r.from_name and k.until_name = r.until_name
)
