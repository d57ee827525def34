"""Every frame that is malformed has its documented answer: the ERROR's `message` and `code`, and the close code."""

from cases import equal
from socket_client import Client, Socket

# What is sent after CONNECT, in 1.2: the ERROR's message and code, and the close code. docs/protocol.md lists the same.
CASES = [
    ("NONSENSE\n\n\0", "unknown command", "bad_request", 4501),
    ("send\ndestination:/user/b\n\nx\0", "unknown command", "bad_request", 4501),
    ("MESSAGE\n\n\0", "unknown command", "bad_request", 4501),
    ("SEND\ndestination\n\nx\0", "malformed frame", "bad_request", 4501),
    ("SEND\n:x\n\nx\0", "malformed frame", "bad_request", 4501),
    ("SEND\ndestination:/user/b\0", "malformed frame", "bad_request", 4501),
    ("SEND\ndestination:/user/b\ncontent-length:1\n\nxy\0", "malformed frame", "bad_request", 4501),
    ("\rSEND\n\n\0", "malformed frame", "bad_request", 4501),
    ("SEND\ndestination:/user/b\nx:a\\tb\n\nx\0", "undefined escape sequence", "bad_request", 4501),
    ("SEND\ndestination:/user/b\ncontent-length:x\n\nx\0", "bad header", "bad_request", 4501),
    ("SEND\ndestination:/user/b\ncontent-length:65537\n\nx", "body too large", "too_large", 1009),
    ("SEND\n" + "a:b\n" * 65, "too many headers", "too_large", 1009),
    ("SEND\na:" + "b" * 17_000, "headers too large", "too_large", 1009),
    ("SEND\n\nx\0", "missing header", "bad_request", 4501),
    ("SEND\ndestination:/user/b\nn:x\n\nx\0", "bad header", "bad_request", 4501),
    ("SEND\ndestination:/user/b\ncontent-type:application/json\n\n{\0", "bad body", "bad_request", 4501),
    ("SEND\ndestination:/queue/b\n\nx\0", "unknown destination", "not_found", 4501),
    ("SEND\ndestination:/user/b\ntransaction:t\n\nx\0", "unknown transaction", "bad_request", 4501),
    ("SUBSCRIBE\ndestination:/topic/t\n\n\0", "missing header", "bad_request", 4501),
    ("SUBSCRIBE\nid:1\ndestination:/user/bob\n\n\0", "unknown destination", "not_found", 4501),
    ("SUBSCRIBE\nid:1\ndestination:/topic/t\nack:never\n\n\0", "bad header", "bad_request", 4501),
    ("SUBSCRIBE\nid:1\ndestination:/topic/t\n\nbody\0", "unexpected body", "bad_request", 4501),
    ("SUBSCRIBE\nid:1\ndestination:/topic/t\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/u\n\n\0", "subscription id in use",
     "bad_request", 4501),
    ("UNSUBSCRIBE\nid:9\n\n\0", "unknown subscription", "bad_request", 4501),
    ("ACK\n\n\0", "missing header", "bad_request", 4501),
    ("ACK\nid:nonsense\n\n\0", "bad header", "bad_request", 4501),
    ("NACK\nid:99/1-0\n\n\0", "bad header", "bad_request", 4501),
    ("BEGIN\n\n\0", "missing header", "bad_request", 4501),
    ("BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:t\n\n\0", "transaction in use", "bad_request", 4501),
    ("COMMIT\ntransaction:t\n\n\0", "unknown transaction", "bad_request", 4501),
    ("ABORT\ntransaction:t\n\n\0", "unknown transaction", "bad_request", 4501),
    ("CONNECT\n\n\0", "already connected", "bad_request", 4501),
]
# The same of what comes first.
FIRST = [
    ("SEND\ndestination:/user/b\n\nx\0", "not connected", "bad_request", 4501),
    ("CONNECT\naccept-version:1.3,2.0\n\n\0", "unsupported protocol version", "bad_request", 4501),
    ("CONNECT\naccept-version:1.2\nheart-beat:1\n\n\0", "bad header", "bad_request", 4501),
    ("CONNECT\naccept-version:1.2\ndevice:a b\n\n\0", "bad header", "bad_request", 4501),
    ("CONNECT\naccept-version:1.2\ncursor:x\n\n\0", "bad header", "bad_request", 4501),
    ("CONNECT\naccept-version:1.2\n\nbody\0", "unexpected body", "bad_request", 4501),
    ("CONNECT\naccept-version:1.2\n\n\0", "unauthorized", "unauthorized", 4500),
    ("CONNECT\naccept-version:1.2\npasscode:a.b.c\n\n\0", "unauthorized", "unauthorized", 4500),
    ("CONNECT\npasscode:a.b.c\n\n\0", "unauthorized", "unauthorized", 4500),
]


def check(client, text, message, code, close):
    client.write(text)
    error = client.expect("ERROR")
    said = (error.headers["message"], error.headers["code"], client.closed())
    assert said == (message, code, close), f"{text[:60]!r}: {said}"
    assert error.body, f"{text[:60]!r}: nothing says what to do about it"


def try_frames(site):
    """In a session."""
    user = site.user("mallory")
    for case in CASES:
        check(Client(site, user), *case)


def try_first_frames(site):
    """Before there is a session."""
    for case in FIRST:
        check(Socket(site), *case)


def try_a_receipt(site):
    """An ERROR names the receipt that the frame had asked for."""
    client = Client(site, site.user("mallory"))
    client.write("ABORT\ntransaction:t\nreceipt:r1\n\n\0")
    equal(client.expect("ERROR").headers["receipt-id"], "r1")
