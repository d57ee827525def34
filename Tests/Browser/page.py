"""What the page does when all is well, against the mock: presence as it changes, topics, announcements, the operator's tab."""

import faults
from ring import Ring

LAST_TEXT = "return [...document.querySelectorAll('#log .message .text')].at(-1)?.textContent === arguments[0]"


def run(driver, report, artifacts):
    faults.run_checks("page", CHECKS, driver, report, artifacts)


def tab(browser, name):
    browser.click(f"#tab-{name}")
    browser.until(f"the tab {name}", "return document.body.dataset.tab === arguments[0]", name)


def row(title, condition):
    return ("const row = [...document.querySelectorAll('.conversation')]"
            f".find(row => row.querySelector('.title').textContent === '{title}'); return row && ({condition})")


def call(browser, method, path, body):
    """A REST call as the page's own user."""
    return browser.run(
        "return switchboard.client.tokens.current().then(({ token }) => fetch(arguments[1], { method: arguments[0],"
        " headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },"
        " body: JSON.stringify(arguments[2]) })).then(response => response.status)", method, path, body)


def presence_live(server, browser, page, artifacts):
    """who comes, goes, is away and says so is seen at once, without asking"""
    page.enter(server.url, "alice", "1")
    page.write_to("wanda")
    page.say("Are you there?")
    page.until_online("wanda", False)
    browser.run("globalThis.asked = []; const real = fetch; globalThis.fetch = (url, ...rest) =>"
                " { asked.push(String(url)); return real(url, ...rest); }")
    one = browser.window
    browser.new_window()
    page.enter(server.url, "wanda", "2")
    two = browser.window
    browser.switch(one)
    page.until_online("wanda", True)
    subtitle = "return document.querySelector('#thread-subtitle').textContent === arguments[0]"
    browser.until("wanda to be said to be online", subtitle, "online")
    browser.switch(two)
    assert call(browser, "PUT", "/v1/presence/me", {"status": "away", "text": "Out for lunch"}) == 200
    browser.switch(one)
    browser.until("wanda to be away", subtitle, "away · Out for lunch")
    browser.until("the same in the list", row(
        "wanda", "row.querySelector('.dot').dataset.state === 'away' && row.querySelector('.said').textContent === 'Out for lunch'"))
    browser.screenshot(artifacts / "away-light-desk.png")
    browser.switch(two)
    browser.close_window()
    browser.switch(one)
    page.until_online("wanda", False)
    browser.until("when wanda was here", subtitle, "last seen just now")
    asked = browser.run("return asked.filter(url => url.includes('presence'))")
    assert asked == [], f"it was asked: {asked}"


def who_may_not_be_seen(server, browser, page, artifacts):
    """who may not be seen is shown without a word about it, and spoils nobody else's dot"""
    page.enter(server.url, "alice", "1")
    for user in ("secretive", "wanda", "secret2", "alan"):
        page.write_to(user)
        page.say("Hello")
    browser.until("the others to be watched, and not those two", "const watched = switchboard.client.watched;"
                  "return watched.has('wanda') && watched.has('alan') && !watched.has('secretive') && !watched.has('secret2')")
    assert browser.run("return document.querySelectorAll('.toast').length") == 0


def own_status(server, browser, page, artifacts):
    """one says how one is seen, by keyboard, and one's other windows show it, too"""
    page.enter(server.url, "ida", "1")
    one = browser.window
    browser.new_window()
    page.enter(server.url, "ida", "2")
    two = browser.window
    browser.switch(one)
    browser.click("#me-button")
    browser.until("the menu, with what holds chosen",
                  "return document.activeElement?.value === 'online' && document.querySelector('#status-menu:popover-open')")
    browser.type("#status-menu input[value=online]", "\ue015")  # Down
    browser.type("#status-text", "In the garden")
    browser.scheme("dark")
    browser.rest()
    browser.screenshot(artifacts / "status-dark-desk.png")
    browser.scheme("light")
    browser.type("#status-text", "\n")
    browser.until("the menu to close", "return document.querySelector('#status-menu:popover-open') === null")
    for window in (one, two):
        browser.switch(window)
        browser.until("what ida said", "return document.querySelector('#me-said').textContent === 'In the garden'"
                      " && document.querySelector('#me-avatar .dot').dataset.state === 'away'")
    browser.click("#me-button")
    browser.until("the menu to say so", "return document.querySelector('#status-menu :checked')?.value === 'away'"
                  " && document.querySelector('#status-text').value === 'In the garden'")
    browser.type("#status-text", "\ue00c")  # Escape
    browser.until("the menu to close", "return document.querySelector('#status-menu:popover-open') === null")
    browser.close_window()
    browser.switch(one)


