import { settle } from "./fakes.js";
import { equal, expect, test } from "./harness.js";
import { connected } from "./world.js";

const names = (count, from = 0) => Array.from({ length: count }, (_, number) => `u${from + number}`);
const asked = (socket) => socket.of("watch").map(({ users }) => users.length);

/** Lets REST answer: its promises take more turns than others. */
async function rested() {
  for (let turn = 0; turn < 3; turn += 1) {
    await settle();
    await new Promise((done) => setTimeout(done));
  }
}

/** How many of a socket's were answered. */
const answered = new Map();

/** Answers each `watch` as an edge that refuses any frame with one of `forbidden` in it, until nothing is asked any more. */
async function answerAll(socket, forbidden = []) {
  for (let next = answered.get(socket) ?? 0; next < socket.of("watch").length; next += 1) {
    const { n, users } = socket.of("watch")[next];
    answered.set(socket, next + 1);
    if (users.some((user) => forbidden.includes(user))) {
      socket.deliver({ type: "error", n, code: "forbidden", message: "field 'users'" });
      await rested();
    } else {
      for (const user of users) socket.deliver({ type: "presence", user, status: "online", at: 7 });
      socket.deliver({ type: "ok", n });
    }
  }
}

test("who is watched is told of at once and as it changes", async () => {
  const it = await connected();
  it.client.watch(["bob", "carol", "bob"]);
  equal(it.network.last.of("watch"), [{ type: "watch", users: ["bob", "carol"], n: 1 }]);
  await answerAll(it.network.last);
  it.network.last.deliver({ type: "presence", user: "bob", status: "online", at: 9, state: "away", text: "lunch" });
  equal(it.of("presence").map(({ user, state = "", text = "" }) => [user, state, text]),
    [["bob", "", ""], ["carol", "", ""], ["bob", "away", "lunch"]]);
});

test("who is watched already is not asked for again, and who is watched no more is not told of", async () => {
  const it = await connected();
  it.client.watch(["bob", "carol"]);
  await answerAll(it.network.last);
  it.client.watch(["bob", "carol"]);
  it.client.unwatch(["bob", "dave"]);
  equal(it.network.last.of("watch").length, 1);
  equal(it.network.last.of("unwatch"), [{ type: "unwatch", users: ["bob"], n: 2 }]);
  it.network.last.deliver({ type: "presence", user: "bob", status: "offline", at: 9 });
  equal(it.of("presence").length, 2);
});

test("watching goes on over a reconnect and over a move", async () => {
  const it = await connected();
  it.client.watch(["bob", "carol"]);
  await answerAll(it.network.last);
  it.client.unwatch(["carol"]);
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(it.network.last.of("watch"), [{ type: "watch", users: ["bob"], n: 1 }]);
  it.network.last.deliver({ type: "moving", within: 100 });
  await it.clock.advance(100);
  it.network.last.welcome({ edge: "edge-2" });
  equal(it.network.last.of("watch"), [{ type: "watch", users: ["bob"], n: 1 }]);
});

test("a frame names 200 users at most", async () => {
  const it = await connected();
  it.client.watch(names(450));
  equal(asked(it.network.last), [200, 200, 50]);
});

test("more than 1,000 are refused before anything is asked", async () => {
  const it = await connected();
  it.client.watch(names(900));
  try {
    it.client.watch(names(101, 900));
  } catch (error) {
    expect(error instanceof RangeError);
    equal([it.client.watched.size, asked(it.network.last).length], [900, 5]);
    it.client.watch(names(1000));
    return equal(it.client.watched.size, 1000);
  }
  throw new Error("no error");
});

test("those who may not be watched are named by REST, and all others are watched", async () => {
  const it = await connected({ answers: [{ presence: [], forbidden: ["u17", "u140"] }] });
  it.client.watch(names(200));
  await answerAll(it.network.last, ["u17", "u140"]);
  equal(JSON.parse(it.requests[0].body).users.length, 200);
  equal(asked(it.network.last), [200, 198]);
  equal(it.of("refused").map(({ users, code }) => [users, code]), [[["u17", "u140"], "forbidden"]]);
  equal(it.client.watched.size, 198);
});

test("requests keep within a part of the rate that the server allows", async () => {
  const it = await connected({ welcome: { limits: { rate: 10, burst: 20 } } });
  for (let number = 0; number < 40; number += 1) {
    it.client.watch([`u${number}`]);
    await answerAll(it.network.last);
  }
  equal(asked(it.network.last).length, 10);
  for (let second = 0; second < 7; second += 1) {
    await it.clock.advance(1_000);
    await answerAll(it.network.last);
  }
  expect(asked(it.network.last).length >= 40, `${asked(it.network.last).length} were asked`);
});

test("without REST those who may not be watched are found by trying, and all others are watched", async () => {
  const it = await connected();
  const forbidden = ["u17", "u140"];
  it.client.watch(names(200));
  await answerAll(it.network.last, forbidden);
  equal(it.of("refused").map(({ users, code }) => `${users} ${code}`).sort(), ["u140 forbidden", "u17 forbidden"]);
  equal([it.client.watched.size, new Set(it.of("presence").map(({ user }) => user)).size], [198, 198]);
  it.network.last.end(1006);
  await it.clock.advance(20_000);
  it.network.last.welcome();
  equal(asked(it.network.last), [198]);
});

test("a server that watches fewer says so, and those who are too many are told", async () => {
  const it = await connected();
  it.client.watch(["bob", "carol"]);
  it.network.last.deliver({ type: "error", n: 1, code: "bad_request", message: "would be more than 1" });
  equal(it.of("refused").map(({ users, code }) => [users, code]), [[["bob", "carol"], "bad_request"]]);
  equal(it.client.watched.size, 0);
});

test("busy and rate limited are waited out", async () => {
  const it = await connected();
  it.client.watch(["bob"]);
  it.network.last.deliver({ type: "error", n: 1, code: "rate_limited", message: "slow down", retryAfter: 300 });
  it.client.unwatch(["bob"]);
  it.client.watch(["carol"]);
  await it.clock.advance(400);
  equal(it.network.last.of("watch").map(({ users }) => users), [["bob"], ["carol"]]);
});

test("who may not be watched any more is found out, and the others are watched on", async () => {
  const it = await connected();
  it.client.watch(["bob", "carol"]);
  it.client.subscribe("news");
  await answerAll(it.network.last);
  it.network.last.deliver({ type: "ok", n: it.network.last.of("subscribe")[0].n, after: "5-0" });
  it.network.last.deliver({ type: "error", code: "forbidden", message: "field 'users' names users whom this user may not watch: bob" });
  await it.clock.advance(1_000);
  await answerAll(it.network.last, ["bob"]);
  equal([...it.client.watched], ["carol"]);
  equal(it.of("refused").map(({ users }) => users), [["bob"]]);
  const { n } = it.network.last.of("subscribe")[1];
  it.network.last.deliver({ type: "error", n, code: "forbidden", message: "field 'topic'" });
  equal([...it.client.topics], []);
});

test("pings and requests do not share numbers", async () => {
  const it = await connected();
  it.client.watch(["bob"]);
  await answerAll(it.network.last);
  await it.clock.advance(26_000);
  equal([it.network.last.of("watch")[0].n, it.network.last.of("ping")[0].n], [1, 2]);
});
