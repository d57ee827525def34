/**
 * One signed-in user: brings the client library, REST and the model together.
 *
 *     frames ──▶ client ──▶ events ──▶ model ──change──▶ views
 *     REST pages of history, lists ─▶ model
 *     views ──▶ send, open, older, typing ──▶ client
 *
 * @module
 */

import { BrowserStorage, SwitchboardClient, conversationOf, destinationOf, directPeer, topicOf } from "../switchboard/index.js";
import { fetchToken } from "./demo-server.js";
import { Model } from "./model.js";
import { PresenceWatch } from "./presence.js";
import { TopicDesk, TopicShelf } from "./topics.js";

const PAGE = 50;
const LIST_INTERVAL = 20_000;
/** How often a signal says that someone is still typing, and how long one is believed. */
const TYPING_INTERVAL = 2_500;
const TYPING_LIFETIME = 5_000;
/** History is written behind the log in batches: what was said just before a page was fetched may not be in it yet. */
const HISTORY_LAG = 1_500;

export class Session {
  #listTimer = undefined;
  #typingSentAt = 0;
  #listing = false;
  #listAgain = false;
  /** @type {Set<string>} conversations with a page of history on its way */
  #loading = new Set();
  /** @type {Set<string>} groups whose name and members are on their way */
  #loadingGroups = new Set();
  /** @type {AbortController} */
  #life = new AbortController();

  /**
   * @param {object} options
   * @param {string} options.user
   * @param {string} options.device
   * @param {string} options.url of the edge
   * @param {(text: string) => void} options.onTrouble tells the user what went wrong
   */
  constructor({ user, device, url, onTrouble }) {
    this.user = user;
    this.device = device;
    this.onTrouble = onTrouble;
    this.model = new Model(user);
    const storage = new BrowserStorage();
    this.shelf = new TopicShelf(user, storage);
    this.client = new SwitchboardClient({
      url,
      device,
      scope: user,
      restURL: location.origin,
      storage,
      fetchToken: () => fetchToken(user),
    });
    this.presence = new PresenceWatch(this.model, this.client);
    this.topics = new TopicDesk({ shelf: this.shelf, model: this.model, client: this.client, onTrouble });
    this.#listen();
    for (const entry of this.client.pending) this.model.queued(entry);
  }

