-- The schema that all of history's tables are in.
create schema history
