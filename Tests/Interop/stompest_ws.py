"""stompest's protocol layer over `websockets`: STOMP 1.0, 1.1 and 1.2."""

import time

from stompest.protocol import StompFrame, commands

from cases import equal
from socket_client import SUBPROTOCOLS, Client, Socket

INBOX = "/user/queue/messages"
VERSIONS = ("1.0", "1.1", "1.2")


def subscribe(client, destination=INBOX, id="in", ack="auto"):
    frame, token = commands.subscribe(
        destination, {"id": id, "ack": ack}, receipt=f"sub-{id}", version=client.version)
    client.send(frame)
    client.receipt(f"sub-{id}")
    return token


def say(client, destination, body, receipt, **headers):
    client.send(commands.send(destination, body, headers, receipt=receipt, version=client.version))
    client.receipt(receipt)


def introduced(site, version):
    """A name whose device has been here before, so that the inbox waits for it."""
    user = site.user("bob")
    client = Client(site, user, version, device="phone")
    subscribe(client)
    client.disconnect()
    return user


def try_versions(site):
    """Each version is agreed upon, by the CONNECT alone and by the subprotocol."""
    for version in VERSIONS:
        for subprotocols in (None, [SUBPROTOCOLS[version]], list(SUBPROTOCOLS.values())):
            client = Client(site, site.user("carol"), version, subprotocols=subprotocols)
            equal(client.connected.headers["version"], version)
            if subprotocols:
                assert client.socket.subprotocol in subprotocols, client.socket.subprotocol
            client.disconnect()


def try_messages(site):
    """In each version messages come with what belongs to them, escaped as it wants."""
    for version in VERSIONS:
        bob = introduced(site, version)
        alice, phone = Client(site, site.user("alice"), version), Client(site, bob, version, device="phone")
        token = subscribe(phone, id="in:1" if version != "1.0" else "in")
        say(alice, f"/user/{bob}", "grüße\n".encode(), "r:1" if version != "1.0" else "r")
        message = phone.expect("MESSAGE")
        equal(commands.message(message), token)
        equal(message.body.decode(), "grüße\n")
        assert message.headers["conversation"].startswith("dm:"), message.headers
        equal(message.headers["conversation"].count(":"), 2)
        phone.disconnect()
        alice.disconnect()


def try_acknowledgements(site):
    """In each version what was not acknowledged comes again, and what was does not."""
    for version in VERSIONS:
        bob = introduced(site, version)
        alice, phone = Client(site, site.user("alice"), version), Client(site, bob, version, device="phone")
        subscribe(phone, ack="client")
        for text in ("a", "b", "c"):
            say(alice, f"/user/{bob}", text.encode(), text)
        messages = [phone.expect("MESSAGE") for _ in range(3)]
        phone.send(commands.ack(messages[1], receipt="k"))
        phone.receipt("k")
        # Without a word.
        phone.close()
        phone = Client(site, bob, version, device="phone")
        subscribe(phone, ack="client")
        again = phone.expect("MESSAGE")
        equal(again.body, b"c")
        phone.send(commands.ack(again, receipt="k"))
        phone.receipt("k")
        phone.disconnect()
        alice.disconnect()


def try_transactions(site):
    """Acknowledgements and messages of a transaction count with its COMMIT."""
    for version in VERSIONS:
        bob = introduced(site, version)
        alice, phone = Client(site, site.user("alice"), version), Client(site, bob, version, device="phone")
        subscribe(phone, ack="client")
        alice.send(commands.begin("t", receipt="b", version=version))
        alice.receipt("b")
        for text in (b"1", b"2"):
            say(alice, f"/user/{bob}", text, "kept", transaction="t")
        alice.send(commands.commit("t", receipt="c", version=version))
        alice.receipt("c")
        messages = [phone.expect("MESSAGE") for _ in range(2)]
        equal([message.body for message in messages], [b"1", b"2"])
        phone.send(commands.begin("u", version=version))
        step = commands.ack(messages[1])
        phone.send(StompFrame("ACK", {**step.headers, "transaction": "u"}, version=version))
        phone.send(commands.abort("u", receipt="a", version=version))
        phone.receipt("a")
        phone.disconnect()
        phone = Client(site, bob, version, device="phone")
        subscribe(phone)
        equal([phone.expect("MESSAGE").body for _ in range(2)], [b"1", b"2"])
        phone.disconnect()
        alice.disconnect()


def try_splitting_and_packing(site):
    """Frames may be split over messages, share one, and come as text and as binary."""
    client = Client(site, site.user("dora"))
    whole = b"".join(
        b"\r\nSEND\r\ndestination:/user/nobody\r\nreceipt:%d\r\ncontent-length:3\r\n\r\na\0b\0" % n for n in range(6))
    client.write(whole)
    equal([client.expect("RECEIPT").headers["receipt-id"] for _ in range(6)], [str(n) for n in range(6)])
    for place in range(0, len(whole), 7):
        piece = whole[place : place + 7]
        client.write(piece if place % 2 else piece.decode())
    equal([client.expect("RECEIPT").headers["receipt-id"] for _ in range(6)], [str(n) for n in range(6)])
    client.disconnect()


def try_a_large_body(site):
    """A body as long as is allowed passes, and one byte more is 1009."""
    bob = introduced(site, "1.2")
    alice, phone = Client(site, site.user("alice")), Client(site, bob, device="phone")
    subscribe(phone)
    say(alice, f"/user/{bob}", b"x" * 65_534, "big")
    equal(len(phone.expect("MESSAGE").body), 65_534)
    alice.send(commands.send(f"/user/{bob}", b"x" * 65_535, receipt="r", version="1.2"))
    error = alice.expect("ERROR")
    equal((error.headers["code"], error.headers["receipt-id"]), ("too_large", "r"))
    equal(alice.closed(), 1009)
    phone.disconnect()


def try_a_fast_sender(site):
    """Who sends more than the rate is read more slowly, and everything arrives in order."""
    bob = introduced(site, "1.2")
    alice, phone = Client(site, site.user("alice")), Client(site, bob, device="phone")
    subscribe(phone)
    for n in range(180):
        alice.send(commands.send(f"/user/{bob}", str(n).encode(), version="1.2"))
    equal([phone.expect("MESSAGE").body for _ in range(180)], [str(n).encode() for n in range(180)])
    alice.disconnect()
    phone.disconnect()


def try_silence(site):
    """Who promised heart-beats and sends none is told, and closed with 4002."""
    client = Client(site, site.user("hugo"), heart_beats=(site.heartbeat * 1000, 0))
    error = client.expect("ERROR")
    equal(error.headers["code"], "heartbeat_missed")
    equal(client.closed(), 4002)


def try_heart_beats(site):
    """An end-of-line comes at least as often as was agreed."""
    client = Client(site, site.user("ida"), heart_beats=(0, site.heartbeat * 1000))
    started = time.monotonic()
    for _ in range(2):
        equal(client.socket.recv(timeout=site.heartbeat * 10), "\n")
    assert time.monotonic() - started >= site.heartbeat * 0.5
    client.disconnect()


def try_a_token_in_the_handshake(site):
    """The token and the device may come in the handshake's query."""
    user = site.user("kim")
    client = Socket(site, query=f"?token={site.token(user)}&device=tablet")
    client.write("STOMP\naccept-version:1.2\nhost:x\n\n\0")
    connected = client.expect("CONNECTED")
    equal((connected.headers["user-name"], connected.headers["device"]), (user, "tablet"))
    client.close()
