"""The page when things go wrong, against the mock, which fails on demand."""

import asyncio
import json
import threading
import urllib.request

import mock
from messenger import Messenger


class MockServer:
    """The mock on a thread of its own. Use as a context manager."""

    def __enter__(self):
        started = threading.Event()

        async def main():
            self._loop = asyncio.get_running_loop()
            self._end = asyncio.Event()
            self.url = f"http://127.0.0.1:{(await mock.start()).port}"
            started.set()
            await self._end.wait()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)

    def ask(self, path, **body):
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def run(driver, report, artifacts):
    run_checks("faults", CHECKS, driver, report, artifacts)


def run_checks(name, checks, driver, report, artifacts):
    """Each check has its sentence as docstring; what one leaves behind on the mock, the next one finds."""
    with MockServer() as server:
        browser = driver.browser(name)
        for check in checks:
            try:
                browser.open("about:blank")
                check(server, browser, Messenger(browser), artifacts)
                report(check.__doc__, None)
            except Exception as error:  # noqa: BLE001 — whatever it is, it is what the report is for
                report(check.__doc__, f"{type(error).__name__}: {error}")
                browser.screenshot(artifacts / f"failed-{check.__name__}.png")
        browser.quit()


BANNER = "const banner = document.querySelector('#connection'); return !banner.hidden && banner.textContent"


def reconnects(server, browser, page, artifacts):
    """a lost connection is shown with a countdown, and is made again"""
    page.enter(server.url, "alice", "1")
    server.ask("/mock/close/1001")
    text = browser.until("the banner", BANNER)
    assert "Reconnecting in" in text and "Try now" in text, text
    browser.screenshot(artifacts / "reconnecting-light-desk.png")
    browser.run("document.querySelector('#connection button').click()")
    page.connected()
    browser.until("the banner to go", "return document.querySelector('#connection').hidden")


def waits_in_queue(server, browser, page, artifacts):
    """what is written while the server is busy waits with a clock, survives a reload, and is sent once"""
    page.enter(server.url, "alice", "1")
    page.write_to("queue")
    page.say("Before")
    server.ask("/mock/busy/on")
    browser.type("#composer-text", "While it is busy\n")
    page.until_state("While it is busy", "clock")
    browser.screenshot(artifacts / "waiting-light-desk.png")
    browser.reload()
    page.connected()
    page.until_state("While it is busy", "clock")
    server.ask("/mock/busy/off")
    page.until_state("While it is busy", "sent")
    page.expect_texts(["Before", "While it is busy"])


def says_why_it_stopped(server, browser, page, artifacts):
    """a session that may not come back says why, and connects again only when asked to"""
    page.enter(server.url, "alice", "2")
    server.ask("/mock/close/4502")
    text = browser.until("the reason", BANNER)
    assert "operator" in text, (text, browser.run("return switchboard.client.state"))
    browser.click("#connection button")
    page.connected()


def shows_refusals(server, browser, page, artifacts):
    """a message that is refused for good says so and can be put away"""
    page.enter(server.url, "alice", "1", "group:unknown")
    browser.type("#composer-text", "Is anyone there?\n")
    page.until_state("Is anyone there?", "failed")
    assert "there is no group unknown" in browser.run("return document.querySelector('.failure').textContent")
    browser.screenshot(artifacts / "failed-message-light-desk.png")
    browser.click(".failure button")
    page.expect_texts([])


def shows_text_as_text(server, browser, page, artifacts):
    """what people write stays text: no markup, no script, links only to the web"""
    page.enter(server.url, "alice", "1")
    page.write_to("mallory")
    nasty = "<img src=x onerror=document.title='owned'> javascript:alert(1) https://example.org/a?b=1&c=2."
    page.say(nasty)
    page.expect_texts([nasty])
    links = browser.run("return [...document.querySelectorAll('#log a')].map(link => link.getAttribute('href'))")
    assert links == ["https://example.org/a?b=1&c=2"], links
    assert browser.run("return document.title") != "owned"


def works_by_keyboard(server, browser, page, artifacts):
    """everything has a name for those who do not see it, and the keyboard reaches it"""
    page.enter(server.url, "alice", "1")
    page.open("mallory")
    nameless = browser.run(
        "return [...document.querySelectorAll('button, input, textarea, [role=log]')].filter(element =>"
        " !(element.ariaLabel || element.textContent.trim() || element.labels?.length ||"
        " document.getElementById(element.getAttribute('aria-labelledby')))).map(element => element.outerHTML)")
    assert nameless == [], nameless
    assert browser.run("return document.activeElement.id") == "composer-text"
    browser.type("#composer-text", "\ue00c")
    browser.until("Escape to lead back to the list, and to the conversation in it",
                  "return document.body.dataset.view === 'list'"
                  " && document.activeElement.dataset.conversation === 'dm:alice:mallory'")


def two_windows_two_devices(server, browser, page, artifacts):
    """two windows are two devices; a window that is closed and opened again is the same one"""
    page.enter(server.url, "erin", "1")
    device = "return switchboard.session.device"
    one, first = browser.window, browser.run(device)
    two = browser.new_window()
    page.enter(server.url, "erin", "2")
    second = browser.run(device)
    assert first != second
    browser.reload()
    page.connected()
    assert browser.run(device) == second
    browser.close_window()
    browser.switch(one)
    browser.new_window()
    page.enter(server.url, "erin", "2")
    assert browser.run(device) == second
    browser.close_window()
    browser.switch(one)
    assert two != one


def unknown_edge(server, browser, page, artifacts):
    """an edge that does not exist is asked about, not guessed"""
    browser.open(f"{server.url}/?user=alice&edge=9")
    browser.until("a word about it", "return document.querySelector('#sign-in-error').textContent.includes('no edge')")


CHECKS = [
    reconnects, waits_in_queue, says_why_it_stopped, shows_refusals, shows_text_as_text, works_by_keyboard,
    two_windows_two_devices, unknown_edge,
]
