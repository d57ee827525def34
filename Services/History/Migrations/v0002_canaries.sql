-- The newest canary of each partition of the log: what goes through the log only to show that it gets here.

create table history.canaries (
    partition integer primary key,
    -- The id of its entry in the log.
    ms bigint not null,
    seq integer not null,
    -- When it was stored, by this server's clock, in milliseconds.
    at bigint not null
) with (fillfactor = 50);