def topics(server, browser, page, artifacts):
    """topics are joined, heard, counted, read and left; what was joined outlasts the page"""
    page.enter(server.url, "tom", "1")
    page.join("general")
    page.say("First in the topic")
    server.ask("/mock/say/topic:general", **{"from": "erin", "text": "Second"})
    page.expect_texts(["First in the topic", "Second"])
    page.join("news")
    server.ask("/mock/say/topic:general", **{"from": "erin", "text": "Third"})
    browser.until("one unread", row("general", "row.querySelector('.badge')?.textContent === '1'"))
    browser.until("the tab to count it", "return document.querySelector('#topics-unread').textContent === '1'")
    tab(browser, "chats")
    assert browser.run("return document.querySelectorAll('.conversation').length") == 0, "topics are listed as chats"
    browser.reload()
    page.connected()
    tab(browser, "topics")
    browser.until("the same unread after a reload", row("general", "row.querySelector('.badge')?.textContent === '1'"))
    page.open("general")
    page.expect_texts(["First in the topic", "Second", "Third"])
    browser.until("nothing unread", "return document.querySelector('#topics-unread').hidden")
    assert browser.run("return document.querySelectorAll('#log .message.own .icon-read').length") == 0
    browser.click("#leave-topic")
    browser.until("only the other one", "return [...document.querySelectorAll('.conversation .title')]"
                  ".map(title => title.textContent).join() === 'Announcements,news'")
    server.ask("/mock/say/topic:general", **{"from": "erin", "text": "Fourth"})
    server.ask("/mock/say/topic:news", **{"from": "erin", "text": "In the news"})
    browser.until("what is still heard", row("news", "row.querySelector('.badge')?.textContent === '1'"))
    assert browser.run("return switchboard.model.conversations.get('topic:general')?.messages.length ?? 0") in (0, 3)


def topic_over_reconnect(server, browser, page, artifacts):
    """a topic goes on after a lost connection where it was, and a gap in its log is filled from history"""
    page.enter(server.url, "tom", "1", "topic:steady")
    server.ask("/mock/say/topic:steady", text="One")
    page.expect_texts(["One"])
    said = ["One"]
    try:
        for retention in (1000, 5):
            server.ask(f"/mock/retention/{retention}")
            server.ask("/mock/close/1001")
            browser.until("the connection to be lost", "return switchboard.client.state.name === 'waiting'")
            for number in range(30):
                said.append(f"Meanwhile {retention}, {number}")
                server.ask("/mock/say/topic:steady", text=said[-1])
            browser.run("switchboard.client.wake()")
            page.connected()
            page.expect_texts(said)
    finally:
        server.ask("/mock/retention/1000")


def refused_topic(server, browser, page, artifacts):
    """a topic that may not be heard says why and is not kept; one that may not be written to refuses the message"""
    page.enter(server.url, "tom", "1", "topic:staff")
    browser.until("the reason", "return [...document.querySelectorAll('.toast')]"
                  ".some(toast => toast.textContent.includes('may not subscribe to the topic'))")
    tab(browser, "topics")
    browser.until("it to be gone", "return ![...document.querySelectorAll('.conversation .title')]"
                  ".some(title => title.textContent === 'staff')")
    page.join("readonly")
    browser.type("#composer-text", "May I?\n")
    page.until_state("May I?", "failed")
    assert "may not publish" in browser.run("return document.querySelector('.failure').textContent")


def typing_in_topic(server, browser, page, artifacts):
    """one sees who is typing in a topic"""
    page.enter(server.url, "tom", "1", "topic:chatter")
    one = browser.window
    browser.new_window()
    page.enter(server.url, "tina", "2", "topic:chatter")
    two = browser.window
    browser.type("#composer-text", "Well")
    browser.switch(one)
    browser.until("tina to be seen typing", "return document.querySelector('#typing').textContent === 'tina is typing'")
    browser.switch(two)
    browser.close_window()
    browser.switch(one)


