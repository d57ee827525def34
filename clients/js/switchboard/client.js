/**
 * A device of a user, connected to Switchboard: keeps a session, resumes it, sends what is to be sent, once.
 *
 *     const client = new SwitchboardClient({ url: "wss://chat.example/ws", device: "web-1", fetchToken });
 *     client.on("message", ({ from, data }) => console.log(from, data));
 *     client.connect();
 *     client.send("user:bob", { text: "Hello" });
 *
 * Events, each with its `detail`, for {@link SwitchboardClient.on} and for `addEventListener`:
 *
 * | event | detail |
 * | --- | --- |
 * | `state` | {@link ConnectionState} |
 * | `message` | a message; `cursor` is absent when it comes from a topic or from a sync |
 * | `edited`, `deleted` | `{id, conversation, from, at, change, data}`: a message says something else, or is no more; of several `change`s the highest holds |
 * | `queued` | {@link import("./outbox.js").Outgoing}: kept, and on its way as soon as there is one |
 * | `accepted` | `{n, to, data, id, conversation, at, duplicate}`: not lost from here on |
 * | `failed` | `{n, to, data, code, message}`: refused for good |
 * | `signal`, `read` | the frame |
 * | `subscribed` | `{topic, after}`: from here on what is said in the topic comes as `message`; `after` is the place |
 * | `presence` | `{user, status, at, state, text}`: what is seen of a user who is watched |
 * | `refused` | `{topic, code, message}` or `{users, code, message}`: not heard, or not watched, and not asked for again |
 * | `gap` | `{conversation, after, reason}`: the inbox, or a topic's log, no longer reaches back; what is missing follows as `message` |
 * | `problem` | `{code, message}`: an error that belongs to no message |
 *
 * @module
 */

import { Backoff } from "./backoff.js";
import { systemClock } from "./clock.js";
import { CloseCode, isLost, mayReconnect } from "./codes.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { Reads } from "./reads.js";
import { Requests } from "./requests.js";
import { Rest } from "./rest.js";
import { Sender } from "./sender.js";
import { Session } from "./session.js";
import { MemoryStorage } from "./storage.js";
import { TokenRefused, TokenSource } from "./tokens.js";
import { Topics } from "./topics.js";
import { Watches } from "./watches.js";

/**
 * @typedef {object} ConnectionState
 * @property {"idle" | "connecting" | "open" | "waiting" | "stopped"} name
 * @property {string} [edge] where the session is, when open
 * @property {number} [retryAt] when the next attempt is made, when waiting
 * @property {number} [code] the close code that led here
 * @property {string} [reason] why, when stopped
 */

/**
 * @typedef {import("./rest.js").Message & {cursor?: string}} Message
 * @typedef {{id: string, conversation: string, from: string, at: number, change: string, data: any, cursor?: string}} Change
 * @typedef {{n: number, to: string, data: any}} Sent
 *
 * @typedef {object} ClientEvents what each event tells
 * @property {ConnectionState} state
 * @property {Message} message
 * @property {Change} edited
 * @property {Change} deleted
 * @property {import("./outbox.js").Outgoing} queued
 * @property {Sent & {id: string, conversation: string, at: number, duplicate: boolean}} accepted
 * @property {Sent & {code: string, message: string}} failed
 * @property {{from: string, to: string, data: any}} signal
 * @property {{conversation: string, user: string, id: string}} read
 * @property {{topic: string, after: string | null}} subscribed
 * @property {{user: string, status: "online" | "offline", at: number, state?: string, text?: string}} presence
 * @property {{topic?: string, users?: string[], code: string, message: string}} refused
 * @property {{conversation?: string, after: string, reason: string}} gap
 * @property {{code: string, message: string}} problem
 */

/** A session that held this long counts as a success: the back-off starts over. */
const STABLE_AFTER = 10_000;
/** How long what the server takes back is gathered before everything is asked for once more. */
const REVIEW_DELAY = 1_000;
/** What a frame may have when the welcome does not say: 64 KiB. */
const DEFAULT_FRAME_LIMIT = 65_536;

/** What happened, with all there is to know of it in `detail`. (Not a CustomEvent, which Node has since 19 only.) */
class ClientEvent extends Event {
  /** @param {string} type @param {any} detail */
  constructor(type, detail) {
    super(type);
    this.detail = detail;
  }
}

export class SwitchboardClient extends EventTarget {
  #url;
  #device;
  #storage;
  #cursorKey;
  #clock;
  #Socket;
  #backoff;
  #outbox;
  #sender;
  #inbox;
  #random;
  #reads;
  #requests;
  #topics;
  #watches;

