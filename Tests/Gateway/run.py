#!/usr/bin/env python3
"""Tests how the gateway speaks TLS, streams and takes tokens: the server blocks that compose/nginx/servers prints, in an nginx of its own on free ports, before
a stand-in for the services. Needs nginx and openssl. The last line is `N passed, N failed`; the exit code is 0 when nothing failed.

    python3 Tests/Gateway/run.py
"""

import contextlib
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HEADERS = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


class Service(http.server.BaseHTTPRequestHandler):
    """Says what it was asked, switches protocols when asked to, and streams `/events` piece by piece."""

    protocol_version = "HTTP/1.1"
    next_piece = threading.Event()

    def answer(self):
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.connection.sendall(b"hello")
            self.close_connection = True
        elif self.path.startswith(("/events", "/chat-websocket")):
            self.send_response(200)
            self.send_header("Content-Type", "application/javascript; charset=UTF-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\none\r\n")
            self.wfile.flush()
            if not self.next_piece.wait(60):
                return
            self.wfile.write(b"3\r\ntwo\r\n0\r\n\r\n")
        else:
            body = f"{self.command} {self.path} {self.headers.get('X-Forwarded-Proto')} {self.headers.get('Authorization')}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=test", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out",
         folder / "certificate.pem"], check=True, capture_output=True)


class Gateway:
    """nginx with the server blocks as `make up` and the container have them."""

    def __init__(self, folder, service, hsts):
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        environment = {
            **os.environ, "LISTEN": f"127.0.0.1:{self.port}", "TLS_LISTEN": f"127.0.0.1:{self.tls_port}", "TLS_PORT": str(self.tls_port),
            "TLS_CERTIFICATE": str(folder / "certificate.pem"), "TLS_KEY": str(folder / "key.pem"), "HSTS": hsts, "TOKEN_COOKIE": "chat_token",
            "ROUTES": str(ROOT / "compose" / "nginx")}
        servers = subprocess.run([ROOT / "compose" / "nginx" / "servers"], env=environment, check=True, capture_output=True, text=True).stdout
        upstreams = "".join(f'map "" ${name} {{ default 127.0.0.1:{service}; }}\n' for name in ("edges", "message_router", "presence", "history"))
        temporary = "".join(f'{name}_temp_path "{folder}/{name}";\n' for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f'worker_processes 1;\npid "{folder}/nginx.pid";\nerror_log stderr crit;\nevents {{ worker_connections 64; }}\n'
            f'http {{\n{temporary}{upstreams}map "" $edge_address {{ default ""; }}\n'
            f'include "{ROOT}/compose/nginx/gateway.conf";\naccess_log off;\n{servers}}}\n')
        self._process = subprocess.Popen([NGINX, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.tls_port), 5):
                break
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("nginx does not start")
            time.sleep(0.05)

    def stop(self):
        self._process.terminate()
        self._process.wait(30)

    def context(self):
        return ssl.create_default_context(cafile=self.folder / "certificate.pem")

    def plain(self, method, path, port=None, **more):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        connection.request(method, path, **more)
        answer = connection.getresponse()
        return answer, answer.read()

    def secure(self, method, path, **more):
        connection = http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=60, context=self.context())
        connection.request(method, path, **more)
        answer = connection.getresponse()
        return answer, answer.read()


