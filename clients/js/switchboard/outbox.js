/**
 * The messages that this device has sent and the server has not accepted yet.
 *
 * Each has a number `n` that it keeps for ever: over a lost connection, a reload, an hour in a tunnel. The server
 * remembers the numbers of a device, so a message that was accepted but whose `accepted` got lost is not doubled when it
 * is sent again. The numbers come from the clock in microseconds and only grow, so that even a device that has lost its
 * storage does not use one twice; they stay below 2^53 until the year 2255.
 *
 * @module
 */

/**
 * @typedef {object} Outgoing
 * @property {number} n the device's own number of it
 * @property {string} to `user:<id>`, `group:<id>`, `topic:<id>` or `all`
 * @property {unknown} data any JSON
 * @property {number} at when it was written, by this device's clock, in milliseconds
 */

export class Outbox {
  #storage;
  #key;
  #now;
  #capacity;
  /** @type {Outgoing[]} oldest first */
  #entries = [];
  /** @type {Set<number>} */
  #inFlight = new Set();
  #last = 0;

  /**
   * @param {import("./storage.js").KeyValueStore} storage
   * @param {string} key
   * @param {object} options
   * @param {() => number} [options.now] milliseconds since the epoch
   * @param {number} [options.capacity] how many messages may wait
   */
  constructor(storage, key, { now = Date.now, capacity = 500 } = {}) {
    this.#storage = storage;
    this.#key = key;
    this.#now = now;
    this.#capacity = capacity;
    this.#restore();
  }

  /** All that is not accepted yet, oldest first. */
  get pending() {
    return [...this.#entries];
  }

  /**
   * Adds a message and gives it its number.
   *
   * @param {string} to
   * @param {unknown} data
   * @returns {Outgoing}
   * @throws {RangeError} when too many messages wait already
   */
  add(to, data) {
    if (this.#entries.length >= this.#capacity) {
      throw new RangeError(`${this.#capacity} messages are waiting to be sent already`);
    }
    const at = this.#now();
    const n = Math.max(this.#last + 1, at * 1000);
    this.#last = n;
    const entry = { n, to, data, at };
    this.#entries.push(entry);
    this.#save();
    return entry;
  }

  /**
   * Takes the messages that may go out now and counts them as in flight.
   *
   * @param {number} window how many may be in flight at once; below the 64 numbers that the server remembers at least
   * @param {number} [most] how many may go out now
   * @returns {Outgoing[]} oldest first
   */
  take(window, most = Infinity) {
    const ready = [];
    for (const entry of this.#entries) {
      if (this.#inFlight.size >= window || ready.length >= most) break;
      if (this.#inFlight.has(entry.n)) continue;
      this.#inFlight.add(entry.n);
      ready.push(entry);
    }
    return ready;
  }

  /**
   * Forgets a message: it was accepted, or refused for good.
   *
   * @param {number} n
   * @returns {Outgoing | undefined} the message, unless it was not waiting
   */
  remove(n) {
    this.#inFlight.delete(n);
    const index = this.#entries.findIndex((entry) => entry.n === n);
    if (index < 0) return undefined;
    const [entry] = this.#entries.splice(index, 1);
    this.#save();
    return entry;
  }

  /**
   * Takes a message back from the air: it was refused for now and waits again.
   *
   * @param {number} n
   */
  hold(n) {
    this.#inFlight.delete(n);
  }

  /** Takes all messages back from the air: the connection is gone, and what became of them is not known. */
  holdAll() {
    this.#inFlight.clear();
  }

  /** Whether a message waits that is not in flight. */
  get hasWaiting() {
    return this.#entries.length > this.#inFlight.size;
  }

  /** The messages in flight, oldest first. */
  get inFlight() {
    return this.#entries.filter((entry) => this.#inFlight.has(entry.n));
  }

  #restore() {
    try {
      const { last, entries } = JSON.parse(this.#storage.get(this.#key) ?? "{}");
      if (Number.isSafeInteger(last)) this.#last = last;
      if (Array.isArray(entries)) {
        this.#entries = entries.filter((entry) => Number.isSafeInteger(entry?.n) && typeof entry.to === "string");
        this.#last = Math.max(this.#last, ...this.#entries.map((entry) => entry.n));
      }
    } catch {
      // Damaged by someone else's hand: start anew. The clock keeps the numbers apart.
    }
  }

  #save() {
    this.#storage.set(this.#key, JSON.stringify({ last: this.#last, entries: this.#entries }));
  }
}
