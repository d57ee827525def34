/**
 * Tests the client library in Node against a running installation with two edges, one of which it kills:
 *
 *     INBOX_CAPACITY=100 RATE=1000 BURST=1000 compose/local/up node Tests/Client/stack.mjs
 *
 * The small inbox is for a device to miss something. The last line is `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gateway, Person, token, until } from "./people.mjs";
import { equal, expect, run, test } from "./unit/harness.js";

const mark = Date.now().toString(36);
/** Somebody who is in this run only. @param {string} name */
const named = (name) => `${name}-${mark}`;
/** @param {number} from @param {number} to */
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const dm = (/** @type {string[]} */ ...users) => `dm:${users.sort().join(":")}`;

test("what one sends the other gets, in order, and on both devices", async () => {
  const [alice, bob] = [new Person(named("a1")), new Person(named("b1"))];
  const laptop = new Person(named("b1"), { device: "laptop" });
  await Promise.all([alice.come(), bob.come(), laptop.come()]);
  for (const number of numbers(1, 200)) alice.client.send(`user:${bob.user}`, number);
  await until("both devices to have all", () => bob.heard.length >= 200 && laptop.heard.length >= 200 && alice.accepted.length >= 200);
  equal([bob.heard, laptop.heard], [numbers(1, 200), numbers(1, 200)]);
  equal(alice.accepted.map(({ data }) => data), numbers(1, 200));
  equal(alice.client.pending, []);
  for (const one of [alice, bob, laptop]) one.leave();
});

test("what is written while there is no connection goes out later, also by the next run of the program", async () => {
  const [alice, bob] = [new Person(named("a2")), await new Person(named("b2")).come()];
  for (const number of numbers(1, 5)) alice.client.send(`user:${bob.user}`, number);
  equal(alice.client.pending.length, 5);
  const again = new Person(alice.user, { storage: alice.storage });
  equal(again.client.pending.length, 5);
  again.client.send(`user:${bob.user}`, 6);
  await again.come();
  await until("bob to have all", () => bob.heard.length >= 6);
  equal(bob.heard, numbers(1, 6));
  await until("nothing to wait any more", () => again.client.pending.length === 0);
  for (const one of [again, bob]) one.leave();
});

test("who comes back is told what was said meanwhile, once", async () => {
  const alice = await new Person(named("a3")).come();
  const bob = await new Person(named("b3")).come();
  alice.client.send(`user:${bob.user}`, 1);
  await until("bob to hear", () => bob.heard.length === 1);
  bob.leave();
  for (const number of numbers(2, 30)) alice.client.send(`user:${bob.user}`, number);
  await until("all to be accepted", () => alice.accepted.length === 30);
  const again = await new Person(bob.user, { storage: bob.storage }).come();
  await until("bob to have the rest", () => again.heard.length >= 29);
  equal(again.heard, numbers(2, 30));
  for (const one of [alice, again]) one.leave();
});

test("what the inbox no longer holds comes from history, before what is said meanwhile", async () => {
  const [alice, carol] = await Promise.all([new Person(named("a4")).come(), new Person(named("c4")).come()]);
  const bob = await new Person(named("b4")).come();
  alice.client.send(`user:${bob.user}`, 0);
  await until("bob to hear", () => bob.heard.length === 1);
  bob.leave();
  for (const number of numbers(1, 450)) alice.client.send(`user:${bob.user}`, number);
  for (const number of numbers(1, 450)) carol.client.send(`user:${bob.user}`, -number);
  await until("all to be accepted", () => alice.accepted.length === 451 && carol.accepted.length === 450);
  const again = new Person(bob.user, { storage: bob.storage });
  again.client.connect();
  for (const number of numbers(451, 480)) alice.client.send(`user:${bob.user}`, number);
  await until("bob to have all", () => again.heard.length >= 930);
  expect(again.of("gap").length > 0, "there was no gap: is INBOX_CAPACITY 100?");
  equal(again.heard.filter((number) => number > 0), numbers(1, 480));
  equal(again.heard.filter((number) => number < 0), numbers(1, 450).map((number) => -number));
  again.leave();
  const third = await new Person(bob.user, { storage: bob.storage }).come();
  alice.client.send(`user:${bob.user}`, 481);
  await until("bob to hear again", () => third.heard.length > 0);
  equal(third.heard, [481]);
  for (const one of [alice, carol, third]) one.leave();
});

