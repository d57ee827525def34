"""What the STOMP specifications ask of a server, in each version: written out where a library would hide it, read by stompest where not."""

import json
import uuid

from stompest.protocol import commands

from cases import PATIENCE, equal
from socket_client import SUBPROTOCOLS, Client, Socket

INBOX = "/user/queue/messages"
VERSIONS = ("1.0", "1.1", "1.2")


def raw(client):
    """The next frame as it is on the wire; heart-beats are passed over."""
    while True:
        text = client.socket.recv(timeout=PATIENCE)
        text = text.decode() if isinstance(text, bytes) else text
        if text != "\n":
            return text


def header(text, name):
    """The first header of a name, as it is written."""
    for line in text.split("\n\n", 1)[0].split("\n")[1:]:
        key, _, value = line.partition(":")
        if key == name:
            return value
    return None


def ask(client, text, receipt):
    """Sends a frame that asks for a receipt, and waits for that; what comes before it is given back."""
    client.write(text)
    before = []
    while True:
        frame = raw(client)
        if frame.startswith("RECEIPT\n"):
            equal(header(frame, "receipt-id"), receipt)
            return before
        assert not frame.startswith("ERROR\n"), frame
        before.append(frame)


def introduced(site, device="phone"):
    """A name whose device has been here before, so that the inbox waits for it."""
    user = site.user("bob")
    client = Client(site, user, device=device)
    ask(client, f"SUBSCRIBE\nid:in\ndestination:{INBOX}\nreceipt:s\n\n\0", "s")
    client.disconnect()
    return user


def connect(site, user, accepted, subprotocols=None, more=""):
    """CONNECT with this `accept-version`, none for nil; the answer."""
    client = Socket(site, "1.0", subprotocols)
    versions = "" if accepted is None else f"accept-version:{accepted}\n"
    client.write(f"CONNECT\n{versions}host:switchboard\npasscode:{site.token(user)}\n{more}\n\0")
    return client, raw(client)


def try_negotiation(site):
    """The highest common version is spoken, that of the subprotocol if both have it, and 1.0 where none is named."""
    user = site.user("nora")
    all_of_them = list(SUBPROTOCOLS.values())
    for accepted, subprotocols, version in (
        (None, None, "1.0"), (None, all_of_them, "1.0"), ("1.0,1.1,1.2", None, "1.2"), ("1.0,1.1,1.2", ["v11.stomp"], "1.1"),
        ("1.1", all_of_them, "1.1"), ("1.0, 1.1 ,2.0", None, "1.1"), ("1.2,9.9", ["v10.stomp"], "1.2"),
    ):
        client, answer = connect(site, user, accepted, subprotocols)
        assert answer.startswith("CONNECTED\n"), answer
        equal((accepted, subprotocols, header(answer, "version")), (accepted, subprotocols, version))
        # 1.0 has no heart-beats.
        equal(header(answer, "heart-beat") is None, version == "1.0")
        client.close()


def try_no_common_version(site):
    """Without a common version ERROR lists what is spoken, and the connection ends."""
    client, answer = connect(site, site.user("nora"), "1.3,2.0")
    assert answer.startswith("ERROR\n"), answer
    equal(header(answer, "message"), "unsupported protocol version")
    equal(header(answer, "version"), "1.0,1.1,1.2")
    assert "Supported protocol versions are 1.0 1.1 1.2" in answer, answer
    equal(client.closed(), 4501)


def try_connect_is_not_escaped(site):
    """CONNECT is read as it is, whatever its version, and CONNECTED is written so."""
    for accepted in VERSIONS:
        client, answer = connect(site, site.user("nora"), accepted, more="x:\\t\\\nheart-beat:0,0\n")
        assert answer.startswith("CONNECTED\n"), answer
        client.close()


