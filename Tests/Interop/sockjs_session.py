"""A SockJS session of requests over aiohttp: each transport's own way of writing frames, undone."""

import asyncio
import json
import re
import secrets

import aiohttp

from cases import PATIENCE

# What browsers and servers are known to mangle, and what JSON has to escape.
ODD = "a\"b\\c\n\t\x00\x1f\u00ad\u200c\u2028\u2060\ufeff\ufff0\uffff </script> é \U0001f600"
CALLBACK = "page.call_back-1"
# The transport, the method of its requests, and how its messages are sent.
TRANSPORTS = {
    "xhr": ("POST", "xhr_send"),
    "xhr_streaming": ("POST", "xhr_send"),
    "eventsource": ("GET", "xhr_send"),
    "htmlfile": ("GET", "xhr_send"),
    "jsonp": ("GET", "jsonp_send"),
}
TYPES = {
    "eventsource": "text/event-stream", "htmlfile": "text/html",
    "xhr": "application/javascript", "xhr_streaming": "application/javascript", "jsonp": "application/javascript",
}


class Closed(Exception):
    """The session is over: its close frame."""

    @property
    def code(self):
        return self.args[0]


class Decoder:
    """Finds frames in what a transport's answer brings."""

    def __init__(self, transport):
        self.transport = transport
        self.rest = b""

    def feed(self, part):
        self.rest += part
        end = {"eventsource": b"\r\n\r\n", "htmlfile": b"</script>\r\n", "jsonp": b");\r\n"}.get(self.transport, b"\n")
        while end in self.rest:
            piece, self.rest = self.rest.split(end, 1)
            frame = self.frame(piece.decode())
            if frame is not None:
                yield frame

    def frame(self, piece):
        if self.transport == "eventsource":
            # The stream begins with an empty line.
            assert piece.startswith(("data: ", "\r\ndata: ")), piece
            return piece.split("data: ", 1)[1]
        if self.transport == "htmlfile":
            called = re.search(r'<script>\np\((".*")\);\n$', piece, re.DOTALL)
            assert called and "<" not in called[1], piece
            return json.loads(called[1])
        if self.transport == "jsonp":
            assert piece.startswith(f"{CALLBACK}("), piece
            return json.loads(piece[len(CALLBACK) + 1:])
        return None if piece.startswith("hhh") else piece


class Session:
    """One session. `query` goes with the request that begins it."""

    def __init__(self, http, gateway, transport, query, base="/chat-websocket"):
        self.http, self.transport, self.query = http, transport, query
        self.address = f"{gateway}{base}/000/{secrets.token_hex(8)}"
        self.came = asyncio.Queue()
        self.early = []
        self.answers = 0
        self.task = asyncio.create_task(self.listen())

    async def listen(self):
        method, _ = TRANSPORTS[self.transport]
        try:
            while True:
                query = dict(self.query) if self.answers == 0 else {}
                if self.transport in ("jsonp", "htmlfile"):
                    query["c"] = CALLBACK
                async with self.http.request(method, f"{self.address}/{self.transport}", params=query) as answer:
                    self.answers += 1
                    assert answer.status == 200, f"{answer.status}: {await answer.text()}"
                    assert answer.content_type == TYPES[self.transport], answer.content_type
                    assert answer.headers["Cache-Control"] == "no-store, no-cache, must-revalidate, max-age=0"
                    decoder = Decoder(self.transport)
                    async for part in answer.content.iter_any():
                        for frame in decoder.feed(part):
                            self.take(frame)
        except Exception as error:  # noqa: BLE001 — it is raised where the session's words are waited for
            self.came.put_nowait(error)

    def take(self, frame):
        if frame in ("o", "h"):
            self.came.put_nowait(frame)
        elif frame.startswith("a"):
            for message in json.loads(frame[1:]):
                self.came.put_nowait((message,))
        else:
            assert frame.startswith("c"), frame
            raise Closed(*json.loads(frame[1:]))

    async def open(self):
        """Before this there is no session to say anything in."""
        got = await asyncio.wait_for(self.came.get(), PATIENCE)
        assert got == "o", got

    async def next(self, fits=lambda text: True):
        """The next message that fits; others stay."""
        for index, text in enumerate(self.early):
            if fits(text):
                return self.early.pop(index)
        while True:
            got = await asyncio.wait_for(self.came.get(), PATIENCE)
            if isinstance(got, Exception):
                raise got
            if not isinstance(got, tuple):
                continue
            if fits(got[0]):
                return got[0]
            self.early.append(got[0])

    async def frame(self, kind):
        """The next of the JSON frames of this type."""
        return json.loads(await self.next(lambda text: json.loads(text)["type"] == kind))

    async def write(self, *texts):
        _, way = TRANSPORTS[self.transport]
        body = json.dumps(texts)
        payload = {"data": {"d": body}} if way == "jsonp_send" else {"data": body.encode()}
        async with self.http.post(f"{self.address}/{way}", **payload) as answer:
            assert (answer.status, await answer.text()) == ((200, "ok") if way == "jsonp_send" else (204, "")), answer.status

    async def say(self, *frames):
        await self.write(*[json.dumps(frame) for frame in frames])

    async def end(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def together():
    """Requests as a page makes them: several at once to one address, each as long as it takes."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE))
