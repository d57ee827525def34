"""STOMP frames over the library `websockets`, made and read by stompest's protocol layer, which has no WebSocket of its own."""

import time

from stompest.protocol import StompParser, commands
from stompest.protocol.spec import StompSpec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cases import PATIENCE, equal

SUBPROTOCOLS = {"1.0": "v10.stomp", "1.1": "v11.stomp", "1.2": "v12.stomp"}


class Socket:
    """A WebSocket, and frames both ways."""

    def __init__(self, site, version="1.2", subprotocols=None, query=""):
        self.version = version
        self.parser = StompParser(version)
        self.socket = connect(
            f"ws://{site.host}:{site.port}/stomp{query}", subprotocols=subprotocols, open_timeout=PATIENCE,
            close_timeout=5)

    def write(self, data):
        """Sends a message: text for `str`, binary for `bytes`."""
        self.socket.send(data)

    def send(self, frame):
        frame.version = self.version
        self.write(bytes(frame).decode())

    def frame(self):
        """The next frame."""
        deadline = time.monotonic() + PATIENCE
        while not self.parser.canRead():
            message = self.socket.recv(timeout=max(0.01, deadline - time.monotonic()))
            self.parser.add(message.encode() if isinstance(message, str) else message)
        return self.parser.get() or self.frame()

    def expect(self, command):
        frame = self.frame()
        while not getattr(frame, "command", None):
            frame = self.frame()
        equal(frame.command, command)
        return frame

    def closed(self):
        """Waits for the end, and says with which code it came."""
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                self.socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None

    def receipt(self, id):
        equal(self.expect("RECEIPT").headers["receipt-id"], id)

    def close(self):
        self.socket.close()


class Client(Socket):
    """A session of stompest's."""

    def __init__(self, site, user, version="1.2", device=None, subprotocols=None, heart_beats=None, **headers):
        super().__init__(site, version, subprotocols)
        if device:
            headers["device"] = device
        self.send(
            commands.connect(
                login=user, passcode=site.token(user), headers=headers, versions=_up_to(version), host="switchboard",
                heartBeats=heart_beats))
        self.connected = self.expect("CONNECTED")

    def disconnect(self):
        self.send(commands.disconnect(receipt="bye", version=self.version))
        self.receipt("bye")
        equal(self.closed(), 1000)


def _up_to(version):
    return [known for known in StompSpec.VERSIONS if known <= version]
