#!/usr/bin/env node
// Tries SockJS and Server-Sent Events with clients that were not written here: sockjs-client and eventsource, of Debian's
// packages node-sockjs-client and node-eventsource, against running services.
//
//     NODE_PATH=/usr/share/nodejs node Tests/Interop/web.mjs --gateway http://127.0.0.1:8080      needs DEMO=true, for tokens
//
// Each transport is tried through the gateway, and through a proxy that sends every request to another edge than the one before.
// The last line is `N passed, N failed`; the exit code is 0 when nothing failed.

import { createRequire } from "node:module";
import process from "node:process";
import { check, finish } from "./checks.mjs";
import { RoundRobin } from "./round-robin.mjs";

const SockJS = createRequire("/usr/share/nodejs/sockjs-client/")("./lib/entry.js");
const EventSource = createRequire("/usr/share/nodejs/eventsource/")("./lib/eventsource.js");

const TRANSPORTS = ["websocket", "xhr-streaming", "eventsource", "xhr-polling"];
// What browsers and servers are known to mangle, and what JSON has to escape.
const ODD = 'a"b\\c\n\t\u0000\u001f\u00ad\u200c\u2028\u2060\ufeff\ufff0\uffff <\/script> é \u{1f600}';
const PATIENCE = 60_000;

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

/** What has come, and waiting for more of it. */
class Box {
  constructor(name) {
    this.name = name;
    this.items = [];
    this.waiting = [];
  }

  add(item) {
    this.items.push(item);
    for (const look of [...this.waiting]) look();
  }

  /** The first so many that `fits`. */
  take(count, fits, what) {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== look);
        const seen = JSON.stringify(this.items).slice(0, 2000);
        reject(new Error(`${this.name}: ${what} did not come: ${this.items.filter(fits).length} of ${count}. Seen: ${seen}`));
      }, PATIENCE);
      const look = () => {
        const found = this.items.filter(fits);
        if (found.length < count) return;
        clearTimeout(limit);
        this.waiting = this.waiting.filter((other) => other !== look);
        resolve(found.slice(0, count));
      };
      this.waiting.push(look);
      look();
    });
  }
}

async function token(gateway, user) {
  const answer = await fetch(`${gateway}/demo/token`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }),
  });
  expect(answer.status === 200, `no token for ${user}: ${answer.status}`);
  return (await answer.json()).token;
}

/** A session of JSON frames over SockJS. */
class Client extends Box {
  constructor(base, transport, user, query) {
    super(`${user} over ${transport}`);
    this.socket = new SockJS(`${base}?${query}`, null, { transports: [transport], timeout: 20_000 });
    this.socket.onmessage = (event) => this.add(JSON.parse(event.data));
    this.closed = new Promise((resolve) => {
      this.socket.onclose = (event) => {
        this.add({ type: "(closed)", code: event.code, reason: event.reason });
        resolve(event);
      };
    });
  }

  static async open(base, transport, gateway, user, cursor) {
    const query = new URLSearchParams({ device: "web", protocol: "json", token: await token(gateway, user) });
    if (cursor) query.set("cursor", cursor);
    const client = new Client(base, transport, user, query);
    await client.take(1, (frame) => frame.type === "welcome", "the welcome");
    return client;
  }

  /** The same, once the edge that the session before was on has written down what that acknowledged: a request to another edge may be there sooner. */
  static async openAt(cursor, base, transport, gateway, user) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const client = await Client.open(base, transport, gateway, user);
      const [welcome] = await client.take(1, (frame) => frame.type === "welcome", "the welcome");
      if (welcome.cursor === cursor) return client;
      expect(Date.now() < deadline, `resumed after ${welcome.cursor}, and ${cursor} was acknowledged`);
      await client.close();
    }
  }

  send(frame) { this.socket.send(JSON.stringify(frame)); }

  messages(count) { return this.take(count, (frame) => frame.type === "message", `message ${count}`); }

  async close() {
    this.socket.close();
    await this.closed;
  }
}

async function conversation(base, gateway, transport, suffix) {
  const [alice, bob] = [`alice${suffix}`, `bob${suffix}`];
  let hears = await Client.open(base, transport, gateway, alice);
  const says = await Client.open(base, transport, gateway, bob);
  for (let n = 1; n <= 30; n += 1) says.send({ type: "send", n, to: `user:${alice}`, data: [n, ODD] });
  const accepted = await says.take(30, (frame) => frame.type === "accepted", "an answer");
  expect(accepted.every((frame, place) => frame.n === place + 1), "answers are not in order");
  const heard = await hears.messages(30);
  heard.forEach((frame, place) => {
    expect(frame.data[0] === place + 1, `message ${place + 1} is out of order: ${frame.data[0]}`);
    expect(frame.data[1] === ODD, `message ${place + 1} was altered: ${JSON.stringify(frame.data[1])}`);
    expect(frame.id === accepted[place].id, `message ${place + 1} has another id`);
  });
  hears.send({ type: "ack", cursor: heard[9].cursor });
  hears.send({ type: "ping", n: 1 });
  await hears.take(1, (frame) => frame.type === "pong", "the pong");
  await hears.close();
  // What was not acknowledged comes again, and what was said meanwhile.
  says.send({ type: "send", n: 31, to: `user:${alice}`, data: [31, ""] });
  await says.take(31, (frame) => frame.type === "accepted", "an answer");
  hears = await Client.openAt(heard[9].cursor, base, transport, gateway, alice);
  const again = await hears.messages(21);
  expect(again.every((frame, place) => frame.data[0] === place + 11), `resumed at ${again[0].data[0]}`);
  await hears.close();
  await says.close();
}

