"""aiohttp and SockJS: each of its transports, with JSON frames and with STOMP; and every malformed request."""

import asyncio
import json
import secrets

import aiohttp

from cases import PATIENCE, equal
from sockjs_session import ODD, TRANSPORTS, Closed, Session, together


def query(site, user, **more):
    return {"device": "web", "token": site.token(user), **more}


async def conversation(site, transport):
    alice, bob = site.user("alice"), site.user("bob")
    async with together() as http:
        hears = Session(http, site.gateway, transport, query(site, alice, protocol="json"))
        says = Session(http, site.gateway, transport, query(site, bob, protocol="json"))
        equal((await hears.frame("welcome"))["user"], alice)
        await says.frame("welcome")
        frames = [{"type": "send", "n": n, "to": f"user:{alice}", "data": [n, ODD]} for n in range(1, 21)]
        await says.say(*frames[:10])
        for frame in frames[10:]:
            await says.say(frame)
        ids = [(await says.frame("accepted"))["id"] for _ in frames]
        heard = [await hears.frame("message") for _ in frames]
        equal([frame["id"] for frame in heard], ids)
        equal([frame["data"] for frame in heard], [frame["data"] for frame in frames])
        await hears.say({"type": "ack", "cursor": heard[4]["cursor"]}, {"type": "ping", "n": 1})
        await hears.frame("pong")
        await hears.end()
        await says.say({"type": "send", "n": 21, "to": f"user:{alice}", "data": "later"})
        await says.frame("accepted")
        # What was not acknowledged comes again, and what was said meanwhile.
        again = Session(http, site.gateway, transport, query(site, alice, protocol="json", cursor=heard[4]["cursor"]))
        came = [(await again.frame("message"))["data"] for _ in range(16)]
        equal(came, [frame["data"] for frame in frames[5:]] + ["later"])
        await again.end()
        await says.end()


def stomp(command, body="", **headers):
    lines = "".join(f"{name.replace('_', '-')}:{value}\n" for name, value in headers.items())
    return f"{command}\n{lines}\n{body}\0"


async def stomp_conversation(site, transport):
    alice, bob = site.user("alice"), site.user("bob")
    async with together() as http:
        hears = Session(http, site.gateway, transport, query(site, alice))
        await hears.open()
        await hears.write(stomp("CONNECT", accept_version="1.2", host="x"))
        assert (await hears.next()).startswith("CONNECTED\nversion:1.2")
        await hears.write(stomp("SUBSCRIBE", id="in", destination="/user/queue/messages", ack="auto", receipt="r"))
        await hears.next(lambda text: text.startswith("RECEIPT"))
        says = Session(http, site.gateway, transport, query(site, bob))
        await says.open()
        await says.write(stomp("CONNECT", accept_version="1.2", host="x"))
        for n in range(5):
            await says.write(stomp("SEND", f"{n} {ODD}".replace("\0", ""), destination=f"/user/{alice}", receipt=n))
        for n in range(5):
            message = await hears.next(lambda text: text.startswith("MESSAGE"))
            equal(message.split("\n\n", 1)[1].rstrip("\0"), f"{n} {ODD}".replace("\0", ""))
        await says.write(stomp("DISCONNECT", receipt="bye"))
        await says.next(lambda text: "receipt-id:bye" in text)
        await hears.end()
        await says.end()


async def refusal(site, transport):
    async with together() as http:
        session = Session(http, site.gateway, transport, {"device": "web", "protocol": "json", "token": "nonsense"})
        try:
            while True:
                equal(json.loads(await session.next())["code"], "unauthorized")
        except Closed as end:
            equal(end.args, (4500, "unauthorized"))


def try_xhr(site):
    """xhr: JSON frames in order, unaltered, resumed; STOMP; a bad token."""
    transport(site, "xhr")


def try_xhr_streaming(site):
    """xhr_streaming: JSON frames in order, unaltered, resumed; STOMP; a bad token."""
    transport(site, "xhr_streaming")


def try_eventsource(site):
    """eventsource: JSON frames in order, unaltered, resumed; STOMP; a bad token."""
    transport(site, "eventsource")


def try_htmlfile(site):
    """htmlfile: JSON frames in order, unaltered, resumed; STOMP; a bad token."""
    transport(site, "htmlfile")


def try_jsonp(site):
    """jsonp: JSON frames in order, unaltered, resumed; STOMP; a bad token."""
    transport(site, "jsonp")


def transport(site, name):
    for part in (conversation, stomp_conversation, refusal):
        asyncio.run(part(site, name))


def try_websockets(site):
    """websocket with SockJS' frames, and without"""

    async def run():
        user = site.user("alice")
        socket = site.gateway.replace("http", "ws", 1)
        async with together() as http:
            path = f"{socket}/chat-websocket/0/{secrets.token_hex(8)}/websocket"
            async with http.ws_connect(path, params=query(site, user, protocol="json")) as framed:
                equal((await framed.receive(PATIENCE)).data, "o")
                welcome = (await framed.receive(PATIENCE)).data
                equal(json.loads(json.loads(welcome[1:])[0])["type"], "welcome")
                await framed.send_str("")
                await framed.send_str("[]")
                await framed.send_str(json.dumps(['{"type":"ping","n":1}', '{"type":"ping","n":2}']))
                pongs = []
                while len(pongs) < 2:
                    pongs += json.loads((await framed.receive(PATIENCE)).data[1:])
                equal([json.loads(pong)["n"] for pong in pongs], [1, 2])
                await framed.send_str('["x')
                equal((await framed.receive(PATIENCE)).type, aiohttp.WSMsgType.CLOSE)
                equal(framed.close_code, 4501)
            async with http.ws_connect(f"{socket}/ws-sockjs/websocket", params=query(site, user)) as raw:
                await raw.send_str(stomp("CONNECT", accept_version="1.1,1.2", host="x"))
                assert (await raw.receive(PATIENCE)).data.startswith("CONNECTED")

    asyncio.run(run())


