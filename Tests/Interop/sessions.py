"""Sessions in JSON and CBOR with the libraries `websockets` and `aiohttp`, with compression as the edges have it (COMPRESSION)."""

import asyncio
import json
import zlib

import aiohttp
import cbor2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from cases import COMPRESSION, PATIENCE, equal

# The numbers of docs/protocol.md.
NAMES = (
    "type n id cursor conversation from at data to attachments after user users topic token change code message retryAfter "
    "duplicate status state text reason url within device session edge heartbeat limits"
).split()
IDS = {"id", "cursor", "after", "change"}
EMBEDDED_JSON = 262


class JSON:
    subprotocol = "switchboard.v1"

    @staticmethod
    def write(frame):
        return json.dumps(frame)

    @staticmethod
    def read(message):
        assert isinstance(message, str), message
        return json.loads(message)


class CBOR:
    subprotocol = "switchboard.v1.cbor"

    @staticmethod
    def write(frame):
        def value(name, value):
            if name == "data":
                return cbor2.CBORTag(EMBEDDED_JSON, json.dumps(value).encode())
            return [int(part) for part in value.split("-")] if name in IDS else value

        return cbor2.dumps({NAMES.index(name): value(name, found) for name, found in frame.items()})

    @staticmethod
    def read(message):
        assert isinstance(message, bytes), message

        def value(name, value):
            if name == "data":
                equal(value.tag, EMBEDDED_JSON)
                return json.loads(value.value)
            return "-".join(map(str, value)) if name in IDS else value

        named = {NAMES[key] if isinstance(key, int) else key: found for key, found in cbor2.loads(message).items()}
        return {name: value(name, found) for name, found in named.items()}


class WebSockets:
    """A session by `websockets`."""

    async def open(self, url, token, subprotocol, deflate=None):
        extensions = [deflate or ClientPerMessageDeflateFactory(client_max_window_bits=True)]
        self.socket = await connect(
            url, additional_headers={"Authorization": f"Bearer {token}"}, subprotocols=[subprotocol], compression=None,
            extensions=extensions, open_timeout=PATIENCE, max_size=None)
        self.extensions = self.socket.response.headers.get("Sec-WebSocket-Extensions", "")
        self.subprotocol = self.socket.subprotocol

    async def send(self, message):
        await self.socket.send(message)

    async def receive(self):
        return await asyncio.wait_for(self.socket.recv(), PATIENCE)

    async def close(self):
        await self.socket.close()
        return self.socket.close_code

    async def closed(self):
        try:
            while True:
                await self.receive()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None


class AIOHTTP:
    """A session by `aiohttp`."""

    async def open(self, url, token, subprotocol, deflate=None):
        self.http = aiohttp.ClientSession()
        self.socket = await self.http.ws_connect(
            url, headers={"Authorization": f"Bearer {token}"}, protocols=[subprotocol], compress=15, max_msg_size=0)
        self.extensions = self.socket._response.headers.get("Sec-WebSocket-Extensions", "")
        self.subprotocol = self.socket.protocol

    async def send(self, message):
        await (self.socket.send_str if isinstance(message, str) else self.socket.send_bytes)(message)

    async def receive(self):
        message = await asyncio.wait_for(self.socket.receive(), PATIENCE)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        return message.data

    async def close(self):
        await self.socket.close()
        await self.http.close()
        return self.socket.close_code

    async def closed(self):
        while not self.socket.closed:
            message = await asyncio.wait_for(self.socket.receive(), PATIENCE)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                break
        await self.http.close()
        return self.socket.close_code


class Session:
    """What is said in a session, in whichever encoding."""

    def __init__(self, site, library, encoding, user, device):
        self.site, self.connection, self.encoding, self.user, self.device = site, library(), encoding, user, device

    async def open(self, cursor=None, deflate=None):
        url = f"ws://{self.site.host}:{self.site.port}/ws?device={self.device}" + (f"&cursor={cursor}" if cursor else "")
        await self.connection.open(url, self.site.token(self.user), self.encoding.subprotocol, deflate)
        equal(self.connection.subprotocol, self.encoding.subprotocol)
        found = self.connection.extensions
        equal(found.startswith("permessage-deflate"), COMPRESSION != "off")
        equal("server_no_context_takeover" in found, COMPRESSION == "on")
        welcome = await self.frame()
        equal((welcome["type"], welcome["user"], welcome["device"]), ("welcome", self.user, self.device))
        self.cursor = welcome["cursor"]
        return self

    async def frame(self):
        return self.encoding.read(await self.connection.receive())

    async def say(self, **frame):
        await self.connection.send(self.encoding.write(frame))

    async def expect(self, kind):
        """The next frame of this type; others, which come when they come, are passed over."""
        while True:
            frame = await self.frame()
            assert frame["type"] != "error" or kind == "error", frame
            if frame["type"] == kind:
                if kind == "message":
                    self.cursor = frame["cursor"]
                return frame


