"""What the parts share: where the services are, tokens, and how a result is told."""

import json
import os
import pathlib
import secrets
import subprocess
import time
import traceback
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# How long something that is to come may take, on a machine that is busy with other things.
PATIENCE = 60
# What the edges compress, as their setting says it.
COMPRESSION = os.environ.get("COMPRESSION", "off")


class Site:
    """A running installation."""

    def __init__(self, gateway):
        self.gateway = gateway.rstrip("/")
        parts = urllib.parse.urlsplit(self.gateway)
        self.host, self.port = parts.hostname, parts.port or 80
        self.heartbeat = int(os.environ.get("STOMP_HEARTBEAT", "10"))
        self._tokens = {}

    def user(self, name):
        """A user who has not been here before."""
        return f"{name}-{secrets.token_hex(4)}"

    def token(self, user, scope=""):
        if (user, scope) not in self._tokens:
            made = subprocess.run(
                [ROOT / "compose" / "local" / "token", user, scope], check=True, capture_output=True, text=True
            )
            self._tokens[user, scope] = made.stdout.strip()
        return self._tokens[user, scope]

    def rest(self, user, method, path, body=None, headers={}):
        request = urllib.request.Request(self.gateway + path, method=method)
        request.add_header("Authorization", f"Bearer {self.token(user)}")
        for name, value in headers.items():
            request.add_header(name, value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if text else None


class Report:
    """Prints each result as it comes, and counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, part, site):
        """Every function of the part whose name begins with `try_`, in the order in which they stand."""
        for function in [value for key, value in vars(part).items() if key.startswith("try_")]:
            what = f"{name}: {function.__doc__.splitlines()[0].rstrip('.')}"
            started = time.monotonic()
            try:
                function(site)
            except Exception as error:  # noqa: BLE001 — whatever goes wrong is a failure of this one
                self.failed += 1
                place = traceback.extract_tb(error.__traceback__)[-1]
                print(f"FAIL {what}\n     {type(error).__name__}: {error} (line {place.lineno} of {place.name})", flush=True)
            else:
                self.passed += 1
                print(f"ok   {what} ({time.monotonic() - started:.1f} s)", flush=True)


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"
