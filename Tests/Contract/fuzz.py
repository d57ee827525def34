#!/usr/bin/env python3
"""Tries what docs/openapi.yaml says against running services, through the gateway.

    python3 Tests/Contract/fuzz.py --gateway http://127.0.0.1:8080 [--seconds 90] [--seed 7]

schemathesis (with the versions in requirements.txt, installed into .build) makes up requests from the document, good ones and bad ones, one by
one and in sequences that use what earlier answers gave, and holds each answer to the document: status, headers, body; bad ones have to be
refused, good ones taken, and nothing may be answered 5xx, but 503 by what says `busy`. Any finding fails the run: the exit code is 0 when there is none.
A route that is added to the document is tried without anything being done here.

The token is signed with AUTH_JWT_SECRET, or with the secret of `make up`. What was said is left in the installation, by the user `fuzz-…`.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCOPES = "admin broadcast send:any"
# Of some forty ways in which one answer leads to the next request: what a busy machine gets to in half a minute.
FEWEST_LINKS = 5


def tool():
    """The folder with schemathesis' programs; made when it is not there."""
    wanted = (HERE / "requirements.txt").read_bytes()
    folder = ROOT / ".build" / f"schemathesis-{hashlib.sha256(wanted).hexdigest()[:12]}"
    done = folder / "installed"
    if not done.exists():
        if sys.version_info < (3, 11):
            sys.exit("schemathesis needs Python 3.11 or later; this is " + sys.version.split()[0])
        print("installing schemathesis", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "--no-deps", "-r", HERE / "requirements.txt"]).returncode != 0:
            sys.exit("schemathesis could not be installed: pip says why above; it takes PyPI, or a mirror that pip is told of")
        done.touch()
    return folder / "bin"


def document():
    """docs/openapi.yaml without what the gateway does not pass on: the paths tagged `operation`."""
    text = (ROOT / "docs" / "openapi.yaml").read_text()
    head, rest = text.split("\npaths:\n", 1)
    paths, tail = rest.split("\ncomponents:\n", 1)
    parts = re.split(r"(?m)^(?=  /)", paths)
    kept = [part for part in parts if "tags: [operation]" not in part]
    if len(kept) == len(parts):
        sys.exit("docs/openapi.yaml has no path tagged [operation]: look at how it is cut here")
    return f"{head}\npaths:\n{''.join(kept)}\ncomponents:\n{tail}"


