/**
 * A device of a user, connected to Switchboard: keeps a session, resumes it, sends what is to be sent, once.
 *
 *     const client = new SwitchboardClient({ url: "wss://chat.example/ws", device: "web-1", fetchToken });
 *     client.addEventListener("message", ({ detail }) => console.log(detail.from, detail.data));
 *     client.connect();
 *     client.send("user:bob", { text: "Hello" });
 *
 * Events, each with its `detail`:
 *
 * | event | detail |
 * | --- | --- |
 * | `state` | {@link ConnectionState} |
 * | `message` | a message; `cursor` is absent when it comes from a topic or from a sync |
 * | `queued` | {@link import("./outbox.js").Outgoing}: kept, and on its way as soon as there is one |
 * | `accepted` | `{n, to, data, id, conversation, at, duplicate}`: not lost from here on |
 * | `failed` | `{n, to, data, code, message}`: refused for good |
 * | `signal`, `read`, `presence` | the frame |
 * | `gap` | `{conversation, after, reason}`: the inbox no longer reaches back; what is missing follows as `message` |
 * | `problem` | `{code, message}`: an error that belongs to no message |
 *
 * @module
 */

import { Acknowledger } from "./acknowledger.js";
import { Backoff } from "./backoff.js";
import { systemClock } from "./clock.js";
import { CloseCode, TEMPORARY, mayReconnect } from "./codes.js";
import { compareIds } from "./identifiers.js";
import { Outbox } from "./outbox.js";
import { Rest } from "./rest.js";
import { MemoryStorage } from "./storage.js";
import { TokenRefused, TokenSource, renewalTime } from "./tokens.js";

/**
 * @typedef {object} ConnectionState
 * @property {"idle" | "connecting" | "open" | "waiting" | "stopped"} name
 * @property {string} [edge] where the session is, when open
 * @property {number} [retryAt] when the next attempt is made, when waiting
 * @property {number} [code] the close code that led here
 * @property {string} [reason] why, when stopped
 */

/** Below the 64 numbers that the server remembers of a device, so that a whole window may be repeated. */
const WINDOW = 32;
/** The edge waits 10 s for a token and then welcomes; a connection that shows nothing by then is not one. */
const WELCOME_TIMEOUT = 12_000;
/** How long a `pong` may take. */
const PONG_TIMEOUT = 8_000;
/** A session that held this long counts as a success: the back-off starts over. */
const STABLE_AFTER = 10_000;
/** What a frame may have when the welcome does not say: 64 KiB. */
const DEFAULT_FRAME_LIMIT = 65_536;

export class SwitchboardClient extends EventTarget {
  #url;
  #device;
  #storage;
  #cursorKey;
  #clock;
  #Socket;
  #backoff;
  #outbox;
  #acknowledger;
  #random;

  /** @type {ConnectionState} */
  #state = { name: "idle" };
  /** @type {WebSocket | null} */
  #socket = null;
  /** Grows with each attempt, so that what belongs to an earlier one is known as such. */
  #attempt = 0;
  /** @type {string | null} the device has everything up to here */
  #cursor = null;
  /** @type {string | null} where the edge asked to go */
  #movedTo = null;
  #frameLimit = DEFAULT_FRAME_LIMIT;
  #heartbeat = 25_000;
  #openedAt = 0;
  #lastFrameAt = 0;
  #pings = 0;
  #pausedUntil = 0;
  /** @type {Map<number, number>} how often a message was refused for now, by its number */
  #refusals = new Map();
  #tokenRejections = 0;
  #syncing = 0;
  #timers = { retry: undefined, welcome: undefined, watch: undefined, renew: undefined, move: undefined, send: undefined };

  /**
   * Inert until {@link connect}.
   *
   * @param {object} options
   * @param {string} options.url where `/ws` of the server is: `wss://chat.example/ws`
   * @param {string} options.device the id of this device; no two living connections may share it
   * @param {() => Promise<import("./tokens.js").Token>} options.fetchToken gets a fresh token of the user
   * @param {string} [options.restURL] where the gateway is; with it the client fetches what a `gap` left out
   * @param {import("./storage.js").KeyValueStore} [options.storage] what outlives a reload
   * @param {string} [options.scope] tells apart the users that share the storage
   * @param {typeof WebSocket} [options.WebSocket]
   * @param {import("./clock.js").Clock} [options.clock]
   * @param {() => number} [options.random]
   * @param {typeof fetch} [options.fetch]
   */
  constructor({
    url,
    device,
    fetchToken,
    restURL = url.replace(/^ws/, "http"),
    storage = new MemoryStorage(),
    scope = "",
    WebSocket: Socket = globalThis.WebSocket,
    clock = systemClock,
    random = Math.random,
    fetch,
  }) {
    super();
    this.#url = url;
    this.#device = device;
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
    this.#Socket = Socket;
    const place = `${scope}/${device}`;
    this.#cursorKey = `cursor:${place}`;
    this.#cursor = storage.get(this.#cursorKey);
    this.#outbox = new Outbox(storage, `outbox:${place}`, { now: clock.now });
    this.#backoff = new Backoff({ random });
    this.#acknowledger = new Acknowledger((cursor) => this.#acknowledge(cursor), { clock });
    /** Tokens for this client and its REST calls. */
    this.tokens = new TokenSource(fetchToken, clock);
    /** The REST side, with the same tokens. */
    this.rest = new Rest({ base: restURL, tokens: this.tokens, fetch });
  }

