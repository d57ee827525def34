/**
 * Where a client keeps what must outlive a reload: its cursor and the messages that are not accepted yet.
 *
 * @module
 */

/**
 * @typedef {object} KeyValueStore
 * @property {(key: string) => string | null} get
 * @property {(key: string, value: string) => void} set
 * @property {(key: string) => void} remove
 */

/**
 * Keeps values for as long as the page lives.
 *
 * @implements {KeyValueStore}
 */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #values = new Map();

  /** @param {string} key */
  get(key) {
    return this.#values.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  set(key, value) {
    this.#values.set(key, value);
  }

  /** @param {string} key */
  remove(key) {
    this.#values.delete(key);
  }
}

/**
 * Keeps values in `localStorage` under a prefix, and in memory besides: a browser that refuses storage (private
 * windows, a full quota, blocked cookies) makes the client forgetful, not broken.
 *
 * @implements {KeyValueStore}
 */
export class BrowserStorage {
  #prefix;
  #backing;
  #memory = new MemoryStorage();

  /**
   * @param {string} [prefix]
   * @param {Storage} [backing] `localStorage` unless given
   */
  constructor(prefix = "switchboard:", backing) {
    this.#prefix = prefix;
    try {
      this.#backing = backing ?? globalThis.localStorage;
    } catch {
      this.#backing = undefined;
    }
  }

  /** @param {string} key */
  get(key) {
    try {
      return this.#backing?.getItem(this.#prefix + key) ?? this.#memory.get(key);
    } catch {
      return this.#memory.get(key);
    }
  }

  /** @param {string} key @param {string} value */
  set(key, value) {
    try {
      if (!this.#backing) throw new Error("no storage");
      this.#backing.setItem(this.#prefix + key, value);
      this.#memory.remove(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#memory.remove(key);
    try {
      this.#backing?.removeItem(this.#prefix + key);
    } catch {
      // Nothing was kept there, then.
    }
  }
}
