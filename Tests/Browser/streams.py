"""What browsers have for networks that let no WebSocket through, in a real one against running services: EventSource, and each
transport of sockjs-client (Debian: node-sockjs-client), which was not written here."""

import json
import pathlib
import secrets
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
    browser.quit()
