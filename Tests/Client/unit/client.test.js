import { MemoryStorage, SwitchboardClient, TokenRefused, TokenSource } from "../../../clients/js/switchboard/index.js";
import { FakeNetwork, settle } from "./fakes.js";
import { equal, expect, test } from "./harness.js";
import { connected, world } from "./world.js";

test("a session begins with the token in a frame, not in the URL", async () => {
  const { client, network, of } = await connected();
  const [socket] = network.sockets;
  equal(socket.protocol, "switchboard.v1");
  equal([...socket.url.searchParams], [["device", "d"]]);
  equal(socket.sent, [{ type: "auth", token: "t1" }]);
  equal(client.state.edge, "edge-1");
  equal(of("state").map(({ name }) => name), ["connecting", "open"]);
});

test("what is sent is kept until it is accepted", async () => {
  const { client, network, of } = await connected();
  const { n } = client.send("user:bob", { text: "hi" });
  equal(network.last.of("send"), [{ type: "send", n, to: "user:bob", data: { text: "hi" } }]);
  equal(client.pending.length, 1);
  network.last.deliver({ type: "accepted", n, id: "7-0", conversation: "dm:alice:bob", at: 7 });
  equal(client.pending, []);
  equal(of("accepted"), [
    { event: "accepted", n, to: "user:bob", data: { text: "hi" }, id: "7-0", conversation: "dm:alice:bob", at: 7, duplicate: false },
  ]);
  network.last.deliver({ type: "accepted", n, id: "7-0", conversation: "dm:alice:bob", at: 7, duplicate: true });
  equal(of("accepted").length, 1);
});

test("a message written without a connection goes out with the next one", async () => {
  const { client, network } = world();
  const { n } = client.send("user:bob", 1);
  client.connect();
  await settle();
  network.last.open();
  equal(network.last.of("send"), []);
  network.last.welcome();
  equal(network.last.of("send").map((frame) => frame.n), [n]);
});

test("a lost connection is resumed at the cursor, and what was in flight goes out again under the same number", async () => {
  const { client, clock, network, of } = await connected();
  const { n } = client.send("user:bob", 1);
  network.last.deliver({ type: "message", cursor: "9-0", id: "9-0", conversation: "dm:alice:bob", from: "bob", at: 9, data: 2 });
  network.last.end(1006);
  const waiting = of("state").at(-1);
  equal([waiting.name, waiting.retryAt - clock.now()], ["waiting", 1000]);
  await clock.advance(1000);
  equal(network.sockets.length, 2);
  equal(network.last.url.searchParams.get("cursor"), "9-0");
  network.last.welcome();
  equal(network.last.of("send").map((frame) => frame.n), [n]);
});

test("a reload resumes at the cursor and sends what was left, under the same number", async () => {
  const storage = new MemoryStorage();
  const before = await connected({ storage });
  const { n } = before.client.send("user:bob", 1);
  before.network.last.deliver({ type: "message", cursor: "9-0", id: "9-0", conversation: "c", from: "bob", at: 9, data: 2 });
  await before.clock.advance(200);
  equal(before.network.last.of("ack"), [{ type: "ack", cursor: "9-0" }]);

  const after = await connected({ storage });
  equal(after.network.last.url.searchParams.get("cursor"), "9-0");
  equal(after.network.last.of("send").map((frame) => frame.n), [n]);
});

test("a device without a cursor resumes from where its first welcome put it", async () => {
  const { clock, network } = await connected({ welcome: { cursor: "42-1" } });
  network.last.end(1001);
  await clock.advance(20_000);
  equal(network.last.url.searchParams.get("cursor"), "42-1");
});

test("two users in one browser have cursors and queues of their own", async () => {
  const storage = new MemoryStorage();
  const { WebSocket } = new FakeNetwork();
  const options = { url: "ws://e/ws", device: "d", storage, WebSocket, fetchToken: async () => "" };
  const one = new SwitchboardClient({ ...options, scope: "alice" });
  one.send("user:bob", 1);
  const other = new SwitchboardClient({ ...options, scope: "bob" });
  equal(other.pending, []);
});