def thousand_messages(server, browser, page, artifacts):
    """a topic with 1,000 messages draws what is near, keeps the place, and reads back to the beginning"""
    page.enter(server.url, "tom", "1", "topic:busy")
    said = [f"Line {number}" for number in range(1, 1001)]
    for text in said[:700]:
        server.ask("/mock/say/topic:busy", **{"from": f"u{len(text) % 3}", "text": text})
    browser.until("the newest to be seen", LAST_TEXT, said[699])
    # Somebody who reads further up is not moved by what comes.
    browser.run("document.querySelector('#log').scrollTop -= 900")
    browser.until("the way to the end", "return !document.querySelector('#to-end').hidden")
    find = ("const log = document.querySelector('#log'), edge = log.getBoundingClientRect().top;"
            "const first = [...log.querySelectorAll('.message')].find(m => m.getBoundingClientRect().bottom > edge);"
            "return [first.dataset.message, first.getBoundingClientRect().top]")
    before = browser.run(find)
    for text in said[700:]:
        server.ask("/mock/say/topic:busy", **{"from": "erin", "text": text})
    browser.until("300 unread", "return document.querySelector('#to-end').textContent === '300 new'")
    after = browser.run(find)
    assert after[0] == before[0] and abs(after[1] - before[1]) < 2, (before, after)
    assert browser.run("return document.querySelectorAll('#log .message').length") <= 240
    browser.screenshot(artifacts / "topic-light-desk.png")
    browser.click("#to-end")
    browser.until("the end", LAST_TEXT, said[-1])
    browser.until("nothing unread", "return document.querySelector('#to-end').hidden")

    # A page that has just been opened reads everything back from history, top to bottom, without a hole.
    browser.reload()
    page.connected()
    browser.until("the newest page", LAST_TEXT, said[-1])
    seen = browser.run(
        "const log = document.querySelector('#log'), seen = new Map(); let most = 0;"
        "const frame = () => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));"
        "const note = () => { const all = log.querySelectorAll('.message'); most = Math.max(most, all.length);"
        " for (const m of all) seen.set(m.dataset.message, m.querySelector('.text').textContent); };"
        "return (async () => {"
        "  const until = Date.now() + 60000;"
        "  while (!log.querySelector('.start') && Date.now() < until) { log.scrollTop = 0; note(); await frame(); }"
        "  note();"
        "  const up = [...seen].sort(([one], [other]) => parseInt(one) - parseInt(other) || "
        "      Number(one.split('-')[1]) - Number(other.split('-')[1])).map(([, text]) => text);"
        "  seen.clear();"
        "  while (log.scrollHeight - log.scrollTop - log.clientHeight > 60 && Date.now() < until) {"
        "    log.scrollTop += 500; note(); await frame(); }"
        "  note();"
        "  return { up, down: [...seen.values()], most };"
        "})()")
    assert seen["up"] == said, f"{len(seen['up'])} were read going up"
    assert seen["down"] == said, f"{len(seen['down'])} were read going down"
    assert seen["most"] <= 240, f"{seen['most']} were drawn at once"


def many_unread(server, browser, page, artifacts):
    """a topic with more unread than is drawn at once begins where they begin"""
    page.enter(server.url, "tom", "1", "topic:flood")
    page.say("Before")
    tab(browser, "chats")
    for number in range(300):
        server.ask("/mock/say/topic:flood", text=f"Flood {number}")
    tab(browser, "topics")
    browser.until("300 unread", row("flood", "row.querySelector('.badge')?.textContent === '99+'"))
    browser.until("all of them counted", "return switchboard.model.conversation('topic:flood').unread === 300")
    page.open("flood")
    browser.until("the first unread message at the top, set apart",
                  "const divider = document.querySelector('#log .divider'), log = document.querySelector('#log');"
                  "const below = divider && divider.getBoundingClientRect().top - log.getBoundingClientRect().top;"
                  "return divider && below >= 0 && below < 40 &&"
                  " divider.nextElementSibling.querySelector('.text').textContent === 'Flood 0'")


