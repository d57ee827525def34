"""stomp.py over its WebSocket transport: STOMP 1.2."""

import queue
import time

import stomp
from stomp.exception import ConnectFailedException

from cases import PATIENCE, equal

INBOX = "/user/queue/messages"


class Client(stomp.ConnectionListener):
    """A connection, and what has come over it."""

    def __init__(self, site, user, device=None, heartbeats=(0, 0), token=None, **headers):
        self.came = queue.Queue()
        self._early = []
        self.connection = stomp.WSStompConnection(
            [(site.host, site.port)], ws_path="/stomp", heartbeats=heartbeats, reconnect_attempts_max=1)
        self.connection.set_listener("", self)
        if device:
            headers["device"] = device
        self.connection.connect(
            username=user, passcode=token or site.token(user), wait=True, headers=headers, with_connect_command=True)
        self.connected = self.next("connected")

    def on_connected(self, frame):
        self.came.put(("connected", frame))

    def on_message(self, frame):
        self.came.put(("message", frame))

    def on_receipt(self, frame):
        self.came.put(("receipt", frame.headers["receipt-id"]))

    def on_error(self, frame):
        self.came.put(("error", frame))

    def on_disconnected(self):
        self.came.put(("disconnected", None))

    def on_heartbeat_timeout(self):
        self.came.put(("silence", None))

    def next(self, kind):
        """The next of this kind; what else comes meanwhile is kept."""
        for index, (early, what) in enumerate(self._early):
            if early == kind:
                del self._early[index]
                return what
        deadline = time.monotonic() + PATIENCE
        while True:
            got, what = self.came.get(timeout=max(0.01, deadline - time.monotonic()))
            if got == kind:
                return what
            self._early.append((got, what))

    def message(self):
        return self.next("message")

    def bodies(self, count):
        return [self.message().body for _ in range(count)]

    def nothing_came(self):
        """Asks for a receipt, before which whatever was on its way would have come; and says what had."""
        self.done(self.connection.begin(transaction="fence", headers={"receipt": "fence"}), "fence")
        self.done(self.connection.abort("fence", headers={"receipt": "fence-2"}), "fence-2")
        while not self.came.empty():
            self._early.append(self.came.get())
        equal([what.body for kind, what in self._early if kind == "message"], [])

    def done(self, _, receipt):
        """Waits for a receipt."""
        while (got := self.next("receipt")) != receipt:
            raise AssertionError(f"the receipt {got} came for {receipt}")

    def subscribe(self, destination=INBOX, id="in", ack="auto"):
        self.done(self.connection.subscribe(destination, id, ack, headers={"receipt": f"sub-{id}"}), f"sub-{id}")

    def send(self, destination, body, **headers):
        """Sends, and waits until it is accepted."""
        receipt = f"send-{time.monotonic_ns()}"
        self.done(self.connection.send(destination, body, headers={**headers, "receipt": receipt}), receipt)

    def ack(self, frame):
        receipt = f"ack-{time.monotonic_ns()}"
        self.done(self.connection.ack(frame.headers["ack"], receipt=receipt), receipt)

    def disconnect(self):
        self.connection.disconnect(receipt="bye")
        self.next("disconnected")


def pair(site):
    """Alice, who sends, and bob's name; bob's device has been here before, so that his inbox waits for it."""
    alice, bob = site.user("alice"), site.user("bob")
    first = Client(site, bob, device="phone")
    first.subscribe()
    first.disconnect()
    return Client(site, alice), bob


def try_connecting(site):
    """A token in passcode connects, and DISCONNECT has its receipt."""
    user = site.user("carol")
    client = Client(site, user)
    equal(client.connected.headers["version"], "1.2")
    equal(client.connected.headers["user-name"], user)
    equal(client.connected.headers["device"], "stomp")
    client.connection.disconnect(receipt="bye")
    equal(client.next("receipt"), "bye")
    client.next("disconnected")


def try_a_bad_token(site):
    """A token that does not hold is answered by ERROR and the end."""
    try:
        Client(site, "mallory", token="not.a.token")
    except ConnectFailedException:
        return
    raise AssertionError("it was taken")


