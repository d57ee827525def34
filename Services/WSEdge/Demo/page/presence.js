/** How many conversations of the list are looked at: about as many as can be seen. */
const VISIBLE = 60;
/** How many users are watched; a session may watch 1,000. */
const LIMIT = 900;
/** How long changes of the list are gathered, in milliseconds. */
const GATHER = 150;
/** When who was refused is asked for again, in milliseconds: a first message makes acquaintances a moment later. */
const AGAIN = 20_000;
const SOON = 1_500;

/** Keeps the dots of who is online: watches those who can be seen. */
export class PresenceWatch {
  /** @type {Map<string, number>} user → when to ask again */
  #refused = new Map();
  #timer = undefined;

  /** @param {import("./model.js").Model} model @param {import("../switchboard/client.js").SwitchboardClient} client */
  constructor(model, client) {
    this.model = model;
    this.client = client;
    model.addEventListener("change", () => this.#plan(GATHER));
    client.addEventListener("refused", (event) => {
      const { users = [] } = /** @type {CustomEvent} */ (event).detail;
      for (const user of users) {
        this.#refused.set(user, Date.now() + AGAIN);
        // Not to be seen is not the same as not being there.
        model.hide(user);
      }
    });
  }

  /** There was a message to or from someone: who could not be seen before may be seen now. @param {string | null} user */
  met(user) {
    if (user === null || !this.#refused.has(user)) return;
    this.#refused.set(user, Date.now() + SOON);
    setTimeout(() => this.#plan(0), SOON + 50);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} delay */
  #plan(delay) {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#update();
    }, delay);
  }

  #update() {
    const { model, client } = this;
    const now = Date.now();
    // Oneself, too: another window may have changed how one is seen.
    const users = new Set([model.me]);
    for (const { peer } of model.sorted.slice(0, VISIBLE)) if (peer) users.add(peer);
    if (model.shown !== null) for (const user of model.others(model.conversation(model.shown))) users.add(user);
    for (const [user, at] of this.#refused) {
      if (at > now) users.delete(user);
      else this.#refused.delete(user);
    }
    const wanted = [...users].slice(0, LIMIT);
    const watched = client.watched;
    const unwanted = [...watched].filter((user) => !users.has(user));
    // Who has just gone out of sight may be back in it soon, and costs nothing until there are many.
    if (watched.size + wanted.length > LIMIT && unwanted.length > 0) client.unwatch(unwanted);
    const fresh = wanted.filter((user) => !watched.has(user));
    if (fresh.length > 0) client.watch(fresh.slice(0, Math.max(0, LIMIT - client.watched.size)));
  }
}