# The method and what follows the path of a session that is open, body, content type: the status, and the body or a part of it.
FORM = "application/x-www-form-urlencoded"
MALFORMED = [
    ("POST", "/xhr_send", "", "text/plain", 500, "Payload expected."),
    ("POST", "/xhr_send", "[\"x", "text/plain", 500, "Broken JSON encoding."),
    ("POST", "/xhr_send", "[\"\\ud8\"]", "text/plain", 500, "Broken JSON encoding."),
    ("POST", "/xhr_send", b"[\"\xff\"]", "text/plain", 500, "Broken JSON encoding."),
    ("POST", "/xhr_send", "\"x\"", "text/plain", 500, "Payload expected."),
    ("POST", "/xhr_send", "{\"x\":1}", "text/plain", 500, "Payload expected."),
    ("POST", "/xhr_send", "[1]", "text/plain", 500, "Payload expected."),
    ("POST", "/xhr_send", json.dumps(["x"] * 1001), "text/plain", 500, "Too many messages."),
    ("POST", "/xhr_send", "[" * 200 + "]" * 200, "text/plain", 500, "Broken JSON encoding."),
    ("POST", "/jsonp_send", "", FORM, 500, "Payload expected."),
    ("POST", "/jsonp_send", "x=%5B%5D", FORM, 500, "Payload expected."),
    ("POST", "/jsonp_send", "d=", FORM, 500, "Payload expected."),
    ("POST", "/jsonp_send", "d=%5B%22x", FORM, 500, "Broken JSON encoding."),
    ("POST", "/xhr_send", "x" * 400_000, "text/plain", 413, "too_large"),
    ("GET", "/jsonp", "", "", 500, '"callback" parameter required'),
    ("GET", "/jsonp?c=", "", "", 500, '"callback" parameter required'),
    ("GET", "/jsonp?c=a%28", "", "", 500, 'invalid "callback" parameter'),
    ("GET", "/htmlfile", "", "", 500, '"callback" parameter required'),
    ("GET", f"/htmlfile?c={'x' * 129}", "", "", 500, 'invalid "callback" parameter'),
    ("GET", "/xhr", "", "", 405, ""),
    ("GET", "/xhr_send", "", "", 405, ""),
    ("POST", "/eventsource", "", "", 405, ""),
    ("POST", "/websocket", "", "", 405, ""),
    ("GET", "/websocket", "", "", 400, 'Can "Upgrade" only to "WebSocket".'),
    ("GET", "/nothing", "", "", 404, ""),
    ("POST", "/xhr/", "", "", 404, ""),
]


def try_malformed(site):
    """Every malformed request has its documented answer, and the session goes on"""

    async def run():
        async with together() as http:
            session = Session(http, site.gateway, "xhr", query(site, site.user("mallory"), protocol="json"))
            await session.frame("welcome")
            for method, path, body, kind, status, said in MALFORMED:
                headers = {"Content-Type": kind} if kind else {}
                async with http.request(method, session.address + path, data=body or None, headers=headers) as answer:
                    text = await answer.text()
                    assert answer.status == status and said in text, f"{method} {path[:40]} {body[:40]!r}: {answer.status} {text[:200]}"
                    if status == 405:
                        assert answer.headers["Allow"], path
            await session.say({"type": "ping", "n": 7})
            equal((await session.frame("pong"))["n"], 7)
            await session.end()
            absent = f"{site.gateway}/chat-websocket/000/{secrets.token_hex(8)}"
            for way in {way for _, way in TRANSPORTS.values()}:
                async with http.post(f"{absent}/{way}", data='["x"]') as answer:
                    equal(answer.status, 404)
            for path in ("/x", "//", "/0/a.b/xhr", "/0//xhr", f"/0/{'x' * 129}/xhr", "/iframe", "/info/"):
                async with http.post(f"{site.gateway}/chat-websocket{path}") as answer:
                    equal((path, answer.status), (path, 404))

    asyncio.run(run())


def try_long_messages(site):
    """A message that is too long ends the session with 1009; a second request that waits is told of the first"""

    async def run():
        async with together() as http:
            session = Session(http, site.gateway, "xhr_streaming", query(site, site.user("mallory"), protocol="json"))
            await session.frame("welcome")
            async with http.post(f"{session.address}/xhr") as answer:
                equal(await answer.text(), 'c[2010,"Another connection still open"]\n')
            async with http.post(f"{session.address}/xhr_send", data=json.dumps(["x" * 100_000])) as answer:
                equal((answer.status, await answer.text()), (500, "Message too long."))
            try:
                await session.next()
                raise AssertionError("the session goes on")
            except Closed as end:
                equal(end.code, 1009)

    asyncio.run(run())
