-- Messages that are edited and deleted, and what they come with.

alter table history.messages
    -- JSON as message-router's and the edges' checks have written it; null for none, and of a message that was deleted.
    add column attachments text,
    -- The last change that was applied: the id of the entry of the log that asked for it. Null: it is as it was sent.
    add column changed_ms bigint,
    add column changed_seq integer,
    -- Whether that was its deletion: then a tombstone is left, whose data is the JSON null. Null is false.
    add column deleted boolean;

-- What messages said before they were changed, if that is kept (KEEP_ORIGINALS): a row for each change that took something away.
create table history.originals (
    conversation bigint not null,
    ms bigint not null,
    seq integer not null,
    -- The change.
    changed_ms bigint not null,
    changed_seq integer not null,
    data text not null,
    attachments text,
    -- All that a message ever said, in order.
    primary key (conversation, ms, seq, changed_ms, changed_seq)
);

-- Applies the wish to change a message, if it may be changed, and says how that went:
-- done; unknown (there is no such message, or it is not for this user); stranger (who is not in the conversation); author (it is another's);
-- late (the time for it is over); deleted (it is no more).
--
-- The answer goes by what was so when it was asked: by ids, and not by what came in meanwhile. So it is the same however often it is given, also
-- when it was given before and what was asked later has been applied since.
create function history.apply_change(
    conversation text, message_ms bigint, message_seq integer, changer text, change_ms bigint, change_seq integer,
    is_deletion boolean, is_admin boolean, content text, time_for_it bigint, keeps_originals boolean
) returns text
language plpgsql set search_path = pg_catalog as $$
declare
    place bigint;
    message record;
begin
    select c.key into place from history.conversations c where c.name = conversation;
    if not found then
        return 'unknown';
    end if;
    -- Who may speak in a topic the edge has asked.
    if not is_admin and conversation not like 'topic:%' then
        if not exists (
            select
            from history.members i
            where i.conversation = place and i.member = changer
                and (i.joined_ms, i.joined_seq) < (change_ms, change_seq)
                and (i.left_ms, i.left_seq) > (change_ms, change_seq)
        ) then
            return 'stranger';
        end if;
        if not exists (
            select
            from history.members i
            where i.conversation = place and i.member = changer
                and (i.joined_ms, i.joined_seq) < (message_ms, message_seq)
                and (i.left_ms, i.left_seq) > (message_ms, message_seq)
        ) then
            return 'unknown';
        end if;
    end if;
    select m.sender, m.data, m.attachments, m.changed_ms, m.changed_seq, m.deleted is true as is_deleted into message
    from history.messages m
    where m.conversation = place and m.ms = message_ms and m.seq = message_seq
    for no key update;
    if not found then
        return 'unknown';
    end if;
    -- It was applied before.
    if (message.changed_ms, message.changed_seq) = (change_ms, change_seq) then
        return 'done';
    end if;
    if not is_admin then
        if message.sender <> changer then
            return 'author';
        end if;
        if change_ms - message_ms > time_for_it then
            return 'late';
        end if;
    end if;
    if message.is_deleted and (message.changed_ms, message.changed_seq) < (change_ms, change_seq) then
        return 'deleted';
    end if;
    -- A later one was applied: this one is over.
    if (message.changed_ms, message.changed_seq) > (change_ms, change_seq) then
        return 'done';
    end if;
    if keeps_originals then
        insert into history.originals (conversation, ms, seq, changed_ms, changed_seq, data, attachments)
        values (place, message_ms, message_seq, change_ms, change_seq, message.data, message.attachments)
        on conflict do nothing;
    end if;
    update history.messages m
    set data = case when is_deletion then 'null' else content end,
        attachments = case when is_deletion then null else m.attachments end,
        changed_ms = change_ms, changed_seq = change_seq, deleted = is_deletion or null
    where m.conversation = place and m.ms = message_ms and m.seq = message_seq;
    return 'done';
end;
$$;

-- Applies wishes one after the other, and gives an answer for each, in their order. Of the flags 1 says that it is a deletion, 2 that it is an admin's.
create function history.apply_changes(
    conversations text[], message_ms bigint[], message_seq integer[], changers text[], change_ms bigint[],
    change_seq integer[], flags integer[], contents text[], time_to_edit bigint, time_to_delete bigint,
    keeps_originals boolean
) returns setof text
language plpgsql set search_path = pg_catalog as $$
begin
    for i in 1 .. coalesce(array_length(conversations, 1), 0) loop
        return next history.apply_change(
            conversations[i], message_ms[i], message_seq[i], changers[i], change_ms[i], change_seq[i],
            flags[i] & 1 <> 0, flags[i] & 2 <> 0, contents[i],
            case when flags[i] & 1 <> 0 then time_to_delete else time_to_edit end, keeps_originals);
    end loop;
end;
$$;
