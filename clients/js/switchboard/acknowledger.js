/**
 * Tells the server how far this device has come: one `ack` for many messages, since a cursor speaks for all before it.
 */
export class Acknowledger {
  #acknowledge;
  #delay;
  #limit;
  #clock;
  /** @type {string | null} */
  #cursor = null;
  #count = 0;
  /** @type {unknown} */
  #timer;
  #paused = false;

  /**
   * @param {(cursor: string) => void} acknowledge
   * @param {object} options
   * @param {import("./clock.js").Clock} options.clock
   * @param {number} [options.delay] how long a message may wait for its acknowledgement, in milliseconds
   * @param {number} [options.limit] how many messages may
   */
  constructor(acknowledge, { clock, delay = 200, limit = 50 }) {
    this.#acknowledge = acknowledge;
    this.#clock = clock;
    this.#delay = delay;
    this.#limit = limit;
  }

  /**
   * A message was taken in.
   *
   * @param {string} cursor its place in the inbox
   */
  received(cursor) {
    this.#cursor = cursor;
    this.#count += 1;
    if (this.#paused) return;
    if (this.#count >= this.#limit) this.flush();
    else this.#timer ??= this.#clock.setTimeout(() => this.flush(), this.#delay);
  }

  /** Acknowledges what is outstanding now. */
  flush() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#paused || this.#cursor === null) return;
    const cursor = this.#cursor;
    this.#cursor = null;
    this.#count = 0;
    this.#acknowledge(cursor);
  }

  /** Holds acknowledgements back: something before them is missing. */
  pause() {
    this.#paused = true;
  }

  /** Nothing is missing any more. */
  resume() {
    this.#paused = false;
    this.flush();
  }

  /** Forgets what is outstanding: the connection is gone, and the next one resumes at the last acknowledged cursor. */
  reset() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#cursor = null;
    this.#count = 0;
    this.#paused = false;
  }
}