def try_receipts(site):
    """In each version every frame that asks for a receipt gets it, whatever it is."""
    for version in VERSIONS:
        user = introduced(site)
        client = Client(site, user, version, device="phone")
        alice = Client(site, site.user("alice"))
        ask(client, f"SUBSCRIBE\nid:a\ndestination:{INBOX}\nack:client\nreceipt:1\n\n\0", "1")
        ask(client, "SUBSCRIBE\nid:t\ndestination:/topic/receipts\nreceipt:2\n\n\0", "2")
        for text in ("x", "y"):
            ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\n{text}\0", "s")
        messages = [raw(client), raw(client)]

        def named(message):
            if version == "1.2":
                return f"id:{header(message, 'ack')}\n"
            return f"subscription:a\nmessage-id:{header(message, 'message-id')}\n"

        ask(client, f"ACK\n{named(messages[0])}receipt:3\n\n\0", "3")
        if version != "1.0":
            ask(client, f"NACK\n{named(messages[1])}receipt:4\n\n\0", "4")
        ask(client, "BEGIN\ntransaction:t\nreceipt:5\n\n\0", "5")
        ask(client, "SEND\ndestination:/topic/receipts\ntransaction:t\nreceipt:6\n\nz\0", "6")
        ask(client, f"ACK\n{named(messages[1])}transaction:t\nreceipt:7\n\n\0", "7")
        ask(client, "COMMIT\ntransaction:t\nreceipt:8\n\n\0", "8")
        ask(client, "BEGIN\ntransaction:u\nreceipt:9\n\n\0", "9")
        ask(client, "ABORT\ntransaction:u\nreceipt:10\n\n\0", "10")
        ask(client, "UNSUBSCRIBE\nid:t\nreceipt:11\n\n\0", "11")
        ask(client, "SEND\ndestination:/user/nobody\nreceipt:12\n\nx\0", "12")
        ask(client, "DISCONNECT\nreceipt:13\n\n\0", "13")
        equal(client.closed(), 1000)
        alice.disconnect()


def try_subscriptions_without_id(site):
    """1.0 names a subscription by its destination where it has no id."""
    user = introduced(site)
    client, alice = Client(site, user, "1.0", device="phone"), Client(site, site.user("alice"))
    ask(client, f"SUBSCRIBE\ndestination:{INBOX}\nack:client\nreceipt:1\n\n\0", "1")
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\nhi\0", "s")
    message = raw(client)
    equal((header(message, "subscription"), header(message, "destination")), (None, INBOX))
    ask(client, f"ACK\nmessage-id:{header(message, 'message-id')}\nreceipt:2\n\n\0", "2")
    ask(client, f"UNSUBSCRIBE\ndestination:{INBOX}\nreceipt:3\n\n\0", "3")
    client.disconnect()
    client = Client(site, user, device="phone")
    equal(ask(client, f"SUBSCRIBE\nid:a\ndestination:{INBOX}\nreceipt:1\n\n\0", "1"), [])
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\nnext\0", "s")
    assert raw(client).endswith("\n\nnext\0")
    client.disconnect()
    alice.disconnect()


def try_escapes(site):
    """1.0 escapes nothing, 1.1 all but CR, 1.2 all; what comes back is what was said."""
    for version, said in (("1.0", "a\\nb:c\\d\\r"), ("1.1", "a\\nb\\cc\\\\d"), ("1.2", "a\\nb\\cc\\\\d\\re")):
        client = Client(site, site.user("esc"), version)
        ask(client, f"BEGIN\ntransaction:t\nreceipt:{said}\n\n\0", said)
        # A name may be escaped as well, and is then another name.
        if version != "1.0":
            ask(client, "ABORT\ntransaction:t\nre\\nceipt:x\nreceipt:r\n\n\0", "r")
        client.disconnect()


