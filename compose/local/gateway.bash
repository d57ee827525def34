# nginx as the gateway, with a configuration, a prefix and a pid of its own. Sourced by `up`.

start_gateway() {
    local folder=$data/nginx
    mkdir -p "$folder"
    # What differs from compose/nginx/nginx.conf is only where the services are and where nginx may write.
    cat >"$folder/nginx.conf" <<CONF
worker_processes auto;
pid "$folder/nginx.pid";
error_log stderr crit;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    client_body_temp_path "$folder/body";
    proxy_temp_path "$folder/proxy";
    fastcgi_temp_path "$folder/fastcgi";
    uwsgi_temp_path "$folder/uwsgi";
    scgi_temp_path "$folder/scgi";

    upstream edges {
        least_conn;
        server $reach:$EDGE_1_PORT max_fails=1 fail_timeout=2s;
        server $reach:$EDGE_2_PORT max_fails=1 fail_timeout=2s;
    }
    upstream message-router { server $reach:$ROUTER_PORT max_fails=0; keepalive 16; }
    upstream presence { server $reach:$PRESENCE_PORT max_fails=0; keepalive 16; }
    upstream history { server $reach:$HISTORY_PORT max_fails=0; keepalive 16; }
    map "" \$edges { default edges; }
    map \$edge_id \$edge_address {
        default "";
        edge-1 $reach:$EDGE_1_PORT;
        edge-2 $reach:$EDGE_2_PORT;
    }
    map "" \$message_router { default message-router; }
    map "" \$presence { default presence; }
    map "" \$history { default history; }

    include "$root/compose/nginx/gateway.conf";
    access_log "$logs/gateway-access.log" gateway;
    include "$folder/servers.conf";
}
CONF
    local tls_listen=''
    if [[ $TLS == true ]]; then tls_listen=$GATEWAY_HOST:$TLS_PORT; fi
    LISTEN=$GATEWAY_HOST:$GATEWAY_PORT TLS_LISTEN=$tls_listen TLS_PORT=$TLS_PORT TLS_CERTIFICATE=$TLS_CERTIFICATE TLS_KEY=$TLS_KEY \
        HSTS=$HSTS TOKEN_COOKIE=${TOKEN_COOKIE:-} SOCKJS_PATHS=${SOCKJS_PATHS:-} ROUTES=$root/compose/nginx compose/nginx/servers >"$folder/servers.conf"
    [[ ! -s $logs/gateway-access.log ]] || mv -f "$logs/gateway-access.log" "$logs/gateway-access.log.1"
    say "starting the gateway on port $GATEWAY_PORT"
    start gateway TERM "$(command -v nginx || echo /usr/sbin/nginx)" -e stderr -p "$folder" -c "$folder/nginx.conf" \
        -g 'daemon off;'
}

# The certificate that is shown: the one given, or one of our own for this machine, made once and kept beside the data. It is made anew
# a month before it expires, and when the gateway goes by another name.
prepare_certificate() {
    local folder=$data/secrets/tls said
    [[ $TLS == true ]] || return 0
    if [[ -n $TLS_CERTIFICATE ]]; then
        local file
        for file in "TLS_CERTIFICATE $TLS_CERTIFICATE" "TLS_KEY $TLS_KEY"; do
            [[ -r ${file#* } ]] || { explain "${file%% *} names no file that can be read: ${file#* }" \
                "Give PEM files: the certificate with its chain, and its key."; exit 64; }
        done
        # nginx has a folder of its own to start from.
        TLS_CERTIFICATE=$(realpath "$TLS_CERTIFICATE") TLS_KEY=$(realpath "$TLS_KEY")
        # Browsers are to insist on TLS only where the certificate is one that they trust.
        HSTS=${HSTS:-31536000}
        return 0
    fi
    HSTS=${HSTS:-0} TLS_CERTIFICATE=$folder/certificate.pem TLS_KEY=$folder/key.pem
    local names=(localhost 127.0.0.1)
    [[ " ${names[*]} " == *" $GATEWAY_NAME "* ]] || names+=("$GATEWAY_NAME")
    if ! said=$(umask 077 && compose/make-certificate "$folder" "${names[@]}" 2>&1); then
        explain "No certificate could be made for this machine" "openssl says:" "$said"
        exit 1
    fi
}

# Whether nginx answers; the services have been asked themselves.
await_gateway() {
    local host=$GATEWAY_HOST deadline=$((SECONDS + START_TIMEOUT)) reason
    [[ $host != 0.0.0.0 ]] || host=127.0.0.1
    until reason=$(compose/local/ready "$host" "$GATEWAY_PORT" /gateway/healthz); do
        if interrupted; then exit 0; fi
        is_alive gateway || failed gateway "It ended while it was starting."
        ((SECONDS < deadline)) || failed gateway "It did not answer within $START_TIMEOUT s (START_TIMEOUT). It says: $reason"
        sleep 0.2
    done
}