test("topics, presence, signals, read marks, edits and history are there", async () => {
  const [alice, bob] = await Promise.all([new Person(named("a5")).come(), new Person(named("b5")).come()]);
  const topic = named("news");
  bob.client.subscribe(topic);
  await until("bob to hear the topic", () => bob.client.topics.get(topic) !== null);
  alice.client.send(`topic:${topic}`, "in the topic");
  await until("the topic to be heard", () => bob.heard.includes("in the topic"));

  alice.client.send(`user:${bob.user}`, "first");
  await until("bob to hear", () => bob.heard.includes("first"));
  const { id, conversation } = bob.messages.find(({ data }) => data === "first");
  equal(conversation, dm(alice.user, bob.user));
  alice.client.watch([bob.user]);
  await until("bob to be seen", () => alice.of("presence").some(({ user, status }) => user === bob.user && status === "online"));
  bob.client.markRead(conversation, id);
  await until("alice to be told", () => alice.of("read").some((read) => read.user === bob.user && read.id === id));
  bob.client.signal(`user:${alice.user}`, { typing: true });
  await until("the signal", () => alice.of("signal").some(({ data }) => data.typing));

  await until("the message to be in history", async () => (await alice.client.rest.messages(conversation)).messages.length > 0);
  await alice.client.rest.editMessage(conversation, id, "second");
  await until("the edit", () => bob.of("edited").some((edited) => edited.id === id && edited.data === "second"));
  const { messages } = await until("history to say so", async () => {
    const page = await bob.client.rest.messages(conversation);
    return page.messages[0].data === "second" && page;
  });
  equal(messages.length, 1);
  await alice.client.rest.deleteMessage(conversation, id);
  await until("the deletion", () => bob.of("deleted").some((deleted) => deleted.id === id));

  await alice.client.rest.putGroup(named("team"), { name: "The team", members: [bob.user] });
  await until("the group to be there", async () => (await alice.client.rest.group(named("team"))).members.length === 2);
  alice.client.send(`group:${named("team")}`, "to all");
  await until("bob to hear the group", () => bob.heard.includes("to all"));
  let code = "";
  await bob.client.rest.messages(dm(named("a4"), named("c4"))).catch((error) => (code = error.code));
  equal(code, "forbidden");
  for (const one of [alice, bob]) one.leave();
});

test("the tutorial's example talks", async () => {
  const [alice, bob] = [named("a7"), await new Person(named("b7")).come()];
  const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
  const example = spawn(process.execPath, ["--import", path("websocket.mjs"), path("../../clients/js/examples/talk.mjs"), bob.user], {
    env: { ...process.env, TOKEN: token(alice), SWITCHBOARD: gateway },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  example.stdout.on("data", (text) => (said += text));
  example.stdin.write("Hello, bob\n");
  await until("bob to hear", () => bob.heard.length === 1);
  equal(bob.heard, [{ text: "Hello, bob" }]);
  bob.client.send(`user:${alice}`, { text: "Hello, alice" });
  await until(`alice to hear: ${said}`, () => said.includes(`${bob.user}: Hello, alice`));
  example.stdin.end("Good night\n");
  const code = await new Promise((done) => example.on("exit", done));
  equal(code, 0);
  await until("bob to hear the rest", () => bob.heard.length === 2);
  bob.leave();
});

test("a session outlives its token", async () => {
  const alice = await new Person(named("a6"), { lifetime: 24 }).come();
  await until("the token to be renewed twice", () => alice.tokens >= 3);
  await alice.client.rest.conversations();
  equal(alice.of("state").map(({ name }) => name), ["connecting", "open"]);
  alice.leave();
});

test("nothing is lost, doubled or out of order when an edge is killed", async () => {
  const talkers = await Promise.all(numbers(1, 6).map((number) => new Person(named(`talker${number}`)).come()));
  const listeners = await Promise.all(numbers(1, 6).map((number) => new Person(named(`listener${number}`)).come()));
  const edges = new Set([...talkers, ...listeners].map(({ client }) => client.state.edge));
  equal([...edges].sort(), ["edge-1", "edge-2"]);
  const topic = named("all-of-them");
  for (const { client } of listeners) client.subscribe(topic);
  await until("all to hear the topic", () => listeners.every(({ client }) => client.topics.get(topic) !== null));

  const speak = (/** @type {number} */ number) =>
    talkers.forEach(({ client }, place) => {
      client.send(`user:${listeners[place].user}`, number);
      if (place === 0) client.send(`topic:${topic}`, `topic ${number}`);
    });
  for (const number of numbers(1, 60)) speak(number);
  await until("some to have arrived", () => listeners.some(({ heard }) => heard.length > 20));
  // As `make up` notes it: the process, when it began, and what ends it.
  const [process_] = readFileSync(`${process.env.DATA_DIR}/run/edge-1.pid`, "utf8").split(" ");
  process.kill(Number(process_), "SIGKILL");
  for (const number of numbers(61, 120)) {
    speak(number);
    await new Promise((done) => setTimeout(done, 10));
  }
  await until("all to be accepted", () => talkers.every(({ client }) => client.pending.length === 0));
  const of = (/** @type {Person} */ listener, /** @type {string} */ kind) => listener.heard.filter((data) => typeof data === kind);
  await until("all to have all", () => listeners.every((one) => of(one, "number").length >= 120 && of(one, "string").length >= 120));
  for (const listener of listeners) {
    equal(of(listener, "number"), numbers(1, 120));
    equal(of(listener, "string"), numbers(1, 120).map((number) => `topic ${number}`));
  }
  for (const { accepted } of talkers) equal(accepted.filter(({ data }) => typeof data === "number").map(({ data }) => data), numbers(1, 120));
  const { edges: left } = await until("the edge to be gone", async () => {
    const seen = await talkers[0].client.rest.edges();
    return seen.edges.length === 1 && seen;
  });
  equal(left.map(({ edge }) => edge), ["edge-2"]);
  equal([...talkers, ...listeners].map(({ client }) => client.state.edge), Array(12).fill("edge-2"));
  for (const one of [...talkers, ...listeners]) one.leave();
});

if (!gateway) {
  console.error("SWITCHBOARD_GATEWAY is not set: compose/local/up node Tests/Client/stack.mjs");
  process.exit(64);
}
const results = await run((name, error) => console.log(`${error === null ? "ok  " : "FAIL"} ${name}${error === null ? "" : `\n${error}`}`));
const failed = results.filter(({ error }) => error !== null).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
