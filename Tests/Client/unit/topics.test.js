import { settle } from "./fakes.js";
import { equal, test } from "./harness.js";
import { connected, world } from "./world.js";

const message = (id, more = {}) =>
  ({ type: "message", id, conversation: "topic:news", from: "bob", at: Number(id.split("-")[0]), data: id, ...more });

/** Says `ok` to what was asked last. */
function ok(socket, type = "subscribe", more = {}) {
  socket.deliver({ type: "ok", n: socket.of(type).at(-1).n, ...more });
}

const told = (it) => it.of("message").map(({ id }) => id);

/** Lets REST answer: its promises take more turns than the clock's. */
async function pass(clock, seconds = 10) {
  for (let turn = 0; turn < seconds; turn += 1) {
    await clock.advance(1_000);
    await new Promise((done) => setTimeout(done, 2));
  }
}

test("a topic is subscribed to, heard and left", async () => {
  const it = await connected();
  const socket = it.network.last;
  it.client.subscribe("news");
  equal(socket.of("subscribe"), [{ type: "subscribe", topic: "news", n: 1 }]);
  ok(socket, "subscribe", { after: "5-0" });
  equal(it.of("subscribed"), [{ event: "subscribed", topic: "news", after: "5-0" }]);
  socket.deliver(message("6-0"));
  equal([told(it), [...it.client.topics]], [["6-0"], [["news", "6-0"]]]);
  it.client.unsubscribe("news");
  equal(socket.of("unsubscribe"), [{ type: "unsubscribe", topic: "news", n: 2 }]);
  socket.deliver(message("7-0"));
  equal([told(it), [...it.client.topics]], [["6-0"], []]);
});

test("nothing of a topic is acknowledged", async () => {
  const it = await connected();
  it.client.subscribe("news");
  it.network.last.deliver(message("6-0"));
  await it.clock.advance(1_000);
  equal(it.network.last.of("ack"), []);
});

test("a topic that is wanted before there is a session is asked for in the first one", async () => {
  const it = world();
  it.client.subscribe("news", { after: "3-0" });
  it.client.connect();
  await settle();
  it.network.last.welcome();
  equal(it.network.last.of("subscribe"), [{ type: "subscribe", topic: "news", after: "3-0", n: 1 }]);
});

test("after a reconnect a topic is asked for after the largest id, and nothing comes twice", async () => {
  const it = await connected();
  it.client.subscribe("news");
  ok(it.network.last, "subscribe", { after: "5-0" });
  it.network.last.deliver(message("6-0"));
  it.network.last.deliver(message("7-0"));
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe"), [{ type: "subscribe", topic: "news", after: "7-0", n: 1 }]);
  for (const id of ["7-0", "8-0", "9-0"]) it.network.last.deliver(message(id));
  ok(it.network.last, "subscribe", { after: "9-0" });
  it.network.last.deliver(message("10-0"));
  equal(told(it), ["6-0", "7-0", "8-0", "9-0", "10-0"]);
});

test("a topic in which nothing came is resumed from the place that ok gave", async () => {
  const it = await connected();
  it.client.subscribe("news");
  ok(it.network.last, "subscribe", { after: "42-1" });
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe")[0].after, "42-1");
});

test("a topic that was left meanwhile is not asked for again", async () => {
  const it = await connected();
  it.client.subscribe("news");
  it.client.subscribe("sport");
  it.network.last.end(1006);
  it.client.unsubscribe("news");
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe").map(({ topic }) => topic), ["sport"]);
  equal(it.network.last.of("unsubscribe"), []);
});

test("a move goes on in each topic where it was", async () => {
  const it = await connected();
  const [old] = it.network.sockets;
  it.client.subscribe("news");
  ok(old, "subscribe", { after: "5-0" });
  old.deliver({ type: "moving", url: "ws://other.example/ws", within: 1000 });
  await it.clock.advance(500);
  old.deliver(message("6-0"));
  it.network.last.welcome({ edge: "edge-2" });
  equal(it.network.last.of("subscribe"), [{ type: "subscribe", topic: "news", after: "6-0", n: 1 }]);
  it.network.last.deliver(message("7-0"));
  old.deliver(message("7-0"));
  equal(told(it), ["6-0", "7-0"]);
});

test("a replayed message comes late with its old id, and is no place to go on from", async () => {
  const it = await connected();
  it.client.subscribe("news");
  ok(it.network.last, "subscribe", { after: "5-0" });
  it.network.last.deliver(message("9-0"));
  it.network.last.deliver(message("7-0"));
  equal([told(it), it.client.topics.get("news")], [["9-0", "7-0"], "9-0"]);
});

test("what a topic's log no longer holds is filled from history before what follows, once and in order", async () => {
  const it = await connected({
    answers: [
      new Error("away"),
      { messages: [message("6-0"), message("7-0")], next: "7-0" },
      { messages: [message("8-0"), message("9-0"), message("10-0")], next: null },
    ],
  });
  it.client.subscribe("news", { after: "5-0" });
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  it.network.last.deliver(message("9-0"));
  ok(it.network.last, "subscribe", { after: "9-0" });
  it.network.last.deliver(message("10-0"));
  await pass(it.clock);
  equal(it.requests.map(({ url }) => new URL(url).pathname + new URL(url).search), [
    "/v1/conversations/topic%3Anews/messages?after=5-0&limit=200",
    "/v1/conversations/topic%3Anews/messages?after=5-0&limit=200",
    "/v1/conversations/topic%3Anews/messages?after=7-0&limit=200",
  ]);
  equal(told(it), ["6-0", "7-0", "8-0", "9-0", "10-0"]);
  equal(it.of("gap").map(({ conversation, after }) => [conversation, after]), [["topic:news", "5-0"]]);
});

