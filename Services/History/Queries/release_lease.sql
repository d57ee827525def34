-- Gives a lease back. $1: name, $2: holder. Index: the primary key of leases.
delete from history.leases where name = $1 and holder = $2