  /** @returns {ConnectionState} */
  get state() {
    return this.#state;
  }

  /** The messages that are not accepted yet, oldest first. */
  get pending() {
    return this.#outbox.pending;
  }

  /** Starts a session and keeps one until {@link close}, or until the server says not to come back. */
  connect() {
    if (this.#state.name !== "idle" && this.#state.name !== "stopped") return;
    this.#tokenRejections = 0;
    this.#backoff.reset();
    this.#open();
  }

  /** Ends the session. What waits to be sent stays kept. */
  close() {
    this.#acknowledger.flush();
    this.#abandon(CloseCode.normal);
    this.#clearTimers();
    this.#become({ name: "idle" });
  }

  /**
   * Something speaks for the network being back, or the page being looked at again: tries at once instead of waiting,
   * and has a connection that may have died in its sleep show that it lives.
   */
  wake() {
    if (this.#state.name === "waiting") {
      this.#clock.clearTimeout(this.#timers.retry);
      this.#open();
    } else if (this.#state.name === "open" && this.#clock.now() - this.#lastFrameAt > 5_000) {
      this.#ping();
    }
  }

  /**
   * Sends a message: now, or as soon as there is a session.
   *
   * @param {string} to `user:<id>`, `group:<id>`, `topic:<id>` or `all`
   * @param {unknown} data any JSON
   * @returns {import("./outbox.js").Outgoing} with the number under which `accepted` or `failed` follows
   * @throws {RangeError} when it is larger than the server takes, or too many messages wait already
   */
  send(to, data) {
    const size = new TextEncoder().encode(JSON.stringify({ type: "send", n: Number.MAX_SAFE_INTEGER, to, data })).length;
    if (size > this.#frameLimit) {
      throw new RangeError(`the message takes ${size} bytes; the server takes ${this.#frameLimit}`);
    }
    const entry = this.#outbox.add(to, data);
    this.#emit("queued", entry);
    this.#sendReady();
    return entry;
  }

  /**
   * Tells who is online now something that is not kept: typing and the like. Without a session it is dropped.
   *
   * @param {string} to
   * @param {unknown} data
   */
  signal(to, data) {
    this.#transmit({ type: "signal", to, data });
  }

  /**
   * This user has read a conversation up to a message. Without a session it is dropped; a later mark covers it.
   *
   * @param {string} conversation
   * @param {string} id
   * @returns {boolean} whether it went out
   */
  markRead(conversation, id) {
    return this.#transmit({ type: "read", conversation, id });
  }

  // Connecting

  async #open() {
    const attempt = ++this.#attempt;
    this.#become({ name: "connecting" });
    let token;
    try {
      token = await this.tokens.current();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof TokenRefused) this.#stop(undefined, error.message);
      else this.#retry(undefined);
      return;
    }
    if (attempt !== this.#attempt) return;

    const url = new URL(this.#movedTo ?? this.#url);
    this.#movedTo = null;
    url.searchParams.set("device", this.#device);
    if (this.#cursor !== null) url.searchParams.set("cursor", this.#cursor);
    const socket = new this.#Socket(url.href, "switchboard.v1");
    this.#socket = socket;
    this.#timers.welcome = this.#clock.setTimeout(() => this.#lost(socket, CloseCode.heartbeatMissed), WELCOME_TIMEOUT);
    // The token goes in a frame and not in the URL: URLs end up in the logs of everything on the way.
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token: token.token }));
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data, token);
    };
    socket.onclose = (event) => this.#ended(socket, event.code, event.reason);
    socket.onerror = () => {};
  }

  /** @param {import("./tokens.js").Token} token @param {any} frame */
  #welcome(frame, token) {
    this.#clock.clearTimeout(this.#timers.welcome);
    this.#tokenRejections = 0;
    this.#openedAt = this.#clock.now();
    this.#pausedUntil = 0;
    if (frame.heartbeat > 0) this.#heartbeat = frame.heartbeat * 1000;
    if (frame.limits?.messageBytes > 0) this.#frameLimit = frame.limits.messageBytes;
    // Without a cursor the server says where this device begins: from there on it resumes, even if nothing comes before
    // the connection breaks.
    if (this.#cursor === null && typeof frame.cursor === "string") this.#keepCursor(frame.cursor);
    this.#become({ name: "open", edge: frame.edge });
    this.#watch();
    this.#planRenewal(token);
    this.#sendReady();
  }

  /**
   * A connection is over, by its own close event.
   *
   * @param {WebSocket} socket
   * @param {number} code
   * @param {string} reason
   */
  #ended(socket, code, reason) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#clearTimers();
    this.#acknowledger.flush();
    this.#acknowledger.reset();
    if (code === CloseCode.tooLarge) this.#refuseLargest();
    this.#outbox.holdAll();
    if (code === CloseCode.tokenExpired) this.tokens.invalidate();
    if (code === CloseCode.unauthorized && this.#tokenRejections === 0) {
      // A fresh token is something done about it. When that is not taken either, it is over.
      this.#tokenRejections += 1;
      this.tokens.invalidate();
      this.#retry(code);
    } else if (mayReconnect(code)) {
      this.#retry(code);
    } else {
      this.#stop(code, reason);
    }
  }

  /**
   * A connection is given up on: it says nothing any more, and its close event may take minutes.
   *
   * @param {WebSocket} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return;
    try {
      socket.close(code, "no answer");
    } catch {
      // It is closed already.
    }
    this.#ended(socket, code, "no answer");
  }

  /** @param {number | undefined} code */
  #retry(code) {
    if (this.#openedAt > 0 && this.#clock.now() - this.#openedAt > STABLE_AFTER) this.#backoff.reset();
    this.#openedAt = 0;
    const delay = this.#backoff.next();
    this.#become({ name: "waiting", retryAt: this.#clock.now() + delay, code });
    this.#timers.retry = this.#clock.setTimeout(() => this.#open(), delay);
  }

  /** @param {number | undefined} code @param {string} reason */
  #stop(code, reason) {
    this.#clearTimers();
    this.#become({ name: "stopped", code, reason });
  }

  /** Leaves the connection there is, without a word to its events. @param {number} code */
  #abandon(code) {
    this.#attempt += 1;
    const socket = this.#socket;
    this.#socket = null;
    this.#outbox.holdAll();
    this.#acknowledger.reset();
    socket?.close(code);
  }

  /** The edge wants the session elsewhere: goes there within the time, at a moment of its own. @param {any} frame */
  #move(frame) {
    const within = frame.within > 0 ? frame.within : 1000;
    const url = typeof frame.url === "string" && /^wss?:/.test(frame.url) ? frame.url : null;
    this.#clock.clearTimeout(this.#timers.move);
    this.#timers.move = this.#clock.setTimeout(() => {
      this.#acknowledger.flush();
      this.#abandon(CloseCode.normal);
      this.#clearTimers();
      this.#movedTo = url;
      this.#open();
    }, this.#random() * within * 0.8);
  }

  // Receiving

  /** @param {string} text @param {import("./tokens.js").Token} token */
  #receive(text, token) {
    this.#lastFrameAt = this.#clock.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame, token);
      case "message":
        this.#emit("message", frame);
        if (frame.cursor) this.#acknowledger.received(frame.cursor);
        return;
      case "accepted":
        return this.#accepted(frame);
      case "error":
        return this.#refused(frame);
      case "gap":
        return this.#gap(frame);
      case "moving":
        return this.#move(frame);
      case "signal":
      case "read":
      case "presence":
        return this.#emit(frame.type, frame);
    }
  }

  /** @param {string} cursor */
  #acknowledge(cursor) {
    this.#keepCursor(cursor);
    this.#transmit({ type: "ack", cursor });
  }

  /** @param {string} cursor */
  #keepCursor(cursor) {
    this.#cursor = cursor;
    this.#storage.set(this.#cursorKey, cursor);
  }

  /**
   * Fetches what the inbox no longer holds. Until it is here nothing is acknowledged: a page that is closed meanwhile
   * comes back to the same gap, not to a hole.
   *
   * @param {any} frame
   */
  async #gap(frame) {
    this.#emit("gap", frame);
    if (frame.conversation) return;
    const attempt = this.#attempt;
    this.#acknowledger.pause();
    this.#syncing += 1;
    const backoff = new Backoff({ random: this.#random });
    let after = frame.after;
    while (attempt === this.#attempt) {
      try {
        const { messages, next } = await this.rest.sync({ after, limit: 200 });
        for (const message of messages) this.#emit("message", message);
        if (!next || messages.length === 0) break;
        after = compareIds(next, after) > 0 ? next : messages[messages.length - 1].id;
      } catch {
        await new Promise((done) => this.#clock.setTimeout(() => done(undefined), backoff.next()));
      }
    }
    this.#syncing -= 1;
    if (attempt === this.#attempt && this.#socket && this.#syncing === 0) this.#acknowledger.resume();
  }

  // Sending

  #sendReady() {
    if (this.#state.name !== "open") return;
    const wait = this.#pausedUntil - this.#clock.now();
    if (wait > 0) {
      this.#timers.send ??= this.#clock.setTimeout(() => {
        this.#timers.send = undefined;
        this.#sendReady();
      }, wait);
      return;
    }
    for (const { n, to, data } of this.#outbox.take(WINDOW)) this.#transmit({ type: "send", n, to, data });
  }

  /** @param {any} frame */
  #accepted(frame) {
    this.#refusals.delete(frame.n);
    const entry = this.#outbox.remove(frame.n);
    if (entry) {
      const { n, to, data } = entry;
      const { id, conversation, at, duplicate = false } = frame;
      this.#emit("accepted", { n, to, data, id, conversation, at, duplicate });
    }
    this.#sendReady();
  }

  /** @param {any} frame */
  #refused(frame) {
    const { n, code, message } = frame;
    if (n === undefined) return this.#emit("problem", { code, message });
    const refusals = (this.#refusals.get(n) ?? 0) + 1;
    // `internal` is worth a few more tries; the other two say of themselves that they pass.
    if (TEMPORARY.has(code) && (code !== "internal" || refusals < 5)) {
      this.#refusals.set(n, refusals);
      this.#outbox.hold(n);
      // Everything waits, not only this one, so that messages keep the order they were written in where that is possible.
      const wait = frame.retryAfter > 0 ? frame.retryAfter : Math.min(500 * 2 ** refusals, 20_000);
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + wait);
    } else {
      this.#fail(n, code, message);
    }
    this.#sendReady();
  }

  /** A frame was too large: it must have been the largest one, and sending it again would only end the next session. */
  #refuseLargest() {
    const size = (/** @type {any} */ entry) => JSON.stringify(entry.data).length;
    const largest = this.#outbox.inFlight.sort((one, other) => size(other) - size(one))[0];
    if (largest) this.#fail(largest.n, "too_large", "the message is larger than the server takes");
  }

  /** @param {number} n @param {string} code @param {string} message */
  #fail(n, code, message) {
    this.#refusals.delete(n);
    const entry = this.#outbox.remove(n);
    if (entry) this.#emit("failed", { n, to: entry.to, data: entry.data, code, message });
  }

  /** @param {any} frame @returns {boolean} whether there is a session to send it on */
  #transmit(frame) {
    if (this.#state.name !== "open" || this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // Time

  /**
   * A page is not shown the server's WebSocket pings, so silence alone does not tell a quiet session from a dead one:
   * after a heartbeat without a frame it asks.
   */
  #watch() {
    this.#clock.clearTimeout(this.#timers.watch);
    this.#timers.watch = this.#clock.setTimeout(() => {
      if (this.#clock.now() - this.#lastFrameAt >= this.#heartbeat) this.#ping();
      else this.#watch();
    }, Math.max(1000, this.#lastFrameAt + this.#heartbeat - this.#clock.now()));
  }

  #ping() {
    const socket = this.#socket;
    const askedAt = this.#clock.now();
    if (!socket || !this.#transmit({ type: "ping", n: ++this.#pings })) return;
    this.#clock.clearTimeout(this.#timers.watch);
    this.#timers.watch = this.#clock.setTimeout(() => {
      if (this.#lastFrameAt < askedAt) this.#lost(socket, CloseCode.heartbeatMissed);
      else this.#watch();
    }, PONG_TIMEOUT);
  }

  /** @param {import("./tokens.js").Token} token */
  #planRenewal(token) {
    const now = this.#clock.now();
    // A timer holds 31 bits of milliseconds; a token that lives longer is looked at again after that.
    const wait = Math.min(Math.max(1000, renewalTime(token, now) - now), 2 ** 31 - 1);
    this.#clock.clearTimeout(this.#timers.renew);
    this.#timers.renew = this.#clock.setTimeout(async () => {
      const socket = this.#socket;
      try {
        const fresh = await this.tokens.renew();
        if (socket !== this.#socket || !socket) return;
        this.#transmit({ type: "auth", token: fresh.token });
        this.#planRenewal(fresh);
      } catch {
        // The old one holds until it expires, and the session then ends with 4003 and is resumed.
        if (socket === this.#socket && socket) this.#planRenewal(token);
      }
    }, wait);
  }

  #clearTimers() {
    for (const name of Object.keys(this.#timers)) {
      this.#clock.clearTimeout(this.#timers[name]);
      this.#timers[name] = undefined;
    }
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.#state = state;
    this.#emit("state", state);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
