"""Takes the picture of the demo for the README, against running services: two people on two edges, side by side."""

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
SIZE = (770, 700)

COMPOSE = """
document.body.innerHTML = arguments[0].map(([title, image]) => `
  <figure><figcaption><i></i><i></i><i></i><span>${title}</span></figcaption>
  <img src="data:image/png;base64,${image}" width="770" height="700"></figure>`).join("");
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


def take(driver, gateway, path):
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
    frame = driver.browser("frame", 1640, 812)
    frame.open("about:blank")
    frame.run(COMPOSE, windows)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.screenshot(path)
