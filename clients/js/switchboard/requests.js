import { TEMPORARY } from "./codes.js";
import { Pace } from "./pace.js";

/**
 * How much of what the server allows goes into requests. Together with messages that may be more than all of it: both are
 * seldom many at once, and what is refused for it is asked again.
 */
const SHARE = 0.5;
/** A `watch` costs a frame for each so many users. */
const USERS_A_FRAME = 50;
/** How many requests are on their way at once: what a client asks anew after a reconnect must not eat up what it may send. */
const WINDOW = 8;
/** The longest pause when the server does not say how long, in milliseconds. */
const LONGEST_PAUSE = 20_000;

/**
 * @typedef {object} Request
 * @property {() => object | null} make the frame as it is to be now, without its `n`; null when it is not wanted any more
 * @property {(frame: any) => void} done the server said `ok`
 * @property {(error: {code: string, message: string}) => void} refused the server refused it for good
 */

/**
 * Asks the server for what it answers by `ok` or `error`: some at a time, in order, and again what it refused for now.
 *
 * What was asked belongs to a session. When that ends everything is forgotten, and who wants it asks in the next one.
 */
export class Requests {
  #clock;
  #transmit;
  #number;
  #pace;
  #isOpen = false;
  /** @type {Request[]} */
  #waiting = [];
  /** @type {Map<number, Request>} by their `n` */
  #asked = new Map();
  #pausedUntil = 0;
  #pauses = 0;
  /** @type {unknown} */
  #timer;

  /**
   * @param {object} options
   * @param {import("./clock.js").Clock} options.clock
   * @param {(frame: object) => boolean} options.transmit
   * @param {() => number} options.number a number that no other frame of the session has
   */
  constructor({ clock, transmit, number }) {
    this.#clock = clock;
    this.#transmit = transmit;
    this.#number = number;
    this.#pace = new Pace(clock, SHARE);
  }

  get isOpen() {
    return this.#isOpen;
  }

  /**
   * There is a session.
   *
   * @param {{rate?: number, burst?: number}} [limits] what it allows
   */
  opened(limits) {
    this.#isOpen = true;
    this.#pace.reset(limits);
    this.#pausedUntil = this.#pauses = 0;
  }

  /** There is none any more. */
  closed() {
    this.#isOpen = false;
    this.#waiting = [];
    this.#asked.clear();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {Request} request */
  ask(request) {
    if (!this.#isOpen) return;
    this.#waiting.push(request);
    this.#flush();
  }

  /** @param {{n: number}} frame an `ok` @returns {boolean} whether it answers something that was asked here */
  done(frame) {
    const request = this.#take(frame.n);
    if (!request) return false;
    this.#pauses = 0;
    request.done(frame);
    this.#flush();
    return true;
  }

  /** @param {{n: number, code: string, message: string, retryAfter?: number}} error @returns {boolean} whether it answers something that was asked here */
  refused(error) {
    const request = this.#take(error.n);
    if (!request) return false;
    const { code, retryAfter = 0 } = error;
    if (TEMPORARY.has(code)) {
      this.#pauses += 1;
      const pause = retryAfter > 0 ? retryAfter : Math.min(500 * 2 ** this.#pauses, LONGEST_PAUSE);
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + pause);
      this.#waiting.unshift(request);
    } else {
      request.refused(error);
    }
    this.#flush();
    return true;
  }

  /** @param {number} n */
  #take(n) {
    const request = this.#asked.get(n);
    this.#asked.delete(n);
    return request;
  }

  #flush() {
    while (this.#isOpen && this.#waiting.length > 0 && this.#asked.size < WINDOW) {
      const wait = Math.max(this.#pausedUntil - this.#clock.now(), this.#pace.wait);
      if (wait > 0) {
        this.#timer ??= this.#clock.setTimeout(() => {
          this.#timer = undefined;
          this.#flush();
        }, wait);
        return;
      }
      const request = /** @type {Request} */ (this.#waiting.shift());
      const frame = request.make();
      if (frame === null) continue;
      const n = this.#number();
      this.#asked.set(n, request);
      this.#pace.spend(Math.ceil((/** @type {any} */ (frame).users?.length ?? 1) / USERS_A_FRAME));
      this.#transmit({ ...frame, n });
    }
  }
}
