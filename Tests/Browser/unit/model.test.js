import { Model } from "/demo/page/model.js";
import { equal, expect, test } from "/Tests/Client/unit/harness.js";

const DM = "dm:alice:bob";
const message = (id, from = "bob", conversation = DM) =>
  ({ id, conversation, from, at: Number(id.split("-")[0]), data: { text: id } });

test("messages stand in the order of their ids, once, however they come", () => {
  const model = new Model("alice");
  model.history(DM, ["3-0", "1-0", "2-0"].map((id) => message(id)));
  expect(model.received(message("10-0")));
  expect(!model.received(message("2-0")));
  expect(model.received(message("4-0")));
  equal(model.conversation(DM).messages.map(({ id }) => id), ["1-0", "2-0", "3-0", "4-0", "10-0"]);
  equal(model.conversation(DM).last.id, "10-0");
});

test("a message of mine waits at the end until it has its id", () => {
  const model = new Model("alice");
  model.queued({ n: 7, to: "user:bob", data: { text: "hi" }, at: 1 });
  model.queued({ n: 7, to: "user:bob", data: { text: "hi" }, at: 1 });
  equal(model.conversation(DM).pending.length, 1);
  model.accepted({ n: 7, id: "5-0", conversation: DM, at: 5, data: { text: "hi" } });
  const { messages, pending, unread } = model.conversation(DM);
  equal([messages.map(({ id, from }) => [id, from]), pending, unread], [[["5-0", "alice"]], [], 0]);
});

test("an accepted message that history has shown already is not doubled", () => {
  const model = new Model("alice");
  model.queued({ n: 7, to: "user:bob", data: 1, at: 1 });
  model.history(DM, [message("5-0", "alice")]);
  model.accepted({ n: 7, id: "5-0", conversation: DM, at: 5, data: 1 });
  equal(model.conversation(DM).messages.length, 1);
});

test("a refused message says so and can be put away", () => {
  const model = new Model("alice");
  model.queued({ n: 7, to: "group:x", data: 1, at: 1 });
  model.failed({ n: 7, to: "group:x", message: "not a member" });
  equal(model.conversation("group:x").pending[0].failure, "not a member");
  model.dismissed("group:x", 7);
  equal(model.conversation("group:x").pending, []);
});

test("others' messages count as unread until they are seen, mine never", () => {
  const model = new Model("alice");
  model.received(message("1-0"));
  model.received(message("2-0", "alice"));
  model.received(message("3-0"));
  model.received(message("4-0"));
  equal(model.conversation(DM).unread, 2);
  equal([model.seen(DM, "3-0"), model.conversation(DM).unread], ["3-0", 1]);
  equal([model.seen(DM, "4-0"), model.conversation(DM).unread], ["4-0", 0]);
  equal([model.seen(DM, "4-0"), model.seen(DM, "1-0"), model.seen(DM, "")], [null, null, null]);
});

test("reading on another device counts here, too, and never backwards", () => {
  const model = new Model("alice");
  for (const id of ["1-0", "2-0", "3-0"]) model.received(message(id));
  model.read(DM, "alice", "2-0");
  equal(model.conversation(DM).unread, 1);
  model.read(DM, "alice", "1-0");
  equal(model.conversation(DM).unread, 1);
});

test("a list that is older than what came live does not lose count", () => {
  const model = new Model("alice");
  model.received(message("5-0"));
  model.received(message("6-0"));
  model.summarize({ id: DM, last: message("5-0"), unread: 3 });
  equal(model.conversation(DM).unread, 4);
  model.seen(DM, "6-0");
  model.summarize({ id: DM, last: message("6-0"), unread: 4 });
  equal([model.conversation(DM).unread, model.conversation(DM).last.id], [0, "6-0"]);
});

test("what the list has counted is not counted again when the inbox brings it", () => {
  const model = new Model("alice");
  model.summarize({ id: DM, last: message("3-0"), unread: 3 });
  for (const id of ["1-0", "2-0", "3-0", "4-0"]) model.received(message(id));
  equal(model.conversation(DM).unread, 4);
});

test("a list that does not know yet what was read here does not bring it back", () => {
  const model = new Model("alice");
  model.summarize({ id: DM, last: message("4-0"), unread: 4 });
  model.history(DM, ["1-0", "2-0", "3-0", "4-0"].map((id) => message(id)), { complete: true });
  model.seen(DM, "3-0");
  model.summarize({ id: DM, last: message("4-0"), read: "1-0", unread: 3 });
  equal(model.conversation(DM).unread, 1);
  model.summarize({ id: DM, last: message("5-0"), read: "3-0", unread: 2 });
  equal(model.conversation(DM).unread, 2);
});

test("who has read a message of mine is told by their marks", () => {
  const model = new Model("alice");
  model.received(message("5-0", "alice", "group:g"));
  model.read("group:g", "bob", "4-0");
  model.read("group:g", "carol", "6-0");
  model.read("group:g", "alice", "6-0");
  equal(model.readers(model.conversation("group:g"), "5-0"), ["carol"]);
});

