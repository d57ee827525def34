#!/usr/bin/env python3
"""Tests pages against a running installation with two edges and TLS, in headless Chromium: the demo by https and wss, and
examples/spring-page, which knows nothing of Switchboard, with the SockJS and STOMP libraries that such pages load.

    compose/local/up python3 Tests/Client/pages.py [check…]     with TLS=true, PAGE_PORT and the settings of examples/spring-page

The last line is `N passed, N failed`.
"""

import json
import os
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Browser"))

import webdriver  # noqa: E402

GATEWAY = os.environ["SWITCHBOARD_GATEWAY"]
PORT = os.environ["PAGE_PORT"]
PAGE = f"http://127.0.0.1:{PORT}"
MARK = f"{time.time_ns():x}"
# A certificate made for this machine is one that nobody has vouched for.
FLAGS = ["--ignore-certificate-errors"]
LINES = "return [...document.querySelectorAll('#log li')].map(line => line.textContent)"


class Visitor:
    """Somebody at the page."""

    def __init__(self, driver, name, transports=None):
        self.user = f"{name}-{MARK}"
        self.browser = driver.browser(name, 800, 600)
        self.enter(transports)

    def enter(self, transports=None):
        """Opens the page anew and signs in."""
        self.browser.open(f"{PAGE}/" + (f"?transports={transports}" if transports else ""))
        self.browser.type("#user", self.user)
        self.browser.click("#sign-in button")
        self.browser.until("the sign-in", "return !document.querySelector('#connect').disabled", timeout=60)

    def connect(self):
        self.browser.click("#connect")
        self.browser.until("the connection: " + str(self.lines), "return document.querySelector('#status').textContent === 'connected'", timeout=60)

    def disconnect(self):
        self.browser.click("#disconnect")
        self.browser.until("the end", "return document.querySelector('#status').textContent === 'not connected'", timeout=60)

    def say(self, receiver, text, button="#by-rest"):
        for field, value in (("#receiver", receiver), ("#message", text)):
            self.browser.clear(field)
            self.browser.type(field, value)
        self.browser.click(button)

    def said(self, receiver, text):
        """Waits until history has what was said to somebody, so that all know of it."""
        token = self.browser.run("return document.cookie.match(/chat_token=([^;]+)/)[1]")
        conversation = "dm:" + ":".join(sorted((self.user, receiver)))
        request = urllib.request.Request(f"{GATEWAY}/v1/conversations/{conversation}/messages", headers={"Authorization": f"Bearer {token}"})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                # The certificate is looked at by others.
                with urllib.request.urlopen(request, timeout=30, context=ssl._create_unverified_context()) as answer:
                    if any(message["data"]["content"] == f"{self.user} say: {text}" for message in json.load(answer)["messages"]):
                        return
            except urllib.error.HTTPError as error:
                assert error.code == 404, error
            time.sleep(0.1)
        raise AssertionError(f"history does not have {text}")

    @property
    def lines(self):
        return self.browser.run(LINES)

    def reads(self, *expected):
        """Waits for lines, in this order; each is to be there once, whatever else is."""
        self.browser.until(
            f"{expected}; there is {self.lines}",
            "const lines = [...document.querySelectorAll('#log li')].map(line => line.textContent).filter(line => arguments[0].includes(line));"
            "return lines.length >= arguments[0].length", list(expected), timeout=60)
        found = [line for line in self.lines if line in expected]
        assert found == list(expected), f"{self.user} reads {self.lines}"


def spring_talk(driver):
    """two people at a page made for Spring talk over REST, STOMP and a topic"""
    alice, bob = Visitor(driver, "alice"), Visitor(driver, "bob")
    alice.connect()
    bob.connect()
    alice.say(bob.user, "hello & goodbye + 100%")
    bob.reads(f"{alice.user} say: hello & goodbye + 100%")
    assert alice.lines == [], f"what alice sends comes back to her: {alice.lines}"
    bob.say(alice.user, "by \"STOMP\"", "#by-stomp")
    alice.reads(f"{bob.user} say: by \"STOMP\"")
    alice.say(bob.user, "to the room", "#to-all")
    bob.reads(f"{alice.user} say: to the room")
    alice.reads(f"{alice.user} say: to the room")