  start() {
    this.topics.start();
    this.client.connect();
    this.refresh();
    const { signal } = this.#life;
    addEventListener("online", () => this.client.wake(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.client.wake();
      this.refresh();
    }, { signal });
    // A window that is closed says so, and how far it came. One that the browser only put aside comes back to its session.
    addEventListener("pagehide", () => this.client.close(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.client.connect(), { signal });
    this.#listTimer = setInterval(() => document.visibilityState === "visible" && this.refresh(), LIST_INTERVAL);
  }

  stop() {
    clearInterval(this.#listTimer);
    this.presence.stop();
    this.#life.abort();
    this.client.close();
  }

  // What the views ask for

  /** @param {string} conversation @param {string} text */
  send(conversation, text) {
    try {
      this.client.send(destinationOf(conversation, this.user), { text });
      this.#typingSentAt = 0;
    } catch (error) {
      this.onTrouble(error instanceof Error ? `Not sent: ${error.message}.` : String(error));
    }
  }

  /** The user is typing into a conversation. @param {string} conversation */
  typing(conversation) {
    const now = Date.now();
    if (now - this.#typingSentAt < TYPING_INTERVAL) return;
    this.#typingSentAt = now;
    this.client.signal(destinationOf(conversation, this.user), { typing: true });
  }

  /** Shows a conversation, or none. @param {string | null} id */
  async open(id) {
    const topic = id === null ? null : topicOf(id);
    // Who comes by a link joins.
    if (topic !== null && !this.shelf.has(topic)) this.topics.join(topic);
    this.model.show(id);
    if (id === null) return;
    if (!this.model.conversation(id).loaded) await this.#load(id);
  }

  /** Fetches the page before the oldest message that is here. @param {string} id */
  async older(id) {
    const conversation = this.model.conversation(id);
    const oldest = conversation.messages[0];
    if (!oldest || conversation.complete || !conversation.loaded) return;
    await this.#exclusively(id, async () => {
      const { messages, next } = await this.client.rest.messages(id, { before: oldest.id, limit: PAGE });
      this.model.history(id, messages, { complete: next === null });
    });
  }

  /** The user sees a conversation down to a message. @param {string} id @param {string} message */
  seen(id, message) {
    const mark = this.model.seen(id, message);
    if (mark === null) return;
    const topic = topicOf(id);
    // A topic has no read marks on the server.
    if (topic !== null) return this.shelf.read(topic, mark);
    this.client.markRead(id, mark);
  }

  /** @param {{id: string, name: string, members: string[]}} group @returns {Promise<string>} its conversation */
  async createGroup({ id, name, members }) {
    await this.client.rest.putGroup(id, { name, members });
    this.model.named(`group:${id}`, name, members);
    return `group:${id}`;
  }

  /** What others are to see of me. @param {"online" | "away" | "invisible"} status @param {string} text */
  async beSeen(status, text) {
    await this.client.rest.putPresence({ status, ...(text === "" ? {} : { text }) });
  }

  /** Asks for the list of conversations again. */
  async refresh() {
    if (this.#listing) {
      this.#listAgain = true;
      return;
    }
    this.#listing = true;
    try {
      const { conversations } = await this.client.rest.conversations({ limit: 100 });
      for (const { conversation, last, read, unread } of conversations) {
        this.model.summarize({ id: conversation, last, read, unread });
        // The list knows conversations, message-router knows what a group is called.
        if (this.model.conversation(conversation).name === null) this.#loadGroup(conversation);
      }
      const { shown } = this.model;
      if (shown !== null && !this.model.conversation(shown).loaded) this.#load(shown);
    } catch {
      // Live messages go on without it; it is asked for again before long.
    } finally {
      this.#listing = false;
      if (this.#listAgain) {
        this.#listAgain = false;
        setTimeout(() => this.refresh(), 300);
      }
    }
  }

  // What comes in

  #listen() {
    const { client, model } = this;
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ body) =>
      client.addEventListener(type, (event) => body(/** @type {CustomEvent} */ (event).detail));

