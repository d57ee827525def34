#!/usr/bin/env python3
"""Tests the Swift library's example, and with it the library, by wss against a running installation with TLS:

    TLS=true compose/local/up python3 Tests/Client/talk.py

The last line is `N passed, N failed`.
"""

import os
import pathlib
import pty
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / ".build" / os.environ.get("CONFIGURATION", "debug") / "talk"
GATEWAY = os.environ["SWITCHBOARD_GATEWAY"]
CERTIFICATE = os.environ["SWITCHBOARD_CERTIFICATE"]
MARK = f"{time.time_ns():x}"


class Talk:
    """Somebody at a terminal: what the program shows comes line by line only there."""

    def __init__(self, user, partner, certificate=CERTIFICATE):
        made = subprocess.run([ROOT / "compose" / "local" / "token", user], check=True, capture_output=True, text=True)
        environment = {**os.environ, "SWITCHBOARD": GATEWAY, "TOKEN": made.stdout.strip(), "CERTIFICATE": certificate}
        shown, screen = pty.openpty()
        self.process = subprocess.Popen([PROGRAM, partner], stdin=subprocess.PIPE, stdout=screen, stderr=screen, env=environment)
        os.close(screen)
        self.text = ""
        threading.Thread(target=self._read, args=(shown,), daemon=True).start()

    def _read(self, shown):
        while True:
            try:
                piece = os.read(shown, 4096)
            except OSError:
                return
            self.text += piece.decode(errors="replace").replace("\r\n", "\n")

    def says(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def shows(self, pattern):
        deadline = time.monotonic() + 60
        while not re.search(pattern, self.text, re.MULTILINE):
            assert time.monotonic() < deadline, f"{pattern} is not shown: {self.text}"
            time.sleep(0.05)

    def ends(self):
        """The input ends, and with it the program."""
        self.process.stdin.close()
        return self.process.wait(60)


def talk():
    """two talk by wss, and what is on its way when the input ends goes first"""
    alice, bob = Talk(f"alice-{MARK}", f"bob-{MARK}"), Talk(f"bob-{MARK}", f"alice-{MARK}")
    for one in (alice, bob):
        one.shows(r"^· open edge-\d$")
    alice.says("hello by TLS")
    alice.shows(r"^  \(hello by TLS: kept as \d+-\d+\)$")
    bob.shows(rf"^alice-{MARK}: hello by TLS$")
    bob.says("and back")
    bob.says("good-bye")
    assert bob.ends() == 0, bob.text
    alice.shows(rf"^bob-{MARK}: and back\nbob-{MARK}: good-bye$")
    assert alice.ends() == 0, alice.text


def untrusted():
    """a certificate that nobody has vouched for is not talked to, and a session begins as soon as it is trusted"""
    carol = Talk(f"carol-{MARK}", "nobody", certificate="")
    carol.says("is anybody there?")
    carol.shows(r"^· waiting \d+ ms$")
    assert "open" not in carol.text and "kept" not in carol.text, carol.text
    carol.process.kill()
    carol.process.wait()
    again = Talk(f"carol-{MARK}", f"carol-{MARK}")
    again.shows(r"^· open edge-\d$")
    assert again.ends() == 0, again.text


def main():
    passed = failed = 0
    for check in (talk, untrusted):
        try:
            check()
            passed += 1
            print(f"ok   {check.__doc__}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"FAIL {check.__doc__}\n     {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
