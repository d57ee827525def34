"""Just enough of W3C WebDriver (https://www.w3.org/TR/webdriver2/) to drive Chromium: JSON over HTTP to chromedriver."""

import base64
import http.client
import json
import re
import shutil
import subprocess
import tempfile
import time

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


class WebDriverError(Exception):
    """What chromedriver answered instead of a value; `code` is its error, `no such element` and so on."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Driver:
    """A chromedriver process, which starts browsers. Use as a context manager."""

    def __init__(self, chromedriver="chromedriver"):
        binary = shutil.which(chromedriver)
        if binary is None:
            raise SystemExit(f"{chromedriver} is missing: install it (Debian: apt-get install chromium chromium-driver)")
        self._process = subprocess.Popen(
            [binary, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = None
        for line in self._process.stdout:
            if match := re.search(r"started successfully on port (\d+)", line):
                self.port = int(match[1])
                break
        if self.port is None:
            raise SystemExit("chromedriver did not start")
        self.browsers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for browser in list(self.browsers):
            browser.quit()
        self._process.terminate()
        self._process.wait()

    def browser(self, name, width=1280, height=800, flags=()):
        """Starts a browser with a profile of its own; `flags` are Chromium's."""
        browser = Browser(self, name, width, height, flags)
        self.browsers.append(browser)
        return browser

    def forget(self, browser):
        self.browsers.remove(browser)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            data = None if method == "GET" or method == "DELETE" else json.dumps(body or {})
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        value = answer.get("value")
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(value["error"], value.get("message", "").split("\n")[0])
        return value


class Browser:
    """One Chromium with a profile of its own. Its commands go to the window that was last switched to."""

    def __init__(self, driver, name, width, height, flags=()):
        self.driver = driver
        self.name = name
        self._profile = tempfile.TemporaryDirectory(prefix="switchboard-browser-", ignore_cleanup_errors=True)
        options = {"args": FLAGS + list(flags) + [f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}"]}
        if binary := shutil.which("chromium") or shutil.which("chromium-browser"):
            options["binary"] = binary
        capabilities = {
            "alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self._session = driver.request("POST", "/session", {"capabilities": capabilities})["sessionId"]
        self.resize(width, height)

    def quit(self):
        try:
            self.driver.request("DELETE", f"/session/{self._session}")
        except (WebDriverError, OSError):
            pass  # It is gone already, which is what was wanted.
        self.driver.forget(self)
        self._profile.cleanup()

    def command(self, method, path, body=None):
        return self.driver.request(method, f"/session/{self._session}{path}", body)

    def cdp(self, command, **parameters):
        """A command of the DevTools protocol, for what WebDriver cannot say."""
        return self.command("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    # Windows

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def reload(self):
        self.command("POST", "/refresh")

    def new_window(self):
        """Opens a second window of the same profile and switches to it; returns its handle."""
        handle = self.command("POST", "/window/new", {"type": "window"})["handle"]
        self.switch(handle)
        self.resize(*self._size)
        return handle

    @property
    def window(self):
        return self.command("GET", "/window")

    def switch(self, handle):
        self.command("POST", "/window", {"handle": handle})

    def close_window(self):
        return self.command("DELETE", "/window")

    def resize(self, width, height, phone=False):
        """Sets the size of the page itself, whatever the window's frame takes."""
        self._size = (width, height, phone)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=2 if phone else 1, mobile=phone)

    def scheme(self, name):
        """`light` or `dark`, as the page's media queries see it."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def rest(self):
        """Waits until nothing moves any more, but for what never ends, and what there is was drawn."""
        self.run("return Promise.all(document.getAnimations()"
                 ".filter(animation => animation.effect.getComputedTiming().iterations !== Infinity)"
                 ".map(animation => animation.finished.catch(() => {})))"
                 ".then(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))))")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.command("GET", "/screenshot")))

    def log(self):
        """What the page wrote to its console since the last call."""
        return self.command("POST", "/se/log", {"type": "browser"})

    # The page

    def run(self, script, *arguments):
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.command("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.command("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        self.command("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def clear(self, selector):
        self.command("POST", f"/element/{self.find(selector)}/clear")

    def until(self, what, script, *arguments, timeout=20):
        """Waits until `script` returns something true and returns that; fails saying `what` did not come."""
        deadline = time.monotonic() + timeout
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name}: waited {timeout} s for: {what}")
            time.sleep(0.05)
