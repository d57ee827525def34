"""WebSocket frames byte by byte, good and bad, as conformance suites send them: RFC 6455 and RFC 7692, over a socket of its own."""

import base64
import os
import socket
import struct
import zlib

from cases import COMPRESSION, PATIENCE, equal

PING = b'{"type":"ping","n":%d}'
PONG = b'{"type":"pong","n":%d}'
TEXT, BINARY, CLOSE, PING_FRAME, PONG_FRAME = 1, 2, 8, 9, 10


def frame(opcode, payload=b"", final=True, reserved=0, masked=True, length=None):
    """A client's frame. `length` is how many bytes say how long it is, where that is not the shortest way."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    size = len(payload)
    bit = 0x80 if masked else 0
    if length is None:
        length = 0 if size < 126 else 2 if size < 65536 else 8
    head = {0: lambda: bytes([bit | size]), 2: lambda: struct.pack(">BH", bit | 126, size),
            8: lambda: struct.pack(">BQ", bit | 127, size)}[length]()
    mask = os.urandom(4) if masked else b""
    return bytes([first]) + head + mask + bytes(byte ^ mask[place % 4] if masked else byte for place, byte in enumerate(payload))


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


def deflated(data, final=False):
    """The payload of a compressed message; in a block that says that it is the last, or as the standard's examples are."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    if final:
        return compressor.compress(data) + compressor.flush() + b"\0"
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Raw:
    """A connection after its handshake."""

    def __init__(self, site, user, extensions=""):
        self.socket = socket.create_connection((site.host, site.port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /ws?device={site.user('raw')} HTTP/1.1", f"Host: {site.host}:{site.port}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {site.token(user)}",
        ]
        if extensions:
            lines.append(f"Sec-WebSocket-Extensions: {extensions}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.read = self.socket.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            line = self.read.readline()
            assert line, f"no answer to the handshake but {self.head!r}"
            self.head += line
        assert self.head.startswith(b"HTTP/1.1 101 "), self.head
        self.inflater = zlib.decompressobj(-15)
        self.takes_over = b"server_no_context_takeover" not in self.head

    def send(self, *frames):
        for data in frames:
            self.socket.sendall(data)

    def dribble(self, data):
        """A byte at a time."""
        for place in range(len(data)):
            self.socket.sendall(data[place:place + 1])

    def frame(self):
        """The next frame, its payload as it was before it was compressed; None when the server has ended the connection."""
        head = self.read.read(2)
        if len(head) < 2:
            return None
        size = head[1]
        assert size < 128, "a server does not mask"
        if size == 126:
            size = struct.unpack(">H", self.read.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.read.read(8))[0]
        payload = self.read.read(size)
        assert head[0] & 0xb0 == 0x80, f"a final frame without reserved bits is {head[0]:#x}"
        if head[0] & 0x40:
            payload = self.inflater.decompress(payload + b"\0\0\xff\xff")
            if not self.takes_over:
                self.inflater = zlib.decompressobj(-15)
        return head[0] & 0xf, payload

    def welcome(self):
        while not (self.frame() or (0, b""))[1].startswith(b'{"type":"welcome"'):
            pass
        return self

    def expect(self, *frames):
        for wanted in frames:
            equal(self.frame(), wanted)

    def ends(self, code, answers=True):
        """The server says goodbye with this code, and ends the connection once that is answered."""
        found = self.frame()
        assert found and found[0] == CLOSE, f"{found!r} is no goodbye"
        equal(struct.unpack(">H", found[1][:2])[0] if found[1] else None, code)
        if answers:
            self.send(frame(CLOSE, found[1]))
        equal(self.frame(), None)
        self.socket.close()


def opened(site, extensions=""):
    return Raw(site, site.user("framed"), extensions).welcome()


def try_what_is_whole(site):
    """Messages and control frames, however they are cut."""
    client = opened(site)
    ping = PING % 1
    client.send(frame(TEXT, ping))
    client.expect((TEXT, PONG % 1))
    client.send(frame(TEXT, ping[:5], final=False), frame(0, b"", final=False), frame(0, ping[5:]))
    client.expect((TEXT, PONG % 1))
    client.send(frame(PING_FRAME, b""), frame(PING_FRAME, b"\0\xff" + b"x" * 123), frame(PONG_FRAME, b"not asked for"))
    client.expect((PONG_FRAME, b""), (PONG_FRAME, b"\0\xff" + b"x" * 123))
    client.send(frame(TEXT, ping[:5], final=False), frame(PING_FRAME, b"between"), frame(0, ping[5:]))
    client.expect((PONG_FRAME, b"between"), (TEXT, PONG % 1))
    client.dribble(frame(TEXT, PING % 2) + frame(PING_FRAME, b"slow"))
    client.expect((TEXT, PONG % 2), (PONG_FRAME, b"slow"))
    client.send(b"".join(frame(TEXT, PING % n) for n in range(10)))
    client.expect(*((TEXT, PONG % n) for n in range(10)))
    # The session survives an answer that names the field; the text is over the border of two fragments.
    word = '{"type":"κόσμε😀"}'.encode()
    client.send(*(frame(TEXT if n == 0 else 0, word[n:n + 1], final=n == len(word) - 1) for n in range(len(word))))
    kind, text = client.frame()
    assert kind == TEXT and b"'type'" in text, text
    client.send(close(1000, b"bye"))
    client.ends(1000, answers=False)


BROKEN = [
    ("a reserved bit", frame(TEXT, b"x", reserved=1), 1002),
    ("another", frame(TEXT, b"x", reserved=2), 1002),
    ("one in a ping", frame(PING_FRAME, b"", reserved=4), 1002),
    ("opcode 3", frame(3), 1002),
    ("opcode 7", frame(7), 1002),
    ("opcode 11", frame(11), 1002),
    ("opcode 15", frame(15), 1002),
    ("no mask", frame(TEXT, b"x", masked=False), 1002),
    ("a ping in fragments", frame(PING_FRAME, b"x", final=False), 1002),
    ("a pong in fragments", frame(PONG_FRAME, b"x", final=False), 1002),
    ("a long ping", frame(PING_FRAME, b"x" * 126), 1002),
    ("nothing to continue", frame(0, b"x"), 1002),
    ("nothing to continue any more", frame(TEXT, PING % 1) + frame(0, b"x"), 1002),
    ("a message within another", frame(TEXT, b"x", final=False) + frame(TEXT, b"y"), 1002),
    ("a length of 2 bytes too many", frame(TEXT, b"x", length=2), 1002),
    ("a length of 8 bytes too many", frame(TEXT, b"x", length=8), 1002),
    ("binary", frame(BINARY, b"x"), 1003),
    ("no UTF-8", frame(TEXT, b"\xff"), 1007),
    ("a surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
    ("too long a form", frame(TEXT, b"\xc0\xaf"), 1007),
    ("beyond Unicode", frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    ("half a character", frame(TEXT, b"\xce"), 1007),
    ("a character that is none over a border", frame(TEXT, b"\xf4", final=False) + frame(0, b"\x90", final=False), 1007),
    ("a message too long", frame(TEXT, b" " * 65537), 1009),
    ("fragments too long together", frame(TEXT, b" " * 65000, final=False) + frame(0, b" " * 537), 1009),
]


def try_what_is_broken(site):
    """Each fault has its close code, and the connection ends."""
    for what, data, code in BROKEN:
        client = opened(site)
        client.send(data)
        if data.startswith(frame(TEXT, PING % 1)[:2]):
            client.expect((TEXT, PONG % 1))
        try:
            client.ends(code)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error


def try_goodbyes(site):
    """A goodbye is answered with its code or with what is wrong with it, and the server ends the connection."""
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]:
        client = opened(site)
        client.send(close(code, b"x" * 123))
        client.ends(code, answers=False)
    client = opened(site)
    client.send(frame(CLOSE))
    client.ends(None, answers=False)
    for payload, code in [
        (b"\3", 1002), (b"\0\0", 1002), (b"\3\xe7", 1002), (b"\3\xec", 1002), (b"\3\xed", 1002), (b"\3\xee", 1002),
        (b"\3\xf8", 1002), (b"\x07\xd0", 1002), (b"\x0b\xb7", 1002), (b"\x13\x88", 1002), (b"\xff\xff", 1002),
        (b"\3\xe8\xce", 1007), (b"\3\xe8" + b"x" * 124, 1002),
    ]:
        client = opened(site)
        client.send(frame(CLOSE, payload))
        client.ends(code, answers=False)
    client = opened(site)
    client.send(close(1000) + frame(TEXT, PING % 1))
    client.ends(1000, answers=False)


def try_compressed_frames(site):
    """permessage-deflate as it was agreed on; not at all where it is off."""
    plain = opened(site)
    plain.send(frame(TEXT, deflated(PING % 1), reserved=4))
    plain.ends(1002)
    client = opened(site, "permessage-deflate; client_max_window_bits")
    if COMPRESSION == "off":
        assert b"sec-websocket-extensions" not in client.head.lower(), client.head
        return client.socket.close()
    assert b"permessage-deflate" in client.head, client.head
    assert (b"server_no_context_takeover" in client.head) == (COMPRESSION == "on"), client.head
    ping = deflated(PING % 1)
    client.send(frame(TEXT, ping, reserved=4), frame(TEXT, PING % 2), frame(TEXT, deflated(PING % 3, final=True), reserved=4))
    client.expect(*((TEXT, PONG % n) for n in (1, 2, 3)))
    client.send(frame(TEXT, ping[:4], final=False, reserved=4), frame(PING_FRAME, b"p"), frame(0, ping[4:]))
    client.expect((PONG_FRAME, b"p"), (TEXT, PONG % 1))
    for what, data, code in [
        ("said again by what continues", frame(TEXT, ping[:4], final=False, reserved=4) + frame(0, ping[4:], reserved=4), 1002),
        ("a compressed ping", frame(PING_FRAME, deflated(b"x"), reserved=4), 1002),
        ("another bit", frame(TEXT, ping, reserved=6), 1002),
        ("no deflate stream", frame(TEXT, b"\xff\xff\xff", reserved=4), 1007),
        ("no UTF-8 within", frame(TEXT, deflated(b"\xce"), reserved=4), 1007),
        ("a bomb", frame(TEXT, deflated(b" " * (16 << 20)), reserved=4), 1009),
        ("a bomb in fragments", frame(TEXT, deflated(b" " * (16 << 20))[:9000], final=False, reserved=4), 1009),
    ]:
        client = opened(site, "permessage-deflate")
        client.send(data)
        try:
            client.ends(code)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error
    for offer, answer in [
        ("permessage-deflate; server_max_window_bits=9", b"server_max_window_bits=9"),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate; client_no_context_takeover", b"client_no_context_takeover"),
        ("permessage-deflate; client_max_window_bits=10", b"permessage-deflate"),
        ("x-unknown, permessage-deflate", b"permessage-deflate"),
    ]:
        client = opened(site, offer)
        assert answer in client.head, client.head
        client.send(frame(TEXT, PING % 7))
        client.expect((TEXT, PONG % 7))
        client.socket.close()
    for offer in ["permessage-deflate; unknown", "permessage-deflate; server_max_window_bits=16", "deflate-frame"]:
        client = opened(site, offer)
        assert b"sec-websocket-extensions" not in client.head.lower(), client.head
        client.socket.close()
