#!/bin/bash
# Makes the role that the history service has, which owns its database and nothing else, when the database is first made.
set -euo pipefail
psql -q -v ON_ERROR_STOP=1 -v password="$SWITCHBOARD_PASSWORD" -U "$POSTGRES_USER" -d postgres <<'SQL'
CREATE ROLE switchboard LOGIN PASSWORD :'password';
CREATE DATABASE switchboard OWNER switchboard ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE switchboard FROM PUBLIC;
SQL
