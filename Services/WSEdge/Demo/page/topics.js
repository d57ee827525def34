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

  /** @param {string} user @param {import("../switchboard/storage.js").KeyValueStore} storage */
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

/** Joins topics and leaves them, and finds out what is unread in them. */
export class TopicDesk {
  /** @type {Set<string>} topics of which it is known what is unread */
  #counted = new Set();

  /**
   * @param {object} options
   * @param {TopicShelf} options.shelf
   * @param {import("./model.js").Model} options.model
   * @param {import("../switchboard/client.js").SwitchboardClient} options.client
   * @param {(text: string) => void} options.onTrouble
   */
  constructor({ shelf, model, client, onTrouble }) {
    this.shelf = shelf;
    this.model = model;
    this.client = client;
    this.onTrouble = onTrouble;
    client.addEventListener("subscribed", (event) => this.#countUnread(/** @type {CustomEvent} */ (event).detail.topic));
    client.addEventListener("refused", (event) => this.#refused(/** @type {CustomEvent} */ (event).detail));
  }

  /** Hears what was joined before. */
  start() {
    for (const topic of this.shelf.topics) this.#hear(topic);
  }

  /** Joins a topic, and keeps it. @param {string} topic @returns {string} its conversation */
  join(topic) {
    this.shelf.join(topic);
    this.#hear(topic);
    return `topic:${topic}`;
  }

  /** @param {string} topic */
  leave(topic) {
    this.shelf.leave(topic);
    this.#counted.delete(topic);
    this.client.unsubscribe(topic);
    this.model.leave(`topic:${topic}`);
  }

  /** @param {string} topic */
  #hear(topic) {
    this.model.join(`topic:${topic}`);
    this.client.subscribe(topic);
  }

  /** @param {{topic?: string, message: string}} refusal of a topic, or of somebody who was to be watched */
  #refused({ topic, message }) {
    if (topic === undefined) return;
    const { model } = this;
    const id = `topic:${topic}`;
    this.shelf.leave(topic);
    if (model.shown === id) model.conversation(id).joined = false;
    else model.leave(id);
    this.onTrouble(`“${topic}” cannot be joined: ${message}.`);
  }

  /**
   * What was said in a topic since it was read last, the first time that it is heard: later it is counted as it comes.
   *
   * @param {string} topic
   */
  async #countUnread(topic) {
    if (this.#counted.has(topic)) return;
    this.#counted.add(topic);
    const id = `topic:${topic}`;
    try {
      const after = this.shelf.readTo(topic);
      const { messages: [last = null] } = await this.client.rest.messages(id, { limit: 1 });
      // What was said before one joined is not unread.
      if (after === null && last !== null) this.shelf.read(topic, last.id);
      const { messages } = after === null ? { messages: [] } : await this.client.rest.messages(id, { after, limit: 100 });
      const unread = messages.filter(({ from }) => from !== this.model.me).length;
      if (this.shelf.has(topic)) this.model.summarize({ id, last, read: after ?? last?.id, unread });
    } catch {
      // Nothing was said there yet, or history cannot be asked: what comes is counted.
    }
  }
}