def try_undefined_escapes(site):
    """An escape that the version does not have ends the session, and in 1.0 is none."""
    for version, text in (("1.1", "\\t"), ("1.1", "\\r"), ("1.2", "\\t"), ("1.2", "\\N"), ("1.2", "end\\")):
        client = Client(site, site.user("esc"), version)
        client.write(f"BEGIN\nreceipt:r\ntransaction:t\nx:{text}\n\n\0")
        error = raw(client)
        assert error.startswith("ERROR\n"), error
        equal((header(error, "message"), header(error, "receipt-id")), ("undefined escape sequence", "r"))
        equal(client.closed(), 4501)
    client = Client(site, site.user("esc"), "1.0")
    ask(client, "BEGIN\ntransaction:t\nx:\\t\\q\\\nreceipt:r\n\n\0", "r")
    client.disconnect()


def try_repeated_headers(site):
    """Of a header that is repeated the first holds."""
    for version in VERSIONS:
        client = Client(site, site.user("rep"), version)
        topic = f"/topic/{site.user('first')}"
        ask(client, f"SUBSCRIBE\nid:a\nid:b\ndestination:{topic}\ndestination:/nowhere\nreceipt:1\nreceipt:2\n\n\0", "1")
        ask(client, f"SEND\ndestination:{topic}\ndestination:/nowhere\ncontent-length:2\ncontent-length:9\nreceipt:3\n\nhi\0", "3")
        ask(client, "UNSUBSCRIBE\nid:a\nreceipt:4\n\n\0", "4")
        client.disconnect()


def try_bodies(site):
    """A body has as many bytes as content-length says, NULs too, or ends at the first NUL."""
    user = introduced(site)
    phone, alice = Client(site, user, device="phone"), Client(site, site.user("alice"))
    ask(phone, f"SUBSCRIBE\nid:a\ndestination:{INBOX}\nreceipt:1\n\n\0", "1")
    for body in ("a\0b", "\0", "\0\0", "", "ends\n\n", "SEND\n\n\0"):
        ask(alice, f"SEND\ndestination:/user/{user}\ncontent-type:text/plain\ncontent-length:{len(body)}\nreceipt:s\n\n{body}\0\n\r\n\n", "s")
        message = raw(phone)
        equal(message.split("\n\n", 1)[1], body + "\0")
        equal(header(message, "content-length"), str(len(body)))
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\nno length\0", "s")
    assert raw(phone).endswith("\n\nno length\0")
    phone.disconnect()
    alice.disconnect()


def try_ends_of_lines(site):
    """LF and CR LF end lines, and any number of them may stand between frames, in whatever message."""
    for version in VERSIONS:
        client = Client(site, site.user("eol"), version)
        ask(client, "\n\r\nBEGIN\r\ntransaction:t\r\nreceipt:1\r\n\r\n\0\r\n\n", "1")
        client.write("\n")
        client.write("\r\n\n")
        client.write("\r")
        ask(client, "\nABORT\r\ntransaction:t\nreceipt:2\r\n\n\0", "2")
        client.disconnect()


def try_two_subscriptions_to_the_inbox(site):
    """Each of several subscriptions gets every message, and what one of them owes keeps it unacknowledged."""
    user = introduced(site)
    phone, alice = Client(site, user, device="phone"), Client(site, site.user("alice"))
    for id, ack in (("a", "client-individual"), ("b", "client"), ("c", "auto")):
        ask(phone, f"SUBSCRIBE\nid:{id}\ndestination:{INBOX}\nack:{ack}\nreceipt:1\n\n\0", "1")
    for text in ("x", "y"):
        ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\n{text}\0", "s")
    messages = [raw(phone) for _ in range(6)]
    equal([header(message, "subscription") for message in messages], ["a", "b", "c"] * 2)
    equal([header(message, "ack") is None for message in messages], [False, False, True] * 2)
    # "b" has both, "a" the first only.
    ask(phone, f"ACK\nid:{header(messages[4], 'ack')}\nreceipt:k\n\n\0", "k")
    ask(phone, f"ACK\nid:{header(messages[0], 'ack')}\nreceipt:k\n\n\0", "k")
    phone.close()
    phone = Client(site, user, device="phone")
    ask(phone, f"SUBSCRIBE\nid:a\ndestination:{INBOX}\nreceipt:1\n\n\0", "1")
    assert raw(phone).endswith("\n\ny\0")
    phone.disconnect()
    alice.disconnect()


