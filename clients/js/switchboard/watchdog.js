/** How long a `pong` may take, in milliseconds. */
const PONG_TIMEOUT = 8_000;

/**
 * Tells a quiet session from a dead one.
 *
 * A page is not shown the server's WebSocket pings, so silence alone says nothing: after a heartbeat without a frame it
 * asks, and when nothing at all comes then, the session is dead.
 */
export class Watchdog {
  #clock;
  #ask;
  #dead;
  #heartbeat = 25_000;
  #heardAt = 0;
  /** @type {unknown} */
  #timer;

  /**
   * @param {object} options
   * @param {import("./clock.js").Clock} options.clock
   * @param {() => void} options.ask sends a ping
   * @param {() => void} options.dead nothing answered
   */
  constructor({ clock, ask, dead }) {
    this.#clock = clock;
    this.#ask = ask;
    this.#dead = dead;
  }

  /**
   * Begins to watch a session.
   *
   * @param {number} [heartbeat] in milliseconds
   */
  start(heartbeat) {
    if (heartbeat) this.#heartbeat = heartbeat;
    this.heard();
    this.#wait();
  }

  /** A frame came. */
  heard() {
    this.#heardAt = this.#clock.now();
  }

  /** Asks now, unless something was heard lately: the page was asleep, or the network has changed. */
  probe() {
    if (this.#clock.now() - this.#heardAt > 5_000) this.#probe();
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait() {
    this.stop();
    const left = this.#heardAt + this.#heartbeat - this.#clock.now();
    this.#timer = this.#clock.setTimeout(() => {
      if (this.#clock.now() - this.#heardAt >= this.#heartbeat) this.#probe();
      else this.#wait();
    }, Math.max(1000, left));
  }

  #probe() {
    this.stop();
    const askedAt = this.#clock.now();
    this.#timer = this.#clock.setTimeout(() => {
      if (this.#heardAt < askedAt) this.#dead();
      else this.#wait();
    }, PONG_TIMEOUT);
    this.#ask();
  }
}