  /** @type {ConnectionState} */
  #state = { name: "idle" };
  /** @type {Session | null} */
  #session = null;
  /** @type {Session | null} the one that is to take its place, while it connects elsewhere */
  #next = null;
  /** Grows with each attempt, so that what belongs to an earlier one is known as such. */
  #attempt = 0;
  /** @type {string | null} the device has everything up to here */
  #cursor = null;
  /** Over what time the server wants its clients back, in milliseconds, when a connection is lost. */
  #reconnectWithin = 0;
  #frameLimit = DEFAULT_FRAME_LIMIT;
  #openedAt = 0;
  #tokenRejections = 0;
  /** @type {unknown} */
  #retryTimer;
  /** @type {unknown} */
  #moveTimer;
  /** @type {unknown} */
  #reviewTimer;

  /**
   * Inert until {@link connect}.
   *
   * @param {object} options
   * @param {string} options.url where `/ws` of the server is: `wss://chat.example/ws`
   * @param {string} options.device the id of this device; no two living connections may share it
   * @param {() => import("./tokens.js").Token | string | Promise<import("./tokens.js").Token | string>} options.fetchToken gets a fresh
   *   token of the user: the JWT, or `{token, expiresAt}`
   * @param {string} [options.restURL] where the gateway is; with it the client fetches what a `gap` left out
   * @param {import("./storage.js").KeyValueStore} [options.storage] what outlives a reload
   * @param {string} [options.scope] tells apart the users that share the storage
   * @param {any} [options.WebSocket] an implementation, where there is none: `ws` in Node before 22
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
    if (!Socket) throw new TypeError("there is no WebSocket here: give one as the option WebSocket, such as that of the package ws");
    const place = `${scope}/${device}`;
    this.#cursorKey = `cursor:${place}`;
    this.#cursor = storage.get(this.#cursorKey);
    this.#outbox = new Outbox(storage, `outbox:${place}`, { now: clock.now });
    this.#sender = new Sender({
      outbox: this.#outbox,
      clock,
      transmit: (frame) => this.#transmit(frame),
      failed: (detail) => this.#emit("failed", detail),
    });
    this.#backoff = new Backoff({ random });
    /** Tokens for this client and its REST calls. */
    this.tokens = new TokenSource(fetchToken, clock);
    /** The REST side, with the same tokens. */
    this.rest = new Rest({ base: restURL, tokens: this.tokens, fetch });
    this.#requests = new Requests({
      clock,
      transmit: (frame) => this.#transmit(frame),
      number: () => this.#session?.number() ?? 0,
    });
    this.#reads = new Reads({ clock, transmit: (frame) => this.#transmit(frame) });
    const emit = (/** @type {string} */ type, /** @type {unknown} */ detail) => this.#emit(type, detail);
    this.#inbox = new Inbox({ rest: this.rest, clock, random, emit, acknowledge: (cursor) => this.#acknowledge(cursor) });
    this.#topics = new Topics({ requests: this.#requests, rest: this.rest, clock, random, emit });
    this.#watches = new Watches({ requests: this.#requests, rest: this.rest, emit });
  }

  /**
   * Hears an event.
   *
   * @template {keyof ClientEvents} Type
   * @param {Type} type
   * @param {(detail: ClientEvents[Type]) => void} listener
   * @returns {() => void} hears it no more
   */
  on(type, listener) {
    const heard = (/** @type {any} */ { detail }) => listener(detail);
    this.addEventListener(type, heard);
    return () => this.removeEventListener(type, heard);
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
    this.#reads.flush();
    this.#leave();
    this.#become({ name: "idle" });
  }

  /**
   * Something speaks for the network being back, or the page being looked at again: tries at once instead of waiting,
   * and has a connection that may have died in its sleep show that it lives.
   */
  wake() {
    if (this.#state.name === "waiting") {
      this.#open();
    } else if (this.#state.name === "open") {
      this.#session?.probe();
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
    this.#sender.flush();
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
   * This user has read a conversation up to a message. It is told soon, or when there is a session again; a later mark of the
   * conversation covers it.
   *
   * @param {string} conversation
   * @param {string} id
   */
  markRead(conversation, id) {
    this.#reads.add(conversation, id);
  }

  /**
   * Hears a topic until {@link unsubscribe}, over every reconnect: each message once, in order. `subscribed` or `refused` follows.
   *
   * Without `after` it is heard from now on, or as it is heard already. A topic that is heard is begun anew by another `after`.
   *
   * @param {string} topic its id; `all`, which everybody hears, to resume that one, too
   * @param {{after?: string | null}} from hear first what was said after this message; `"0"` for all that is kept
   */
  subscribe(topic, { after = null } = {}) {
    this.#topics.subscribe(topic, after);
  }

  /**
   * Hears a topic no more.
   *
   * @param {string} topic
   */
  unsubscribe(topic) {
    this.#topics.unsubscribe(topic);
  }

  /** The topics that are heard, each with the id that it was heard to: what a later page may give as `after`. */
  get topics() {
    return this.#topics.places;
  }

  /**
   * Tells the presence of users, now and whenever it changes, until {@link unwatch}, over every reconnect. `refused` follows
   * for those who may not be watched.
   *
   * @param {Iterable<string>} users
   * @throws {RangeError} when more than 1,000 would be watched
   */
  watch(users) {
    this.#watches.watch(users);
  }

  /** @param {Iterable<string>} users */
  unwatch(users) {
    this.#watches.unwatch(users);
  }

  /**
   * Who is watched.
   *
   * @returns {Set<string>}
   */
  get watched() {
    return this.#watches.users;
  }

  // Connecting

  async #open() {
    const attempt = ++this.#attempt;
    this.#clock.clearTimeout(this.#retryTimer);
    this.#become({ name: "connecting" });
    let token;
    try {
      token = await this.tokens.current();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof TokenRefused) this.#become({ name: "stopped", reason: error.message });
      else this.#retry(undefined);
      return;
    }
    if (attempt !== this.#attempt) return;

    this.#session = this.#begin(this.#url, token, {
      heard: (frame) => this.#receive(frame),
      ended: (code, reason) => this.#ended(code, reason),
    });
  }

  /**
   * @param {string} address
   * @param {import("./tokens.js").Token} token
   * @param {{heard: (frame: any) => void, ended: (code: number, reason: string) => void}} events
   */
  #begin(address, token, events) {
    const url = new URL(address);
    url.searchParams.set("device", this.#device);
    if (this.#cursor !== null) url.searchParams.set("cursor", this.#cursor);
    return new Session({
      url: url.href, token, tokens: this.tokens, WebSocket: this.#Socket, clock: this.#clock, ...events,
    });
  }

  /** @param {any} frame */
  #welcome(frame) {
    this.#tokenRejections = 0;
    this.#openedAt = this.#clock.now();
    if (frame.limits?.messageBytes > 0) this.#frameLimit = frame.limits.messageBytes;
    this.#reconnectWithin = frame.limits?.reconnectWithin > 0 ? frame.limits.reconnectWithin : 0;
    // Without a cursor the server says where this device begins: from there on it resumes, even if nothing comes before
    // the connection breaks.
    if (this.#cursor === null && typeof frame.cursor === "string") this.#keepCursor(frame.cursor);
    this.#become({ name: "open", edge: frame.edge });
    this.#sender.opened(frame.limits);
    this.#requests.opened(frame.limits);
    this.#topics.opened();
    this.#watches.opened();
    this.#reads.flush();
  }

  /** @param {number} code @param {string} reason */
  #ended(code, reason) {
    this.#session = null;
    this.#clock.clearTimeout(this.#moveTimer);
    this.#inbox.closed();
    if (code === CloseCode.tooLarge) this.#sender.refuseLargest();
    this.#sender.closed();
    this.#requests.closed();
    this.#topics.closed();
    if (code === CloseCode.tokenExpired) this.tokens.invalidate();
    if (this.#next !== null && mayReconnect(code)) {
      // The edge was quicker than the way to the other one, which is under way.
      return this.#become({ name: "connecting" });
    }
    this.#abandonNext();
    if (code === CloseCode.unauthorized && this.#tokenRejections === 0) {
      // A fresh token is something done about it. When that is not taken either, it is over.
      this.#tokenRejections += 1;
      this.tokens.invalidate();
      this.#retry(code);
    } else if (mayReconnect(code)) {
      this.#retry(code);
    } else {
      this.#become({ name: "stopped", code, reason });
    }
  }

  /** @param {number | undefined} code */
  #retry(code) {
    const within = this.#openedAt > 0 && isLost(code) ? this.#reconnectWithin : 0;
    if (this.#openedAt > 0 && this.#clock.now() - this.#openedAt > STABLE_AFTER) this.#backoff.reset();
    this.#openedAt = 0;
    const delay = this.#backoff.next(within);
    this.#retryTimer = this.#clock.setTimeout(() => this.#open(), delay);
    this.#become({ name: "waiting", retryAt: this.#clock.now() + delay, code });
  }

  /** Ends the session there is, of our own will. */
  #leave() {
    this.#attempt += 1;
    this.#clock.clearTimeout(this.#retryTimer);
    this.#clock.clearTimeout(this.#moveTimer);
    this.#inbox.closed();
    this.#sender.closed();
    this.#requests.closed();
    this.#topics.closed();
    this.#session?.close(CloseCode.normal);
    this.#session = null;
    this.#abandonNext();
  }

  // Moving

  /**
   * The edge is going away: connects elsewhere within the time, at a moment of its own.
   *
   * @param {any} frame
   */
  #move(frame) {
    const within = frame.within > 0 ? frame.within : 1000;
    const url = typeof frame.url === "string" && /^wss?:/.test(frame.url) ? frame.url : this.#url;
    this.#clock.clearTimeout(this.#moveTimer);
    this.#moveTimer = this.#clock.setTimeout(() => this.#openNext(url), this.#random() * within * 0.8);
  }

  /**
   * Opens the session that is to follow, while the present one goes on.
   *
   * @param {string} url
   */
  async #openNext(url) {
    const attempt = this.#attempt;
    let token;
    try {
      token = await this.tokens.current();
    } catch {
      // The present session goes on until it is closed; then this is tried again as ever.
      return;
    }
    if (attempt !== this.#attempt || this.#session === null) return;
    this.#abandonNext();
    // It resumes after all that has come so far; what comes on both is told apart by its cursor.
    this.#inbox.flush();
    const next = this.#begin(url, token, {
      heard: (frame) => {
        if (next === this.#session) this.#receive(frame);
        else if (frame.type === "welcome") this.#goOver(frame);
      },
      ended: (code, reason) => (next === this.#session ? this.#ended(code, reason) : this.#nextEnded(url)),
    });
    this.#next = next;
  }

  /**
   * The session that follows has begun: it is the session from here on.
   *
   * @param {any} frame
   */
  #goOver(frame) {
    const next = this.#next;
    this.#next = null;
    this.#leave();
    this.#session = next;
    this.#welcome(frame);
  }

  /**
   * The session that was to follow has not begun.
   *
   * @param {string} url
   */
  #nextEnded(url) {
    this.#next = null;
    if (this.#session === null) this.#retry(undefined);
    else if (url !== this.#url) this.#openNext(this.#url);
  }

  #abandonNext() {
    this.#next?.close(CloseCode.normal);
    this.#next = null;
  }

  // Receiving

  /** @param {any} frame */
  #receive(frame) {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "message":
        return this.#message(frame);
      case "edited":
      case "deleted":
        return this.#inbox.received(frame);
      case "accepted":
        return this.#accepted(frame);
      case "error":
        // What was refused after it had been accepted stands in the inbox like a message.
        if (frame.cursor) this.#inbox.passed(frame.cursor);
        if (frame.n === undefined) {
          this.#emit("problem", frame);
          return frame.code === "forbidden" ? this.#review() : undefined;
        }
        return this.#requests.refused(frame) || this.#sender.refused(frame);
      case "ok":
        return this.#requests.done(frame);
      case "gap":
        return frame.conversation ? this.#topics.gap(frame) : this.#inbox.gap(frame);
      case "moving":
        return this.#move(frame);
      case "presence":
        return this.#watches.presence(frame);
      case "signal":
      case "read":
        return this.#emit(frame.type, frame);
    }
  }

  /**
   * Something that was allowed is not any more, and the server has ended it: a topic, or the watching of someone. Which one
   * only people can read out of the error; so everything is asked for once more, and what may not be is refused by its name.
   */
  #review() {
    const session = this.#session;
    this.#reviewTimer ??= this.#clock.setTimeout(() => {
      this.#reviewTimer = undefined;
      if (session === null || session !== this.#session) return;
      this.#topics.opened();
      this.#watches.opened();
    }, REVIEW_DELAY);
  }

  /** @param {any} frame */
  #message(frame) {
    const { cursor } = frame;
    if (!cursor && frame.conversation.startsWith("topic:")) return this.#topics.received(frame);
    this.#inbox.received(frame);
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

  // Sending

  /** @param {any} frame */
  #accepted(frame) {
    const entry = this.#sender.accepted(frame.n);
    if (!entry) return;
    const { n, to, data } = entry;
    const { id, conversation, at, duplicate = false } = frame;
    this.#topics.accepted(conversation, id);
    this.#emit("accepted", { n, to, data, id, conversation, at, duplicate });
  }

  /** @param {any} frame @returns {boolean} whether there is a session to send it on */
  #transmit(frame) {
    return this.#state.name === "open" && this.#session !== null && this.#session.send(frame);
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.#state = state;
    this.#emit("state", state);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new ClientEvent(type, detail));
  }
}
