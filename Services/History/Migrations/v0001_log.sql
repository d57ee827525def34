-- What history keeps of the log. Ids of users and conversations are ASCII and compared bytewise (collate "C").
-- Everything here can be made again from the log, as far as the log still reaches.
--
-- An entry's id `<ms>-<n>` is two columns: milliseconds (bigint) and the number within the millisecond (integer, named seq).
-- Ids are unique within a conversation, not over all: each partition of the log gives its own.

create table history.conversations (
    key bigint generated always as identity primary key,
    -- dm:<a>:<b>, group:<id> or topic:<id>
    name text collate "C" not null,
    -- The id of the last message; 0-0 before the first.
    last_ms bigint not null default 0,
    last_seq integer not null default 0
) with (fillfactor = 80);

-- Finding the key of a name, for every entry and every request.
create unique index conversations_name on history.conversations (name);

-- Who may read what: a member reads messages after `joined` and before `left`. Whoever leaves and comes back has two rows.
-- The two users of a dm have a row from 0-0 on. The row of the empty name, which no user has, is the life of a group itself. `left` is the greatest value there is while the membership lasts.
create table history.members (
    conversation bigint not null,
    member text collate "C" not null,
    joined_ms bigint not null,
    joined_seq integer not null,
    left_ms bigint not null default 9223372036854775807,
    left_seq integer not null default 2147483647,
    -- The memberships of a user in a conversation (access), and the members of a conversation.
    primary key (conversation, member, joined_ms, joined_seq)
) with (fillfactor = 90);

-- A user's conversations: those that last, or lasted past some id.
create index members_member on history.members (member, left_ms);

-- How far each user has read a conversation.
create table history.marks (
    conversation bigint not null,
    member text collate "C" not null,
    ms bigint not null,
    seq integer not null,
    -- When: the time of the log entry that said so.
    at bigint not null,
    primary key (conversation, member)
) with (fillfactor = 80);

create table history.messages (
    ms bigint not null,
    conversation bigint not null,
    seq integer not null,
    sender text collate "C" not null,
    -- The client's JSON, byte for byte. Text and not jsonb: jsonb would reorder keys and refuse \u0000.
    data text not null,
    -- A conversation's messages in order. The sender is in it so that unread messages are counted in the index alone.
    primary key (conversation, ms, seq) include (sender)
) partition by range (ms);

-- Makes the partition of messages for the month (UTC) of an instant in milliseconds, unless it is there.
--
-- Made apart and then attached: attaching takes a lock that lets reads and writes go on, creating in place does not. That lock is taken
-- first, so that one at a time makes partitions, and looks again with what the others have made.
create function history.make_message_partition(instant bigint) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    month timestamp := date_trunc('month', to_timestamp(instant / 1000.0) at time zone 'UTC');
    lower bigint := extract(epoch from month at time zone 'UTC')::bigint * 1000;
    upper bigint := extract(epoch from (month + interval '1 month') at time zone 'UTC')::bigint * 1000;
    partition text := 'messages_' || to_char(month, 'YYYY_MM');
begin
    if to_regclass('history.' || partition) is not null then
        return;
    end if;
    lock table history.messages in share update exclusive mode;
    if to_regclass('history.' || partition) is not null then
        return;
    end if;
    execute format('create table history.%I (like history.messages including indexes)', partition);
    execute format(
        'alter table history.messages attach partition history.%I for values from (%s) to (%s)',
        partition, lower, upper);
end;
$$;
