# Starting, watching and ending processes, each by its own id. Sourced by the other scripts.
#
# A process is remembered in run/<part>.pid as "<pid> <start time> <signal that ends it>". The start time (in clock ticks
# since boot) tells it from a later process that was given the same id, so nothing else can be hit.

run=$data/run

# started_at PID: when the process was started; fails when there is none.
started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    # A zombie has ended; it only waits to be collected.
    [[ ${stat%% *} != Z ]] || return 1
    # shellcheck disable=SC2086 # The fields, one by one.
    set -- $stat
    printf '%s' "${20}"
}

# start PART SIGNAL COMMAND…: starts a part in a session of its own (a Ctrl-C in this terminal does not reach it: parts are
# ended in order, not all at once) with its output in logs/PART.log.
start() {
    local part=$1 signal=$2 log=$logs/$1.log pid
    shift 2
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    env --default-signal=INT,QUIT,TERM,HUP setsid "$@" >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    printf '%s %s %s\n' "$pid" "$(started_at "$pid" || echo 0)" "$signal" >"$run/$part.pid"
}

# is_alive PART
is_alive() {
    local pid since now
    read -r pid since _ 2>/dev/null <"$run/$1.pid" || return 1
    now=$(started_at "$pid") && [[ $now == "$since" ]]
}

# pid_of PART
pid_of() { cut -d ' ' -f 1 "$run/$1.pid"; }

# stop PART…: asks these parts to end, waits for all of them, and ends by force what has not ended in time.
stop() {
    local part pid signal deadline=$((SECONDS + STOP_TIMEOUT)) left=("$@") rest
    for part in "$@"; do
        if is_alive "$part"; then
            read -r pid _ signal <"$run/$part.pid"
            kill -s "$signal" "$pid" 2>/dev/null || true
        fi
    done
    while ((${#left[@]})); do
        rest=()
        for part in "${left[@]}"; do
            if is_alive "$part"; then rest+=("$part"); else rm -f "$run/$part.pid"; fi
        done
        left=("${rest[@]}")
        ((${#left[@]})) || return 0
        if ((SECONDS >= deadline)) || [[ -n ${impatient:-} ]]; then
            for part in "${left[@]}"; do
                say "$part has not ended by itself: ended by force"
                kill -s KILL "$(pid_of "$part")" 2>/dev/null || true
            done
            deadline=$((SECONDS + STOP_TIMEOUT)) impatient=''
        fi
        sleep 0.1
    done
}

# The order in which parts end: first who takes from others, last who keeps.
stop_order=(gateway "edge-1 edge-2" "message-router presence history" "postgres redis")

# stop_everything: ends all parts that run, in order.
stop_everything() {
    local step part running
    for step in "${stop_order[@]}"; do
        running=()
        for part in $step; do
            [[ ! -e $run/$part.pid ]] || running+=("$part")
        done
        ((${#running[@]})) || continue
        say "stopping ${running[*]}"
        stop "${running[@]}"
    done
}

# port_owner PORT: who listens on a TCP port, as far as this user may know; fails when nobody does.
port_owner() {
    local hex inode pid link
    hex=$(printf '%04X' "$1")
    inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }')
    [[ -n $inode ]] || return 1
    for link in /proc/[0-9]*/fd/*; do
        if [[ $(readlink "$link" 2>/dev/null) == "socket:[$inode]" ]]; then
            pid=${link#/proc/}
            pid=${pid%%/*}
            printf '%s (process %s)' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
            return 0
        fi
    done
    printf 'a process of another user'
}

# free_port: a TCP port that nobody listens on, below those that the system gives out for connections.
free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        port_owner "$port" >/dev/null || break
    done
    printf '%s' "$port"
}
