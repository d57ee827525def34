-- The migrations that this database has had, oldest first.
select version, checksum from history.migrations order by version
