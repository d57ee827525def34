-- One history at a time migrates; the lock is let go with the transaction. $1: the lock's number.
select pg_advisory_xact_lock($1)::text