def try_messages(site):
    """Messages go from one to the other, texts and JSON, with headers of all kinds of characters."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe(id="a:b\\c")
    texts = ["hello", "", "ünïcödé 😀", "two\nlines\r\nand\ttab", 'a "quoted" \\ one', "nul \0 within"]
    for text in texts:
        alice.send(f"/user/{bob}", text, **{"content-type": "text/plain"})
    alice.send(f"/user/{bob}", '{"a": [1, 2]}', **{"content-type": "application/json"})
    equal(phone.bodies(len(texts)), texts)
    frame = phone.message()
    equal(frame.body, '{"a": [1, 2]}')
    equal(frame.headers["content-type"], "application/json")
    equal(frame.headers["subscription"], "a:b\\c")
    equal(frame.headers["from"], alice.connected.headers["user-name"])
    assert frame.headers["conversation"].startswith("dm:"), frame.headers
    assert frame.headers["message-id"] and frame.headers["cursor"], frame.headers
    phone.disconnect()
    alice.disconnect()


def try_auto(site):
    """With ack auto what was delivered does not come again, and what came meanwhile does."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    alice.send(f"/user/{bob}", "1")
    equal(phone.bodies(1), ["1"])
    phone.disconnect()
    alice.send(f"/user/{bob}", "2")
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    equal(phone.bodies(1), ["2"])
    phone.nothing_came()
    phone.disconnect()
    alice.disconnect()


def try_client_individual(site):
    """With client-individual what is not acknowledged comes again, and all that follows it."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe(ack="client-individual")
    for text in "abcd":
        alice.send(f"/user/{bob}", text)
    frames = [phone.message() for _ in range(4)]
    phone.ack(frames[0])
    phone.ack(frames[2])
    phone.disconnect()
    phone = Client(site, bob, device="phone")
    phone.subscribe(ack="client-individual")
    again = [phone.message() for _ in range(3)]
    equal([frame.body for frame in again], ["b", "c", "d"])
    for frame in reversed(again):
        phone.ack(frame)
    phone.disconnect()
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    phone.nothing_came()
    phone.disconnect()
    alice.disconnect()


def try_client(site):
    """With client one acknowledgement is good for all before it."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe(ack="client")
    for text in "abcd":
        alice.send(f"/user/{bob}", text)
    frames = [phone.message() for _ in range(4)]
    phone.ack(frames[2])
    phone.disconnect()
    phone = Client(site, bob, device="phone")
    phone.subscribe(ack="client")
    equal(phone.bodies(1), ["d"])
    phone.nothing_came()
    phone.disconnect()
    alice.disconnect()


def try_nack(site):
    """What is refused comes again with the next connection."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe(ack="client-individual")
    for text in "ab":
        alice.send(f"/user/{bob}", text)
    frames = [phone.message() for _ in range(2)]
    phone.done(phone.connection.nack(frames[0].headers["ack"], receipt="n"), "n")
    phone.ack(frames[1])
    phone.disconnect()
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    equal(phone.bodies(2), ["a", "b"])
    phone.disconnect()
    alice.disconnect()


def try_transactions(site):
    """Of a transaction all goes out with its COMMIT, in order, and nothing with its ABORT."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    first = alice.connection.begin()
    alice.connection.send(f"/user/{bob}", "never", headers={"transaction": first})
    alice.done(alice.connection.abort(first, headers={"receipt": "a"}), "a")
    second = alice.connection.begin()
    for text in "abc":
        alice.connection.send(f"/user/{bob}", text, headers={"transaction": second})
    alice.send(f"/user/{bob}", "before")
    alice.done(alice.connection.commit(second, headers={"receipt": "c"}), "c")
    equal(phone.bodies(4), ["before", "a", "b", "c"])
    phone.disconnect()
    alice.disconnect()


def try_a_repeat(site):
    """A SEND repeated with its n, or its idempotency-key, on another connection is one message."""
    alice, bob = pair(site)
    name = alice.connected.headers["user-name"]
    alice.send(f"/user/{bob}", "one", n="1")
    alice.send(f"/user/{bob}", "two", **{"idempotency-key": "k"})
    alice.disconnect()
    alice = Client(site, name)
    alice.send(f"/user/{bob}", "one", n="1")
    alice.send(f"/user/{bob}", "two", **{"idempotency-key": "k"})
    alice.send(f"/user/{bob}", "three", n="2")
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    equal(phone.bodies(3), ["one", "two", "three"])
    phone.nothing_came()
    phone.disconnect()
    alice.disconnect()


