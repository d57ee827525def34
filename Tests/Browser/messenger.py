"""The demo page as the tests use it: what a person does and sees, in one window."""

import urllib.parse

TEXTS = "[...document.querySelectorAll('#log .message .text')].map(element => element.textContent)"


class Messenger:
    """The page in the current window of a browser."""

    def __init__(self, browser):
        self.browser = browser

    def enter(self, gateway, user, edge=None, conversation=None):
        """Opens the page as `user` and waits until it is connected; returns the edge's id."""
        query = {"user": user, **({"edge": edge} if edge else {})}
        anchor = "#" + urllib.parse.quote(conversation, safe="") if conversation else ""
        self.browser.open(f"{gateway}/?{urllib.parse.urlencode(query)}{anchor}")
        return self.connected()

    def connected(self):
        status = self.browser.until(
            "the page to be connected",
            "const status = document.querySelector('#me-status');"
            "return status?.dataset.state === 'open' && status.textContent", timeout=30)
        return status.removeprefix("Connected to ")

    def write_to(self, user):
        """Begins a conversation with `user` by the dialog."""
        self.browser.click("#new-chat-button")
        self.browser.type("#new-chat-user", user + "\n")
        self.browser.until(f"a conversation with {user}",
                           "return document.querySelector('#thread-title')?.textContent === arguments[0]", user)

    def create_group(self, name, members):
        self.browser.click("#new-group-button")
        self.browser.type("#new-group-name", name)
        for member in members:
            self.browser.type("#new-group-member", member + "\n")
        self.browser.click("#new-group button[type=submit]")
        self.browser.until(f"the group {name}",
                           "return !document.querySelector('dialog[open]') && "
                           "document.querySelector('#thread-title')?.textContent === arguments[0]", name)

    def join(self, topic):
        """Joins a topic by the dialog."""
        self.browser.run("location.hash = 'topics'")
        self.browser.until("the topics", "return document.body.dataset.tab === 'topics' && document.body.dataset.view === 'list'")
        self.browser.click("#join-topic-button")
        self.browser.type("#join-topic-name", topic + "\n")
        self.browser.until(f"the topic {topic}",
                           "return document.querySelector('#thread-title').textContent === arguments[0]", topic)

    def heard(self, conversation, texts):
        """Waits until the page has exactly these messages of a conversation, drawn or not, in this order, each once."""
        try:
            self.browser.until(
                f"these {len(texts)} messages",
                "return JSON.stringify(switchboard.model.conversation(arguments[0]).messages.map(m => m.data.text))"
                " === JSON.stringify(arguments[1])", conversation, texts, timeout=60)
        except AssertionError:
            found = self.browser.run(
                "return switchboard.model.conversation(arguments[0]).messages.map(m => m.data.text)", conversation)
            raise AssertionError(f"{self.browser.name}: there are {found}, expected were {texts}") from None

    def say(self, text):
        """Writes a message and waits until the server has accepted it."""
        self.browser.type("#composer-text", text)
        self.browser.click("#composer .send")
        self.browser.until(
            f"“{text}” to be accepted",
            "return [...document.querySelectorAll('#log .message.own[data-message]')]"
            ".some(element => element.querySelector('.text').textContent === arguments[0])", text)

    def open(self, title):
        """Opens a conversation of the list, once it is there."""
        self.browser.until(
            f"{title} in the list",
            "const rows = [...document.querySelectorAll('.conversation')];"
            "const row = rows.find(row => row.querySelector('.title').textContent === arguments[0]);"
            "row?.click(); return row !== undefined", title)
        self.browser.until(f"{title} to be shown",
                           "return document.querySelector('#thread-title').textContent === arguments[0]", title)

    def sees(self, text):
        self.browser.until(f"“{text}” to be seen", f"return {TEXTS}.includes(arguments[0])", text)

    def texts(self):
        return self.browser.run(f"return {TEXTS}")

    def expect_texts(self, texts):
        """Waits until the log shows exactly these messages, in this order, each once."""
        try:
            self.browser.until(f"these {len(texts)} messages",
                               f"return JSON.stringify({TEXTS}) === JSON.stringify(arguments[0])", texts)
        except AssertionError:
            raise AssertionError(f"{self.browser.name}: shown are {self.texts()}, expected were {texts}") from None

    def edit(self, text, to):
        """Has a message of one's own say something else, and waits until that is so."""
        self.tool(text, "edit")
        self.browser.until("the editor", "return document.querySelector('.editor textarea') !== null")
        self.browser.clear(".editor textarea")
        self.browser.type(".editor textarea", to + "\n")
        self.sees(to)

    def delete(self, text):
        """Has a message of one's own be no more, and waits until that is so."""
        self.tool(text, "delete")
        # Once more, since it is asked whether that is meant; and again, if what came meanwhile took the question back.
        self.browser.until(
            f"“{text}” to be seen no more",
            f"if (!{TEXTS}.includes(arguments[0])) return true;"
            "const message = [...document.querySelectorAll('#log .message.own')].find(element =>"
            " element.querySelector('.text')?.textContent === arguments[0]);"
            "message?.querySelector('.tools .delete')?.click(); return false", text)

    def expect_changed(self, edited, deleted):
        """Waits until exactly these messages are marked as edited, and so many as deleted."""
        self.browser.until(
            f"{edited} to be marked as edited, and {deleted} as deleted",
            "const texts = selector => [...document.querySelectorAll(`#log .message${selector}`)]"
            ".map(element => element.querySelector('.text').textContent);"
            "return JSON.stringify(texts(':has(.edited)')) === JSON.stringify(arguments[0])"
            " && texts('.deleted').length === arguments[1]", edited, deleted)

    def tool(self, text, name):
        """Clicks what can be done with a message of one's own."""
        self.browser.until(
            f"“{text}” with the button {name}",
            "const message = [...document.querySelectorAll('#log .message.own')].find(element =>"
            " element.querySelector('.text')?.textContent === arguments[0]);"
            "const button = message?.querySelector(`.tools .${arguments[1]}`); button?.click(); return !!button",
            text, name)

    def row(self, title, timeout=20):
        """What the list says of a conversation."""
        return self.browser.until(
            f"{title} in the list",
            "const row = [...document.querySelectorAll('.conversation')]"
            ".find(row => row.querySelector('.title').textContent === arguments[0]);"
            "return row && {preview: row.querySelector('.preview').textContent,"
            " unread: Number(row.querySelector('.badge')?.textContent ?? 0),"
            " online: row.querySelector('.dot')?.dataset.online === 'yes'}", title, timeout=timeout)

    def until_row(self, title, what, condition, timeout=20):
        """Waits until the list says something of a conversation; `condition` is JavaScript over `row`."""
        self.browser.until(
            f"{title} {what}",
            "const row = [...document.querySelectorAll('.conversation')]"
            f".find(row => row.querySelector('.title').textContent === arguments[0]); return row && ({condition})",
            title, timeout=timeout)

    def until_online(self, title, online, timeout=30):
        self.until_row(title, "to be online" if online else "to be offline",
                       f"row.querySelector('.dot').dataset.online === '{'yes' if online else 'no'}'", timeout)

    def until_state(self, text, state):
        """Waits until a message of one's own has come to `state`: clock, sent, read, failed."""
        self.browser.until(
            f"“{text}” to be {state}",
            "return [...document.querySelectorAll('#log .message.own')].some(element =>"
            " element.querySelector('.text').textContent === arguments[0] && element.dataset.state === arguments[1])",
            text, state)

    def send_many(self, to, texts):
        """Hands many messages to the client library at once and waits until all are accepted."""
        self.browser.run("for (const text of arguments[1]) switchboard.client.send(arguments[0], { text })", to, texts)
        self.browser.until(f"{len(texts)} messages to be accepted", "return switchboard.client.pending.length === 0",
                           timeout=60)

    def faults(self):
        """What the page complained of, apart from connections that the test itself has ended and from conversations
        that were asked for before the first word in them: that they are not there is the answer."""
        def matters(message):
            return "WebSocket" not in message and not ("/v1/conversations/" in message and "404" in message)

        return [entry["message"] for entry in self.browser.log()
                if entry["level"] == "SEVERE" and matters(entry["message"])]