def try_refusing(site):
    """In 1.1 and 1.2 what is refused comes again, one by one or with all before it, and with the next session in order."""
    for version in ("1.1", "1.2"):
        for mode in ("client", "client-individual"):
            user = introduced(site)
            phone, alice = Client(site, user, version, device="phone"), Client(site, site.user("alice"))
            ask(phone, f"SUBSCRIBE\nid:a\ndestination:{INBOX}\nack:{mode}\nreceipt:1\n\n\0", "1")
            for text in "xyz":
                ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\n{text}\0", "s")
            messages = [phone.expect("MESSAGE") for _ in range(3)]
            equal([message.body for message in messages], [b"x", b"y", b"z"])
            phone.send(commands.ack(messages[0], receipt="k"))
            phone.receipt("k")
            phone.send(commands.nack(messages[1], receipt="n"))
            phone.receipt("n")
            phone.send(commands.ack(messages[2], receipt="k"))
            phone.receipt("k")
            phone.close()
            phone = Client(site, user, version, device="phone")
            phone.write(f"SUBSCRIBE\nid:a\ndestination:{INBOX}\n\n\0")
            equal([phone.expect("MESSAGE").body for _ in range(2)], [b"y", b"z"])
            phone.disconnect()
            alice.disconnect()


def try_transactions(site):
    """Two transactions at once do not mix, and what was not committed when the session ends was not said."""
    user = introduced(site)
    alice = Client(site, site.user("alice"))
    name = alice.connected.headers["user-name"]
    for transaction in ("t", "u"):
        ask(alice, f"BEGIN\ntransaction:{transaction}\nreceipt:b\n\n\0", "b")
    for text, transaction in (("1", "t"), ("never", "u"), ("2", "t")):
        ask(alice, f"SEND\ndestination:/user/{user}\ntransaction:{transaction}\nreceipt:s\n\n{text}\0", "s")
    ask(alice, "COMMIT\ntransaction:t\nreceipt:c\n\n\0", "c")
    alice.disconnect()
    alice = Client(site, name)
    alice.write("COMMIT\ntransaction:u\nreceipt:c\n\n\0")
    error = raw(alice)
    equal((header(error, "message"), header(error, "receipt-id")), ("unknown transaction", "c"))
    phone = Client(site, user, device="phone")
    phone.write(f"SUBSCRIBE\nid:a\ndestination:{INBOX}\n\n\0")
    equal([phone.expect("MESSAGE").body for _ in range(2)], [b"1", b"2"])
    alice = Client(site, name)
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\nlast\0", "s")
    equal(phone.expect("MESSAGE").body, b"last")
    phone.disconnect()
    alice.disconnect()


def try_errors_name_the_receipt(site):
    """An ERROR names the receipt of its frame as far as the frame could be read, and nothing is heard behind it."""
    for text, message, close in (
        ("SEND\nreceipt:r\ndestination:/user/b\ncontent-length:70000\n\n", "body too large", 1009),
        ("SEND\nreceipt:r\ndestination:/user/b\ncontent-length:1\n\nxy\0", "malformed frame", 4501),
        ("SEND\nreceipt:r\nno colon\n\nx\0", "malformed frame", 4501),
        ("SUBSCRIBE\nreceipt:r\nid:1\ndestination:/nowhere\n\n\0", "unknown destination", 4501),
        ("SEND\nreceipt:r\n" + "a:b\n" * 70, "too many headers", 1009),
    ):
        client = Client(site, site.user("err"))
        client.write(text + "BEGIN\ntransaction:t\nreceipt:never\n\n\0")
        error = raw(client)
        equal((header(error, "message"), header(error, "receipt-id")), (message, "r"))
        equal(client.closed(), close)


