# Where things are, which ports they take and which secrets they use. Sourced by the other scripts.
# Whatever is set in the environment wins.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
data=${DATA_DIR:-$root/.data}
[[ $data == /* ]] || data=$root/$data
logs=$data/logs
: "${CONFIGURATION:=release}"
binaries=$root/.build/$CONFIGURATION

: "${HOST:=127.0.0.1}"
: "${GATEWAY_HOST:=127.0.0.1}"
: "${GATEWAY_PORT:=8080}"
: "${TLS_PORT:=8443}"
: "${EDGE_1_PORT:=9101}"
: "${EDGE_2_PORT:=9111}"
: "${ROUTER_PORT:=9102}"
: "${PRESENCE_PORT:=9103}"
: "${HISTORY_PORT:=9104}"
: "${REDIS_PORT:=6390}"
: "${POSTGRES_PORT:=5490}"
: "${REDIS_MAXMEMORY:=2gb}"
: "${START_TIMEOUT:=60}"
: "${STOP_TIMEOUT:=50}"

# A certificate is given to be used.
: "${TLS:=false}" "${TLS_CERTIFICATE:=}" "${TLS_KEY:=}" "${HSTS:=}"
[[ -z $TLS_CERTIFICATE$TLS_KEY ]] || TLS=true
# Under which name clients reach the gateway: with a certificate, the name in it.
case ${GATEWAY_NAME:=$GATEWAY_HOST} in 0.0.0.0 | :: | '*') GATEWAY_NAME=127.0.0.1 ;; esac

# An address that reaches what listens on HOST.
case $HOST in
    0.0.0.0 | :: | '*') reach=127.0.0.1 ;;
    *) reach=$HOST ;;
esac

# secret NAME: the secret kept beside the data under this name; made at random the first time.
secret() {
    local file=$data/secrets/$1
    if [[ ! -s $file ]]; then
        (
            umask 077
            mkdir -p "$data/secrets"
            od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n' >"$file.new"
            mv "$file.new" "$file"
        )
    fi
    cat "$file"
}
