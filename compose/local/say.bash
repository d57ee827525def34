# What a person sees while things build, start and stop. Sourced by the other scripts.

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' plain=''
fi

# say TEXT: a step begins.
say() { printf '%s[%3ds]%s %s\n' "$dim" "$SECONDS" "$plain" "$*"; }

# explain TITLE LINE…: what went wrong, why, and what to do about it.
explain() {
    local line
    printf '\n%s%s%s\n' "$red$bold" "$1" "$plain" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
}

# show_log FILE: the end of a log, so that nobody has to go and look for the reason.
show_log() {
    if [[ -s $1 ]]; then
        printf '  The end of its log, %s:\n' "$1" >&2
        tail -n 20 "$1" | cut -c -400 | sed 's/^/    | /' >&2
    else
        printf '  Its log is empty: %s\n' "$1" >&2
    fi
}
