import { TEMPORARY } from "./codes.js";
import { Pace } from "./pace.js";

/** Below the 64 numbers that the server remembers of a device, so that a whole window may be repeated. */
const WINDOW = 32;
/** How often `internal` is worth another try. */
const INTERNAL_LIMIT = 5;
/** The longest pause when the server does not say how long, in milliseconds. */
const LONGEST_PAUSE = 20_000;

/**
 * Brings what is in the outbox to the server: in order, a window at a time, and again when it was refused for now.
 */
export class Sender {
  #outbox;
  #clock;
  #pace;
  #transmit;
  #failed;
  #isOpen = false;
  #pausedUntil = 0;
  /** @type {unknown} */
  #timer;
  /** @type {Map<number, number>} how often a message was refused for now, by its number */
  #refusals = new Map();

  /**
   * @param {object} options
   * @param {import("./outbox.js").Outbox} options.outbox
   * @param {import("./clock.js").Clock} options.clock
   * @param {(frame: object) => void} options.transmit
   * @param {(detail: object) => void} options.failed a message was refused for good
   */
  constructor({ outbox, clock, transmit, failed }) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.#pace = new Pace(clock);
    this.#transmit = transmit;
    this.#failed = failed;
  }

  /**
   * There is a session.
   *
   * @param {{rate?: number, burst?: number}} [limits] what it allows
   */
  opened(limits) {
    this.#isOpen = true;
    this.#pace.reset(limits);
    this.#pausedUntil = 0;
    this.flush();
  }

  /** There is none any more, and what became of the messages in flight is not known. */
  closed() {
    this.#isOpen = false;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#outbox.holdAll();
  }

  /** Sends what may go out now. */
  flush() {
    if (!this.#isOpen) return;
    if (this.#pausedUntil <= this.#clock.now()) {
      const ready = this.#outbox.take(WINDOW, this.#pace.available);
      this.#pace.spend(ready.length);
      for (const { n, to, data } of ready) this.#transmit({ type: "send", n, to, data });
    }
    const wait = Math.max(this.#pausedUntil - this.#clock.now(), this.#pace.wait);
    if (wait <= 0 || !this.#outbox.hasWaiting) return;
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, wait);
  }

  /**
   * The server has a message.
   *
   * @param {number} n
   * @returns {import("./outbox.js").Outgoing | undefined} the message, the first time
   */
  accepted(n) {
    this.#refusals.delete(n);
    const entry = this.#outbox.remove(n);
    this.flush();
    return entry;
  }

  /**
   * The server refused a message.
   *
   * @param {{n: number, code: string, message: string, retryAfter?: number}} error
   */
  refused({ n, code, message, retryAfter = 0 }) {
    const refusals = (this.#refusals.get(n) ?? 0) + 1;
    if (TEMPORARY.has(code) && (code !== "internal" || refusals < INTERNAL_LIMIT)) {
      this.#refusals.set(n, refusals);
      this.#outbox.hold(n);
      // Everything waits, not only this one, so that messages keep the order they were written in where that is possible.
      const pause = retryAfter > 0 ? retryAfter : Math.min(500 * 2 ** refusals, LONGEST_PAUSE);
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + pause);
    } else {
      this.#fail(n, code, message);
    }
    this.flush();
  }

  /** A frame was too large: it must have been the largest one, and sending it again would only end the next session. */
  refuseLargest() {
    const size = (/** @type {import("./outbox.js").Outgoing} */ { data }) => JSON.stringify(data).length;
    const [largest] = this.#outbox.inFlight.sort((one, other) => size(other) - size(one));
    if (largest) this.#fail(largest.n, "too_large", "the message is larger than the server takes");
  }

  /** @param {number} n @param {string} code @param {string} message */
  #fail(n, code, message) {
    this.#refusals.delete(n);
    const entry = this.#outbox.remove(n);
    if (entry) this.#failed({ n, to: entry.to, data: entry.data, code, message });
  }
}