def announcements(server, browser, page, artifacts):
    """what is said to everybody is shown on whatever tab, counted, and cannot be answered"""
    page.enter(server.url, "ann", "1")
    server.ask("/mock/say/all", text="Maintenance at ten: nobody is cut off.")
    browser.until("the banner", "const banner = document.querySelector('#announcement');"
                  "return !banner.hidden && banner.textContent.includes('Maintenance at ten')")
    browser.until("it to be counted", "return document.querySelector('#topics-unread').textContent === '1'")
    browser.click("#announcement-open")
    browser.until("the announcements", "return document.querySelector('#thread-title').textContent === 'Announcements'"
                  " && document.querySelector('#announcement').hidden")
    page.expect_texts(["Maintenance at ten: nobody is cut off."])
    assert browser.run("return document.querySelector('#composer').hidden && document.querySelector('#leave-topic').hidden")
    # What is said while one looks at them needs no banner.
    server.ask("/mock/say/all", text="All is well again.")
    page.expect_texts(["Maintenance at ten: nobody is cut off.", "All is well again."])
    assert browser.run("return document.querySelector('#announcement').hidden")
    # Somebody who was away finds them, counted.
    tab(browser, "chats")
    browser.open("about:blank")
    server.ask("/mock/say/all", text="Good night.")
    page.enter(server.url, "ann", "1")
    browser.until("it to be counted", "return document.querySelector('#topics-unread').textContent === '1'")


def operators_tab(server, browser, page, artifacts):
    """the operator's tab shows the ring as it is, an edge that joins, one that leaves and one that dies"""
    page.enter(server.url, "olga", "1")
    page.faults()
    tab(browser, "operator")
    edges = "return [...document.querySelectorAll('#edges tr')].map(row => `${row.dataset.edge} ${row.dataset.standing}`).join()"
    browser.until("both edges", f"{edges} === 'edge-1 on,edge-2 on'")
    bands = "return [...document.querySelectorAll('#ring .bands g:last-child path')].map(path => path.dataset.edge).join()"
    assert browser.run(bands) == "edge-1,edge-2"
    assert "you are here" in browser.run("return document.querySelector('#edges tr[data-edge=edge-1]').textContent")
    shares = Ring({"edge-1": 10, "edge-2": 10}).shares()
    shown = browser.run("return document.querySelector('#edges tr[data-edge=edge-1] [data-label=Share]').textContent")
    assert abs(float(shown.removesuffix(" %")) - 100 * shares["edge-1"]) < 0.06, (shown, shares)
    told = "return [...document.querySelectorAll('#fleet-events li')].some(line => line.textContent.includes(arguments[0]))"
    try:
        server.ask("/mock/edge/edge-3/join", sessions=40)
        browser.until("the edge that comes", f"{edges} === 'edge-1 on,edge-2 on,edge-3 joining'")
        server.ask("/mock/edge/edge-3/place")
        browser.until("it on the ring", f"{edges} === 'edge-1 on,edge-2 on,edge-3 on'")
        browser.until("it to be drawn", f"{bands} === 'edge-1,edge-2,edge-3'")
        browser.until("it to be told", told, "edge-3 is on the ring")
        browser.type("#locate-user", "carol\n")
        owner = Ring({f"edge-{number}": 10 for number in (1, 2, 3)}).owner("carol")
        browser.until("where carol belongs",
                      "return document.querySelector('#locate-answer').textContent === `carol belongs on ${arguments[0]}.`"
                      " && document.querySelector('#ring .marker text')?.textContent === 'carol'", owner)
        assert browser.run("return document.querySelector('#edges tr.marked').dataset.edge") == owner
        browser.until("the old ring to be gone", "return document.querySelectorAll('#ring .bands g').length === 1")
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            browser.rest()
            browser.screenshot(artifacts / f"operator-{scheme}-desk.png")
        browser.scheme("light")
        server.ask("/mock/edge/edge-3/drain")
        browser.until("it going away", f"{edges} === 'edge-1 on,edge-2 on,edge-3 draining'")
        server.ask("/mock/edge/edge-3/leave")
        browser.until("it gone", f"{edges} === 'edge-1 on,edge-2 on'")
        browser.until("it to be told", told, "edge-3 has gone")
        owner = Ring({"edge-1": 10, "edge-2": 10}).owner("carol")
        browser.until("where carol belongs now",
                      "return document.querySelector('#locate-answer').textContent === `carol belongs on ${arguments[0]}.`", owner)
        server.ask("/mock/edge/edge-4/join")
        server.ask("/mock/edge/edge-4/place")
        browser.until("another one", f"{edges} === 'edge-1 on,edge-2 on,edge-4 on'")
        server.ask("/mock/edge/edge-4/leave", keeps=True)
        browser.until("it dead, with its place kept", f"{edges} === 'edge-1 on,edge-2 on,edge-4 gone'")
        browser.until("its stripes to be pale", "return document.querySelector('#ring .bands path[data-edge=edge-4].gone') !== null")
    finally:
        for edge in ("edge-3", "edge-4"):
            server.ask(f"/mock/edge/{edge}/join")
            server.ask(f"/mock/edge/{edge}/leave")
    complaints = page.faults()
    assert complaints == [], complaints


