-- The same word for a conversation, said so that Postgres puts it into the statement that asks for it and need not call a function for each message:
-- a bigint beside `||` goes by a conversion that might give something else another time, its text does not.
create or replace function history.search_scope(conversation bigint) returns text
language sql immutable strict parallel safe
return chr(1) || conversation::text;
