# The private Redis and the private Postgres. Sourced by `up`. Each is left out when its URL is set in the environment.

start_redis() {
    if [[ -n ${REDIS_URL:-} ]]; then
        say "using the Redis in REDIS_URL"
        return
    fi
    local password deadline=$((SECONDS + START_TIMEOUT)) answer
    password=$(secret redis-password)
    mkdir -p "$data/redis"
    chmod 700 "$data/redis"
    (
        umask 077
        cat >"$data/redis/redis.conf" <<CONF
include "$root/compose/redis.conf"
bind 127.0.0.1
port $REDIS_PORT
dir "$data/redis"
maxmemory $REDIS_MAXMEMORY
$(printf '%s\n' "$password" "$(secret redis-admin-password)" | compose/redis-users "${KEY_PREFIX:-sb:}")
CONF
    )
    say "starting Redis on port $REDIS_PORT"
    start redis TERM redis-server "$data/redis/redis.conf"
    until answer=$(REDISCLI_AUTH=$password redis-cli --user switchboard -p "$REDIS_PORT" ping 2>&1) && [[ $answer == PONG ]]; do
        if interrupted; then exit 0; fi
        is_alive redis || failed redis "It ended while it was starting."
        ((SECONDS < deadline)) || failed redis "It did not answer within $START_TIMEOUT s (START_TIMEOUT). It says: $answer"
        sleep 0.1
    done
    REDIS_URL=redis://switchboard:$password@127.0.0.1:$REDIS_PORT
}

# Postgres does not run as root: as root, it runs as the user that Debian's package made for it. Where that user may not
# pass through the folders above the data (a clone in /root), it is given the right to do so, and no other.
choose_postgres_user() {
    postgres_as=()
    ((EUID == 0)) || return 0
    local folder=$data/postgres
    chown postgres: "$folder"
    postgres_as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    "${postgres_as[@]}" ls "$folder" >/dev/null 2>&1 && return 0
    for capability in dac_read_search dac_override; do
        postgres_as=(setpriv --reuid=postgres --regid=postgres --init-groups
            --inh-caps="+$capability" --ambient-caps="+$capability")
        "${postgres_as[@]}" ls "$folder" >/dev/null 2>&1 && return 0
    done
    explain "Postgres cannot reach its data" "It runs as the user 'postgres', who may not enter $folder." \
        "Choose a place that everyone can pass through: DATA_DIR=/var/lib/switchboard make up"
    exit 1
}

# The newest Postgres here, or the one that the data was made with.
find_postgres() {
    local candidate version=''
    [[ ! -e $data/postgres/data/PG_VERSION ]] || version=$(<"$data/postgres/data/PG_VERSION")
    postgres_bin=''
    for candidate in /usr/lib/postgresql/*/bin; do
        [[ -x $candidate/postgres && -x $candidate/initdb ]] || continue
        [[ -z $version || $candidate == */"$version"/bin ]] || continue
        if [[ -z $postgres_bin ]] || [[ $(printf '%s\n%s\n' "$postgres_bin" "$candidate" | sort -V | tail -n 1) == "$candidate" ]]; then
            postgres_bin=$candidate
        fi
    done
    if [[ -z $postgres_bin ]]; then
        explain "No Postgres ${version:+$version }here" \
            "${version:+The data in $data/postgres was made by version $version. Install postgresql-$version, or see docs/operations.md, Upgrading.}"
        exit 1
    fi
}

start_postgres() {
    if [[ -n ${DATABASE_URL:-} ]]; then
        say "using the Postgres in DATABASE_URL"
        return
    fi
    local password folder=$data/postgres deadline
    password=$(secret postgres-password)
    find_postgres
    mkdir -p "$folder"
    chmod 700 "$folder"
    choose_postgres_user
    if [[ ! -e $folder/data/PG_VERSION ]]; then
        say "making a database"
        make_database "$folder" "$password" >"$logs/postgres.log" 2>&1 || failed postgres "The database could not be made."
    elif [[ -z ${postgres_as[*]} && ! -O $folder/data ]]; then
        explain "The database belongs to another user" "$folder/data was made by $(stat -c %U "$folder/data")." \
            "Run as that user (or as root, if it is 'postgres'), or choose another DATA_DIR."
        exit 1
    fi
    say "starting Postgres on port $POSTGRES_PORT"
    start postgres INT "${postgres_as[@]}" "$postgres_bin/postgres" -D "$folder/data" -p "$POSTGRES_PORT"
    deadline=$((SECONDS + START_TIMEOUT))
    until "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -U switchboard -d switchboard; do
        if interrupted; then exit 0; fi
        is_alive postgres || failed postgres "It ended while it was starting."
        ((SECONDS < deadline)) || failed postgres "It did not answer within $START_TIMEOUT s (START_TIMEOUT)."
        sleep 0.1
    done
    DATABASE_URL=postgres://switchboard:$password@127.0.0.1:$POSTGRES_PORT/switchboard
}

# make_database FOLDER PASSWORD: a cluster with one database and one ordinary role that owns it. It is made aside and moved
# into place when it is whole, so one that was interrupted is made again. The superuser cannot log in over the network.
make_database() {
    local folder=$1 password=$2
    "${postgres_as[@]}" rm -rf "$folder/new"
    "${postgres_as[@]}" "$postgres_bin/initdb" -D "$folder/new" -U postgres --encoding=UTF8 --locale=C.UTF-8 \
        --auth=reject --data-checksums || return 1
    "${postgres_as[@]}" tee -a "$folder/new/postgresql.conf" >/dev/null <<'CONF'

# Switchboard's
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 50
shared_buffers = 256MB
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
CONF
    "${postgres_as[@]}" tee "$folder/new/pg_hba.conf" >/dev/null <<'CONF'
host switchboard switchboard 127.0.0.1/32 scram-sha-256
CONF
    "${postgres_as[@]}" "$postgres_bin/postgres" --single -c exit_on_error=on -D "$folder/new" postgres >/dev/null <<SQL || return 1
CREATE ROLE switchboard LOGIN PASSWORD '$password'
CREATE DATABASE switchboard OWNER switchboard
SQL
    "${postgres_as[@]}" mv "$folder/new" "$folder/data"
}
