import { Backoff } from "./backoff.js";
import { compareIds } from "./identifiers.js";

/** How many ids of a topic are remembered, to know what came before: by the log, by REST, or from this device itself. */
const REMEMBERED = 1_000;
/** How much that comes while a gap is filled is kept; past that the topic is asked for anew, from where the gap was filled to. */
const HELD = 1_000;
/** How often history is asked again for what it does not have yet, since it is written a little behind the log. */
const PATIENCE = 6;
/** How many messages of history are fetched at once. */
const PAGE = 200;

/** The topic that everybody hears, subscribed or not. */
export const ALL = "topic:all";

/**
 * @typedef {object} Subscription
 * @property {string} topic
 * @property {string | null} place the largest id seen; what comes after it is asked for when there is a session again
 * @property {Set<string>} recent the last ids seen
 * @property {{frame: any, until: string | null, held: any[], overflowed: boolean} | null} gap what is being filled
 * @property {symbol} turn changes with each session and each subscribe: what belongs to an earlier one is known as such
 */

/**
 * The topics that a client hears: asked for in each session, after what was seen last, so that every message comes once and
 * in order however often the connection breaks; and what their logs no longer hold is fetched from history.
 */
export class Topics {
  #requests;
  #rest;
  #clock;
  #random;
  #emit;
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();

  /**
   * @param {object} options
   * @param {import("./requests.js").Requests} options.requests
   * @param {import("./rest.js").Rest} options.rest
   * @param {import("./clock.js").Clock} options.clock
   * @param {() => number} options.random
   * @param {(type: string, detail: unknown) => void} options.emit
   */
  constructor({ requests, rest, clock, random, emit }) {
    this.#requests = requests;
    this.#rest = rest;
    this.#clock = clock;
    this.#random = random;
    this.#emit = emit;
  }

