#!/usr/bin/env python3
"""Tries Switchboard with clients that others wrote, through the gateway.

    python3 Tests/Interop/run.py --gateway http://127.0.0.1:8080 [--only stomppy] [--only stompest]

The clients (their versions are in requirements.txt) are installed into .build the first time. The token is signed with AUTH_JWT_SECRET, or with the
secret of `make up`. What was said is left in the installation, by users whose names end in something random.
The heart-beats are tried where edges have STOMP_HEARTBEAT=2, and compression as COMPRESSION says that edges have it. The last line is `N passed, N failed`; the exit code is 0 when nothing failed.
"""

import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PARTS = (
    "frames", "sessions", "stomppy", "stompest_ws", "specification", "malformed", "aiohttp_events", "aiohttp_sockjs",
)


def python():
    """A Python with the clients; made when it is not there."""
    wanted = (HERE / "requirements.txt").read_bytes()
    folder = ROOT / ".build" / f"interop-{hashlib.sha256(wanted).hexdigest()[:12]}"
    done = folder / "installed"
    if not done.exists():
        print("installing clients", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"],
            check=True,
        )
        done.touch()
    return folder / "bin" / "python"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", default=os.environ.get("SWITCHBOARD_GATEWAY"), help="where the running services are")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be given again")
    arguments = parser.parse_args()
    if not arguments.gateway:
        parser.error("--gateway, or SWITCHBOARD_GATEWAY, is missing")
    wanted = python()
    if pathlib.Path(sys.executable) != wanted:
        os.execv(wanted, [str(wanted), *sys.argv])

    import cases
    import importlib

    report = cases.Report()
    for part in arguments.only or PARTS:
        report.run(part, importlib.import_module(part), cases.Site(arguments.gateway))
    print(f"{report.passed} passed, {report.failed} failed")
    return 0 if report.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