BODIES = [
    "short", {"text": "häßlich 😀 \" \\ \n", "list": [1, -2.5, None, True]}, "again and again " * 500,
    ["".join(chr(33 + (n * n * 7 + n) % 90) for n in range(5000))],
]


async def converse(site, library, encoding):
    alice, bob = site.user("alice"), site.user("bob")
    sender = await Session(site, library, encoding, alice, "laptop").open()
    receiver = await Session(site, library, encoding, bob, "phone").open()
    ids = []
    for n, body in enumerate(BODIES, 1):
        await sender.say(type="send", n=n, to=f"user:{bob}", data=body)
        accepted = await sender.expect("accepted")
        equal(accepted["n"], n)
        ids.append(accepted["id"])
        message = await receiver.expect("message")
        equal((message["id"], message["from"], message["data"]), (accepted["id"], alice, body))
    # A repeat is the same message.
    await sender.say(type="send", n=1, to=f"user:{bob}", data=BODIES[0])
    again = await sender.expect("accepted")
    equal((again["id"], again["duplicate"]), (ids[0], True))
    # What comes while one is away comes with the cursor, once and in order.
    cursor = receiver.cursor
    equal(await receiver.connection.close(), 1000)
    for n, body in enumerate(BODIES, len(BODIES) + 1):
        await sender.say(type="send", n=n, to=f"user:{bob}", data=body)
        ids.append((await sender.expect("accepted"))["id"])
    receiver = await Session(site, library, encoding, bob, "phone").open(cursor)
    for body, id in zip(BODIES, ids[len(BODIES):]):
        message = await receiver.expect("message")
        equal((message["id"], message["data"]), (id, body))
    await receiver.say(type="ack", cursor=receiver.cursor)
    # What makes no sense is refused by its field, and the session goes on.
    await receiver.say(type="dance", n=9)
    refused = await receiver.expect("error")
    assert refused["code"] == "bad_request" and "'type'" in refused["message"], refused
    await receiver.say(type="ping", n=10)
    equal(await receiver.expect("pong"), {"type": "pong", "n": 10})
    await sender.connection.close()
    await receiver.connection.close()


def try_websockets_in_json(site):
    """websockets, switchboard.v1."""
    asyncio.run(converse(site, WebSockets, JSON))


def try_websockets_in_cbor(site):
    """websockets, switchboard.v1.cbor."""
    asyncio.run(converse(site, WebSockets, CBOR))


def try_aiohttp_in_json(site):
    """aiohttp, switchboard.v1."""
    asyncio.run(converse(site, AIOHTTP, JSON))


def try_aiohttp_in_cbor(site):
    """aiohttp, switchboard.v1.cbor."""
    asyncio.run(converse(site, AIOHTTP, CBOR))


def try_both_encodings_meet(site):
    """A message of one in JSON reaches the other in CBOR, and back."""

    async def meet():
        alice, bob = site.user("alice"), site.user("bob")
        one = await Session(site, WebSockets, JSON, alice, "laptop").open()
        other = await Session(site, AIOHTTP, CBOR, bob, "phone").open()
        for session, peer, to in [(one, other, bob), (other, one, alice)]:
            for n, body in enumerate(BODIES, 1):
                await session.say(type="send", n=n, to=f"user:{to}", data=body)
                equal((await peer.expect("message"))["data"], body)
        await one.connection.close()
        await other.connection.close()

    asyncio.run(meet())


def try_windows(site):
    """The windows and contexts that a client may ask for."""

    async def ask(**wishes):
        user = site.user("alice")
        session = await Session(site, WebSockets, JSON, user, "laptop").open(
            deflate=ClientPerMessageDeflateFactory(**wishes))
        for n, body in enumerate(BODIES * 2, 1):
            await session.say(type="send", n=n, to=f"user:{site.user('bob')}", data=body)
            await session.expect("accepted")
        await session.connection.close()

    for wishes in [
        {"server_max_window_bits": 9, "client_max_window_bits": 9}, {"client_max_window_bits": 15},
        {"server_max_window_bits": 15, "client_max_window_bits": True}, {"client_no_context_takeover": True},
    ]:
        asyncio.run(ask(**wishes))


def try_what_is_too_long(site):
    """1009 for a message too long, and for one that would be when it is not compressed any more; 1003 and 1007 where they belong."""

    async def end(library, encoding, message):
        session = await Session(site, library, encoding, site.user("mallory"), "phone").open()
        await session.connection.send(message)
        return await session.connection.closed()

    for library in (WebSockets, AIOHTTP):
        equal(asyncio.run(end(library, JSON, " " * 65537)), 1009)
        # Compressed it is 16 KiB, where that was agreed on.
        equal(asyncio.run(end(library, JSON, " " * (16 << 20))), 1009)
        equal(asyncio.run(end(library, CBOR, b"\0" * (16 << 20))), 1009)
        equal(asyncio.run(end(library, CBOR, "{}")), 1003)
        equal(asyncio.run(end(library, JSON, b"{}")), 1003)
    assert len(zlib.compress(b"\0" * (16 << 20))) < 65536