test("back-off grows while nothing answers and starts over after a session that held", async () => {
  const { clock, network, of } = await connected();
  const waits = () => of("state").filter(({ name }) => name === "waiting");
  for (let attempt = 0; attempt < 6; attempt += 1) {
    network.last.end(1006);
    const { retryAt } = waits().at(-1);
    await clock.advance(retryAt - clock.now());
  }
  const grown = waits().map(({ retryAt }, index, all) => (index ? retryAt - all[index - 1].retryAt : 0));
  equal(grown.slice(1), [1750, 3250, 6250, 10250, 10250]);
  network.last.welcome();
  await clock.advance(11_000);
  network.last.end(1006);
  equal(waits().at(-1).retryAt - clock.now(), 1000);
});

test("codes below 4500 are come back from, the others are not", async () => {
  for (const code of [1000, 1001, 1006, 1011, 4000, 4001, 4002, 4004, 4499]) {
    const { network, client } = await connected();
    network.last.end(code);
    equal([code, client.state.name], [code, "waiting"]);
  }
  for (const code of [4501, 4502, 4503, 4999]) {
    const { network, client, clock } = await connected();
    network.last.end(code, "why");
    equal([client.state.name, client.state.code, client.state.reason], ["stopped", code, "why"]);
    await clock.advance(60_000);
    equal(network.sockets.length, 1);
  }
});

test("a token that is not taken is replaced once, and then it is over", async () => {
  const { client, clock, network } = world();
  client.connect();
  await settle();
  network.last.open();
  network.last.end(4500, "unauthorized");
  await clock.advance(1_000);
  network.last.open();
  equal(network.last.sent, [{ type: "auth", token: "t2" }]);
  network.last.end(4500, "unauthorized");
  equal(client.state.name, "stopped");
  client.connect();
  await settle();
  equal(network.sockets.length, 3);
});

test("an expired token is replaced before coming back", async () => {
  const { clock, network } = await connected();
  network.last.end(4003);
  await clock.advance(20_000);
  network.last.open();
  equal(network.last.sent, [{ type: "auth", token: "t2" }]);
});

test("a fresh token is shown a minute before the old one expires", async () => {
  const { clock, network } = await connected({ lifetime: 600_000 });
  const tick = setupPongs(network.last);
  await clock.advance(539_000);
  equal(network.last.of("auth").length, 1);
  await clock.advance(2_000);
  equal(network.last.of("auth").map(({ token }) => token), ["t1", "t2"]);
  tick();
});

test("no token now is tried again, a refused one is not", async () => {
  const failing = world({ fetchToken: async () => { throw new TypeError("offline"); } });
  failing.client.connect();
  await settle();
  equal(failing.client.state.name, "waiting");
  const refused = world({ fetchToken: async () => { throw new TokenRefused("no such user"); } });
  refused.client.connect();
  await settle();
  equal([refused.client.state.name, refused.client.state.reason], ["stopped", "no such user"]);
});

test("busy holds everything back for as long as it says, and then sends in order", async () => {
  const { client, clock, network, of } = await connected();
  const one = client.send("user:bob", 1).n;
  network.last.deliver({ type: "error", n: one, code: "busy", message: "full", retryAfter: 3000 });
  const two = client.send("user:bob", 2).n;
  await clock.advance(2_900);
  equal(network.last.of("send").length, 1);
  await clock.advance(200);
  equal(network.last.of("send").map(({ n }) => n), [one, one, two]);
  equal(of("failed"), []);
});

test("a refusal for good is told and not repeated", async () => {
  const { client, network, of } = await connected();
  const { n } = client.send("group:secret", 1);
  network.last.deliver({ type: "error", n, code: "forbidden", message: "not a member" });
  equal(of("failed"), [{ event: "failed", n, to: "group:secret", data: 1, code: "forbidden", message: "not a member" }]);
  equal(client.pending, []);
});

test("internal errors are tried a few times and then told", async () => {
  const { client, clock, network, of } = await connected();
  const { n } = client.send("user:bob", 1);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    network.last.deliver({ type: "error", n, code: "internal", message: "sorry" });
    await clock.advance(20_000);
  }
  equal(network.last.of("send").length, 5);
  equal(of("failed").length, 1);
});

