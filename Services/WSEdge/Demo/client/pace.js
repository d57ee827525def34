/** How much of what the server allows a client uses for messages; the rest is for acknowledgements, marks and signals. */
const SHARE = 0.7;

/**
 * Keeps messages within the rate that the server allows, so that none has to be refused: so many at once, so many a
 * second in the long run (a token bucket, as the server has one).
 */
export class Pace {
  #clock;
  #rate = Infinity;
  #burst = Infinity;
  #left = Infinity;
  #filledAt = 0;

  /** @param {import("./clock.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** A session begins with a full bucket. @param {{rate?: number, burst?: number}} [limits] per second; at once */
  reset({ rate = Infinity, burst = Infinity } = {}) {
    this.#rate = rate * SHARE;
    this.#burst = this.#left = Math.max(1, Math.floor(burst * SHARE));
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
