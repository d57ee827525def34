#!/usr/bin/env node
// What a SockJS request costs that comes in at another edge than the one where its session lives.
//
//     AUTH_JWT_SECRET=… node Tests/Interop/hops.mjs --edges http://127.0.0.1:9101,http://127.0.0.1:9111 [--sessions 50] [--seconds 10]
//
// The edges need RATE and BURST that are no limit, such as 1000000. Sessions begin at the first edge. Each says `ping` and waits for the `pong`: without a hop
// both requests go to the first edge; with one both go to the second, so that what is said hops there and the answer hops back. First at 5 a second from each session, for the
// time from saying to hearing; then each as fast as it is answered. The client shares the machine and is most of the work: compare, do not add.

import { createHmac, randomBytes } from "node:crypto";
import http from "node:http";
import process from "node:process";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    edges: { type: "string" }, sessions: { type: "string", default: "50" }, seconds: { type: "string", default: "10" },
  },
});
const edges = (options.edges ?? "").split(",").filter(Boolean);
const secret = process.env.AUTH_JWT_SECRET;
if (edges.length !== 2 || !secret) {
  console.error("give --edges with two addresses, and AUTH_JWT_SECRET");
  process.exit(64);
}
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

function token(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user, iat: now, exp: now + 3600 })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Posts, and hands on what comes, line by line; resolves at the answer's end. */
function post(url, body, onLine = () => {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", agent, headers: { "Content-Length": Buffer.byteLength(body) } }, (answer) => {
      let rest = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => {
        const lines = (rest + part).split("\n");
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
      answer.on("end", () => resolve(answer.statusCode));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

class Session {
  constructor(transport, edge) {
    this.transport = transport;
    const path = `/chat-websocket/000/${randomBytes(8).toString("hex")}`;
    this.first = edges[0] + path;
    this.address = edge + path;
    this.isOver = false;
    this.waiting = new Map();
    this.n = 0;
  }

  async begin(user) {
    const opened = await post(`${this.first}/xhr?device=d&protocol=json&token=${token(user)}`, "");
    if (opened !== 200) throw new Error(`a session was refused: ${opened}`);
    this.listening = this.listen();
  }

  async listen() {
    while (!this.isOver) {
      const status = await post(`${this.address}/${this.transport}`, "", (line) => this.hear(line));
      if (status !== 200) throw new Error(`what waits was answered with ${status}`);
    }
  }

  hear(line) {
    if (line.startsWith("c")) throw new Error(`a session has ended: ${line}`);
    if (!line.startsWith("a")) return;
    for (const text of JSON.parse(line.slice(1))) {
      const frame = JSON.parse(text);
      if (frame.type === "error") throw new Error(text);
      this.waiting.get(frame.n)?.();
      this.waiting.delete(frame.n);
    }
  }

  /** Says ping, and resolves with the milliseconds until the pong. */
  async ping() {
    const n = ++this.n;
    const heard = new Promise((resolve) => this.waiting.set(n, resolve));
    const start = performance.now();
    const status = await post(`${this.address}/xhr_send`, JSON.stringify([`{"type":"ping","n":${n}}`]));
    if (status !== 204) throw new Error(`what was said was answered with ${status}`);
    await heard;
    return performance.now() - start;
  }

  async end() {
    this.isOver = true;
    // The request that waits is answered by one more pong.
    await post(`${this.address}/xhr_send`, JSON.stringify(['{"type":"ping","n":0}']));
  }
}

/** Seconds of processor time that the edges have taken. */
async function processorTime() {
  let sum = 0;
  for (const edge of edges) {
    const text = await (await fetch(`${edge}/metrics`)).text();
    sum += Number(/^process_cpu_seconds_total ([0-9.e+-]+)/m.exec(text)?.[1] ?? NaN);
  }
  return sum;
}

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function measure(transport, hops) {
  const sessions = [];
  for (let place = 0; place < Number(options.sessions); place += 1) {
    const session = new Session(transport, edges[hops]);
    await session.begin(`hop-${transport}-${hops}-${place}`);
    await session.ping();
    sessions.push(session);
  }
  const time = 1000 * Number(options.seconds);
  const paced = [];
  await Promise.all(sessions.map(async (session, place) => {
    await sleep((200 * place) / sessions.length);
    for (const end = performance.now() + time; performance.now() < end;) {
      const took = await session.ping();
      paced.push(took);
      await sleep(Math.max(0, 200 - took));
    }
  }));
  let count = 0;
  const before = await processorTime();
  const start = performance.now();
  await Promise.all(sessions.map(async (session) => {
    for (const end = start + time; performance.now() < end; count += 1) await session.ping();
  }));
  const rate = count / ((performance.now() - start) / 1000);
  const cost = (1000 * (await processorTime() - before)) / count;
  for (const session of sessions) await session.end();
  paced.sort((one, other) => one - other);
  const at = (share) => paced[Math.floor(share * (paced.length - 1))].toFixed(1);
  return `| ${transport} | ${hops} | ${at(0.5)} | ${at(0.99)} | ${Math.round(rate)} | ${cost.toFixed(2)} |`;
}

console.log("| transport | hops | p50, ms | p99, ms | there and back, a second | CPU of both edges, ms each |\n| --- | --- | --- | --- | --- | --- |");
for (const transport of ["xhr_streaming", "xhr"]) {
  for (const hops of [0, 1]) console.log(await measure(transport, hops));
}
process.exit(0);
