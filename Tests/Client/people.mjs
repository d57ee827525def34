/** People with devices, for tests against a running installation: `SWITCHBOARD_GATEWAY`, and `AUTH_JWT_SECRET` to sign tokens with. */
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { MemoryStorage, SwitchboardClient } from "../../clients/js/switchboard/index.js";

/** Node before 22 has none of its own: Debian's, else whichever is installed. */
function implementation() {
  try {
    return createRequire("/usr/share/nodejs/ws/")("./index.js");
  } catch {
    return globalThis.WebSocket ?? createRequire(import.meta.url)("ws");
  }
}

export const WebSocket = implementation();
export const gateway = process.env.SWITCHBOARD_GATEWAY;

const base64 = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token, as an application's own sign-in makes it. @param {string} user @param {number} [lifetime] in seconds */
export function token(user, lifetime = 3600) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${base64({ alg: "HS256", typ: "JWT" })}.${base64({ sub: user, iat: now, exp: now + lifetime })}`;
  return `${text}.${createHmac("sha256", /** @type {string} */ (process.env.AUTH_JWT_SECRET)).update(text).digest("base64url")}`;
}

/** Waits for something, for two minutes at most. @template T @param {string} what @param {() => T | Promise<T>} look @returns {Promise<T>} */
export async function until(what, look) {
  for (const deadline = Date.now() + 120_000; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`it did not come to: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A device of somebody, with everything that it was told written down. */
export class Person {
  /** @type {any[]} */
  messages = [];
  /** @type {any[]} */
  accepted = [];
  /** @type {any[]} */
  events = [];
  tokens = 0;

  /** @param {string} user @param {{device?: string, storage?: any, lifetime?: number}} [options] */
  constructor(user, { device = "d", storage = new MemoryStorage(), lifetime } = {}) {
    this.user = user;
    this.storage = storage;
    this.client = new SwitchboardClient({
      url: `${gateway?.replace(/^http/, "ws")}/ws`,
      device,
      storage,
      scope: user,
      WebSocket,
      fetchToken: () => {
        this.tokens += 1;
        return token(user, lifetime);
      },
    });
    this.client.on("message", (message) => this.messages.push(message));
    this.client.on("accepted", (entry) => this.accepted.push(entry));
    for (const type of /** @type {const} */ (["state", "failed", "presence", "read", "signal", "edited", "deleted", "gap", "problem", "refused"])) {
      this.client.on(type, (/** @type {any} */ detail) => this.events.push({ event: type, ...detail }));
    }
  }

  /** @param {string} type */
  of(type) {
    return this.events.filter(({ event }) => event === type);
  }

  /** What others' messages said, in the order they came. */
  get heard() {
    return this.messages.filter(({ from }) => from !== this.user).map(({ data }) => data);
  }

  async come() {
    this.client.connect();
    await until(`${this.user} to be there: ${JSON.stringify(this.client.state)}`, () => this.client.state.name === "open");
    return this;
  }

  leave() {
    this.client.close();
  }
}