async function refusal(base, transport) {
  const client = new Client(base, transport, "nobody", "device=web&protocol=json&token=nonsense");
  const [error] = await client.take(1, (frame) => frame.type === "error", "the error");
  expect(error.code === "unauthorized", `the code is ${error.code}`);
  const end = await client.closed;
  expect(end.code === 4500, `closed with ${end.code} ${end.reason}`);
}

/** A listener of events, and the one who speaks to it. */
async function events(base, gateway, suffix, cut) {
  const [alice, bob] = [`alice${suffix}`, `bob${suffix}`];
  const hears = new Box(`${alice} over events`);
  const address = `${base}/events?device=ear&token=${await token(gateway, alice)}`;
  let source;
  const listen = (headers) => {
    source = new EventSource(address, { headers });
    source.onmessage = (event) => hears.add({ ...JSON.parse(event.data), eventID: event.lastEventId });
    source.onerror = (event) => { if (event.status) hears.add({ type: "(error)", status: event.status }); };
  };
  listen({});
  const [welcome] = await hears.take(1, (frame) => frame.type === "welcome", "the welcome");
  expect(welcome.eventID === welcome.cursor, "the welcome's event has no place");
  const says = await Client.open(`${gateway}/chat-websocket`, "websocket", gateway, bob);
  const isMessage = (frame) => frame.type === "message";
  for (let n = 1; n <= 10; n += 1) says.send({ type: "send", n, to: `user:${alice}`, data: [n, ODD] });
  const first = await hears.take(10, isMessage, "message 10");
  expect(first.every((frame) => frame.eventID === frame.cursor && frame.data[1] === ODD), "an event has another id");
  if (cut) {
    // The connection breaks, and the source comes back by itself.
    cut();
  } else {
    source.close();
    listen({ "Last-Event-ID": first[9].eventID });
  }
  for (let n = 11; n <= 20; n += 1) says.send({ type: "send", n, to: `user:${alice}`, data: [n, ""] });
  const all = await hears.take(20, isMessage, "message 20");
  expect(all.every((frame, place) => frame.data[0] === place + 1), "a message was lost, repeated or out of order");
  await hears.take(2, (frame) => frame.type === "welcome", "the second welcome");
  source.close();
  await says.close();
}

async function counter(edges, name) {
  let sum = 0;
  for (const edge of edges) {
    const text = await (await fetch(`${edge}/metrics`)).text();
    for (const line of text.split("\n")) if (line.startsWith(name)) sum += Number(line.split(" ").pop());
  }
  return sum;
}

async function main() {
  const place = process.argv.indexOf("--gateway");
  const gateway = (place > 0 ? process.argv[place + 1] : process.env.SWITCHBOARD_GATEWAY)?.replace(/\/$/, "");
  if (!gateway) {
    console.error("--gateway: where the services are, such as http://127.0.0.1:8080");
    return 64;
  }
  const known = await (await fetch(`${gateway}/demo/config`)).json();
  const edges = known.edges.map((edge) => edge.url.replace(/^ws/, "http").replace(/\/ws$/, ""));
  const run = `.${Math.random().toString(36).slice(2, 8)}`;
  const proxy = await RoundRobin.start(edges);
  try {
    for (const transport of TRANSPORTS) {
      const suffix = `${run}.${transport}`;
      await check(`${transport}, through the gateway: in order, unaltered, resumed`, () =>
        conversation(`${gateway}/chat-websocket`, gateway, transport, suffix));
      await check(`${transport}: a bad token is told as the frames have it, and closes with 4500`, () =>
        refusal(`${gateway}/ws-sockjs`, transport));
      if (transport !== "websocket") {
        const count = async () => ({
          answered: await counter(edges, 'ws_edge_sockjs_hops_total{result="answered"}'),
          passed: await counter(edges, 'ws_edge_sockjs_hops_total{result="passed"}'),
          served: await counter(edges, "ws_edge_sockjs_hops_served_total"),
        });
        const before = await count();
        await check(`${transport}, each request at another edge: no sticky sessions`, () =>
          conversation(`${proxy.url}/chat-websocket`, gateway, transport, `${suffix}.hop`));
        await check(`${transport}: requests were passed on, and once only`, async () => {
          const after = await count();
          expect(edges.length < 2 || after.answered > before.answered, "none was passed on");
          const [passed, served] = [after.passed - before.passed, after.served - before.served];
          expect(passed === served, `${passed} were passed on and ${served} came: not each made one hop`);
          const lost = await counter(edges, 'ws_edge_sockjs_hops_total{result="unanswered"}');
          expect(lost === 0, `${lost} were not answered`);
        });
      }
    }
    await check("events, through the gateway: in order, resumed by Last-Event-ID", () => events(gateway, gateway, `${run}.ev`));
    await check("events: a source whose connection breaks comes back by itself to what it missed", () =>
      events(proxy.url, gateway, `${run}.cut`, () => proxy.cut()));
    const hops = await counter(edges, 'ws_edge_sockjs_hops_total{result="passed"}');
    const latency = await counter(edges, "ws_edge_sockjs_hop_latency_seconds_sum");
    const answered = await counter(edges, "ws_edge_sockjs_hop_latency_seconds_count");
    console.log(`     ${hops} requests were passed on; to the first word it took ${(1000 * latency / answered).toFixed(2)} ms in the mean`);
  } finally {
    proxy.stop();
  }
  return finish();
}

process.exit(await main());