def try_a_message_that_is_too_long(site):
    """A WebSocket message longer than the longest frame is 1009, and one that is as long is read."""
    client = Client(site, site.user("long"))
    body = "x" * 65_534
    frame = f"SEND\ndestination:/user/nobody\nreceipt:r\nx:{'y' * 16_000}\n\n{body}\0"
    ask(client, frame, "r")
    client.write(frame + "\n" * 20_000)
    equal(client.closed(), 1009)


def try_attachments(site):
    """A message comes with what its SEND says it does, as over JSON."""
    user = introduced(site)
    phone, alice = Client(site, user, device="phone"), Client(site, site.user("alice"))
    files = [{"url": "https://files.example/a", "type": "image/png", "size": 5, "name": "ä.png"}]
    text = json.dumps(files, ensure_ascii=False).replace("\\", "\\\\").replace(":", "\\c")
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\nattachments:{text}\n\nsee\0", "s")
    phone.write(f"SUBSCRIBE\nid:a\ndestination:{INBOX}\n\n\0")
    message = phone.expect("MESSAGE")
    equal((message.body, json.loads(message.headers["attachments"])), (b"see", files))
    alice.write(f"SEND\ndestination:/user/{user}\nreceipt:s\nattachments:[{{}}]\n\nsee\0")
    error = raw(alice)
    equal((header(error, "message"), header(error, "receipt-id")), ("bad header", "s"))
    assert "header 'attachments[0].url'" in error, error
    phone.disconnect()


def try_a_key_counts_over_rest_too(site):
    """A SEND with an idempotency-key, repeated over REST and the other way round, is one message."""
    user = introduced(site)
    alice = Client(site, site.user("alice"))
    name = alice.connected.headers["user-name"]

    def over_rest(key, data):
        return site.rest(name, "POST", "/v1/messages", {"to": f"user:{user}", "data": data}, {"Idempotency-Key": key})

    def over_stomp(key, text):
        alice.write(f"SEND\ndestination:/user/{user}\nidempotency-key:{key}\nreceipt:s\n\n{text}\0")
        return raw(alice)

    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    said = over_stomp(first, "one")
    equal(header(said, "duplicate"), None)
    equal(over_rest(first, "one")["id"], header(said, "message-id"))
    accepted = over_rest(second, "two")
    again = over_stomp(second, "two")
    equal((header(again, "message-id"), header(again, "duplicate")), (accepted["id"], "true"))
    # For another conversation the same key is another one.
    alice.write(f"SEND\ndestination:/user/{site.user('carol')}\nidempotency-key:{first}\nreceipt:s\n\none\0")
    equal(header(raw(alice), "duplicate"), None)
    phone = Client(site, user, device="phone")
    phone.write(f"SUBSCRIBE\nid:a\ndestination:{INBOX}\n\n\0")
    equal([phone.expect("MESSAGE").body for _ in range(2)], [b"one", b"two"])
    ask(alice, f"SEND\ndestination:/user/{user}\nreceipt:s\n\nlast\0", "s")
    equal(phone.expect("MESSAGE").body, b"last")
    phone.disconnect()
    alice.disconnect()


def try_a_fresh_token(site):
    """A token is renewed by a SEND to /token; one that does not hold, or is another user's, ends the session."""
    user = site.user("tom")
    client = Client(site, user)
    ask(client, f"SEND\ndestination:/token\nAuthorization:Bearer {site.token(user)}\nreceipt:t\n\n\0", "t")
    ask(client, "BEGIN\ntransaction:t\nreceipt:b\n\n\0", "b")
    for token in ("not.a.token", site.token(site.user("eve"))):
        client = Client(site, user)
        client.write(f"SEND\ndestination:/token\npasscode:{token}\nreceipt:t\n\n\0")
        error = raw(client)
        equal((header(error, "code"), header(error, "receipt-id")), ("unauthorized", "t"))
        equal(client.closed(), 4500)
