-- The migrations that this database has had.
create table if not exists history.migrations (
    version integer primary key,
    name text not null,
    -- Of the file as it was applied: a file that was changed afterwards is told by it.
    checksum text not null,
    applied_at timestamptz not null default now()
)