test("history that is a little behind the log is asked again, up to the place that ok gave", async () => {
  const it = await connected({
    answers: [{ messages: [], next: null }, { messages: [message("6-0")], next: null }, { messages: [message("7-0")], next: null }],
  });
  it.client.subscribe("cursors", { after: "5-0" });
  it.client.unsubscribe("cursors");
  it.client.subscribe("news", { after: "5-0" });
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  ok(it.network.last, "subscribe", { after: "7-0" });
  await pass(it.clock);
  equal([it.requests.length, told(it), it.client.topics.get("news")], [3, ["6-0", "7-0"], "7-0"]);
  it.network.last.deliver(message("8-0"));
  equal(told(it).at(-1), "8-0");
});

test("a topic of which history has nothing goes on with what comes", async () => {
  const it = await connected({ answers: [{ status: 404, body: {} }] });
  it.client.subscribe("news", { after: "5-0" });
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  it.network.last.deliver(message("9-0"));
  await pass(it.clock, 2);
  equal(told(it), ["9-0"]);
});

test("a connection that breaks inside a topic's gap comes back to the same gap", async () => {
  const it = await connected();
  it.client.subscribe("news", { after: "5-0" });
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  it.network.last.deliver(message("9-0"));
  ok(it.network.last, "subscribe", { after: "9-0" });
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe")[0].after, "5-0");
  equal(told(it), []);
});

test("what this device said itself is not told again out of history", async () => {
  const it = await connected({ answers: [{ messages: [message("6-0", { from: "alice" }), message("7-0")], next: null }] });
  it.client.subscribe("news", { after: "5-0" });
  const { n } = it.client.send("topic:news", "mine");
  it.network.last.deliver({ type: "accepted", n, id: "6-0", conversation: "topic:news", at: 6 });
  equal(it.client.topics.get("news"), "5-0");
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  ok(it.network.last, "subscribe", { after: "7-0" });
  await pass(it.clock, 2);
  equal(told(it), ["7-0"]);
});

test("more than can be kept while a gap is filled is asked for anew", async () => {
  const it = await connected({ answers: [{ messages: [message("6-0")], next: null }] });
  it.client.subscribe("news", { after: "5-0" });
  it.network.last.deliver({ type: "gap", conversation: "topic:news", after: "5-0", reason: "trimmed" });
  for (let id = 6; id < 1_200; id += 1) it.network.last.deliver(message(`${id}-0`));
  await pass(it.clock, 2);
  equal(told(it).length, 1_000);
  equal(it.network.last.of("subscribe").map(({ after }) => after), ["5-0", "1005-0"]);
});

test("a topic that may not be heard is told once and not asked for again", async () => {
  const it = await connected();
  it.client.subscribe("staff");
  const { n } = it.network.last.of("subscribe")[0];
  it.network.last.deliver({ type: "error", n, code: "forbidden", message: "may not subscribe" });
  equal(it.of("refused").map(({ topic, code }) => [topic, code]), [["staff", "forbidden"]]);
  equal([...it.client.topics], []);
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe"), []);
});

test("a topic that cannot be heard now is asked for again when the server says", async () => {
  const it = await connected();
  it.client.subscribe("news");
  const { n } = it.network.last.of("subscribe")[0];
  it.network.last.deliver({ type: "error", n, code: "busy", message: "later", retryAfter: 2000 });
  await it.clock.advance(1_900);
  equal(it.network.last.of("subscribe").length, 1);
  await it.clock.advance(200);
  equal(it.network.last.of("subscribe").map(({ n }) => n), [n, n + 1]);
  equal(it.of("refused"), []);
});

test("many topics are asked for some at a time", async () => {
  const it = await connected();
  for (let number = 0; number < 100; number += 1) it.client.subscribe(`t${number}`);
  equal(it.network.last.of("subscribe").length, 8);
  for (let answered = 0; answered < 100; answered += 1) {
    it.network.last.deliver({ type: "ok", n: it.network.last.of("subscribe")[answered].n, after: "0-0" });
  }
  equal(it.network.last.of("subscribe").map(({ topic }) => topic), [...Array(100).keys()].map((number) => `t${number}`));
  equal(it.of("subscribed").length, 100);
});

test("what is said to everybody comes without asking, and is resumed when it was asked for", async () => {
  const it = await connected();
  it.network.last.deliver(message("6-0", { conversation: "topic:all" }));
  equal(told(it), ["6-0"]);
  it.client.subscribe("all");
  ok(it.network.last, "subscribe", { after: "6-0" });
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("subscribe"), [{ type: "subscribe", topic: "all", after: "6-0", n: 1 }]);
  it.client.unsubscribe("all");
  equal(it.network.last.of("unsubscribe"), []);
});

test("a message to a topic goes out as any other", async () => {
  const it = await connected();
  const { n } = it.client.send("topic:news", { text: "hi" });
  equal(it.network.last.of("send"), [{ type: "send", n, to: "topic:news", data: { text: "hi" } }]);
  it.network.last.deliver({ type: "error", n, code: "forbidden", message: "may not publish" });
  equal(it.of("failed").map(({ to, code }) => [to, code]), [["topic:news", "forbidden"]]);
});

test("an error about a message is not taken for one about a topic", async () => {
  const it = await connected();
  it.client.subscribe("news");
  const { n } = it.client.send("user:bob", 1);
  it.network.last.deliver({ type: "error", n, code: "forbidden", message: "no" });
  equal([it.of("failed").length, it.of("refused").length, it.client.topics.size], [1, 0, 1]);
});
