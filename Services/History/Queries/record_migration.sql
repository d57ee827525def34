-- Notes that a migration has been applied. $1: version, $2: name, $3: checksum of its file.
insert into history.migrations (version, name, checksum) values ($1, $2, $3)
