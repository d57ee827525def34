-- How far each partition of the log is stored, moved in the transaction that stores it: so whoever sees a position, on this server or on a
-- replica, sees everything of the partition up to it.

create table history.positions (
    partition integer primary key,
    -- The id of the last entry stored.
    ms bigint not null,
    seq integer not null
) with (fillfactor = 50);
