#!/usr/bin/env python3
"""Measures what compression takes of an edge's memory for each connection.

    swift build -c release --product ws-edge
    python3 Tests/Interop/compression-memory.py [--connections 1000] [--runs 3] [--edge .build/release/ws-edge]

Starts a Redis and, for each mode, an edge of its own. Each connection, at the echo, has been sent more than a window of text and has sent
as much, so that it holds all that it will ever hold. The difference to connections without compression is what counts; the median of the runs is told.
"""

import argparse
import base64
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zlib

SECRET = "only-for-this-measurement-0123456789"
MODES = [("off", 12), ("on", 12), ("on", 15), ("takeover", 9), ("takeover", 12), ("takeover", 15)]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def resident(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]) * 1024


def settled(pid):
    """The resident bytes once they have stayed the same for three seconds."""
    last, since = resident(pid), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.2)
        now = resident(pid)
        if abs(now - last) > last / 1000:
            last, since = now, time.monotonic()
    return last


# Twice the largest window; it says little twice.
TEXT = "".join(f"{n * n * 7919 % 99991:x} " for n in range(12000)).encode()[:65536]


class Connection:
    """A WebSocket that has said something long and heard it again, compressed both ways where the edge agrees."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /echo HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(4096)
        assert head.startswith(b"HTTP/1.1 101"), head
        self.compresses = b"permessage-deflate" in head

    def read_frame(self):
        read = self.socket.makefile("rb")
        size = read.read(2)[1]
        if size > 125:
            size = int.from_bytes(read.read(2 if size == 126 else 8), "big")
        assert len(read.read(size)) == size

    def talk(self):
        text, bit = TEXT, 0
        if self.compresses:
            compressor = zlib.compressobj(6, zlib.DEFLATED, -9)
            text, bit = (compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4], 0x40
        size = bytes([0xff]) + len(text).to_bytes(8, "big") if len(text) > 65535 else bytes([0xfe]) + len(text).to_bytes(2, "big")
        # A mask of zeros is a mask.
        self.socket.sendall(bytes([0x81 | bit]) + size + b"\0\0\0\0" + text)
        self.read_frame()


def measure(edge, redis, mode, bits, connections):
    """Resident bytes for each session."""
    port = free_port()
    process = subprocess.Popen(
        [edge, "--port", str(port), "--edge-id", "measured", "--echo-path", "/echo", "--threads", "1", "--compression", mode, "--compression-window-bits",
         str(bits), "--compression-threshold", "0", "--handshake-rate", "1000000", "--heartbeat-interval", "3600"],
        env={"PATH": os.environ["PATH"], "AUTH_JWT_SECRET": SECRET, "REDIS_URL": f"redis://127.0.0.1:{redis}", "LOG_LEVEL": "error",
             "KEY_PREFIX": f"m{port}:", "CANARY_INTERVAL": "0"})
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).read()
                break
            except urllib.error.HTTPError as error:
                # Without the other services it is never wholly ready; that it answers is enough once it has its lease.
                if b"lease" not in error.read():
                    break
            except OSError:
                assert process.poll() is None, "the edge has ended"
            time.sleep(0.2)
        time.sleep(1)
        # The first connections load code and fill pools: they are not what is measured.
        held = [Connection(port) for _ in range(100)]
        for connection in held:
            connection.talk()
        before = settled(process.pid)
        more = [Connection(port) for _ in range(connections)]
        for connection in more:
            connection.talk()
        return (settled(process.pid) - before) / connections
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--edge", default=".build/release/ws-edge")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        redis = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""],
            stdout=subprocess.DEVNULL)
        try:
            results = {mode: [] for mode in MODES}
            for _ in range(arguments.runs):
                for mode in MODES:
                    results[mode].append(measure(arguments.edge, port, *mode, arguments.connections))
        finally:
            redis.terminate()
            redis.wait()
    plain = statistics.median(results["off", 12])
    print("| COMPRESSION | COMPRESSION_WINDOW_BITS | KiB a connection | of these for compression | runs |\n| --- | ---: | ---: | ---: | --- |")
    for (mode, bits), values in results.items():
        median = statistics.median(values)
        runs = ", ".join(f"{value / 1024:.1f}" for value in values)
        print(f"| {mode} | {bits} | {median / 1024:.1f} | {(median - plain) / 1024:.1f} | {runs} |")


if __name__ == "__main__":
    main()
