/**
 * How long to wait before the next attempt to connect.
 *
 * Exponential with full jitter: the span doubles with each failure and the wait is drawn from the whole of it, so the
 * clients of an edge that went away come back spread out, not in waves
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  #floor;
  #first;
  #ceiling;
  #random;
  #attempts = 0;

  /**
   * @param {object} options
   * @param {number} [options.floor] the shortest wait, in milliseconds
   * @param {number} [options.first] the longest wait after the first failure, in milliseconds
   * @param {number} [options.ceiling] the longest wait ever, in milliseconds
   * @param {() => number} [options.random] in [0, 1)
   */
  constructor({ floor = 500, first = 1500, ceiling = 20_000, random = Math.random } = {}) {
    this.#floor = floor;
    this.#first = first;
    this.#ceiling = ceiling;
    this.#random = random;
  }

  /** How many waits were drawn since the last reset. */
  get attempts() {
    return this.#attempts;
  }

  /**
   * Draws the next wait.
   *
   * @param {number} [least] the span is at least this, in milliseconds: what the server asked for
   * @returns {number} milliseconds
   */
  next(least = 0) {
    // 2^30 is past every ceiling; the bound keeps the power finite on a client that tries for weeks.
    const span = Math.max(least, Math.min(this.#ceiling, this.#first * 2 ** Math.min(this.#attempts, 30)));
    this.#attempts += 1;
    return Math.round(this.#floor + this.#random() * (span - this.#floor));
  }

  /** Starts over: a connection has held. */
  reset() {
    this.#attempts = 0;
  }
}
