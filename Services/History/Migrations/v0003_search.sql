-- Full text search: the words of each message, and the conversation that it is in, in a table and an index of their own. They are filled behind ingest, by one
-- history at a time (index_words.sql), so that storing a message costs what it did; months are made and dropped together with those of the messages.
--
-- The words are those of all string values of the client's JSON; names of fields, numbers and the like are not searched. Which language
-- they are reduced by is a setting (SEARCH_LANGUAGE), and a part of the functions below: `set_search_language` makes them, and has the index begin anew.

-- All messages in the order of their ids: how the index follows them. Grows at its end.
create index messages_time on history.messages (ms, seq);

create table history.words (
    ms bigint not null,
    conversation bigint not null,
    seq integer not null,
    words tsvector not null,
    primary key (conversation, ms, seq)
) partition by range (ms);

-- Entries are gathered before they are sorted in, which happens to the indexer or to autovacuum and never to ingest. Searches read what has been gathered
-- from end to end, hence the limit, in kB. Figures: docs/decisions, on words that are indexed behind ingest.
create index words_words on history.words using gin (words) with (fastupdate = on, gin_pending_list_limit = 1024);

-- One row while there is a search, none else: the language of the index, how far it reaches, and which history is at it.
create table history.search_index (
    language text not null,
    -- Of all messages that were stored in the order of their ids, those up to this id are in the index.
    ms bigint not null default 0,
    seq integer not null default 0,
    -- The name of the history that fills it, and until when it alone does.
    holder text not null default '',
    held_until timestamptz not null default '-infinity'
) with (fillfactor = 50);

-- Messages whose words have changed since, or that were stored behind their turn: to be indexed out of turn.
create table history.stale_words (
    number bigint generated always as identity primary key,
    conversation bigint not null,
    ms bigint not null,
    seq integer not null
);

-- Whoever changes or removes messages need not think of their words. Storing them does not come by here.
create function history.note_stale_words() returns trigger
language plpgsql as $$
begin
    if exists (select from history.search_index) then
        insert into history.stale_words (conversation, ms, seq) values (old.conversation, old.ms, old.seq);
    end if;
    return null;
end;
$$;

create trigger messages_stale_words after delete or update of data on history.messages
for each row execute function history.note_stale_words();

-- Makes the partitions of messages and of words for the month (UTC) of an instant in milliseconds, unless they are there. As before otherwise.
create or replace function history.make_message_partition(instant bigint) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    month timestamp := date_trunc('month', to_timestamp(instant / 1000.0) at time zone 'UTC');
    lower bigint := extract(epoch from month at time zone 'UTC')::bigint * 1000;
    upper bigint := extract(epoch from (month + interval '1 month') at time zone 'UTC')::bigint * 1000;
    suffix text := to_char(month, 'YYYY_MM');
    parent text;
    partition text;
begin
    if to_regclass('history.messages_' || suffix) is not null and to_regclass('history.words_' || suffix) is not null then
        return;
    end if;
    lock table history.messages in share update exclusive mode;
    foreach parent in array array['messages', 'words'] loop
        partition := parent || '_' || suffix;
        continue when to_regclass('history.' || partition) is not null;
        execute format('create table history.%I (like history.%I including indexes including storage)', partition, parent);
        execute format(
            'alter table history.%I attach partition history.%I for values from (%s) to (%s)',
            parent, partition, lower, upper);
    end loop;
end;
$$;

-- Drops the partitions of messages and of words for the month of an instant: all of it is forgotten. Whether there were any.
create function history.drop_message_partition(instant bigint) returns boolean
language plpgsql set search_path = pg_catalog as $$
declare
    suffix text := to_char(date_trunc('month', to_timestamp(instant / 1000.0) at time zone 'UTC'), 'YYYY_MM');
    is_there boolean := to_regclass('history.messages_' || suffix) is not null;
begin
    execute format('drop table if exists history.%I', 'words_' || suffix);
    execute format('drop table if exists history.%I', 'messages_' || suffix);
    return is_there;
end;
$$;

-- The months that messages are kept of already.
select history.make_message_partition(extract(epoch from to_date(right(c.relname, 7), 'YYYY_MM')::timestamp)::bigint * 1000)
from pg_catalog.pg_inherits p
join pg_catalog.pg_class c on c.oid = p.inhrelid
where p.inhparent = 'history.messages'::regclass and c.relname ~ '^messages_\d{4}_\d{2}$';

-- What in a tsvector stands for a conversation: a word that no text has, as the parser takes control characters for blanks. With it a
-- search within conversations meets in the index what is in them, and never the same words of all others.
create function history.search_scope(conversation bigint) returns text
language sql immutable strict parallel safe
return chr(1) || conversation;

-- A query for a message of some conversations that a query for words meets.
create function history.search_within(conversations bigint[], words tsquery) returns tsquery
language plpgsql immutable strict parallel safe as $$
begin
    return words && (select string_agg(quote_literal(history.search_scope(c)), '|') from unnest(conversations) c)::tsquery;
end;
$$;

-- JSON that Postgres does not read (\u0000, half of a surrogate pair) as a text: as it stands, without the escapes.
create function history.search_plain(data text) returns text
language sql immutable strict parallel safe
return regexp_replace(left(data, 200000), '\\u[0-9a-fA-F]{4}|\\.', ' ', 'g');

-- Has the words be of a language, unless they are; null is for no search. What was indexed is thrown away, and the index begins anew at the first message.
create function history.set_search_language(wanted text) returns boolean
language plpgsql as $make$
declare
    -- With its schema, so that it is found whatever the search path is, as in a restore.
    configuration text := (
        select format('%I.%I', n.nspname, c.cfgname)
        from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where c.oid = wanted::regconfig);
begin
    lock table history.search_index in exclusive mode;
    if (select s.language from history.search_index s) is not distinct from configuration then
        return false;
    end if;
    truncate history.words, history.stale_words;
    delete from history.search_index;
    if configuration is null then
        return true;
    end if;

    -- The words of a message and the conversation it is in. Whatever it is given, it does not fail: that would hold up the index.
    execute format($$
        create or replace function history.search_words(conversation bigint, data text) returns tsvector
        language plpgsql immutable strict parallel restricted cost 1000 as $body$
        declare
            scope constant tsvector := array_to_tsvector(array[history.search_scope(conversation)]);
        begin
            return json_to_tsvector(%1$L::regconfig, data::json, '["string"]') || scope;
        exception when others then
            begin
                return to_tsvector(%1$L::regconfig, history.search_plain(data)) || scope;
            exception when others then
                return scope;
            end;
        end;
        $body$ $$, configuration);

    -- What somebody typed, as a query: words, "a phrase", or, -not. It never fails.
    execute format($$
        create or replace function history.search_query(text text) returns tsquery
        language sql immutable strict parallel safe
        return websearch_to_tsquery(%1$L::regconfig, text) $$, configuration);

    -- The message's JSON with what the query meets marked in its strings, between the characters 2 and 3.
    execute format($$
        create or replace function history.search_headline(data text, words tsquery) returns text
        language plpgsql immutable strict parallel restricted cost 1000 as $body$
        declare
            options constant text := 'StartSel=' || chr(2) || ', StopSel=' || chr(3)
                || ', MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter=" … "';
        begin
            return ts_headline(%1$L::regconfig, data::json, words, options)::text;
        exception when others then
            return to_json(ts_headline(%1$L::regconfig, history.search_plain(data), words, options))::text;
        end;
        $body$ $$, configuration);

    insert into history.search_index (language) values (configuration);
    return true;
end;
$make$;
