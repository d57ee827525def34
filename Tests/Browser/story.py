"""The story of the demo, told in real windows against running services:

alice is on one edge, bob on the other. They write to each other and in a group, see who is online and who types; what
one window of alice sends, her other one shows; bob goes away and comes back to everything, in order, once; and
scrolling up reads the history. In a topic hundreds of messages come once and in order, also to who was away; bob says
that he is away; and the operator's tab shows both edges.
"""

import json
import secrets
import urllib.request

from messenger import Messenger


class Story:
    def __init__(self, driver, gateway, edges, artifacts, suffix=None):
        self.driver = driver
        self.gateway = gateway.rstrip("/")
        self.artifacts = artifacts
        # Names of their own for each run, so that a stack that keeps its data may be tested again.
        suffix = f".{secrets.token_hex(2)}" if suffix is None else suffix
        self.alice, self.bob, self.carol = (name + suffix for name in ("alice", "bob", "carol"))
        self.topic = f"trail{suffix}"
        self.team = f"Weekend plans{suffix.replace('.', ' ')}"
        self.edges = edges or ["1", "2"]
        self.dm = "dm:" + ":".join(sorted([self.alice, self.bob]))
        self.said = []

    def run(self, report):
        """Tells the steps one after the other; the first that fails ends it, since the others build on it."""
        steps = [getattr(type(self), name) for name in vars(type(self)) if name.startswith("step_")]
        failed = None
        for step in steps:
            name = step.__doc__
            if failed:
                report(name, f"not reached: {failed}")
                continue
            try:
                step(self)
                report(name, None)
            except Exception as error:  # noqa: BLE001 — whatever it is, it is what the report is for
                failed = name
                report(name, f"{type(error).__name__}: {error}")
                self.pictures_of_failure()

    def picture(self, browser, name):
        browser.rest()
        browser.screenshot(self.artifacts / f"{name}.png")

    def pictures_of_failure(self):
        for browser in list(self.driver.browsers):
            try:
                self.picture(browser, f"failed-{browser.name}")
            except Exception as error:  # noqa: BLE001 — the failure itself is already reported
                print(f"     no picture of {browser.name}: {error}")

    # The steps, in the order in which they are written

    def step_sign_in(self):
        """the sign-in says that it is a demo without passwords, and takes a name"""
        self.one = self.driver.browser("alice")
        self.at_alice = Messenger(self.one)
        self.one.open(f"{self.gateway}/")
        self.one.until("the sign-in", "return !document.querySelector('#sign-in').hidden")
        notice = self.one.run("return document.querySelector('#sign-in .notice').textContent")
        assert "demo" in notice and "no passwords" in notice, notice
        self.one.type("#sign-in-user", "not a name\n")
        self.one.until("a word about the bad name", "return document.querySelector('#sign-in-error').textContent")
        self.one.clear("#sign-in-user")
        self.picture(self.one, "sign-in-light-desk")
        self.one.type("#sign-in-user", self.alice + "\n")
        self.at_alice.connected()

    def step_two_edges(self):
        """alice is connected to one edge, bob to the other"""
        self.two = self.driver.browser("bob")
        self.at_bob = Messenger(self.two)
        there = self.at_alice.enter(self.gateway, self.alice, self.edges[0])
        here = self.at_bob.enter(self.gateway, self.bob, self.edges[1])
        assert there != here, f"both are on {here}"

    def step_first_message(self):
        """a message arrives in a conversation that was not there, counted as unread"""
        self.at_alice.write_to(self.bob)
        self.alice_says("Good morning! Are we still on for Saturday?")
        self.at_bob.until_row(self.alice, "to have one unread message", "row.querySelector('.badge')?.textContent === '1'")
        assert "Saturday" in self.at_bob.row(self.alice)["preview"]
        assert self.two.run("return document.title").startswith("(1)")

    def step_answer(self):
        """opening it marks it read on the other side, and the answer arrives"""
        self.at_bob.open(self.alice)
        self.at_bob.expect_texts(self.said)
        self.at_alice.until_state(self.said[0], "read")
        self.bob_says("Yes! The weather looks good, too.")
        self.bob_says("I can bring the maps: https://example.org/trail")
        self.at_alice.expect_texts(self.said)
        self.alice_says("Perfect.")
        self.alice_says("The train leaves at 8:12 from platform 4. I will get us tickets for the early one, "
                        "so that we are up there before noon.")
        self.at_bob.expect_texts(self.said)
        assert self.at_bob.row(self.alice)["unread"] == 0

    def step_online(self):
        """a dot shows who is online"""
        self.at_alice.until_online(self.bob, True)
        self.at_bob.until_online(self.alice, True)

    def step_typing(self):
        """one sees the other typing, and it ends with the message"""
        self.two.type("#composer-text", "See you at")
        self.one.until("bob to be seen typing", "return document.querySelector('#typing').textContent.includes(arguments[0])", self.bob)
        self.two.clear("#composer-text")
        self.bob_says("See you at the station, then.")
        self.at_alice.sees(self.said[-1])
        self.one.until("bob to be seen typing no more", "return document.querySelector('#typing').textContent === ''")

    def step_group(self):
        """a group is made, and what is said in it reaches its members on both edges"""
        self.at_alice.create_group(self.team, [self.bob, self.carol])
        self.at_alice.say("Hi both. Saturday it is.")
        self.at_bob.open(self.team)
        self.at_bob.expect_texts(["Hi both. Saturday it is."])
        self.phone = self.driver.browser("carol", 390, 844)
        self.phone.resize(390, 844, phone=True)
        self.at_carol = Messenger(self.phone)
        self.at_carol.enter(self.gateway, self.carol, self.edges[1])
        self.at_carol.open(self.team)
        self.at_carol.say("I am in. Who else is coming?")
        self.at_bob.say("Just us three, I think.")
        self.at_bob.say("And the dog.")
        self.talk = ["Hi both. Saturday it is.", "I am in. Who else is coming?", "Just us three, I think.", "And the dog."]
        for messenger in (self.at_alice, self.at_bob, self.at_carol):
            messenger.expect_texts(self.talk)

    def step_pictures(self):
        """it looks right in light and dark, on a desk and on a phone"""
        self.phone.type("#composer-text", "Even better")
        self.one.until("the phone to be seen typing", "return document.querySelector('#typing').textContent !== ''")
        # Nothing may stick out of a phone's screen, or the page scrolls sideways.
        for browser in (self.one, self.phone):
            assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), f"{browser.name} is too wide"
        for scheme in ("light", "dark"):
            for browser, size in ((self.one, "desk"), (self.phone, "phone")):
                browser.scheme(scheme)
                self.picture(browser, f"group-{scheme}-{size}")
        self.phone.click("#back")
        self.phone.until("the list on the phone", "return document.body.dataset.view === 'list'")
        for scheme in ("dark", "light"):
            self.phone.scheme(scheme)
            self.picture(self.phone, f"list-{scheme}-phone")
        self.one.scheme("light")
        self.at_alice.open(self.bob)
        self.at_bob.open(self.alice)
        self.picture(self.one, "demo")
        self.picture(self.two, "direct-light-desk")

    def step_second_window(self):
        """a second window of alice is a device of its own and shows what the first one sends"""
        first = self.one.window
        device = self.one.run("return switchboard.session.device")
        self.one.new_window()
        second = Messenger(self.one)
        second.enter(self.gateway, self.alice, self.edges[1], self.dm)
        assert self.one.run("return switchboard.session.device") != device, "both windows are the same device"
        second.expect_texts(self.said)
        self.one.switch(first)
        self.alice_says("This comes from my first window.")
        self.one.switch(self.other_than(first))
        second.expect_texts(self.said)
        self.alice_says("And this from my second.")
        self.one.close_window()
        self.one.switch(first)
        self.at_alice.expect_texts(self.said)
        self.at_bob.expect_texts(self.said)

    def step_changes(self):
        """one's own message can be edited and deleted, and everybody sees that, also who opens the conversation later"""
        self.at_bob.open(self.team)
        self.at_carol.open(self.team)
        self.at_bob.say("Adn the cat.")
        self.at_bob.edit("Adn the cat.", "And the cat.")
        self.at_carol.sees("And the cat.")
        self.at_bob.edit("And the dog.", "And the dog, of course.")
        self.at_bob.say("No, not the cat.")
        self.at_bob.delete("And the cat.")
        self.talk[-1] = "And the dog, of course."
        self.talk += ["This message was deleted", "No, not the cat."]
        for messenger, name in ((self.at_bob, "changed-light-desk"), (self.at_carol, "changed-light-phone")):
            messenger.expect_texts(self.talk)
            messenger.expect_changed(["And the dog, of course."], 1)
            self.picture(messenger.browser, name)
        # As history tells it: to who was not there, and to the same ones after a reload.
        self.two.reload()
        self.at_bob.connected()
        self.at_bob.open(self.team)
        self.phone.reload()
        self.at_carol.connected()
        self.at_carol.open(self.team)
        self.at_alice.open(self.team)
        for messenger in (self.at_bob, self.at_carol, self.at_alice):
            messenger.expect_texts(self.talk)
            messenger.expect_changed(["And the dog, of course."], 1)
        # What is being written stays while others talk.
        self.at_bob.tool("No, not the cat.", "edit")
        self.two.until("the editor", "return document.querySelector('.editor textarea') !== null")
        self.two.type(".editor textarea", " Or is it?")
        self.picture(self.two, "editing-light-desk")
        self.at_carol.say("A pity.")
        self.talk.append("A pity.")
        self.at_bob.sees("A pity.")
        assert self.two.run("return document.querySelector('.editor textarea').value") == "No, not the cat. Or is it?"
        self.two.click(".editor .save")
        self.talk[-2] = "No, not the cat. Or is it?"
        for messenger in (self.at_bob, self.at_carol):
            messenger.expect_texts(self.talk)
            messenger.expect_changed(["And the dog, of course.", "No, not the cat. Or is it?"], 1)
        self.at_alice.expect_texts(self.talk)
        assert self.one.run("return document.querySelectorAll('#log .message .tools').length") == 1, "others' messages"
        self.at_alice.open(self.bob)
        self.at_bob.open(self.alice)

    def step_goes_away(self):
        """bob closes his window, and his dot goes out"""
        self.bobs_device = self.two.run("return switchboard.session.device")
        window = self.two.window
        spare = self.two.new_window()
        self.two.switch(window)
        self.two.close_window()
        self.two.switch(spare)
        self.at_alice.until_online(self.bob, False)
        subtitle = self.one.run("return document.querySelector('#thread-subtitle').textContent")
        assert "last seen" in subtitle, subtitle

    def step_comes_back(self):
        """alice writes on; bob comes back on the same device and gets it all, in order, once"""
        missed = [f"While you were away, {number}" for number in range(1, 31)]
        for text in missed[:3]:
            self.at_alice.say(text)
        self.at_alice.send_many(f"user:{self.bob}", missed[3:])
        self.said += missed
        self.at_bob.enter(self.gateway, self.bob, self.edges[1])
        assert self.two.run("return switchboard.session.device") == self.bobs_device, "bob came back as another device"
        # No conversation is open, so nothing but the inbox can have brought them.
        self.two.until("what bob missed, from his inbox, in order, once",
                       "return JSON.stringify(switchboard.model.conversation(arguments[0]).messages.map(m => m.data.text))"
                       " === JSON.stringify(arguments[1])", self.dm, missed)
        self.at_bob.until_row(self.alice, f"to have {len(missed)} unread",
                              f"row.querySelector('.badge')?.textContent === '{len(missed)}'")
        self.picture(self.two, "unread-light-desk")
        self.at_bob.open(self.alice)
        self.at_bob.expect_texts(self.said)
        self.two.until(
            "the first unread message to be in view, set apart",
            "const divider = document.querySelector('#log .divider');"
            "const box = divider?.getBoundingClientRect(), log = document.querySelector('#log').getBoundingClientRect();"
            "return box && box.top >= log.top && box.bottom < log.bottom"
            " && divider.nextElementSibling.querySelector('.text').textContent === arguments[0]", missed[0])
        self.picture(self.two, "divider-light-desk")
        self.two.click("#to-end")
        self.at_alice.until_state(missed[-1], "read")
        self.at_alice.until_online(self.bob, True)

    def step_history(self):
        """scrolling up reads the history and keeps the place, to the very beginning"""
        more = [f"A line of history, number {number}" for number in range(1, 121)]
        self.at_alice.send_many(f"user:{self.bob}", more)
        self.said += more
        self.at_bob.sees(more[-1])
        self.two.reload()
        self.at_bob.connected()
        self.two.until("the newest page only",
                       "const shown = document.querySelectorAll('#log .message').length; return shown >= 50 && shown")
        first_page = self.at_bob.texts()
        assert len(first_page) < len(self.said) and first_page == self.said[-len(first_page):], first_page
        shown = len(first_page)
        while shown < len(self.said):
            before = self.two.run(
                "const log = document.querySelector('#log'); log.scrollTop = 60;"
                "const edge = log.getBoundingClientRect().top;"
                "const first = [...log.querySelectorAll('.message')].find(m => m.getBoundingClientRect().bottom > edge);"
                "return [first.dataset.message, first.getBoundingClientRect().top]")
            shown = self.two.until(
                "an older page", "const shown = document.querySelectorAll('#log .message').length;"
                "return shown > arguments[0] && shown", shown)
            top = self.two.run(
                "return document.querySelector(`[data-message='${arguments[0]}']`).getBoundingClientRect().top", before[0])
            assert abs(top - before[1]) < 2, f"the place moved by {top - before[1]} pixels"
        self.at_bob.expect_texts(self.said)
        self.two.until("the beginning to be said", "return document.querySelector('#log .start') !== null")
        self.two.run("document.querySelector('#log').scrollTop = 0")
        self.picture(self.two, "history-light-desk")

    def step_topic(self):
        """a topic with 300 messages is heard on both edges, in order, once, and goes on after a lost connection"""
        talk = [f"Step {number} of the trail" for number in range(1, 301)]
        for messenger in (self.at_alice, self.at_bob):
            messenger.join(self.topic)
        self.at_alice.send_many(f"topic:{self.topic}", talk[:280])
        self.at_bob.heard(f"topic:{self.topic}", talk[:280])
        self.two.run("switchboard.client.close()")
        self.at_alice.send_many(f"topic:{self.topic}", talk[280:])
        self.two.run("switchboard.client.connect()")
        self.at_bob.connected()
        for messenger in (self.at_bob, self.at_alice):
            messenger.heard(f"topic:{self.topic}", talk)
        self.at_bob.say("That was quick!")
        self.at_alice.sees("That was quick!")
        assert self.two.run("return document.querySelectorAll('#log .message').length") <= 240
        self.picture(self.one, "topic-light-desk")
        # Who joins later reads it from history.
        self.at_carol.join(self.topic)
        self.at_carol.sees("That was quick!")
        self.phone.type("#composer-text", "Me")
        self.one.until("carol to be seen typing", "return document.querySelector('#typing').textContent.includes(arguments[0])",
                       self.carol)
        self.phone.scheme("dark")
        self.picture(self.phone, "topic-dark-phone")
        self.phone.scheme("light")

    def step_status(self):
        """bob says that he is away and why, and alice sees it at once"""
        self.two.click("#me-button")
        self.two.until("the menu", "return document.querySelector('#status-menu:popover-open') !== null")
        self.two.run("document.querySelector('#status-menu input[value=away]').click()")
        self.two.type("#status-text", "On the ridge\n")
        self.one.click("#tab-chats")
        self.at_alice.open(self.bob)
        self.one.until("bob to be away", "return document.querySelector('#thread-subtitle').textContent === 'away · On the ridge'")
        self.picture(self.one, "away-light-desk")

    def step_operator(self):
        """the operator's tab shows both edges, and a user where the servers place them"""
        self.one.click("#tab-operator")
        edges = self.one.until(
            "two edges with their sessions",
            "const rows = [...document.querySelectorAll('#edges tr')];"
            "return rows.length >= 2 && rows.every(row => Number(row.querySelector('[data-label=Sessions]').textContent) > 0)"
            " && rows.map(row => row.dataset.edge)")
        # Several names: the page computes the ring itself, and has to come to what the servers say.
        for user in (self.alice, self.bob, self.carol, "erin"):
            self.one.clear("#locate-user")
            self.one.type("#locate-user", user + "\n")
            answer = self.one.until(
                f"where {user} belongs",
                "const text = document.querySelector('#locate-answer').textContent; return text.startsWith(arguments[0]) && text",
                f"{user} belongs on ")
            assert answer.endswith(".") and answer[len(f"{user} belongs on "):-1] in edges, answer
        self.one.until("both on the ring", "return [...document.querySelectorAll('#ring .bands g:last-child path')].length >= 2")
        homes = self.one.run(
            "const { ownerOf } = await import('/demo/page/ring.js'), { rest } = switchboard.client;"
            "const { ring } = await rest.edges();"
            "return Promise.all(arguments[0].map(async user => [user, ownerOf(ring.edges, user), (await rest.locate(user)).edge]))"
            .join(["return (async () => {", "})()"]), [f"user-{number}" for number in range(40)])
        # An edge that is full hands on to the next, but not both of them.
        differing = [home for home in homes if home[1] != home[2]]
        assert len({drawn for _, drawn, _ in differing}) <= 1 and len(differing) <= 30, f"the page draws another ring: {homes}"
        for scheme in ("light", "dark"):
            self.one.scheme(scheme)
            self.picture(self.one, f"operator-{scheme}-desk")
        self.one.scheme("light")
        for browser, messenger, other in ((self.one, self.at_alice, self.bob), (self.two, self.at_bob, self.alice)):
            browser.click("#tab-chats")
            messenger.open(other)

    def step_agree(self):
        """both sides, and the group's, show the same to the last letter"""
        self.one.reload()
        self.at_alice.connected()
        self.at_alice.sees(self.said[-1])
        for title, texts in ((self.team, self.talk),):
            for messenger in (self.at_alice, self.at_bob):
                messenger.open(title)
                messenger.expect_texts(texts)
        ids = "return switchboard.model.conversation(arguments[0]).messages.slice(-40).map(message => message.id)"
        assert self.one.run(ids, self.dm) == self.two.run(ids, self.dm)

    def step_quiet(self):
        """no window has complained"""
        faults = {browser.name: Messenger(browser).faults() for browser in (self.one, self.two, self.phone)}
        assert not any(faults.values()), json.dumps(faults)

    # What the steps share

    def alice_says(self, text):
        self.at_alice.say(text)
        self.said.append(text)

    def bob_says(self, text):
        self.at_bob.say(text)
        self.said.append(text)

    def other_than(self, window):
        return next(handle for handle in self.one.command("GET", "/window/handles") if handle != window)


def check_reachable(gateway):
    """Fails early, and in words, when there is no demo to test."""
    try:
        with urllib.request.urlopen(f"{gateway.rstrip('/')}/demo/config", timeout=10) as answer:
            if not json.load(answer).get("demo"):
                raise SystemExit(f"{gateway} is not a demo: start the edges with DEMO=true")
    except OSError as error:
        raise SystemExit(f"{gateway}/demo/config cannot be read: {error}") from None