    on("message", (message) => {
      const topic = topicOf(message.conversation);
      if (topic !== null && !this.shelf.has(topic)) return;
      const known = model.conversations.has(message.conversation);
      const isNew = model.received(message);
      if (isNew) this.dispatch(message);
      if (!known && topic === null) this.refresh();
      this.presence.met(directPeer(message.conversation, this.user));
    });
    on("edited", (change) => model.revised(change));
    on("deleted", (change) => model.revised(change));
    on("queued", (entry) => model.queued(entry));
    on("accepted", (accepted) => {
      model.accepted(accepted);
      this.presence.met(directPeer(accepted.conversation, this.user));
    });
    on("failed", (failed) => model.failed(failed));
    on("read", ({ conversation, user, id }) => {
      model.read(conversation, user, id);
      // How many are left can only be counted where they are: here, or on the server.
      if (user === this.user && !model.conversation(conversation).loaded) this.refresh();
    });
    on("presence", ({ user, status, at, state = null, text = null }) =>
      model.present(user, { online: status === "online", since: at, state, text }));
    on("signal", ({ from, to, data }) => {
      if (data?.typing === undefined) return;
      const conversation = to.startsWith("user:") ? conversationOf(`user:${from}`, this.user) : to;
      if (!model.conversations.has(conversation)) return;
      model.typing(conversation, from, data.typing ? Date.now() + TYPING_LIFETIME : 0);
      setTimeout(() => model.dispatchEvent(new Event("change")), TYPING_LIFETIME + 50);
    });
    on("problem", ({ code, message }) => {
      // What may not be heard or watched any more is refused by its name right after.
      if (code !== "forbidden") this.onTrouble(message);
    });
    on("state", ({ name }) => name === "open" && this.refresh());
  }

  /** Has a message of mine say something else; what else its data has stays. @param {import("../switchboard/rest.js").Message} message @param {string} text */
  async edit({ conversation, id, data }, text) {
    const rest = data !== null && typeof data === "object" && !Array.isArray(data) ? data : {};
    await this.#change(() => this.client.rest.editMessage(conversation, id, { ...rest, text }));
  }

  /** @param {import("../switchboard/rest.js").Message} message */
  async delete({ conversation, id }) {
    await this.#change(() => this.client.rest.deleteMessage(conversation, id));
  }

  /** What is granted is seen when it is told to everybody. @param {() => Promise<any>} ask */
  async #change(ask) {
    try {
      try {
        await ask();
      } catch (error) {
        if (/** @type {any} */ (error).status !== 404) throw error;
        // It may only just have been said.
        await new Promise((done) => setTimeout(done, HISTORY_LAG));
        await ask();
      }
    } catch (error) {
      this.onTrouble(error instanceof Error ? error.message : String(error));
    }
  }

  /** Called with each new message; the page replaces it. @param {import("../switchboard/rest.js").Message} message */
  dispatch(message) {
    void message;
  }

  // REST

  /** All there is to know of a conversation that comes into view. @param {string} id */
  async #load(id) {
    await Promise.all([this.#loadNewest(id), topicOf(id) === null && this.#loadReceipts(id), this.#loadGroup(id)]);
  }

  /** @param {string} id */
  async #loadNewest(id) {
    await this.#exclusively(id, async () => {
      let page;
      try {
        page = await this.client.rest.messages(id, { limit: PAGE });
      } catch (error) {
        // Nothing was ever said here: that is a beginning, not a fault.
        if (/** @type {any} */ (error).status !== 404) throw error;
        page = { messages: [], next: null };
      }
      const { messages, next } = page;
      const conversation = this.model.conversation(id);
      this.model.history(id, messages, { complete: next === null });
      this.model.markDivider(conversation);
      this.model.dispatchEvent(new Event("change"));
      const after = messages[0]?.id ?? "0-0";
      setTimeout(() => this.#loadNewer(id, after), HISTORY_LAG);
    });
  }

  /** @param {string} id @param {string} after */
  async #loadNewer(id, after) {
    try {
      const { messages } = await this.client.rest.messages(id, { after, limit: PAGE });
      if (messages.length > 0) this.model.history(id, messages);
    } catch {
      // The page there is stands; this was to make sure.
    }
  }

  /** @param {string} id */
  async #loadReceipts(id) {
    try {
      const { receipts } = await this.client.rest.receipts(id);
      for (const { user, id: mark } of receipts) this.model.read(id, user, mark);
    } catch {
      // Marks that come from now on are shown, as ever.
    }
  }

  /** @param {string} id */
  async #loadGroup(id) {
    if (!id.startsWith("group:") || this.#loadingGroups.has(id)) return;
    this.#loadingGroups.add(id);
    try {
      const { name, members } = await this.client.rest.group(id.slice(6));
      this.model.named(id, name, members);
    } catch {
      // Its id stands for its name until the list is asked for again.
    } finally {
      this.#loadingGroups.delete(id);
    }
  }

  /** One page of history at a time for each conversation. @param {string} id @param {() => Promise<void>} body */
  async #exclusively(id, body) {
    if (this.#loading.has(id)) return;
    this.#loading.add(id);
    try {
      await body();
    } catch (error) {
      this.onTrouble(`The history cannot be read now: ${/** @type {Error} */ (error).message}.`);
    } finally {
      this.#loading.delete(id);
    }
  }
}