def spring_unread(driver):
    """what was sent to somebody who was never there, or away, is read once when they come"""
    alice = Visitor(driver, "ann")
    alice.connect()
    bob = f"ben-{MARK}"
    for text in ("one", "two"):
        alice.say(bob, text)
        alice.said(bob, text)
    bob = Visitor(driver, "ben")
    bob.connect()
    bob.reads(f"{alice.user} say: one", f"{alice.user} say: two")
    alice.say(bob.user, "three")
    bob.reads(f"{alice.user} say: three")
    bob.disconnect()
    alice.say(bob.user, "four")
    alice.said(bob.user, "four")
    bob.enter()
    bob.connect()
    alice.say(bob.user, "five")
    bob.reads(f"{alice.user} say: four", f"{alice.user} say: five")
    assert len(bob.lines) == 2, bob.lines


def spring_transports(driver):
    """the page works as well where only other transports than WebSocket get through"""
    alice = Visitor(driver, "una")
    alice.connect()
    for transport in ("xhr-streaming", "eventsource", "iframe-htmlfile", "iframe-eventsource", "xhr-polling", "iframe-xhr-polling", "jsonp-polling"):
        bob = Visitor(driver, transport, transport)
        bob.connect()
        for text in ("first", "second"):
            alice.say(bob.user, f"{text} by {transport}")
        bob.reads(f"{alice.user} say: first by {transport}", f"{alice.user} say: second by {transport}")
        bob.say(alice.user, f"from {transport}", "#by-stomp")
        alice.reads(f"{bob.user} say: from {transport}")
        bob.browser.quit()


def demo_by_tls(driver):
    """the demo works by https and wss, on an edge of one's choice"""
    browsers = {}
    for user, edge in (("dora", "edge-1"), ("emil", "edge-2")):
        browsers[user] = browser = driver.browser(user, 1000, 700, FLAGS)
        browser.open(f"{GATEWAY}/?user={user}-{MARK}&edge={edge}#dm:dora-{MARK}:emil-{MARK}")
        browser.until(f"{user} to be on {edge}", "return globalThis.switchboard?.client.state.edge === arguments[0]", edge, timeout=60)
        assert browser.run("return location.protocol") == "https:"
    browsers["dora"].run("switchboard.client.send(arguments[0], { text: 'by TLS' })", f"user:emil-{MARK}")
    browsers["emil"].until("the message", "return document.querySelector('#log .message .text')?.textContent === 'by TLS'", timeout=60)


def example(driver):
    """the library's example page talks"""
    browser = driver.browser("example", 800, 600, FLAGS)
    browser.open(f"{GATEWAY}/demo/examples/talk.html?user=fred-{MARK}")
    browser.until("the session", "return document.querySelector('#state').textContent === 'open'", timeout=60)
    browser.clear("#to")
    browser.type("#to", f"fred-{MARK}")
    browser.type("#text", "to myself")
    browser.click("#form button")
    browser.until("the message", "return document.querySelector('#log').textContent.includes('to myself')", timeout=60)


CHECKS = (demo_by_tls, example, spring_talk, spring_unread, spring_transports)


def main():
    environment = {**os.environ, "SWITCHBOARD": GATEWAY, "PAGE_DATA": os.environ["DATA_DIR"] + "/page"}
    server = subprocess.Popen([ROOT / "examples" / "spring-page" / "serve"], env=environment)
    passed = failed = 0
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(PAGE, timeout=10).read()
                break
            except OSError:
                assert time.monotonic() < deadline and server.poll() is None, "the page is not served"
                time.sleep(0.2)
        with webdriver.Driver() as driver:
            for check in (check for check in CHECKS if len(sys.argv) == 1 or check.__name__ in sys.argv[1:]):
                try:
                    check(driver)
                    passed += 1
                    print(f"ok   {check.__doc__}", flush=True)
                except (AssertionError, webdriver.WebDriverError) as error:
                    failed += 1
                    print(f"FAIL {check.__doc__}\n     {error}", flush=True)
                for browser in list(driver.browsers):
                    for entry in browser.log() if failed else ():
                        print(f"     {browser.name}: {entry['message']}")
                    browser.quit()
    finally:
        server.terminate()
        server.wait(30)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
