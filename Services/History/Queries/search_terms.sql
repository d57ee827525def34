-- What a search asks for: how many words and operators, and whether there is a word to be met (and not only words that must not be there); and up to where
-- words are indexed. $1: what somebody typed. No row: there is no index.
select numnode(t.words), querytree(t.words) not in ('', 'T'), s.ms, s.seq
from (select history.search_query($1)) t (words)
cross join history.search_index s