test("typing ends with the message, or with time", () => {
  const model = new Model("alice");
  model.typing(DM, "bob", 1000);
  equal(model.typists(model.conversation(DM), 500), ["bob"]);
  equal(model.typists(model.conversation(DM), 1500), []);
  model.received(message("1-0"));
  equal(model.typists(model.conversation(DM), 500), []);
});

test("the newest conversation comes first, and one that was only looked at is not kept in the list", () => {
  const model = new Model("alice");
  model.received(message("1-0", "bob", DM));
  model.received(message("2-0", "bob", "group:g"));
  model.show("dm:alice:zoe");
  equal(model.sorted.map(({ id }) => id), ["dm:alice:zoe", "group:g", DM]);
  model.show(null);
  equal(model.sorted.map(({ id }) => id), ["group:g", DM]);
});

test("what is unread when a conversation is opened is set apart", () => {
  const model = new Model("alice");
  model.summarize({ id: DM, last: message("4-0"), unread: 2 });
  model.show(DM);
  model.history(DM, ["1-0", "2-0", "3-0", "4-0"].map((id) => message(id)));
  model.markDivider(model.conversation(DM));
  equal(model.conversation(DM).dividerAfter, "2-0");
});

test("a topic is in the list while it is joined, and its messages count as unread", () => {
  const model = new Model("alice");
  model.join("topic:news");
  equal(model.sorted.map(({ id }) => id), ["topic:news"]);
  model.received(message("1-0", "bob", "topic:news"));
  model.received(message("2-0", "bob", DM));
  equal([model.unreadOf(true), model.unreadOf(false), model.unread], [1, 1, 2]);
  equal([model.seen("topic:news", "1-0"), model.unreadOf(true)], ["1-0", 0]);
  model.leave("topic:news");
  equal(model.sorted.map(({ id }) => id), [DM]);
});

test("what a topic takes is bounded, and what is cut off can be read again", () => {
  const model = new Model("alice");
  model.join("topic:news");
  const conversation = model.conversation("topic:news");
  model.history("topic:news", [], { complete: true });
  for (let id = 1; id <= 2_000; id += 1) model.received(message(`${id}-0`, "bob", "topic:news"));
  expect(conversation.messages.length <= 600, `${conversation.messages.length} are kept`);
  equal([conversation.messages.at(-1).id, conversation.complete, conversation.unread], ["2000-0", false, 2_000]);
});

test("presence is what was told last, and nothing for who may not be seen", () => {
  const model = new Model("alice");
  equal(model.standing("bob"), "offline");
  model.present("bob", { online: true, since: 5, state: "away", text: "lunch" });
  equal([model.standing("bob"), model.presence.get("bob").text], ["away", "lunch"]);
  model.present("bob", { online: true, since: 5, state: null, text: null });
  equal(model.standing("bob"), "online");
  model.hide("bob");
  equal([model.standing("bob"), model.presence.has("bob")], ["offline", false]);
});

test("what becomes of a message is shown where it stands, and behind its deletion nothing", () => {
  const model = new Model("alice");
  model.received({ ...message("1-0", "alice"), attachments: [{ url: "https://x", type: "a/b", size: 1, name: "x" }] });
  model.summarize({ id: DM, last: message("1-0", "alice") });
  const [shown] = model.conversation(DM).messages;
  const change = { id: "1-0", conversation: DM, from: "alice" };
  model.revised({ ...change, type: "edited", at: 5, data: { text: "new" } });
  equal([shown.data.text, shown.edited, model.conversation(DM).last.data.text], ["new", 5, "new"]);
  model.revised({ ...change, type: "edited", at: 4, data: { text: "older" } });
  equal(shown.data.text, "new");
  model.revised({ ...change, type: "deleted", at: 6 });
  model.revised({ ...change, type: "edited", at: 7, data: { text: "late" } });
  equal([shown.data, shown.deleted, shown.attachments, shown.edited], [null, 6, undefined, undefined]);
});

test("a change of what is not known is passed over, and what history shows anew is as it is now", () => {
  const model = new Model("alice");
  model.revised({ type: "edited", id: "9-0", conversation: "group:none", from: "bob", at: 10, data: 1 });
  expect(!model.conversations.has("group:none"));
  model.received(message("1-0"));
  model.revised({ type: "deleted", id: "2-0", conversation: DM, from: "bob", at: 10 });
  equal(model.conversation(DM).messages.length, 1);
  model.history(DM, [{ ...message("1-0"), data: { text: "now" }, edited: 8 }, { ...message("2-0"), data: null, deleted: 9 }]);
  equal(model.conversation(DM).messages.map(({ data, edited, deleted }) => [data?.text, edited, deleted]),
    [["now", 8, undefined], [undefined, undefined, 9]]);
});
