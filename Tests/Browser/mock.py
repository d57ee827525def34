"""A small server that speaks the contract from memory: for work on the page without the services, and for faults that
the real ones do not have on demand.

    python3 Tests/Browser/mock.py          prints the address; two edges, everything forgotten at the end

It keeps to docs/protocol.md where the page can see it, and to nothing else: no log, no Redis, no checks of a token.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import struct
import time
import urllib.parse

import static

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refusal(Exception):
    def __init__(self, status, code, detail):
        super().__init__(detail)
        self.status, self.code = status, code


class World:
    """What the services know together."""

    def __init__(self):
        self.messages = {}   # conversation → messages, oldest first
        self.groups = {}     # id → {"id", "name", "members"}
        self.inboxes = {}    # user → messages with cursors, oldest first
        self.devices = {}    # (user, device) → cursor
        self.reads = {}      # (conversation, user) → id
        self.accepted = {}   # (user, device, n) → accepted frame
        self.seen = {}       # user → since when online or offline
        self.sessions = set()
        self.edges = []
        self.clock = (0, 0)
        self.busy = False

    def next_id(self):
        now = int(time.time() * 1000)
        self.clock = (now, 0) if now > self.clock[0] else (self.clock[0], self.clock[1] + 1)
        return f"{self.clock[0]}-{self.clock[1]}"

    def members(self, conversation):
        kind, *rest = conversation.split(":")
        if kind == "dm":
            return list(dict.fromkeys(rest))
        group = self.groups.get(rest[0])
        return group["members"] if group else []

    def conversation(self, user, to):
        kind, _, name = to.partition(":")
        if kind == "user":
            return "dm:" + ":".join(sorted([user, name]))
        if name not in self.groups:
            raise Refusal(404, "not_found", f"there is no group {name}")
        if user not in self.groups[name]["members"]:
            raise Refusal(403, "forbidden", f"you are not a member of {name}")
        return to

    def publish(self, user, device, to, data):
        conversation = self.conversation(user, to)
        identifier = self.next_id()
        message = {"id": identifier, "conversation": conversation, "from": user,
                   "at": int(identifier.split("-")[0]), "data": data}
        self.messages.setdefault(conversation, []).append(message)
        for member in self.members(conversation):
            entry = {**message, "cursor": identifier, "origin": (user, device)}
            self.inboxes.setdefault(member, []).append(entry)
            for session in self.of(member):
                session.push(entry)
        return message

    def of(self, user):
        return [session for session in list(self.sessions) if session.user == user]

    def tell(self, conversation, frame, but=None):
        for member in self.members(conversation):
            for session in self.of(member):
                if session is not but:
                    session.send(frame)

    def presence(self, user):
        sessions = self.of(user)
        return {"user": user, "status": "online" if sessions else "offline", "since": self.seen.get(user, 0),
                "devices": [session.device for session in sessions]}


class Session:
    def __init__(self, world, edge, writer, query):
        self.world, self.edge, self.writer = world, edge, writer
        self.device, self.cursor = query["device"], query.get("cursor")
        self.user, self.closing = None, False

    def send(self, frame):
        self.raw(1, json.dumps(frame).encode())

    def raw(self, opcode, payload):
        length = len(payload)
        header = bytes([0x80 | opcode])
        header += bytes([length]) if length < 126 else (
            b"\x7e" + struct.pack(">H", length) if length < 65536 else b"\x7f" + struct.pack(">Q", length))
        if not self.writer.is_closing():
            self.writer.write(header + payload)

    def close(self, code):
        self.closing = True
        self.raw(8, struct.pack(">H", code))

    def push(self, entry):
        if entry["origin"] != (self.user, self.device):
            self.send({"type": "message", **{k: v for k, v in entry.items() if k != "origin"}})

    def begin(self, user):
        world = self.world
        self.user = user
        inbox = world.inboxes.get(user, [])
        latest = inbox[-1]["cursor"] if inbox else "0-0"
        after = self.cursor or world.devices.get((user, self.device), latest)
        self.send({"type": "welcome", "user": user, "device": self.device, "session": str(id(self)),
                   "edge": self.edge, "cursor": after, "heartbeat": 25, "limits": {"messageBytes": 65536}})
        for entry in inbox:
            if order(entry["cursor"]) > order(after):
                self.push(entry)
        if not world.of(user):
            world.seen[user] = int(time.time() * 1000)
        world.sessions.add(self)

    def end(self):
        self.world.sessions.discard(self)
        if self.user and not self.world.of(self.user):
            self.world.seen[self.user] = int(time.time() * 1000)

    def receive(self, frame):
        world, kind = self.world, frame["type"]
        if kind == "auth":
            if self.user is None:
                self.begin(frame["token"].removeprefix("mock."))
        elif self.user is None:
            self.close(4500)
        elif kind == "send":
            key = (self.user, self.device, frame["n"])
            if world.busy:
                self.send({"type": "error", "n": frame["n"], "code": "busy", "message": "the log is full",
                           "retryAfter": 500})
            elif key in world.accepted:
                self.send({**world.accepted[key], "duplicate": True})
            else:
                try:
                    message = world.publish(self.user, self.device, frame["to"], frame["data"])
                    world.accepted[key] = {"type": "accepted", "n": frame["n"], "id": message["id"],
                                           "conversation": message["conversation"], "at": message["at"]}
                    self.send(world.accepted[key])
                except Refusal as refusal:
                    self.send({"type": "error", "n": frame["n"], "code": refusal.code, "message": str(refusal)})
        elif kind == "signal":
            frame = {"type": "signal", "from": self.user, "to": frame["to"], "data": frame["data"]}
            try:
                world.tell(world.conversation(self.user, frame["to"]), frame, but=self)
            except Refusal:
                pass  # A signal is not answered.
        elif kind == "ack":
            world.devices[self.user, self.device] = frame["cursor"]
        elif kind == "read":
            key = (frame["conversation"], self.user)
            if order(frame["id"]) > order(world.reads.get(key, "0-0")):
                world.reads[key] = frame["id"]
                world.tell(frame["conversation"], {**frame, "user": self.user}, but=self)
        elif kind == "ping":
            self.send({"type": "pong", "n": frame["n"]})
        else:
            self.send({"type": "error", "code": "bad_request", "message": f"type: {kind} is not known"})


def order(identifier):
    return tuple(int(part) for part in identifier.split("-"))


class Server:
    """One port: the page, the demo's endpoints, REST and, when it has an edge's name, `/ws`."""

    def __init__(self, world, edge):
        self.world, self.edge = world, edge

    async def start(self, port=0):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        try:
            while await self.request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # The other side, or the whole mock, has ended.
        finally:
            writer.close()

    async def request(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        url = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(url.query))
        if headers.get("upgrade") == "websocket":
            key = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + MAGIC).encode()).digest()).decode()
            writer.write((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Accept: {key}\r\nSec-WebSocket-Protocol: switchboard.v1\r\n\r\n").encode())
            await self.websocket(Session(self.world, self.edge, writer, query), reader)
            return False
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        status, content, kind = 200, b"", "application/json"
        try:
            if found := static.read(url.path):
                content, kind = found
            else:
                user = headers.get("authorization", "").removeprefix("Bearer mock.")
                answer = self.answer(method, urllib.parse.unquote(url.path), query, json.loads(body or b"{}"), user)
                content = json.dumps(answer).encode()
        except Refusal as refusal:
            status, kind = refusal.status, "application/problem+json"
            content = json.dumps({"type": f"/problems/{refusal.code}", "status": status, "detail": str(refusal)}).encode()
        writer.write((f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n").encode()
                     + content)
        await writer.drain()
        return True

    async def websocket(self, session, reader):
        text = b""
        try:
            while True:
                first, second = await reader.readexactly(2)
                length = second & 0x7F
                if length == 126:
                    length, = struct.unpack(">H", await reader.readexactly(2))
                elif length == 127:
                    length, = struct.unpack(">Q", await reader.readexactly(8))
                mask = await reader.readexactly(4)
                payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(await reader.readexactly(length)))
                opcode = first & 15
                if opcode == 8:
                    if not session.closing:
                        session.raw(8, payload)
                    return
                if opcode == 9:
                    session.raw(10, payload)
                elif opcode in (0, 1):
                    text += payload
                    if first & 0x80:
                        session.receive(json.loads(text))
                        text = b""
        finally:
            session.end()

    def answer(self, method, path, query, body, user):
        world = self.world
        parts = path.strip("/").split("/")
        match [method, *parts]:
            case ["GET", "demo", "config"]:
                return {"demo": True, "edges": world.edges}
            case ["POST", "demo", "token"]:
                return {"token": f"mock.{body['user']}", "user": body["user"],
                        "expiresAt": int(time.time() * 1000) + 3_600_000}
            case ["GET", "v1", "conversations"]:
                mine = [c for c in self.world.messages.keys() | {f"group:{g}" for g in world.groups}
                        if user in world.members(c)]
                return {"conversations": sorted((self.summary(c, user) for c in mine),
                                                key=lambda s: s["last"]["at"] if s["last"] else 0, reverse=True),
                        "next": None}
            case ["GET", "v1", "conversations", conversation, "messages"]:
                messages = self.readable(conversation, user)
                limit = int(query.get("limit", 50))
                if "after" in query:
                    found = [m for m in messages if order(m["id"]) > order(query["after"])][:limit]
                else:
                    before = order(query.get("before", "99999999999999-0"))
                    found = [m for m in reversed(messages) if order(m["id"]) < before][:limit]
                return {"messages": found, "next": found[-1]["id"] if len(found) == limit else None}
            case ["GET", "v1", "conversations", conversation, "receipts"]:
                self.readable(conversation, user)
                return {"receipts": [{"user": u, "id": i} for (c, u), i in world.reads.items() if c == conversation],
                        "next": None}
            case ["GET", "v1", "sync"]:
                found = sorted((m for c, ms in world.messages.items() if user in world.members(c) for m in ms
                                if order(m["id"]) > order(query["after"])), key=lambda m: order(m["id"]))
                return {"messages": found, "next": None}
            case ["POST", "v1", "presence", "query"]:
                return {"presence": [world.presence(name) for name in body["users"]], "next": None}
            case ["PUT", "v1", "groups", group]:
                world.groups[group] = {"id": group, **body}
                return world.groups[group]
            case ["GET", "v1", "groups", group]:
                if group not in world.groups:
                    raise Refusal(404, "not_found", f"there is no group {group}")
                return world.groups[group]
            case ["POST", "mock", "close", code]:
                for session in list(world.sessions):
                    session.close(int(code))
                return {}
            case ["POST", "mock", "busy", flag]:
                world.busy = flag == "on"
                return {}
        raise Refusal(404, "not_found", f"there is no {path}")

    def readable(self, conversation, user):
        members = self.world.members(conversation)
        if user not in members:
            raise Refusal(404, "not_found", "there is no such conversation")
        return self.world.messages.get(conversation, [])

    def summary(self, conversation, user):
        messages = self.world.messages.get(conversation, [])
        mark = order(self.world.reads.get((conversation, user), "0-0"))
        return {"conversation": conversation, "last": messages[-1] if messages else None,
                "read": self.world.reads.get((conversation, user)), "more": False,
                "unread": sum(1 for m in messages if m["from"] != user and order(m["id"]) > mark)}


async def start(port=0):
    """Starts the gateway and two edges; returns the gateway."""
    world = World()
    edges = [await Server(world, f"edge-{n}").start() for n in (1, 2)]
    world.edges = [{"id": edge.edge, "url": f"ws://127.0.0.1:{edge.port}/ws"} for edge in edges]
    return await Server(world, "edge-1").start(port)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A stand-in for the services, for work on the demo page.")
    arguments.add_argument("--port", type=int, default=0)

    async def main():
        server = await start(arguments.parse_args().port)
        print(f"http://127.0.0.1:{server.port}/", flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())