def equal(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


def passes_requests_on(gateway):
    """what comes by TLS reaches the services, which are told so"""
    answer, body = gateway.secure("POST", "/v1/messages?a=b", body=b"{}")
    equal((answer.status, body), (200, b"POST /v1/messages?a=b https None"))
    equal(answer.headers["X-Content-Type-Options"], "nosniff")


def redirects(gateway):
    """HTTP is redirected to the same path by TLS, so that the method stays"""
    for method in ("GET", "POST"):
        answer, _ = gateway.plain(method, "/v1/messages?after=1-0")
        equal((answer.status, answer.headers["Location"]), (308, f"https://127.0.0.1:{gateway.tls_port}/v1/messages?after=1-0"))
        equal(answer.headers["Strict-Transport-Security"], None)


def redirects_at_the_wrong_port(gateway):
    """HTTP that is spoken to the port of TLS is redirected, too"""
    answer, _ = gateway.plain("GET", "/demo/?user=alice", port=gateway.tls_port)
    equal((answer.status, answer.headers["Location"]), (308, f"https://127.0.0.1:{gateway.tls_port}/demo/?user=alice"))


def health_without_tls(gateway):
    """whether nginx answers can be asked by HTTP as well"""
    equal(gateway.plain("GET", "/gateway/healthz")[0].status, 204)
    equal(gateway.secure("GET", "/gateway/healthz")[0].status, 204)


def upgrades(gateway):
    """a WebSocket is opened by TLS, and not by HTTP"""
    for path in ("/ws", "/stomp", "/chat-websocket", "/chat-websocket/000/abcdefgh/websocket", "/chat-websocket/websocket", "/ws-sockjs/websocket"):
        with socket.create_connection(("127.0.0.1", gateway.tls_port), 60) as plain, \
                gateway.context().wrap_socket(plain, server_hostname="localhost") as secure:
            head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
            secure.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
            heard = b""
            while not heard.endswith(b"hello"):
                piece = secure.recv(4096)
                assert piece, f"{path}: ended after {heard!r}"
                heard += piece
            assert heard.startswith(b"HTTP/1.1 101 "), heard
    equal(gateway.plain("GET", "/ws", headers=HEADERS)[0].status, 308)


def streams(gateway):
    """what is streamed comes as it is said, neither gathered nor compressed"""
    for path in ("/events?device=d", "/chat-websocket/000/abcdefgh/xhr_streaming", "/chat-websocket/000/abcdefgh/eventsource"):
        Service.next_piece.clear()
        connection = http.client.HTTPSConnection("127.0.0.1", gateway.tls_port, timeout=60, context=gateway.context())
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        equal((answer.headers["Content-Encoding"], answer.read(3)), (None, b"one"))
        Service.next_piece.set()
        equal(answer.read(), b"two")


def frames(gateway):
    """only what SockJS has in frames may be framed, below its paths alone"""
    for path, expected in (("/chat-websocket/iframe.html", None), ("/ws-sockjs/iframe-1.6.1.min.html", None),
                           ("/chat-websocket/000/abcdefgh/htmlfile", None), ("/chat-websocket/000/abcdefgh/xhr", "DENY"), ("/demo/", "DENY"),
                           ("/chat-websocket/info", "DENY")):
        Service.next_piece.set()
        equal((path, gateway.secure("GET", path)[0].headers["X-Frame-Options"]), (path, expected))
    equal(gateway.secure("GET", "/chat-websocket2/info")[0].status, 404)


def old_protocols(gateway):
    """TLS 1.2 and 1.3 are spoken, nothing older"""
    def version(**limits):
        context = gateway.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        for name, value in limits.items():
            setattr(context, name, value)
        with socket.create_connection(("127.0.0.1", gateway.tls_port), 60) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as secure:
            return secure.version(), secure.cipher()[0]

    equal(version()[0], "TLSv1.3")
    name, cipher = version(maximum_version=ssl.TLSVersion.TLSv1_2)
    assert name == "TLSv1.2" and cipher.startswith("ECDHE-") and ("GCM" in cipher or "POLY1305" in cipher), (name, cipher)
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        try:
            spoken = version(minimum_version=old, maximum_version=old)
        except OSError:
            continue
        raise AssertionError(f"{spoken} was spoken")


def http2(gateway):
    """HTTP/2 is offered"""
    context = gateway.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", gateway.tls_port), 60) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as secure:
        equal(secure.selected_alpn_protocol(), "h2")


def token_in_a_cookie(gateway):
    """a token in the cookie counts for pages of this host, and a header goes before it"""
    cookie = {"Cookie": "other=1; chat_token=abc.def-_1"}

    def token(**headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return gateway.secure("POST", "/wsTemplate/sendToUser", headers=cookie | more)[1].decode().split(" ", 3)[3]

    own = f"https://127.0.0.1:{gateway.tls_port}"
    equal(token(), "Bearer abc.def-_1")
    equal(token(Origin=own), "Bearer abc.def-_1")
    equal(token(Origin=own, Sec_Fetch_Site="same-origin"), "Bearer abc.def-_1")
    equal(token(Authorization="Bearer other"), "Bearer other")
    for foreign in ("https://evil.example", "null", "https://127.0.0.1", f"{own}.evil.example", f"x{own}"):
        equal(token(Origin=foreign), "None")
    equal(token(Sec_Fetch_Site="cross-site"), "None")
    equal(token(Sec_Fetch_Site="same-site", Origin=own), "None")
    equal(token(Authorization="Bearer other", Origin="https://evil.example"), "Bearer other")


def insists(gateway):
    """browsers are told to insist on TLS"""
    equal(gateway.secure("GET", "/v1/messages")[0].headers["Strict-Transport-Security"], "max-age=31536000")
    equal(gateway.secure("GET", "/nothing/here")[0].headers["Strict-Transport-Security"], "max-age=31536000")


def does_not_insist(gateway):
    """browsers are not told to insist on a certificate that nobody has vouched for"""
    equal(gateway.secure("GET", "/v1/messages")[0].headers["Strict-Transport-Security"], None)


LOCAL = (passes_requests_on, redirects, redirects_at_the_wrong_port, health_without_tls, upgrades, streams, old_protocols, http2, does_not_insist,
         frames, token_in_a_cookie)
GIVEN = (redirects, insists)


def main():
    passed = failed = 0
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    service.daemon_threads = True
    threading.Thread(target=service.serve_forever, daemon=True).start()
    for what, hsts, checks in (("with a certificate for this machine", "0", LOCAL), ("with a certificate that was given", "31536000", GIVEN)):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            folder.chmod(0o755)
            certificate(folder)
            gateway = Gateway(folder, service.server_address[1], hsts)
            try:
                for check in checks:
                    try:
                        check(gateway)
                        passed += 1
                        print(f"ok   {what}, {check.__doc__}", flush=True)
                    except (AssertionError, OSError, http.client.HTTPException) as error:
                        failed += 1
                        print(f"FAIL {what}, {check.__doc__}\n     {type(error).__name__}: {error}", flush=True)
            finally:
                gateway.stop()
    service.shutdown()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