test("an error that belongs to no message is a problem, and the session goes on", async () => {
  const { client, network, of } = await connected();
  network.last.deliver({ type: "error", code: "bad_request", message: "unknown type" });
  equal(of("problem").map(({ code, message }) => [code, message]), [["bad_request", "unknown type"]]);
  equal(client.state.name, "open");
});

test("at most a window of messages is in flight", async () => {
  const { client, network } = await connected();
  for (let i = 0; i < 100; i += 1) client.send("user:bob", i);
  equal(network.last.of("send").length, 32);
  network.last.deliver({ type: "accepted", n: network.last.of("send")[0].n, id: "1-0", conversation: "c", at: 1 });
  equal(network.last.of("send").length, 33);
  equal(network.last.of("send").map(({ data }) => data), [...Array(33).keys()]);
});

test("messages keep within the rate that the server allows", async () => {
  const { client, clock, network } = await connected({ welcome: { limits: { rate: 10, burst: 20 } } });
  for (let i = 0; i < 100; i += 1) client.send("user:bob", i);
  const sent = () => network.last.of("send").length;
  const answer = () => {
    for (const { n } of network.last.of("send")) network.last.deliver({ type: "accepted", n, id: `${n}-0`, conversation: "c", at: 1 });
  };
  equal(sent(), 14);
  for (let second = 0; second < 13; second += 1) {
    answer();
    await clock.advance(1_000);
  }
  expect(sent() >= 100 && client.pending.length <= 7, `${sent()} sent, ${client.pending.length} waiting`);
  equal(network.last.of("send").map(({ data }) => data), [...Array(100).keys()]);
});

test("a message that is too large is refused before it is queued", async () => {
  const { client } = await connected();
  try {
    client.send("user:bob", "x".repeat(70_000));
  } catch (error) {
    expect(error instanceof RangeError);
    return equal(client.pending, []);
  }
  throw new Error("no error");
});

test("a session that ended over a frame's size does not send it again", async () => {
  const { client, clock, network, of } = await connected();
  const { n } = client.send("user:bob", "x".repeat(60_000));
  const small = client.send("user:bob", "y").n;
  network.last.end(1009);
  equal(of("failed").map((event) => [event.n, event.code]), [[n, "too_large"]]);
  await clock.advance(20_000);
  network.last.welcome();
  equal(network.last.of("send").map((frame) => frame.n), [small]);
});

test("a quiet session is asked whether it lives, and left when it does not", async () => {
  const { client, clock, network } = await connected();
  const [socket] = network.sockets;
  await clock.advance(25_000);
  equal(socket.of("ping"), [{ type: "ping", n: 1 }]);
  socket.deliver({ type: "pong", n: 1 });
  await clock.advance(26_000);
  equal(socket.of("ping").length, 2);
  equal(client.state.name, "open");
  await clock.advance(7_500);
  equal([client.state.name, socket.closedWith], ["waiting", 4002]);
});

test("a connection that never welcomes is given up", async () => {
  const { client, clock, network } = world();
  client.connect();
  await settle();
  network.last.open();
  await clock.advance(12_000);
  equal([client.state.name, client.state.code], ["waiting", 4002]);
});

test("waking up tries at once, and asks a session that was silent", async () => {
  const { client, clock, network } = await connected();
  await clock.advance(6_000);
  client.wake();
  equal(network.last.of("ping").length, 1);
  network.last.end(1006);
  client.wake();
  await settle();
  equal(network.sockets.length, 2);
  await clock.advance(30_000);
  expect(network.sockets.length >= 2);
});

