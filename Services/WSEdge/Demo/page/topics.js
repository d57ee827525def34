/**
 * The topics that this user has joined on this browser, and how far they were read. The server keeps no list of either: a
 * topic is heard by a session, and nothing of it is in anybody's inbox.
 */

/** Everybody hears it. */
export const ALL = "all";

export class TopicShelf {
  #key;
  /** @type {Record<string, string | null>} topic → the message it was read up to */
  #topics = {};

  /** @param {string} user @param {import("../client/storage.js").KeyValueStore} storage */
  constructor(user, storage) {
    this.storage = storage;
    this.#key = `topics:${user}`;
    this.#restore();
  }

  /** The ids of the topics, that of everybody included. */
  get topics() {
    return [...new Set([...Object.keys(this.#topics), ALL])];
  }

  /** @param {string} topic */
  has(topic) {
    return topic === ALL || Object.hasOwn(this.#topics, topic);
  }

  /** How far a topic was read; null when it is new here. @param {string} topic */
  readTo(topic) {
    return this.#topics[topic] ?? null;
  }

  /** @param {string} topic */
  join(topic) {
    this.#restore();
    if (Object.hasOwn(this.#topics, topic)) return;
    this.#topics[topic] = null;
    this.#save();
  }

  /** @param {string} topic */
  leave(topic) {
    this.#restore();
    delete this.#topics[topic];
    this.#save();
  }

  /** @param {string} topic @param {string} message */
  read(topic, message) {
    this.#restore();
    if (topic !== ALL && !Object.hasOwn(this.#topics, topic)) return;
    this.#topics[topic] = message;
    this.#save();
  }

  /** Another window of this browser may have joined, left or read meanwhile. */
  #restore() {
    try {
      const kept = JSON.parse(this.storage.get(this.#key) ?? "{}");
      if (kept && typeof kept === "object") this.#topics = kept;
    } catch {
      // Damaged by someone else's hand: what is in memory stands.
    }
  }

  #save() {
    this.storage.set(this.#key, JSON.stringify(this.#topics));
  }
}
