#!/usr/bin/env node
// Tries STOMP over SockJS and over a bare WebSocket with stomp.js and sockjs-client, which were not written here (both of Debian's packages, see
// examples/spring-page/libraries), against running services.
//
//     NODE_PATH=/usr/share/nodejs node Tests/Interop/stompjs.mjs --gateway http://127.0.0.1:8080      needs DEMO=true, for tokens
//
// With STOMP_HEARTBEAT=2 heart-beats are tried, too. The last line is `N passed, N failed`; the exit code is 0 when nothing failed.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { check, finish } from "./checks.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const folder = path.join(root, ".build/interop-libraries");
execFileSync(path.join(root, "examples/spring-page/libraries"), [folder], { stdio: "inherit" });
const library = {};
// A script for pages: it puts itself into `exports` if there is one.
new Function("exports", readFileSync(path.join(folder, "stomp.js"), "utf8"))(library);
const { Stomp } = library;
Stomp.setInterval = (interval, run) => setInterval(run, interval);
Stomp.clearInterval = (timer) => clearInterval(timer);

const SockJS = createRequire("/usr/share/nodejs/sockjs-client/")("./lib/entry.js");
const { WebSocket } = (() => {
  const found = createRequire("/usr/share/nodejs/ws/")("./index.js");
  return { WebSocket: found.WebSocket ?? found };
})();
const PATIENCE = 60_000;
const INBOX = "/user/queue/messages";
const place = process.argv.indexOf("--gateway");
const gateway = place > 0 ? process.argv[place + 1] : process.env.SWITCHBOARD_GATEWAY;
if (!gateway) throw new Error("--gateway, or SWITCHBOARD_GATEWAY, is missing");
const heartBeat = Number(process.env.STOMP_HEARTBEAT ?? 10) * 1000;
const mark = Date.now().toString(36);

function equal(found, wanted) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
}

/** Waits until `look` gives something. */
async function until(what, look) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function token(user) {
  const answer = await fetch(`${gateway}/demo/token`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }),
  });
  equal(answer.status, 200);
  return (await answer.json()).token;
}

/** What carries the frames: one of SockJS' transports, or a bare WebSocket. */
function carrier(transport) {
  if (transport !== "bare") return new SockJS(`${gateway}/chat-websocket`, null, { transports: [transport], timeout: 20_000 });
  return new WebSocket(`${gateway.replace(/^http/, "ws")}/stomp`, ["v11.stomp", "v10.stomp"]);
}

/** A client of stomp.js, connected, that keeps what comes. */
class Person {
  constructor(user, transport, client) {
    Object.assign(this, { user, transport, client, messages: [], receipts: [], errors: [], count: 0 });
    client.debug = null;
    client.onreceipt = (frame) => this.receipts.push(frame.headers["receipt-id"]);
  }

  static async connect(user, transport, headers = {}) {
    const passcode = await token(user);
    const client = Stomp.over(carrier(transport));
    const person = new Person(user, transport, client);
    client.heartbeat = { outgoing: heartBeat, incoming: heartBeat };
    let connected;
    client.connect({ login: user, passcode, device: "page", ...headers }, (frame) => (connected = frame), (error) => person.errors.push(error));
    await until("CONNECTED", () => connected || person.errors.length);
    if (!connected) throw new Error(`not connected: ${person.errors[0]}`);
    equal(connected.headers["user-name"], user);
    equal(connected.headers.version, "1.1");
    return person;
  }

  /** Asks for a receipt, and waits for it. */
  async done(act) {
    this.count += 1;
    const receipt = `${this.user}-${this.count}`;
    act({ receipt });
    await until(`the receipt ${receipt}`, () => this.receipts.includes(receipt) || this.errors.length);
    equal(this.errors.map(String), []);
  }

  listen(ack = "auto") {
    return this.done((more) => this.client.subscribe(INBOX, (message) => this.messages.push(message), { id: "in", ack, ...more }));
  }

  say(to, text, headers = {}) { return this.done((more) => this.client.send(to, { ...headers, ...more }, text)); }

  async heard(...texts) {
    await until(texts.join(), () => this.messages.length >= texts.length);
    equal(this.messages.map(({ body }) => body), texts);
  }

  async leave() {
    let left = false;
    this.client.disconnect(() => (left = true), { receipt: `${this.user}-bye` });
    await until("the end", () => left);
  }