  /**
   * Each topic with the place it was heard to: what `after` may be given another time.
   *
   * @returns {Map<string, string | null>}
   */
  get places() {
    return new Map([...this.#subscriptions].map(([topic, { place }]) => [topic, place]));
  }

  /** @param {string} topic @param {string | null} after */
  subscribe(topic, after) {
    const known = this.#subscriptions.get(topic);
    // The same once more changes nothing; another place begins the topic anew there.
    if (known && after === null) return;
    const subscription = { topic, place: after, recent: new Set(), gap: null, turn: Symbol(topic) };
    this.#subscriptions.set(topic, subscription);
    this.#ask(subscription);
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    if (!this.#subscriptions.delete(topic) || topic === "all") return;
    this.#requests.ask({
      make: () => (this.#subscriptions.has(topic) ? null : { type: "unsubscribe", topic }),
      done: () => {},
      refused: () => {},
    });
  }

  /** There is a session. */
  opened() {
    for (const subscription of this.#subscriptions.values()) this.#ask(subscription);
  }

  /** There is none any more. A gap that was not filled is met again: the place stands before it. */
  closed() {
    for (const subscription of this.#subscriptions.values()) {
      subscription.turn = Symbol(subscription.topic);
      subscription.gap = null;
    }
  }

  /** @param {any} message of a topic */
  received(message) {
    const subscription = this.#subscriptions.get(message.conversation.slice("topic:".length));
    if (!subscription) {
      if (message.conversation === ALL) this.#emit("message", message);
      return;
    }
    const { gap } = subscription;
    if (!gap) return this.#tell(subscription, message);
    gap.until ??= message.id;
    if (gap.held.length < HELD) gap.held.push(message);
    else gap.overflowed = true;
  }

  /**
   * A message of this device itself is in the log: history will show it, too.
   *
   * @param {string} conversation
   * @param {string} id
   */
  accepted(conversation, id) {
    const subscription = this.#subscriptions.get(conversation.slice("topic:".length));
    // The place stays where it is: what others said before it may still be on its way.
    if (subscription) remember(subscription, id);
  }

  /**
   * The log of a topic does not reach back to where it was asked from.
   *
   * @param {any} frame
   */
  gap(frame) {
    this.#emit("gap", frame);
    const subscription = this.#subscriptions.get(frame.conversation.slice("topic:".length));
    // A second hole while the first is filled is filled with it: history is read on until what comes live is reached.
    if (!subscription || subscription.gap) return;
    subscription.gap = { frame, until: null, held: [], overflowed: false };
    this.#fill(subscription);
  }

  /** @param {Subscription} subscription */
  #ask(subscription) {
    const { topic } = subscription;
    subscription.turn = Symbol(topic);
    subscription.gap = null;
    this.#requests.ask({
      make: () => {
        if (this.#subscriptions.get(topic) !== subscription) return null;
        const { place } = subscription;
        return { type: "subscribe", topic, ...(place === null ? {} : { after: place }) };
      },
      done: ({ after }) => {
        if (this.#subscriptions.get(topic) !== subscription) return;
        if (typeof after === "string") {
          // While something is missing the place stays before it.
          if (subscription.gap) subscription.gap.until ??= after;
          else advance(subscription, after);
        }
        this.#emit("subscribed", { topic, after: subscription.place });
      },
      refused: ({ code, message }) => {
        if (this.#subscriptions.get(topic) !== subscription) return;
        this.#subscriptions.delete(topic);
        this.#emit("refused", { topic, code, message });
      },
    });
  }

  /**
   * Fetches from history what is between a gap's beginning and what comes after it, then goes on with that.
   *
   * @param {Subscription} subscription
   */
  async #fill(subscription) {
    const { turn, gap } = subscription;
    const backoff = new Backoff({ random: this.#random });
    let { after } = /** @type {any} */ (gap).frame;
    let patience = PATIENCE;
    while (subscription.turn === turn && this.#subscriptions.get(subscription.topic) === subscription) {
      let page;
      try {
        page = await this.#rest.messages(/** @type {any} */ (gap).frame.conversation, { after, limit: PAGE });
      } catch (error) {
        // A topic of which history has nothing, or that may not be read: what is to come is all there is.
        if ([403, 404].includes(/** @type {any} */ (error).status)) break;
        await this.#sleep(backoff.next());
        continue;
      }
      if (subscription.turn !== turn) return;
      const { until } = /** @type {any} */ (gap);
      for (const message of page.messages) {
        after = message.id;
        if (until === null || compareIds(message.id, until) <= 0) this.#tell(subscription, message);
      }
      if (until !== null && compareIds(after, until) >= 0) break;
      if (page.next === null) {
        // History has no more, though something was said after it: that is being written.
        if (patience === 0) break;
        patience -= 1;
        await this.#sleep(backoff.next());
      } else {
        patience = PATIENCE;
      }
    }
    if (subscription.turn === turn) this.#goOn(subscription);
  }

  /**
   * A gap is filled.
   *
   * @param {Subscription} subscription
   */
  #goOn(subscription) {
    const { held, overflowed, until } = /** @type {any} */ (subscription.gap);
    subscription.gap = null;
    for (const message of held) this.#tell(subscription, message);
    if (overflowed) this.#ask(subscription);
    else if (until !== null) advance(subscription, until);
  }

  /**
   * Hands a message on, once.
   *
   * @param {Subscription} subscription
   * @param {any} message
   */
  #tell(subscription, message) {
    if (subscription.recent.has(message.id)) return advance(subscription, message.id);
    remember(subscription, message.id);
    // A message that was put aside and replayed comes with its old id: it is new, but no place to go on from.
    advance(subscription, message.id);
    this.#emit("message", message);
  }

  /** @param {number} duration in milliseconds */
  #sleep(duration) {
    return new Promise((done) => this.#clock.setTimeout(() => done(undefined), duration));
  }
}

/** @param {Subscription} subscription @param {string} id */
function advance(subscription, id) {
  if (subscription.place === null || compareIds(id, subscription.place) > 0) subscription.place = id;
}

/** @param {Subscription} subscription @param {string} id */
function remember({ recent }, id) {
  recent.add(id);
  if (recent.size > REMEMBERED) recent.delete(/** @type {string} */ (recent.values().next().value));
}
