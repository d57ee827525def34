-- Has messages' words indexed by a language of Postgres' text search, unless they are. $1: its name; null for no index at all.
select history.set_search_language($1)
