"""aiohttp and Server-Sent Events: what comes and when, resumption, what is refused."""

import asyncio
import json

from cases import PATIENCE, equal
from sockjs_session import ODD, together


class Stream:
    """A stream of events, read as the standard has it."""

    def __init__(self, answer):
        self.answer = answer
        self.last = None
        self.retry = None
        self.comments = 0

    async def line(self):
        line = await asyncio.wait_for(self.answer.content.readline(), PATIENCE)
        assert line.endswith(b"\n"), "the stream has ended"
        return line.decode().removesuffix("\n").removesuffix("\r")

    async def next(self):
        """The next event: its type and its data."""
        kind, data = "message", []
        while True:
            line = await self.line()
            if line.startswith(":"):
                self.comments += 1
            elif not line:
                if data:
                    return kind, json.loads("\n".join(data))
            else:
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "id":
                    self.last = value
                elif name == "retry":
                    self.retry = int(value)
                elif name == "event":
                    kind = value
                elif name == "data":
                    data.append(value)

    async def frame(self, wanted):
        while True:
            _, frame = await self.next()
            if frame["type"] == wanted:
                return frame


def listen(http, site, user, last=None, **query):
    headers = {"Authorization": f"Bearer {site.token(user)}", "Accept": "text/event-stream"}
    if last:
        headers["Last-Event-ID"] = last
    return http.get(f"{site.gateway}/events", params={"device": "ear", **query}, headers=headers)


async def say(http, site, sender, user, data):
    headers = {"Authorization": f"Bearer {site.token(sender)}"}
    body = {"to": f"user:{user}", "data": data}
    async with http.post(f"{site.gateway}/v1/messages", headers=headers, json=body) as answer:
        assert answer.status == 202, await answer.text()
        return (await answer.json())["id"]


def try_stream(site):
    """Each message comes when it is said, not gathered on the way; its id is the cursor; there is a retry hint"""

    async def run():
        alice, bob = site.user("alice"), site.user("bob")
        async with together() as http, listen(http, site, alice) as answer:
            equal((answer.status, answer.content_type, answer.charset), (200, "text/event-stream", "utf-8"))
            assert "no-store" in answer.headers["Cache-Control"] and "Content-Encoding" not in answer.headers
            stream = Stream(answer)
            welcome = await stream.frame("welcome")
            equal((welcome["user"], welcome["device"], stream.last), (alice, "ear", welcome["cursor"]))
            assert 1000 <= stream.retry, stream.retry
            for n in range(10):
                # The next is said only when this one has come.
                id = await say(http, site, bob, alice, [n, ODD])
                message = await stream.frame("message")
                equal((message["id"], message["data"], message["cursor"]), (id, [n, ODD], stream.last))

    asyncio.run(run())


def try_resumption(site):
    """Last-Event-ID resumes behind it, and counts before the query's cursor; 0 brings what the inbox holds"""

    async def run():
        alice, bob = site.user("alice"), site.user("bob")
        async with together() as http:
            async with listen(http, site, alice) as answer:
                stream = Stream(answer)
                await stream.frame("welcome")
                begin = stream.last
                for n in range(6):
                    await say(http, site, bob, alice, n)
                places = []
                for _ in range(6):
                    await stream.frame("message")
                    places.append(stream.last)
            for n in range(6, 9):
                await say(http, site, bob, alice, n)
            for last, query, wanted in [
                (places[5], {}, [6, 7, 8]), (begin, {}, list(range(9))), (places[2], {"cursor": places[5]}, list(range(3, 9))),
                (None, {"cursor": places[4]}, [5, 6, 7, 8]), (None, {"cursor": "0"}, list(range(9))),
            ]:
                async with listen(http, site, alice, last, **query) as answer:
                    stream = Stream(answer)
                    equal([(await stream.frame("message"))["data"] for _ in wanted], wanted)

    asyncio.run(run())


def try_heartbeats(site):
    """A comment comes when nothing is said"""

    async def run():
        async with together() as http, listen(http, site, site.user("alice")) as answer:
            stream = Stream(answer)
            await stream.frame("welcome")
            while not (await stream.line()).startswith(":"):
                pass

    asyncio.run(run())


def try_ending(site):
    """A stream that is ended says why: event close, with its code"""

    async def run():
        alice = site.user("alice")
        async with together() as http, listen(http, site, alice) as answer:
            stream = Stream(answer)
            await stream.frame("welcome")
            headers = {"Authorization": f"Bearer {site.token(site.user('operator'), 'admin')}"}
            async with http.delete(f"{site.gateway}/v1/users/{alice}/sessions", headers=headers) as ended:
                assert ended.status in (200, 202, 204), ended.status
            while (event := await stream.next())[0] != "close":
                pass
            equal(event[1]["code"], 4502)
            equal(await asyncio.wait_for(answer.content.read(), PATIENCE), b"")

    asyncio.run(run())


def try_refusals(site):
    """Every malformed request has its documented answer, before a stream begins"""

    async def run():
        token = {"token": site.token(site.user("alice"))}
        cases = [
            ("GET", {"device": "ear"}, {}, 401, "unauthorized"),
            ("GET", {"device": "ear", "token": "a.b.c"}, {}, 401, "unauthorized"),
            ("GET", token, {}, 400, "bad_request"),
            ("GET", {"device": "a b", **token}, {}, 400, "bad_request"),
            ("GET", {"device": "x" * 129, **token}, {}, 400, "bad_request"),
            ("GET", {"device": "ear", "cursor": "x", **token}, {}, 400, "bad_request"),
            ("GET", {"device": "ear", **token}, {"Last-Event-ID": "x"}, 400, "bad_request"),
            ("GET", {"device": "ear", **token}, {"Origin": "https://evil.example"}, 403, "forbidden"),
            ("POST", {"device": "ear", **token}, {}, 405, "bad_request"),
            ("DELETE", {"device": "ear", **token}, {}, 405, "bad_request"),
        ]
        async with together() as http:
            for method, query, headers, status, code in cases:
                async with http.request(method, f"{site.gateway}/events", params=query, headers=headers) as answer:
                    said = await answer.json(content_type="application/problem+json")
                    equal((method, query.get("device"), answer.status, said["code"]), (method, query.get("device"), status, code))
                    assert said["detail"]
            async with http.head(f"{site.gateway}/events", params={"device": "ear", **token}) as answer:
                equal((answer.status, answer.content_type), (200, "text/event-stream"))

    asyncio.run(run())