test("an edge that asks to move is left for the one it names, once that has welcomed", async () => {
  const { client, clock, network, of } = await connected();
  const { n } = client.send("user:bob", 1);
  const [old] = network.sockets;
  old.deliver({ type: "message", cursor: "9-0", id: "9-0", conversation: "c", from: "bob", at: 9, data: 1 });
  old.deliver({ type: "moving", url: "ws://other.example/ws", within: 1000 });
  await clock.advance(300);
  equal(network.sockets.length, 1);
  await clock.advance(200);
  equal([old.closedWith, network.last.url.host, network.last.url.searchParams.get("cursor")], [null, "other.example", "9-0"]);
  equal(client.state.name, "open");
  network.last.welcome({ edge: "edge-2" });
  equal([old.closedWith, client.state.edge], [1000, "edge-2"]);
  equal(network.last.of("send").map((frame) => frame.n), [n]);
  equal(of("state").map(({ name }) => name), ["connecting", "open", "open"]);
  network.last.end(1006);
  await clock.advance(20_000);
  equal(network.last.url.host, "edge.example");
});

test("what comes on both sessions of a move is handed on once", async () => {
  const message = (cursor) => ({ type: "message", cursor, id: cursor, conversation: "c", from: "bob", at: 9, data: cursor });
  const { clock, network, of } = await connected();
  const [old] = network.sockets;
  old.deliver({ type: "moving", within: 1000 });
  await clock.advance(500);
  old.deliver(message("9-0"));
  old.deliver(message("10-0"));
  network.last.welcome();
  old.deliver(message("11-0"));
  for (const cursor of ["9-0", "10-0", "11-0", "12-0"]) network.last.deliver(message(cursor));
  equal(of("message").map(({ cursor }) => cursor), ["9-0", "10-0", "11-0", "12-0"]);
  await clock.advance(300);
  equal(network.last.of("ack").at(-1), { type: "ack", cursor: "12-0" });
});

test("when the named edge cannot be reached the usual address is tried, and the old session goes on", async () => {
  const { client, clock, network } = await connected();
  const [old] = network.sockets;
  old.deliver({ type: "moving", url: "ws://other.example/ws", within: 1000 });
  await clock.advance(500);
  network.last.end(1006);
  await settle();
  equal([network.last.url.host, client.state.name, old.closedWith], ["edge.example", "open", null]);
  network.last.end(1006);
  await settle();
  equal([network.sockets.length, client.state.name], [3, "open"]);
  old.end(4000);
  equal(client.state.name, "waiting");
});

test("an edge that closes while the next one connects costs no wait", async () => {
  const { client, clock, network } = await connected();
  const [old] = network.sockets;
  old.deliver({ type: "moving", within: 1000 });
  await clock.advance(500);
  old.end(4000);
  equal(client.state.name, "connecting");
  network.last.welcome({ edge: "edge-2" });
  equal([client.state.name, client.state.edge, network.sockets.length], ["open", "edge-2", 2]);
});

test("leaving while the next session connects leaves both", async () => {
  const { client, clock, network } = await connected();
  network.last.deliver({ type: "moving", within: 1000 });
  await clock.advance(500);
  client.close();
  equal(network.sockets.map(({ closedWith }) => closedWith), [1000, 1000]);
  equal(client.state.name, "idle");
});

test("a lost connection is come back from over the time that the server named", async () => {
  const waits = async (code) => {
    const { client, clock, network } = await connected({ welcome: { limits: { reconnectWithin: 5000 } } });
    network.last.end(code);
    return client.state.retryAt - clock.now();
  };
  equal([await waits(1006), await waits(4000), await waits(1001)], [2750, 1000, 1000]);
});

test("what a gap left out is fetched over REST before anything later is handed on or acknowledged", async () => {
  const message = (id) => ({ id, conversation: "dm:alice:bob", from: "bob", at: 1, data: id });
  const { clock, network, requests, of } = await connected({
    answers: [
      new Error("away"),
      { messages: [message("1-0"), message("2-0")], next: "2-0" },
      { messages: [], next: "2-0" },
      { messages: [message("3-0")], next: null },
    ],
  });
  network.last.deliver({ type: "gap", after: "0-5", reason: "trimmed" });
  network.last.deliver({ type: "message", cursor: "9-0", ...message("4-0") });
  await clock.advance(300);
  equal(network.last.of("ack"), []);
  for (let turn = 0; turn < 10; turn += 1) {
    await clock.advance(1_000);
    await new Promise((done) => setTimeout(done, 5));
  }
  equal(requests.map(({ url }) => new URL(url).searchParams.get("after")), ["0-5", "0-5", "2-0", "2-0"]);
  equal(of("message").map(({ id }) => id), ["1-0", "2-0", "3-0", "4-0"]);
  equal(network.last.of("ack"), [{ type: "ack", cursor: "9-0" }]);
});