class Caller:
    def __init__(self, gateway, user):
        self.gateway = gateway
        self.user = user
        made = subprocess.run(
            [ROOT / "compose" / "local" / "token", user, SCOPES], check=True, capture_output=True, text=True
        )
        self.token = made.stdout.strip()

    def __call__(self, method, path, body=None):
        request = urllib.request.Request(self.gateway + path, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def something_to_find(call):
    """A group and messages in it, so that there is something behind the document's paths."""
    group = f"{call.user}-group"
    call("PUT", f"/v1/groups/{group}", {"name": "fuzz", "members": [call.user, "bob"]})
    for number in range(30):
        said = call("POST", "/v1/messages", {"to": f"group:{group}", "data": {"text": f"hello number {number}"}})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if call("GET", "/v1/sync?after=0&limit=200")["messages"]:
            return group, said["id"]
        time.sleep(0.2)
    sys.exit("history does not have what was sent within 30 s")


def settings(call, known):
    """schemathesis.toml: who asks, and values that are there to be asked for, besides what is made up."""
    lines = "\n".join(f'"{name}" = "{value}"' for name, value in known.items())
    return f"""
[headers]
Authorization = "Bearer {call.token}"

[parameters]
{lines}

[checks]
enabled = true
# A conversation or a message that is made up is not there (404), or not for the caller (403); what cannot be done now is 503.
positive_data_acceptance.expected-statuses = ["2xx", "304", "403", "404", "409", "503"]
# How long a busy machine takes is not judged here.
max_response_time = 60

[[operations]]
include-operation-id = "listMessages"
# At most one of before, after and around, which a schema cannot say; nor that a search has a word.
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "403", "404"]

[[operations]]
include-operation-id = "search"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403", "404", "503"]

# An `at_least` that no message can have yet is refused, and a schema does not know the time.
[[operations]]
include-operation-id = ["listConversations", "listReceipts"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403", "404", "503"]

# The same; and of a message that was deleted a tombstone stays, which is not gone.
[[operations]]
include-operation-id = "getMessage"
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "403", "404", "503"]
checks.use_after_free.enabled = false

# The two users of a dm stand in bytewise order, which a schema cannot say.
[[operations]]
include-operation-id = ["deleteMessage", "exportConversation"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403", "404", "409", "503"]

# The same. A deletion is accepted before it is done, so that an edit may still be accepted behind it, and comes to nothing.
[[operations]]
include-operation-id = "editMessage"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403", "404", "409", "503"]
checks.use_after_free.enabled = false
"""


def is_tried(report, phases, output):
    """Whether all was tried: that nothing was found says nothing where nothing was asked."""
    operations = report["operations"]
    idle = [phase for phase in phases.split(",") if report["phases"][phase]["status"] == "skip"]
    if phases == "stateful":
        # Sequences end with the time; some of the links between operations are to have been followed.
        links = re.search(r"API Links:\s+(\d+) covered / (\d+) selected", output)
        whole = links is not None and int(links[1]) >= FEWEST_LINKS
        done = f"{links[1]} of {links[2]} links were followed" if links else "no links were followed"
    else:
        whole = operations["tested"] == operations["total"]
        done = f"{operations['tested']} of {operations['total']} operations were tried"
    if idle or not whole or operations["errored"]:
        print(f"only {done}; not at all: {idle or 'none'}. Give it more --seconds")
        return False
    return True


def run(command, folder):
    """Runs a program and shows what it says; its exit code and that."""
    said = []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        for line in program.stdout:
            print(line, end="", flush=True)
            said.append(line)
    return program.returncode, "".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", default=os.environ.get("SWITCHBOARD_GATEWAY"))
    parser.add_argument("--seconds", type=int, default=90, help="how long it goes on, at most")
    parser.add_argument("--seed", type=int, help="the same seed makes up the same requests")
    arguments = parser.parse_args()
    if not arguments.gateway:
        parser.error("--gateway: say where the gateway is, as in http://127.0.0.1:8080")
    programs = tool()
    call = Caller(arguments.gateway, f"fuzz-{secrets.token_hex(4)}")
    group, message = something_to_find(call)

    folder = ROOT / "artifacts" / "contract"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.yaml").write_text(document())
    known = {"path.conversation": f"group:{group}", "path.id": message, "query.conversation": f"group:{group}"}
    failed = False
    # Each has a part of the time for itself. What sequences ask for is what they were answered.
    for phases, share, values in (("coverage,fuzzing", 0.5, known), ("stateful", 0.5, {})):
        seconds = int(arguments.seconds * share)
        (folder / "schemathesis.toml").write_text(settings(call, values))
        os.chmod(folder / "schemathesis.toml", 0o600)
        report = folder / f"{phases.split(',')[0]}.json"
        report.unlink(missing_ok=True)
        command = [
            programs / "schemathesis", "--config-file", folder / "schemathesis.toml", "run", folder / "openapi.yaml",
            "--url", arguments.gateway, "--phases", phases, "--max-time", str(seconds),
            "--request-timeout", "60", "--generation-database", "none", "--continue-on-failure", "--no-color",
            "--warnings", "off", "--report-json-path", report,
        ]  # fmt: skip
        if arguments.seed is not None:
            command += ["--seed", str(arguments.seed)]
        status, output = run(command, folder)
        failed |= status != 0
        failed |= not is_tried(json.loads(report.read_text()), phases, output)
    (folder / "schemathesis.toml").unlink()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
