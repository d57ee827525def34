/** How often it is asked who is online, in milliseconds. */
const INTERVAL = 3_000;
/** How many conversations of the list are looked at: about as many as can be seen. */
const VISIBLE = 60;

/** Keeps the dots of who is online, by asking for those who can be seen as long as the page is. */
export class PresencePoll {
  #timer = undefined;

  /** @param {import("./model.js").Model} model @param {import("../client/rest.js").Rest} rest */
  constructor(model, rest) {
    this.model = model;
    this.rest = rest;
  }

  start() {
    this.#timer = setInterval(() => document.visibilityState === "visible" && this.poll(), INTERVAL);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async poll() {
    const { model } = this;
    const users = new Set();
    for (const { peer } of model.sorted.slice(0, VISIBLE)) if (peer) users.add(peer);
    if (model.shown !== null) for (const user of model.others(model.conversation(model.shown))) users.add(user);
    users.delete(model.me);
    if (users.size === 0) return;
    try {
      const { presence } = await this.rest.presence([...users].slice(0, 1000));
      for (const { user, status, since } of presence) model.present(user, status === "online", since);
    } catch {
      // A dot that is some seconds old is better than none.
    }
  }
}
