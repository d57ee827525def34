import { Acknowledger } from "./acknowledger.js";
import { Backoff } from "./backoff.js";
import { compareIds } from "./identifiers.js";

/** How many messages are remembered, to know what came before by another way: REST, or an earlier session. */
const REMEMBERED = 5_000;
/** How much that comes while a gap is filled waits for it. */
const HELD = 5_000;
/** How much of what is missing is fetched at once. */
const PAGE = 200;

/**
 * What comes by the user's inbox: handed on once and in order, over all sessions, acknowledged when it was; and what the
 * inbox no longer held, fetched from history and joined with what comes live.
 */
export class Inbox {
  #rest;
  #clock;
  #random;
  #emit;
  #acknowledger;
  /** @type {string | null} the cursor of the last that was handed on: two sessions may bring the same */
  #seen = null;
  /** @type {Set<string>} the last messages that were handed on */
  #known = new Set();
  /** @type {any[] | null} what came while a gap before it is filled */
  #held = null;
  /** Changes with each gap and each session: what belongs to an earlier one is known as such. */
  #turn = Symbol();
  /** @type {string | null} gaps are filled up to here */
  #filledTo = null;

  /**
   * @param {object} options
   * @param {import("./rest.js").Rest} options.rest
   * @param {import("./clock.js").Clock} options.clock
   * @param {() => number} options.random
   * @param {(type: string, detail: unknown) => void} options.emit
   * @param {(cursor: string) => void} options.acknowledge tells the server that this device has everything up to here
   */
  constructor({ rest, clock, random, emit, acknowledge }) {
    this.#rest = rest;
    this.#clock = clock;
    this.#random = random;
    this.#emit = emit;
    this.#acknowledger = new Acknowledger(acknowledge, { clock });
  }

  /** @param {any} frame with a cursor; what is in no inbox has none, and is handed on as it comes */
  received(frame) {
    if (!frame.cursor) return this.#emit(frame.type, frame);
    if (this.#held === null) return this.#tell(frame);
    // What is missing goes before it; but not for ever: past the bound it comes out of order rather than not at all.
    if (this.#held.push(frame) >= HELD) this.#release();
  }

  /**
   * Something stands in the inbox that is not to be handed on.
   *
   * @param {string} cursor
   */
  passed(cursor) {
    this.#acknowledger.received(cursor);
  }

  /** Acknowledges what is outstanding now. */
  flush() {
    this.#acknowledger.flush();
  }

  /** The session is over. What was held comes again in the next one, since it was not acknowledged. */
  closed() {
    this.#acknowledger.flush();
    this.#acknowledger.reset();
    this.#turn = Symbol();
    this.#held = null;
  }

  /**
   * The inbox no longer reaches back to the cursor: fetches what is missing, and has what comes meanwhile wait for it. Until it
   * is here nothing is acknowledged: a client that ends meanwhile comes back to the same gap, not to a hole.
   *
   * @param {any} frame
   */
  async gap(frame) {
    this.#emit("gap", frame);
    // A second one while the first is filled: what is fetched from here on goes beyond it.
    const turn = (this.#turn = Symbol());
    this.#held ??= [];
    this.#acknowledger.pause();
    const backoff = new Backoff({ random: this.#random });
    let { after } = frame;
    if (this.#filledTo !== null && compareIds(this.#filledTo, after) > 0) after = this.#filledTo;
    for (;;) {
      let page = null;
      try {
        page = await this.#rest.sync({ after, limit: PAGE });
      } catch {
        // Asked again.
      }
      if (turn !== this.#turn) return;
      for (const message of page?.messages ?? []) {
        this.#filledTo = after = message.id;
        if (this.#isNew(message)) this.#emit("message", message);
      }
      if (page?.next === null) break;
      if (page) after = page.next;
      // An empty page with a next one: history is still being written there.
      if (!page?.messages.length) await new Promise((done) => this.#clock.setTimeout(() => done(undefined), backoff.next()));
      if (turn !== this.#turn) return;
    }
    this.#release();
    this.#acknowledger.resume();
  }

  /** @param {any} frame */
  #tell(frame) {
    const { type, cursor } = frame;
    if (this.#seen === null || compareIds(cursor, this.#seen) > 0) {
      this.#seen = cursor;
      if (type !== "message" || this.#isNew(frame)) this.#emit(type, frame);
    }
    this.#acknowledger.received(cursor);
  }

  /** Hands on what waited for a gap to be filled. */
  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.#tell(frame);
  }

  /**
   * Whether a message was not handed on yet. From here on it was.
   *
   * @param {{conversation: string, id: string}} message two conversations may have messages of the same id
   */
  #isNew({ conversation, id }) {
    const name = `${conversation} ${id}`;
    if (this.#known.has(name)) return false;
    this.#known.add(name);
    if (this.#known.size > REMEMBERED) this.#known.delete(/** @type {string} */ (this.#known.values().next().value));
    return true;
  }
}
