-- What keeps the house: who does it, what it has been asked to do, and how far it is.

-- Who may do something that one history at a time does.
create table history.leases (
    name text primary key,
    holder text not null,
    -- By this server's clock.
    until timestamptz not null
) with (fillfactor = 50);

-- Up to where messages have been removed for their age: a row for each part of the order of names that one rule is about.
create table history.retention (
    -- Names from this one on and before the other.
    from_name text collate "C" not null,
    until_name text collate "C" not null,
    -- Messages before this (milliseconds) are gone.
    through_ms bigint not null,
    primary key (from_name, until_name)
);

-- What was asked for and takes longer than a request. Times are milliseconds by this server's clock.
create table history.jobs (
    id bigint generated always as identity primary key,
    -- What is done: erase.
    kind text not null,
    -- To what: for erase the user.
    argument text collate "C" not null,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    -- Where it goes on, as only the kind knows.
    step text not null default '',
    progress bigint not null default 0,
    -- Null as long as it is not known.
    total bigint,
    -- What is or was the matter; null when nothing is.
    error text,
    -- How often in a row it has failed for its own sake.
    failures integer not null default 0,
    created bigint not null,
    updated bigint not null
) with (fillfactor = 70);

-- What is to be done, oldest first; and a job that is asked for again while it is not done is the same one.
create index jobs_open on history.jobs (id) where state in ('waiting', 'running');
create unique index jobs_same on history.jobs (kind, argument) where state in ('waiting', 'running');

-- Up to when a user has been erased: what comes into the database later, though it is older, is erased too.
create table history.erasures (
    member text collate "C" primary key,
    ms bigint not null
);

-- Drops the oldest partition of messages of which everything is before an instant (milliseconds), and that of their words, and gives the month
-- as YYYY_MM; null: there is none.
--
-- That takes a lock on all messages, for as long as it takes to strike it from the catalogue. Whoever waits for a lock keeps those
-- behind from going on, so it is not waited for longer than this: another time will do.
create function history.drop_oldest_month(before bigint) returns text
language plpgsql set search_path = pg_catalog set lock_timeout = '250ms' as $$
declare
    month text;
begin
    select right(c.relname, 7) into month
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'history.messages'::regclass and c.relname ~ '^messages_[0-9]{4}_[0-9]{2}$'
        and extract(
            epoch from (to_date(right(c.relname, 7), 'YYYY_MM')::timestamp + interval '1 month'))::bigint * 1000 <= before
    order by c.relname
    limit 1;
    if month is null then
        return null;
    end if;
    execute format('drop table history.%I', 'messages_' || month);
    execute format('drop table if exists history.%I', 'words_' || month);
    return month;
end;
$$;