test("what history and the inbox both have is handed on once, whichever shows it first", async () => {
  const message = (id, conversation = "dm:alice:bob") => ({ id, conversation, from: "bob", at: 1, data: id });
  const { clock, network, of } = await connected({ answers: [{ messages: [message("1-0"), message("2-0")], next: null }] });
  network.last.deliver({ type: "gap", after: "0-5", reason: "trimmed" });
  network.last.deliver({ type: "message", cursor: "9-0", ...message("2-0") });
  await settle();
  await new Promise((done) => setTimeout(done, 5));
  network.last.deliver({ type: "message", cursor: "10-0", ...message("1-0") });
  network.last.deliver({ type: "message", cursor: "11-0", ...message("2-0", "group:g") });
  equal(of("message").map(({ id, conversation }) => `${conversation} ${id}`), ["dm:alice:bob 1-0", "dm:alice:bob 2-0", "group:g 2-0"]);
  await clock.advance(300);
  equal(network.last.of("ack").at(-1), { type: "ack", cursor: "11-0" });
});

test("a gap that is met again is filled on from where it was filled to", async () => {
  const message = (id) => ({ id, conversation: "dm:alice:bob", from: "bob", at: 1, data: id });
  const { clock, network, requests, of } = await connected({
    welcome: { cursor: "5-0" },
    answers: [{ messages: [message("1-0")], next: "1-0" }, new Error("away")],
  });
  const turns = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setTimeout(done, 2));
  };
  network.last.deliver({ type: "gap", after: "0-5", reason: "trimmed" });
  network.last.deliver({ type: "message", cursor: "9-0", ...message("4-0") });
  await turns();
  network.last.end(1006);
  await clock.advance(20_000);
  network.last.welcome({ cursor: "5-0" });
  network.last.deliver({ type: "gap", after: "0-5", reason: "trimmed" });
  network.last.deliver({ type: "message", cursor: "9-0", ...message("4-0") });
  equal(of("message").map(({ id }) => id), ["1-0"]);
  await turns();
  equal(new URL(requests.at(-1).url).searchParams.get("after"), "1-0");
});

test("read marks are gathered, never go back, and wait for a session", async () => {
  const { client, clock, network } = await connected();
  client.markRead("dm:alice:bob", "3-0");
  client.markRead("dm:alice:bob", "10-0");
  client.markRead("dm:alice:bob", "9-0");
  equal(network.last.of("read"), []);
  await clock.advance(300);
  equal(network.last.of("read"), [{ type: "read", conversation: "dm:alice:bob", id: "10-0" }]);
  network.last.end(1006);
  client.markRead("group:team", "11-0");
  await clock.advance(20_000);
  network.last.welcome();
  await clock.advance(300);
  equal(network.last.of("read"), [{ type: "read", conversation: "group:team", id: "11-0" }]);
  client.markRead("group:team", "12-0");
  client.close();
  equal(network.last.of("read").at(-1).id, "12-0");
});

test("a token may come as the JWT alone, and is renewed before it expires as it says itself", async () => {
  let now = 0;
  let fetched = 0;
  const jwt = (claims) => `e30.${btoa(JSON.stringify(claims)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "")}.x`;
  const source = new TokenSource(() => jwt({ sub: "alice?>~", exp: 1_700_000_100 + fetched++ }), { now: () => now });
  now = 1_700_000_000_000;
  equal((await source.current()).expiresAt, 1_700_000_100_000);
  equal((await source.current()).expiresAt, 1_700_000_100_000);
  now = 1_700_000_099_000;
  equal((await source.current()).expiresAt, 1_700_000_101_000);
  const opaque = new TokenSource(() => "not a JWT", { now: () => now });
  equal(await opaque.current(), { token: "not a JWT", expiresAt: now + 60_000 });
});

