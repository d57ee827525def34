"""Takes the picture of the demo for the README, against running services: people with something to say."""

from messenger import Messenger

TALK = [
    ("alice", "Hi both. Saturday it is: the ridge, if the weather holds."),
    ("bob", "It will. I looked it up: dry until the evening."),
    ("bob", "I can bring the maps. The route is on https://example.org/ridge"),
    ("carol", "I am in! Who else is coming?"),
    ("bob", "Just us three, I think. And the dog."),
    ("alice", "Perfect. The train leaves at 8:12 from platform 4; I will get us tickets for the early one, so that "
              "we are up there before noon."),
    ("alice", "Breakfast is on me."),
    ("carol", "Then I will take care of lunch."),
]
ASIDES = [
    ("dave", "user:alice", "Did you see the new timetable?"),
    ("erin", "user:alice", "Thanks for the book, I am on chapter nine already."),
    ("erin", "user:alice", "No spoilers please."),
    ("bob", "user:alice", "Shall we take the tent, too?"),
]


def take(driver, gateway, path):
    alice = driver.browser("alice")
    at_alice = Messenger(alice)
    at_alice.enter(gateway, "alice", "1")
    others = {}
    for name in ("bob", "carol", "dave", "erin"):
        others[name] = Messenger(driver.browser(name, 900, 700))
        others[name].enter(gateway, name, "2")
    for name, to, text in ASIDES:
        others[name].send_many(to, [text])
    at_alice.open("bob")
    at_alice.say("Good idea, I will pack it.")
    at_alice.create_group("Weekend plans", ["bob", "carol"])
    at_alice.say(TALK[0][1])
    for name in ("bob", "carol"):
        others[name].open("Weekend plans")
    for name, text in TALK[1:]:
        (at_alice if name == "alice" else others[name]).say(text)
        for messenger in (at_alice, others["bob"], others["carol"]):
            messenger.sees(text)
    at_alice.until_online("dave", True)
    others["bob"].browser.type("#composer-text", "Deal")
    alice.until("bob to be seen typing", "return document.querySelector('#typing').textContent.includes('bob')")
    alice.run("document.activeElement.blur()")
    alice.screenshot(path)
    for messenger in (at_alice, *others.values()):
        messenger.browser.quit()