  /** Without a word. */
  drop() {
    const socket = this.client.ws;
    if (this.client.pinger) Stomp.clearInterval(this.client.pinger);
    if (this.client.ponger) Stomp.clearInterval(this.client.ponger);
    socket.onclose = null;
    socket.close();
  }
}

/** Two who have met: the device of the second is known, so that its inbox waits for it. */
async function pair(transport, name) {
  const [alice, bob] = [`alice-${name}-${transport}-${mark}`, `bob-${name}-${transport}-${mark}`];
  const first = await Person.connect(bob, transport);
  await first.listen();
  await first.leave();
  return [await Person.connect(alice, transport), bob];
}

const ODD = 'ä😀 "quoted" \\ <b>\u2028\ttab';

for (const transport of ["bare", "websocket", "xhr-streaming", "xhr-polling"]) {
  await check(`stomp.js over ${transport}: messages, receipts and topics`, async () => {
    const [alice, bob] = await pair(transport, "talk");
    const page = await Person.connect(bob, transport);
    await page.listen();
    await alice.say(`/user/${bob}`, "hello", { "content-type": "text/plain" });
    await alice.say(`/user/${bob}`, ODD, { "content-type": "text/plain" });
    await alice.say(`/user/${bob}`, '{"a":[1,2]}', { "content-type": "application/json" });
    await page.heard("hello", ODD, '{"a":[1,2]}');
    equal(page.messages[0].headers.from, alice.user);
    const news = [];
    const topic = `/topic/news-${transport}-${mark}`;
    let subscription;
    await page.done((more) => (subscription = page.client.subscribe(topic, ({ body }) => news.push(body), more)));
    await alice.say(topic, "headline");
    await until("the headline", () => news.length);
    subscription.unsubscribe();
    await alice.say(topic, "unheard");
    await page.done((more) => page.client._transmit("BEGIN", { transaction: "fence", ...more }));
    equal(news, ["headline"]);
    await page.leave();
    await alice.leave();
  });

  await check(`stomp.js over ${transport}: what is not acknowledged, or refused, comes again`, async () => {
    const [alice, bob] = await pair(transport, "ack");
    let page = await Person.connect(bob, transport);
    await page.listen("client-individual");
    for (const text of ["a", "b", "c"]) await alice.say(`/user/${bob}`, text);
    await page.heard("a", "b", "c");
    page.messages[0].ack();
    page.messages[1].nack();
    await page.done((more) => page.messages[2].ack(more));
    page.drop();
    page = await Person.connect(bob, transport);
    await page.listen("client");
    await page.heard("b", "c");
    await page.done((more) => page.messages[1].ack(more));
    await page.leave();
    page = await Person.connect(bob, transport);
    await page.listen();
    await alice.say(`/user/${bob}`, "last");
    await page.heard("last");
    await page.leave();
    await alice.leave();
  });

  await check(`stomp.js over ${transport}: transactions`, async () => {
    const [alice, bob] = await pair(transport, "tx");
    const page = await Person.connect(bob, transport);
    await page.listen();
    const never = alice.client.begin();
    alice.client.send(`/user/${bob}`, { transaction: never.id }, "never");
    never.abort();
    const transaction = alice.client.begin();
    for (const text of ["1", "2"]) alice.client.send(`/user/${bob}`, { transaction: transaction.id }, text);
    await alice.say(`/user/${bob}`, "before");
    transaction.commit();
    await page.heard("before", "1", "2");
    await page.leave();
    await alice.leave();
  });

  await check(`stomp.js over ${transport}: an error has its code, and is the end`, async () => {
    const person = await Person.connect(`err-${transport}-${mark}`, transport);
    person.client.send("/nowhere", { receipt: "r" }, "x");
    const error = await until("the error", () => person.errors[0]);
    equal([error.command, error.headers.code, error.headers["receipt-id"]], ["ERROR", "not_found", "r"]);
    await until("the end", () => person.errors.length > 1 || person.client.ws.readyState === 3);
  });

  if (heartBeat <= 2000) {
    await check(`stomp.js over ${transport}: heart-beats keep a session`, async () => {
      const [alice, bob] = await pair(transport, "beat");
      const page = await Person.connect(bob, transport);
      await page.listen();
      const end = Date.now() + heartBeat * 4;
      while (Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
      equal(page.errors.map(String), []);
      await alice.say(`/user/${bob}`, "still there?");
      await page.heard("still there?");
      await page.leave();
      await alice.leave();
    });
  }
}

process.exit(finish());
