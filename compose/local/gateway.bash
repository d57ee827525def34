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
    server {
        listen $GATEWAY_HOST:$GATEWAY_PORT;
        include "$root/compose/nginx/routes.conf";
    }
}
CONF
    [[ ! -s $logs/gateway-access.log ]] || mv -f "$logs/gateway-access.log" "$logs/gateway-access.log.1"
    say "starting the gateway on port $GATEWAY_PORT"
    start gateway TERM "$(command -v nginx || echo /usr/sbin/nginx)" -e stderr -p "$folder" -c "$folder/nginx.conf" \
        -g 'daemon off;'
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