def operators_tab_rests(server, browser, page, artifacts):
    """edges are asked for only while they are looked at"""
    page.enter(server.url, "olga", "1")
    browser.run(
        "globalThis.looks = 0; globalThis.underWay = 0; globalThis.planned = new Set();"
        "const ask = fetch, plan = setTimeout, drop = clearTimeout;"
        "globalThis.fetch = async (url, ...rest) => {"
        "  if (!String(url).includes('/v1/edges')) return ask(url, ...rest);"
        "  looks += 1; underWay += 1; try { return await ask(url, ...rest); } finally { underWay -= 1; } };"
        "globalThis.setTimeout = (body, delay, ...rest) => {"
        "  const timer = plan(() => { planned.delete(timer); body(...rest); }, delay);"
        "  if (delay === 1500) planned.add(timer); return timer; };"
        "globalThis.clearTimeout = timer => { planned.delete(timer); drop(timer); };")
    tab(browser, "operator")
    browser.until("two looks, and another one planned", "return looks >= 2 && planned.size === 1")
    tab(browser, "chats")
    browser.until("no look under way and none planned", "return underWay === 0 && planned.size === 0")


def phone(server, browser, page, artifacts):
    """all of it fits a phone, in light and dark"""
    browser.resize(390, 844, phone=True)
    try:
        page.enter(server.url, "olga", "1")
        for name in ("operator", "topics", "chats"):
            tab(browser, name)
            browser.rest()
            assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        tab(browser, "operator")
        browser.until("the edges", "return document.querySelectorAll('#edges tr').length >= 2")
        assert browser.run("const pane = document.querySelector('#operator'); return pane.scrollWidth <= pane.clientWidth"), "too wide"
        for scheme in ("dark", "light"):
            browser.scheme(scheme)
            browser.rest()
            browser.screenshot(artifacts / f"operator-{scheme}-phone.png")
        tab(browser, "topics")
        page.open("Announcements")
        browser.until("the rail to make room", "return document.querySelector('.rail').checkVisibility() === false")
        browser.click("#back")
        browser.until("the topics again", "return location.hash === '#topics' && document.querySelector('.rail').checkVisibility()")
    finally:
        browser.resize(1280, 800)


def less_motion(server, browser, page, artifacts):
    """who wants less motion gets none on the ring"""
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    try:
        page.enter(server.url, "olga", "1")
        tab(browser, "operator")
        browser.until("the ring", "return document.querySelector('#ring .shares circle') !== null")
        moving = browser.run("return [...document.querySelectorAll('#ring *')]"
                             ".filter(element => getComputedStyle(element).transitionDuration !== '0s'"
                             " && getComputedStyle(element).transitionProperty !== 'none').length")
        assert moving == 0, f"{moving} elements move"
    finally:
        browser.cdp("Emulation.setEmulatedMedia", features=[])


CHECKS = [
    presence_live, who_may_not_be_seen, own_status, topics, topic_over_reconnect, refused_topic, typing_in_topic, thousand_messages,
    many_unread, announcements, operators_tab, operators_tab_rests, phone, less_motion,
]