def try_groups(site):
    """A group's members get what is sent to it, and others may not send."""
    alice, bob = pair(site)
    group = site.user("team")
    name = alice.connected.headers["user-name"]
    site.rest(name, "PUT", f"/v1/groups/{group}", {"name": "Team", "members": [name, bob]})
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    alice.send(f"/group/{group}", "to all of you")
    frame = phone.message()
    while frame.body != "to all of you":
        frame = phone.message()
    equal(frame.headers["conversation"], f"group:{group}")
    mallory = Client(site, site.user("mallory"))
    mallory.connection.send(f"/group/{group}", "let me in", headers={"receipt": "r"})
    error = mallory.next("error")
    equal(error.headers["code"], "forbidden")
    equal(error.headers["receipt-id"], "r")
    mallory.next("disconnected")
    phone.disconnect()
    alice.disconnect()


def try_topics(site):
    """Who has subscribed to a topic hears it, the speaker too; two subscriptions are two frames."""
    topic = "/topic/" + site.user("news")
    one, other = Client(site, site.user("dan")), Client(site, site.user("eve"))
    one.subscribe(topic, id="t")
    other.subscribe(topic, id="t1", ack="client")
    other.subscribe(topic, id="t2")
    one.send(topic, "headline")
    equal(one.message().headers["destination"], topic)
    frames = [other.message(), other.message()]
    equal({frame.headers["subscription"] for frame in frames}, {"t1", "t2"})
    other.ack(next(frame for frame in frames if frame.headers["subscription"] == "t1"))
    other.connection.unsubscribe("t1")
    other.connection.unsubscribe("t2", headers={"receipt": "u"})
    other.done(None, "u")
    one.send(topic, "unheard")
    other.nothing_came()
    one.disconnect()
    other.disconnect()


def try_presence_signals_and_reads(site):
    """Presence, signals and read marks come to those who subscribe to them."""
    alice, bob = pair(site)
    name = alice.connected.headers["user-name"]
    # Who has something to do with bob may see whether he is there.
    alice.send(f"/user/{bob}", "hi")
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    equal(phone.message().body, "hi")
    phone.subscribe("/user/queue/signals", id="s")
    alice.subscribe(f"/presence/{bob}", id="p")
    alice.subscribe("/user/queue/reads", id="r")
    while '"online"' not in alice.message().body:
        pass
    alice.send(f"/user/{bob}", '"typing"', type="signal")
    signal = phone.message()
    equal(signal.headers["type"], "signal")
    assert '"typing"' in signal.body, signal.body
    alice.send(f"/user/{bob}", "hello")
    message = phone.message()
    phone.send("/read", "", conversation=message.headers["conversation"], id=message.headers["message-id"])
    mark = alice.message()
    equal(mark.headers["type"], "read")
    assert bob in mark.body and name, mark.body
    phone.disconnect()
    alice.disconnect()


def try_edits(site):
    """A message can be changed and deleted, and its recipients are told."""
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone")
    phone.subscribe()
    alice.send(f"/user/{bob}", "helo")
    message = phone.message()
    where = {"conversation": message.headers["conversation"], "id": message.headers["message-id"]}
    alice.send("/edit", "hello", **where)
    edited = phone.message()
    equal((edited.headers["type"], edited.headers["message"], edited.body), ("edited", where["id"], "hello"))
    alice.send("/delete", "", **where)
    deleted = phone.message()
    equal((deleted.headers["type"], deleted.headers["message"], deleted.body), ("deleted", where["id"], ""))
    phone.disconnect()
    alice.disconnect()


def try_errors(site):
    """What cannot be done is answered by ERROR with a code and the receipt's id, and ends the session."""
    for destination, code in (("/nowhere", "not_found"), ("/all", "forbidden"), ("/user/a b", "not_found")):
        client = Client(site, site.user("frank"))
        client.connection.send(destination, "x", headers={"receipt": "r"})
        error = client.next("error")
        equal((error.headers["code"], error.headers["receipt-id"]), (code, "r"))
        client.next("disconnected")


def try_heartbeats(site):
    """Heart-beats go both ways while nothing is said, and the session lives on."""
    interval = site.heartbeat * 1000
    alice, bob = pair(site)
    phone = Client(site, bob, device="phone", heartbeats=(interval, interval))
    phone.subscribe()
    time.sleep(site.heartbeat * 3.5)
    equal([kind for kind, _ in list(phone.came.queue)], [])
    alice.send(f"/user/{bob}", "still there?")
    equal(phone.bodies(1), ["still there?"])
    phone.disconnect()
    alice.disconnect()