test("an event is heard until it is not any more", async () => {
  const { client, network } = await connected();
  const heard = [];
  const end = client.on("signal", ({ data }) => heard.push(data));
  network.last.deliver({ type: "signal", from: "bob", to: "user:alice", data: 1 });
  end();
  network.last.deliver({ type: "signal", from: "bob", to: "user:alice", data: 2 });
  equal(heard, [1]);
});

test("a socket's error is nobody's but its close's", async () => {
  const { client, network } = await connected();
  network.last.onerror({ message: "refused" });
  equal(client.state.name, "open");
});

test("a connection that breaks inside a gap comes back to the same gap", async () => {
  const { clock, network } = await connected({ welcome: { cursor: "5-0" } });
  network.last.deliver({ type: "gap", after: "0-5", reason: "trimmed" });
  network.last.deliver({ type: "message", cursor: "9-0", id: "4-0", conversation: "c", from: "bob", at: 1, data: 1 });
  network.last.end(1006);
  await clock.advance(20_000);
  equal(network.last.url.searchParams.get("cursor"), "5-0");
});

test("closing acknowledges, ends the session and keeps what waits", async () => {
  const { client, clock, network } = await connected();
  network.last.deliver({ type: "message", cursor: "9-0", id: "9-0", conversation: "c", from: "bob", at: 1, data: 1 });
  client.send("user:bob", 1);
  client.close();
  equal(network.last.of("ack").length, 1);
  equal(network.last.closedWith, 1000);
  equal([client.state.name, client.pending.length], ["idle", 1]);
  await clock.advance(60_000);
  equal(network.sockets.length, 1);
});

test("frames of an earlier connection are not heard", async () => {
  const { client, clock, network, of } = await connected();
  const [old] = network.sockets;
  old.end(1006);
  await clock.advance(20_000);
  old.deliver({ type: "message", cursor: "9-0", id: "9-0", conversation: "c", from: "bob", at: 1, data: 1 });
  old.end(4502);
  equal(of("message"), []);
  equal(client.state.name, "connecting");
});

test("an unauthorized request is repeated with a fresh token, and a problem says what it is", async () => {
  const { client, requests } = world({
    answers: [
      { status: 401, body: {} },
      { status: 403, body: { type: "https://x/problems/forbidden", title: "Forbidden", detail: "not a member" } },
    ],
  });
  try {
    await client.rest.messages("dm:alice:bob", { before: "7-0", limit: 50 });
    throw new Error("no error");
  } catch (error) {
    equal([error.name, error.status, error.code, error.message], ["Problem", 403, "forbidden", "not a member"]);
  }
  equal(requests.map(({ headers }) => headers.authorization), ["Bearer t1", "Bearer t2"]);
  equal(new URL(requests[0].url).pathname, "/v1/conversations/dm%3Aalice%3Abob/messages");
});

/** Answers pings as long as it is not stopped. */
function setupPongs(socket) {
  const send = socket.send;
  socket.send = (text) => {
    send.call(socket, text);
    const frame = JSON.parse(text);
    if (frame.type === "ping") socket.deliver({ type: "pong", n: frame.n });
  };
  return () => {
    socket.send = send;
  };
}

test("what becomes of messages comes in the order of the inbox, once, and is acknowledged like them", async () => {
  const { clock, network, of } = await connected();
  const change = { id: "7-0", conversation: "dm:alice:bob", from: "bob", at: 9, change: "9-0" };
  network.last.deliver({ type: "edited", cursor: "20-0", ...change, data: 2 });
  network.last.deliver({ type: "edited", cursor: "20-0", ...change, data: 2 });
  network.last.deliver({ type: "deleted", cursor: "21-0", ...change });
  network.last.deliver({ type: "edited", ...change, conversation: "topic:news", data: 3 });
  equal(of("edited").map(({ data, cursor }) => [data, cursor]), [[2, "20-0"], [3, undefined]]);
  equal(of("deleted").map(({ id }) => id), ["7-0"]);
  network.last.deliver({ type: "error", cursor: "22-0", n: 5, code: "forbidden", message: "not yours", id: "7-0" });
  await clock.advance(200);
  equal(network.last.of("ack").at(-1), { type: "ack", cursor: "22-0" });
});
