"""Takes the pictures of the demo for the README, against running services: two people on two edges, side by side, and the
operator's tab with a crowd on the edges (operator.png, beside the other)."""

from messenger import Messenger

TALK = [
    ("alice", "Saturday it is: the ridge, if the weather holds."),
    ("bob", "It will. I looked it up: dry until the evening."),
    ("carol", "I am in! Who else is coming?"),
    ("bob", "Just us three, I think. And the dog."),
    ("alice", "The train leaves at 8:12 from platform 4. I will get us tickets."),
    ("alice", "Breakfast is on me."),
    ("carol", "Then I will take care of lunch."),
]
ASIDES = [
    ("erin", "alice", "No spoilers please, I am on chapter nine."),
    ("dave", "alice", "Did you see the new timetable?"),
    ("dave", "alice", "They run until midnight now."),
    ("dave", "bob", "Thanks for the maps!"),
    ("bob", "alice", "Shall we take the tent, too?"),
]
SIZE = (860, 700)

COMPOSE = """
document.body.innerHTML = arguments[0].map(([title, image]) => `
  <figure><figcaption><i></i><i></i><i></i><span>${title}</span></figcaption>
  <img src="data:image/png;base64,${image}" width="860" height="700"></figure>`).join("");
const style = document.createElement("style");
style.textContent = `
  body { margin: 0; height: 812px; display: flex; gap: 28px; align-items: center; justify-content: center;
         background: linear-gradient(120deg, #e7e1d4, #d5e5df 60%, #dbe0ea); font: 600 14px "Liberation Sans", Arial, sans-serif; }
  figure { margin: 0; border-radius: 14px; overflow: hidden; box-shadow: 0 2px 6px #2a251a2e, 0 24px 60px #2a251a38; }
  figcaption { height: 38px; display: flex; align-items: center; gap: 7px; padding: 0 14px; background: #fff; color: #5d6664; border-bottom: 1px solid #e4e0d8; }
  figcaption i { width: 11px; height: 11px; border-radius: 50%; background: #ddd8ce; }
  figcaption span { flex: 1; text-align: center; padding-right: 50px; }
  img { display: block; }`;
document.head.append(style);
return Promise.all([...document.images].map(image => image.decode())).then(() => true);
"""


# A crowd, each with a session of their own, in one page.
CROWD = """
const [edges, count, done] = arguments;
(async () => {
  const { SwitchboardClient } = await import("/demo/switchboard/index.js");
  const { fetchToken } = await import("/demo/page/demo-server.js");
  globalThis.crowd = [];
  const came = [];
  for (let number = 0; number < count; number += 1) {
    const user = `guest-${number}`;
    const client = new SwitchboardClient({
      url: edges[number % 5 < 2 ? 0 : 1], device: "crowd", restURL: location.origin, fetchToken: () => fetchToken(user) });
    came.push(new Promise(here => client.addEventListener("state", ({ detail }) => detail.name === "open" && here())));
    client.connect();
    globalThis.crowd.push(client);
    if (number % 10 === 9) await Promise.all(came);
  }
  await Promise.all(came);
  done(true);
})();
"""


def take_operator(driver, gateway, path):
    olga = Messenger(driver.browser("olga", 1240, 800))
    olga.enter(gateway, "olga", "1")
    edges = olga.browser.run("return fetch('/demo/config').then(answer => answer.json()).then(({ edges }) => edges.map(({ url }) => url))")
    olga.browser.command("POST", "/execute/async", {"script": CROWD, "args": [edges, 60]})
    olga.browser.click("#tab-operator")
    olga.browser.type("#locate-user", "alice\n")
    olga.browser.until("where alice belongs", "return document.querySelector('#ring .marker text') !== null")
    olga.browser.until("the crowd to be counted", "return Number(document.querySelector('#ring .count').textContent) >= 60")
    olga.browser.until("both on the ring", "return document.querySelectorAll('#edges [data-standing=on]').length >= 2")
    olga.browser.run("document.activeElement.blur(); document.querySelector('#operator').scrollTop = 0")
    olga.browser.rest()
    olga.browser.screenshot(path)


def take(driver, gateway, path):
    take_talk(driver, gateway, path)
    take_operator(driver, gateway, path.with_name("operator.png"))


def take_talk(driver, gateway, path):
    people = {}
    for name, edge, size in (
            ("alice", "1", SIZE), ("bob", "2", SIZE), ("carol", "1", (900, 700)), ("dave", "2", (900, 700)),
            ("erin", "1", (900, 700))):
        people[name] = Messenger(driver.browser(name, *size))
        people[name].edge = people[name].enter(gateway, name, edge)
    alice, bob = people["alice"], people["bob"]
    for sender, receiver, text in ASIDES:
        people[sender].send_many(f"user:{receiver}", [text])
    alice.open("bob")
    alice.say("Good idea, I will pack it.")
    alice.create_group("Weekend plans", ["bob", "carol"])
    alice.say(TALK[0][1])
    for name in ("bob", "carol"):
        people[name].open("Weekend plans")
    for name, text in TALK[1:]:
        people[name].say(text)
        for messenger in (alice, bob, people["carol"]):
            messenger.sees(text)
    people["erin"].browser.open("about:blank")
    alice.until_online("erin", False)
    alice.until_online("dave", True)
    for messenger in (alice, bob):
        messenger.browser.until("all of them online", "return document.querySelector('#thread-subtitle').textContent.includes('3 online')")
        messenger.browser.run("document.activeElement.blur()")
    people["carol"].browser.type("#composer-text", "And the")
    windows = []
    for messenger, name in ((alice, "alice"), (bob, "bob")):
        messenger.browser.until("carol to be seen typing",
                                "return document.querySelector('#typing').textContent.includes('carol')")
        windows.append([f"{name} on {messenger.edge}", messenger.browser.command("GET", "/screenshot")])
    frame = driver.browser("frame", 1820, 812)
    frame.open("about:blank")
    frame.run(COMPOSE, windows)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.screenshot(path)
