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
from ring import Ring

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
        self.retention = 1000  # how many messages the log of a topic holds; history has all of them
        self.wishes = {}       # user → {"status", "text"}: what they want to be seen as
        self.live = {}         # edge → {"url", "draining", "capacity", "since", "sessions"?}
        self.ring = {"version": 0, "changed": 0, "weights": {}}

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
        if to in ("all", "topic:all"):
            if user != "operator":
                raise Refusal(403, "forbidden", "field 'to': sending to all needs the scope 'broadcast'")
            return "topic:all"
        if kind == "topic":
            if name.startswith("readonly"):
                raise Refusal(403, "forbidden", f"field 'to': this user may not publish to the topic '{name}'")
            return to
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
        if conversation.startswith("topic:"):
            for session in list(self.sessions):
                if conversation[6:] in session.topics and (session.user, session.device) != (user, device):
                    session.send({"type": "message", **message})
            return message
        for member in self.members(conversation):
            entry = {**message, "cursor": identifier, "origin": (user, device)}
            self.inboxes.setdefault(member, []).append(entry)
            for session in self.of(member):
                session.push(entry)
        return message

    def of(self, user):
        return [session for session in list(self.sessions) if session.user == user]

    def tell(self, conversation, frame, but=None):
        if conversation.startswith("topic:"):
            for session in list(self.sessions):
                if conversation[6:] in session.topics and session is not but:
                    session.send(frame)
            return
        for member in self.members(conversation):
            for session in self.of(member):
                if session is not but:
                    session.send(frame)

    def presence(self, user, to=None):
        """What `to` sees of `user`."""
        sessions, wish = self.of(user), self.wishes.get(user, {})
        hidden = wish.get("status") == "invisible"
        online = bool(sessions) and (not hidden or to == user)
        seen = {"user": user, "status": "online" if online else "offline", "since": self.seen.get(user, 0),
                "devices": [session.device for session in sessions] if online else []}
        if wish.get("status") == "away" and online or hidden and to == user:
            seen["state"] = wish["status"]
        if wish.get("text") and (online or to == user):
            seen["text"] = wish["text"]
        return seen

    def tell_presence(self, user):
        for session in list(self.sessions):
            if user in session.watched:
                session.send(self.presence_frame(user, session.user))

    def presence_frame(self, user, to):
        seen = self.presence(user, to)
        del seen["devices"]
        return {"type": "presence", **{"at" if key == "since" else key: value for key, value in seen.items()}}

    def place_edges(self):
        """Writes the ring anew, of the edges that are alive and not on their way out."""
        weights = {edge: record["capacity"] for edge, record in self.live.items() if not record["draining"]}
        if weights != self.ring["weights"]:
            self.ring = {"version": self.ring["version"] + 1, "changed": int(time.time() * 1000), "weights": weights}

    def list_edges(self):
        ring = Ring(self.ring["weights"])
        shares = ring.shares() if ring.points else {}
        def sessions(edge):
            return self.live[edge].get("sessions", sum(session.edge == edge for session in self.sessions))
        taking = {edge: record["capacity"] for edge, record in self.live.items()
                  if not record["draining"] and edge in self.ring["weights"]}
        total, weight = sum(sessions(edge) for edge in taking), sum(taking.values())
        def load(edge):
            due = total * taking[edge] / weight if edge in taking else 0
            return sessions(edge) / due if due else 0
        return {
            "edges": [{"edge": edge, "url": record["url"], "sessions": sessions(edge), "draining": record["draining"],
                       "capacity": record["capacity"], "load": load(edge), "since": record["since"]}
                      for edge, record in sorted(self.live.items())],
            "ring": {"version": self.ring["version"], "changed": self.ring["changed"], "edges": [
                {"edge": edge, "weight": weight, "share": shares[edge], "live": edge in self.live}
                for edge, weight in sorted(self.ring["weights"].items())]}}


