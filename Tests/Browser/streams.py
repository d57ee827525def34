"""What browsers have for networks that let no WebSocket through, in a real one against running services: EventSource, and each
transport of sockjs-client (Debian: node-sockjs-client), which was not written here."""

import json
import os
import pathlib
import secrets
import signal
import urllib.request

SOCKJS = pathlib.Path("/usr/share/nodejs/sockjs-client/dist/sockjs.min.js")
TRANSPORTS = ("websocket", "xhr-streaming", "eventsource", "htmlfile", "xhr-polling", "jsonp-polling")
COUNT = 10
# What browsers are known to mangle, and what JSON has to escape.
ODD = '"\\\n\u0000\u00ad\u200c\u2028\u2060\ufeff\ufff0 </script> \u00e9 \U0001f600'

TALK = """
const [transport, tokens, listener, count, odd] = arguments
const [alice, bob] = Object.keys(tokens)
const state = (window.state = { heard: [], accepted: [], closed: [] })
const address = (user, device) => `/chat-websocket?device=${device}&protocol=json&token=${tokens[user]}`
const open = (user) => {
  const socket = new SockJS(address(user, 'page'), null, { transports: [transport] })
  socket.onclose = ({ code, reason }) => state.closed.push(`${code} ${reason}`)
  return socket
}
const speak = () => {
  const says = open(bob)
  says.onmessage = ({ data }) => {
    const frame = JSON.parse(data)
    if (frame.type === 'accepted') state.accepted.push(frame.n)
    if (frame.type !== 'welcome') return
    for (let n = 1; n <= count; n += 1) says.send(JSON.stringify({ type: 'send', n, to: `user:${alice}`, data: [n, odd] }))
  }
}
const hear = (frame, id) => {
  if (frame.type === 'welcome') speak()
  if (frame.type === 'message') state.heard.push([...frame.data, id === frame.cursor])
}
if (listener === 'events') {
  const source = new EventSource(`/events?device=ear&token=${tokens[alice]}`)
  source.onmessage = ({ data, lastEventId }) => hear(JSON.parse(data), lastEventId)
} else {
  const hears = open(alice)
  hears.onmessage = ({ data }) => { const frame = JSON.parse(data); hear(frame, frame.cursor) }
}
"""


LISTEN = """
const [token] = arguments
const state = (window.state = { heard: [], edges: [] })
const source = new EventSource(`/events?device=ear&token=${token}`)
source.onmessage = ({ data, lastEventId }) => {
  const frame = JSON.parse(data)
  if (frame.type === 'welcome') state.edges.push(frame.edge)
  if (frame.type === 'message') state.heard.push([frame.data, lastEventId === frame.cursor])
}
"""


def say(gateway, token, user, data):
    request = urllib.request.Request(
        f"{gateway}/v1/messages", json.dumps({"to": f"user:{user}", "data": data}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 202, answer.status


def survives(browser, gateway, processes):
    """What is said comes at once, and the source goes on elsewhere when its edge is killed."""
    alice, bob = (f"{name}.{secrets.token_hex(3)}" for name in ("alice", "bob"))
    speaker = token(gateway, bob)
    browser.open(f"{gateway}/chat-websocket")
    browser.run(LISTEN, token(gateway, alice))
    browser.until("the welcome", "return state.edges.length > 0", timeout=60)
    for n in range(COUNT):
        # The next is said only when this one has come: nothing on the way may gather.
        say(gateway, speaker, alice, n)
        browser.until(f"message {n}", f"return state.heard.length > {n}", timeout=60)
    edge = browser.run("return state.edges[0]")
    os.kill(int((processes / f"{edge}.pid").read_text().split()[0]), signal.SIGKILL)
    for n in range(COUNT, 2 * COUNT):
        say(gateway, speaker, alice, n)
    browser.until("what was said since", f"return state.heard.length >= {2 * COUNT}", timeout=60)
    state = browser.run("return state")
    assert state["heard"] == [[n, True] for n in range(2 * COUNT)], state["heard"]
    assert len(state["edges"]) > 1 and state["edges"][-1] != edge, state["edges"]


def token(gateway, user):
    request = urllib.request.Request(
        f"{gateway}/demo/token", json.dumps({"user": user}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["token"]


def run(driver, report, gateway):
    gateway = gateway.rstrip("/")
    if not SOCKJS.exists():
        report("sockjs-client is there", f"{SOCKJS} is missing: install it (Debian: apt-get install node-sockjs-client)")
        return
    browser = driver.browser("streams")
    for name, transport, listener in [(f"SockJS over {name}", name, "sockjs") for name in TRANSPORTS] + [
            ("EventSource", "websocket", "events")]:
        try:
            # The greeting: a page of the gateway's origin with nothing on it.
            browser.open(f"{gateway}/chat-websocket")
            browser.run(SOCKJS.read_text())
            suffix = f".{secrets.token_hex(3)}"
            tokens = {user + suffix: token(gateway, user + suffix) for user in ("alice", "bob")}
            browser.run(TALK, transport, tokens, listener, COUNT, ODD)
            done = "return state.closed.length > 0 || (state.heard.length >= %d && state.accepted.length >= %d)" % (COUNT, COUNT)
            browser.until(f"{name} brings what is said", done, timeout=60)
            state = browser.run("return state")
            if state["closed"]:
                raise AssertionError(f"closed: {state['closed']}")
            wanted = [[n, ODD, True] for n in range(1, COUNT + 1)]
            if state["heard"] != wanted:
                raise AssertionError(f"heard {state['heard']}")
            report(f"{name} carries a session both ways, in order and unaltered", None)
        except Exception as error:  # noqa: BLE001 — whatever it is, it is what the report is for
            report(f"{name} carries a session both ways, in order and unaltered", f"{type(error).__name__}: {error}")
    # The last of all: it takes an edge of an installation that was started for these tests.
    processes = pathlib.Path(os.environ.get("DATA_DIR", "/nonexistent")) / "run"
    name = "EventSource goes on behind what it has when its edge is killed"
    if processes.exists() and os.environ.get("SWITCHBOARD_GATEWAY", "").rstrip("/") == gateway:
        try:
            survives(browser, gateway, processes)
            report(name, None)
        except Exception as error:  # noqa: BLE001
            report(name, f"{type(error).__name__}: {error}")
    else:
        print(f"skip {name}: it kills one, which is for installations that `compose/local/up COMMAND` starts")
    browser.quit()
