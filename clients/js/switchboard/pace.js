/** How much of what the server allows a client uses for messages; the rest is for acknowledgements, marks and signals. */
const MESSAGES = 0.7;

/**
 * Keeps what a client sends within the rate that the server allows, so that none has to be refused: so many frames at once,
 * so many a second in the long run (a token bucket, as the server has one).
 */
export class Pace {
  #clock;
  #share;
  #rate = Infinity;
  #burst = Infinity;
  #left = Infinity;
  #filledAt = 0;

  /** @param {import("./clock.js").Clock} clock @param {number} [share] of what the server allows */
  constructor(clock, share = MESSAGES) {
    this.#clock = clock;
    this.#share = share;
  }

  /**
   * A session begins with a full bucket.
   *
   * @param {{rate?: number, burst?: number}} limits per second; at once
   */
  reset({ rate = Infinity, burst = Infinity } = {}) {
    this.#rate = rate * this.#share;
    this.#burst = this.#left = Math.max(1, Math.floor(burst * this.#share));
    this.#filledAt = this.#clock.now();
  }

  /** How many messages may go out now. */
  get available() {
    const now = this.#clock.now();
    if (this.#burst !== Infinity) {
      this.#left = Math.min(this.#burst, this.#left + ((now - this.#filledAt) / 1000) * this.#rate);
    }
    this.#filledAt = now;
    return Math.floor(this.#left);
  }

  /** @param {number} count */
  spend(count) {
    this.#left -= count;
  }

  /** How long until one more may go out, in milliseconds. */
  get wait() {
    return this.available >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#rate) * 1000);
  }
}