class Session:
    def __init__(self, world, edge, writer, query):
        self.world, self.edge, self.writer = world, edge, writer
        self.device, self.cursor = query["device"], query.get("cursor")
        self.user, self.closing = None, False
        self.topics, self.watched = {"all"}, set()

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
        is_first = not world.of(user)
        world.sessions.add(self)
        if is_first:
            world.seen[user] = int(time.time() * 1000)
            world.tell_presence(user)

    def end(self):
        self.world.sessions.discard(self)
        if self.user and not self.world.of(self.user):
            self.world.seen[self.user] = int(time.time() * 1000)
            self.world.tell_presence(self.user)

    def subscribe(self, topic, after):
        world, conversation = self.world, f"topic:{topic}"
        if topic.startswith("staff"):
            raise Refusal(403, "forbidden", f"field 'topic': this user may not subscribe to the topic '{topic}'")
        if topic not in self.topics and len(self.topics) > 100:
            raise Refusal(400, "bad_request", "field 'topic' would be one more than the 100 topics of a session")
        self.topics.add(topic)
        said = world.messages.get(conversation, [])
        last = said[-1]["id"] if said else "0-0"
        if after is not None:
            missed = [message for message in said if order(message["id"]) > order(after)]
            kept = missed[-world.retention:] if world.retention else []
            if len(kept) < len(missed) and after != "0":
                self.send({"type": "gap", "conversation": conversation, "after": after, "reason": "trimmed"})
            for message in kept:
                if message["from"] != self.user:
                    self.send({"type": "message", **message})
        return {"after": last}

    def watch(self, users):
        if len(users) > 200:
            raise Refusal(400, "bad_request", "field 'users' must be 1 to 200 ids")
        if len(self.watched | set(users)) > 1000:
            raise Refusal(400, "bad_request", "field 'users' would make it more than 1000 watched by the session")
        if hidden := [user for user in users if user.startswith("secret")]:
            raise Refusal(403, "forbidden", f"field 'users': this user may not watch {', '.join(hidden[:10])}")
        self.watched |= set(users)
        for user in users:
            self.send(self.world.presence_frame(user, self.user))
        return {}

    def ask(self, frame):
        """What is answered by `ok` or an error."""
        match frame["type"]:
            case "subscribe":
                return self.subscribe(frame["topic"], frame.get("after"))
            case "unsubscribe":
                self.topics.discard(frame["topic"])
            case "watch":
                return self.watch(frame["users"])
            case "unwatch":
                self.watched -= set(frame["users"])
        return {}

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
        elif kind in ("subscribe", "unsubscribe", "watch", "unwatch"):
            try:
                self.send({"type": "ok", "n": frame["n"], **self.ask(frame)})
            except Refusal as refusal:
                self.send({"type": "error", "n": frame["n"], "code": refusal.code, "message": str(refusal)})
        else:
            self.send({"type": "error", "code": "bad_request", "message": f"type: {kind} is not known"})


def order(identifier):
    return tuple(int(part) for part in f"{identifier}-0".split("-")[:2])


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
                said = {c for c in world.messages if not c.startswith("topic:")}
                mine = [c for c in said | {f"group:{g}" for g in world.groups}
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
                seen = [name for name in body["users"] if not name.startswith("secret")]
                return {"presence": [world.presence(name, user) for name in seen], "next": None,
                        "forbidden": [name for name in body["users"] if name.startswith("secret")]}
            case ["PUT", "v1", "presence", "me"]:
                if body.get("status") not in ("online", "away", "invisible") or len(body.get("text") or "") > 128:
                    raise Refusal(400, "bad_request", "field 'status' must be online, away or invisible")
                world.wishes[user] = body
                world.tell_presence(user)
                return world.presence(user, user)
            case ["GET", "v1", "edges"]:
                return world.list_edges()
            case ["GET", "v1", "edges", "locate"]:
                # Without those that take no sessions whoever is next along the ring is first.
                edge = Ring({edge: weight for edge, weight in world.ring["weights"].items() if edge in world.live}).owner(
                    query["user"])
                if edge is None:
                    raise Refusal(503, "busy", "no edge with a URL of its own takes sessions now")
                return {"edge": edge, "url": world.live[edge]["url"]}
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
            case ["POST", "mock", "say", to]:
                world.publish(body.get("from", "operator"), "desk", to, {"text": body["text"]})
                return {}
            case ["POST", "mock", "retention", count]:
                world.retention = int(count)
                return {}
            case ["POST", "mock", "edge", edge, act]:
                # A join is seen alive first and on the ring with the second `place`, as with the hysteresis of the real one.
                if act == "join":
                    world.live[edge] = {"url": f"wss://{edge}.chat.example/ws", "draining": False,
                                        "since": int(time.time() * 1000), "capacity": 10, "sessions": 0, **body}
                elif act == "drain":
                    world.live[edge]["draining"] = True
                elif act == "leave":
                    del world.live[edge]
                elif act == "place":
                    world.live.get(edge, {}).update(body)
                if act != "join" and not (act == "leave" and body.get("keeps")):
                    world.place_edges()
                return {}
            case ["POST", "mock", "busy", flag]:
                world.busy = flag == "on"
                return {}
        raise Refusal(404, "not_found", f"there is no {path}")

    def readable(self, conversation, user):
        if conversation.startswith("topic:"):
            if conversation.startswith("topic:staff"):
                raise Refusal(403, "forbidden", "conversation: this user may not subscribe to the topic")
            return self.world.messages.get(conversation, [])
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
    world.live = {edge["id"]: {"url": edge["url"], "draining": False, "capacity": 10, "since": int(time.time() * 1000)}
                  for edge in world.edges}
    world.place_edges()
    return await Server(world, "edge-1").start(port)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A stand-in for the services, for work on the demo page.")
    arguments.add_argument("--port", type=int, default=0)

    async def main():
        server = await start(arguments.parse_args().port)
        print(f"http://127.0.0.1:{server.port}/", flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())
