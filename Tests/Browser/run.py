#!/usr/bin/env python3
"""Tests the demo page and its client library in headless Chromium.

    python3 Tests/Browser/run.py                                  unit tests, and the page against a mock that fails on demand
    python3 Tests/Browser/run.py --gateway http://127.0.0.1:8080   and the story, against running services (DEMO=true)

Needs chromium and chromedriver (Debian: chromium, chromium-driver), sockjs-client for the streams (Debian: node-sockjs-client) and Python's standard library. Pictures of what was
seen are left in artifacts/browser. The last line is `N passed, N failed`; the exit code is 0 when nothing failed.
"""

import argparse
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import faults  # noqa: E402
import page  # noqa: E402
import picture  # noqa: E402
import story  # noqa: E402
import streams  # noqa: E402
import unit  # noqa: E402
import webdriver  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PARTS = ("unit", "page", "faults", "story", "streams")


class Report:
    """Prints each result as it comes, and counts."""

    def __init__(self):
        self.passed = self.failed = 0
        self._started = time.monotonic()

    def __call__(self, name, error):
        now = time.monotonic()
        if error is None:
            self.passed += 1
            print(f"ok   {name} ({now - self._started:.1f} s)", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}\n     {error}", flush=True)
        self._started = now


def run(part, driver, report, arguments):
    if part == "unit":
        unit.run(driver, report)
    elif part == "page":
        page.run(driver, report, arguments.artifacts)
    elif part == "faults":
        faults.run(driver, report, arguments.artifacts)
    elif part == "streams":
        if arguments.gateway and not arguments.mock:
            streams.run(driver, report, arguments.gateway)
        else:
            print("skip the streams: they need running services, see --gateway")
    elif arguments.mock:
        with faults.MockServer() as server:
            tell(server.url, driver, report, arguments)
    elif arguments.gateway:
        tell(arguments.gateway, driver, report, arguments)
    else:
        print("skip the story: it needs running services, see --gateway")


def tell(gateway, driver, report, arguments):
    story.Story(driver, gateway, arguments.edge, arguments.artifacts, arguments.suffix).run(report)


def main():
    # However it is ended, the browsers end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", default=os.environ.get("SWITCHBOARD_GATEWAY"),
                        help="where the running services are, for the story (SWITCHBOARD_GATEWAY)")
    parser.add_argument("--edge", action="append", default=[],
                        help="an edge to connect to, given twice: its number in /demo/config, its id or ws://host:port (1 and 2)")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be given again")
    parser.add_argument("--mock", action="store_true", help="tell the story against the mock, for work on the page")
    parser.add_argument("--suffix", help="what the people's names end in (something random, so that a run can be repeated)")
    parser.add_argument("--picture", type=pathlib.Path, metavar="FILE",
                        help="take the picture of the README instead, against fresh services")
    parser.add_argument("--artifacts", type=pathlib.Path, default=ROOT / "artifacts" / "browser")
    arguments = parser.parse_args()
    if len(arguments.edge) not in (0, 2):
        parser.error("--edge: give two")
    if arguments.picture and not (arguments.gateway or arguments.mock):
        parser.error("--picture needs --gateway")
    if arguments.gateway and not arguments.mock:
        story.check_reachable(arguments.gateway)
    parts = arguments.only or PARTS
    arguments.artifacts.mkdir(parents=True, exist_ok=True)

    report = Report()
    with webdriver.Driver() as driver:
        if arguments.picture:
            if arguments.mock:
                with faults.MockServer() as server:
                    picture.take(driver, server.url, arguments.picture)
            else:
                picture.take(driver, arguments.gateway, arguments.picture)
            return 0
        for part in parts:
            try:
                run(part, driver, report, arguments)
            except Exception as error:  # noqa: BLE001 — a part that cannot even begin is a failure like any other
                report(f"the {part} tests run", f"{type(error).__name__}: {error}")
    print(f"{report.passed} passed, {report.failed} failed")
    return 0 if report.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
