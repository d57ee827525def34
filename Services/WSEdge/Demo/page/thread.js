/** The conversation that is shown: its heading, its messages, who is typing. */

import { avatar } from "./avatar.js";
import { $, h, icon, reconcile, setText } from "./dom.js";
import { day, dayKey, fullTime, hueOf, lastSeen, listOf, textOf, time } from "./format.js";

/** Messages of one person that are this close together, in milliseconds, are drawn as one block. */
const BLOCK = 180_000;
/** How near the end counts as being there, in pixels. */
const NEAR = 60;
/** How near the beginning the page before it is fetched. */
const AHEAD = 400;

export class ThreadView {
  /** Whether the end is in view, and is to stay so as messages come. */
  #following = true;
  /** @type {string | null} */
  #rendered = null;
  /** Whether the unread messages of the conversation that is shown were brought into view. */
  #placed = false;
  #fetching = false;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.log = $("#log");
    this.toEnd = $("#to-end");
    this.log.onscroll = () => this.#scrolled();
    this.toEnd.onclick = () => this.scrollToEnd(true);
    new ResizeObserver(() => this.#following && this.scrollToEnd()).observe(this.log);
  }

  /** @param {boolean} [smoothly] */
  scrollToEnd(smoothly = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smoothly && !calm ? "smooth" : "instant" });
    this.#following = true;
  }

  render() {
    const { model } = this.session;
    const id = model.shown;
    $("#no-thread").hidden = id !== null;
    $("#thread").hidden = id === null;
    if (id === null) {
      this.#rendered = null;
      return;
    }
    const conversation = model.conversation(id);
    if (this.#rendered !== id) {
      this.log.replaceChildren();
      this.#rendered = id;
      this.#following = true;
      this.#placed = false;
    }
    this.#heading(conversation);
    this.#messages(conversation);
    this.#typing(conversation);
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #heading(conversation) {
    const { model } = this.session;
    const title = model.title(conversation);
    const { peer, members } = conversation;
    const presence = peer === null ? undefined : model.presence.get(peer);
    const own = peer === model.me;
    setText($("#thread-title"), title);
    const subtitle = $("#thread-subtitle");
    subtitle.dataset.online = presence?.online ? "yes" : "no";
    if (own) setText(subtitle, "only you read this");
    else if (peer !== null) setText(subtitle, presence?.online ? "online" : presence ? lastSeen(presence.since) : "");
    else {
      const online = members.filter((user) => user === model.me || model.presence.get(user)?.online).length;
      setText(subtitle, members.length === 0 ? "" : `${members.join(", ")} · ${online} online`);
    }
    const picture = $("#thread-avatar");
    const version = JSON.stringify([title, presence?.online]);
    if (picture.dataset.version !== version) {
      picture.dataset.version = version;
      picture.replaceChildren(avatar(title, { group: peer === null, online: peer === null || own ? null : presence?.online ?? false }));
    }
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #messages(conversation) {
    const { log } = this;
    const anchor = this.#following ? null : this.#anchor();
    reconcile(log, this.#rows(conversation));

    if (conversation.loaded && !this.#placed) this.#place();
    else if (anchor) this.#restore(anchor);
    else this.scrollToEnd();
    this.#scrolled();
  }

  /** A conversation that comes into view begins where its unread messages do, or at its end. */
  #place() {
    this.#placed = true;
    this.scrollToEnd();
    const divider = this.log.querySelector(".divider");
    if (!divider) return;
    const above = this.log.getBoundingClientRect().top - divider.getBoundingClientRect().top;
    if (above > -8) this.log.scrollTop -= above + 8;
  }

  /** The first message in view and where it is, to be put back there after what is before it has changed. */
  #anchor() {
    const top = this.log.getBoundingClientRect().top;
    for (const element of this.log.children) {
      if (!element.classList.contains("message")) continue;
      const box = element.getBoundingClientRect();
      if (box.bottom > top) return { key: /** @type {any} */ (element).rowKey, top: box.top };
    }
    return null;
  }

  /** Puts a message back where it was; by its key, since its element may be another one now. @param {{key: string, top: number}} anchor */
  #restore({ key, top }) {
    const element = [...this.log.children].find((child) => /** @type {any} */ (child).rowKey === key);
    const moved = element ? element.getBoundingClientRect().top - top : 0;
    // Only when it has moved: to set the place, even to what it is, ends a smooth scroll that is under way.
    if (moved !== 0) this.log.scrollTop += moved;
  }

  #scrolled() {
    const { log, session } = this;
    const { model } = session;
    const id = model.shown;
    if (id === null) return;
    const distance = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#following = distance < NEAR;
    const conversation = model.conversation(id);
    const looking = document.visibilityState === "visible" && log.clientHeight > 0;
    // Not before the newest page is here: what is unread could no longer be set apart.
    if (looking && conversation.loaded) session.seen(id, this.#lastInView());
    this.toEnd.hidden = this.#following;
    const label = conversation.unread > 0 ? `${conversation.unread} new` : "";
    setText(/** @type {Element} */ (this.toEnd.querySelector("span")), label);
    this.toEnd.setAttribute("aria-label", label === "" ? "To the end" : `To the end, ${label}`);

    if (log.scrollTop < AHEAD && conversation.loaded && !conversation.complete && !this.#fetching) {
      this.#fetching = true;
      session.older(id).finally(() => {
        this.#fetching = false;
      });
    }
  }

  /** The last message that can be seen, or "" when there is none. */
  #lastInView() {
    const bottom = this.log.getBoundingClientRect().bottom;
    const messages = [...this.log.querySelectorAll("[data-message]")];
    const last = messages.findLast((element) => element.getBoundingClientRect().top < bottom - 10);
    return /** @type {HTMLElement | undefined} */ (last)?.dataset.message ?? "";
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #typing(conversation) {
    const typists = this.session.model.typists(conversation, Date.now());
    const line = $("#typing");
    const text = typists.length === 0 ? "" : `${listOf(typists)} ${typists.length === 1 ? "is" : "are"} typing`;
    if (line.dataset.text === text) return;
    line.dataset.text = text;
    line.replaceChildren(...(text ? [h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")), text] : []));
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #rows(conversation) {
    const { model } = this.session;
    const { messages, pending, complete, loaded, peer } = conversation;
    const rows = [];
    const fixed = (/** @type {string} */ key, /** @type {string} */ text, /** @type {string} */ name) =>
      rows.push({ key, version: text, make: () => h(name, {}, h("span", {}, text)) });

    if (!loaded || !complete) rows.push({ key: "older", version: "", make: () => h("div.loading", { "aria-label": "Loading" }, h("span.spinner")) });
    else if (messages.length + pending.length === 0) fixed("start", "No messages yet. Say hello.", "p.start");
    else fixed("start", "This is where it began.", "p.start");

    const items = [
      ...messages.map((message) => ({ key: message.id, message, waiting: null })),
      ...pending.map((entry) => ({
        key: `n${entry.n}`,
        message: { id: "", conversation: conversation.id, from: model.me, at: entry.at, data: entry.data },
        waiting: entry,
      })),
    ];
    // The last of my messages that was read bears the word; the others have their ticks.
    let readTo = -1;
    items.forEach(({ message }, index) => {
      if (message.id && message.from === model.me && model.readers(conversation, message.id).length > 0) readTo = index;
    });
    items.forEach(({ key, message, waiting }, index) => {
      const before = items[index - 1];
      const after = items[index + 1];
      if (!before || dayKey(before.message.at) !== dayKey(message.at)) {
        fixed(`day ${dayKey(message.at)}`, day(message.at), "p.day");
      }
      if (before && before.message.id === conversation.dividerAfter) fixed("unread", "New", "p.divider");
      const first = !before || !together(before.message, message) || before.message.id === conversation.dividerAfter;
      const last = !after || !together(message, after.message) || message.id === conversation.dividerAfter;
      const own = message.from === model.me;
      const readers = own && message.id ? model.readers(conversation, message.id) : [];
      const state = !own ? null : waiting ? (waiting.failure ? "failed" : "clock") : readers.length > 0 ? "read" : "sent";
      const read = index !== readTo ? "" : peer !== null ? "Read" : `Read by ${listOf(readers)}`;
      rows.push({
        key,
        version: JSON.stringify([first, last, state, read, waiting?.failure]),
        make: () => this.#message(conversation, message, { first, last, own, state, read, waiting }),
      });
    });
    return rows;
  }

  /**
   * @param {import("./conversation.js").Conversation} conversation
   * @param {import("../client/rest.js").Message} message
   * @param {{first: boolean, last: boolean, own: boolean, state: string | null, read: string, waiting: import("./conversation.js").Pending | null}} look
   */
  #message(conversation, message, { first, last, own, state, read, waiting }) {
    const { model } = this.session;
    const text = textOf(message.data);
    const named = conversation.peer === null && !own;
    const name = named && first ? h("span.author", {}, message.from) : null;
    name?.style.setProperty("--hue", String(hueOf(message.from)));
    const labels = { clock: "waiting to be sent", sent: "sent", read: "read", failed: "not sent" };
    return h(
      "article.message",
      {
        class: ["message", own ? "own" : "", first ? "first" : "", last ? "last" : "", waiting ? "waiting" : ""].filter(Boolean).join(" "),
        "data-message": message.id || null,
        "data-from": message.from,
        "data-state": state,
      },
      named ? (last ? avatar(message.from) : h("span.avatar.blank")) : null,
      h("div.bubble", { class: loneEmoji(text) ? "bubble emoji" : "bubble" },
        h("span.hidden", {}, own ? "You: " : `${message.from}: `),
        name,
        h("span.text", {}, ...withLinks(text)),
        h("span.meta", {},
          h("time", { datetime: new Date(message.at).toISOString(), title: fullTime(message.at) }, time(message.at)),
          state ? icon(state, labels[state]) : null)),
      read ? h("span.read-mark", {}, read) : null,
      waiting?.failure
        ? h("span.failure", { role: "alert" }, `Not sent: ${waiting.failure} `,
          h("button.link", { type: "button", click: () => model.dismissed(conversation.id, waiting.n) }, "Dismiss"))
        : null,
    );
  }
}

/** @param {{from: string, at: number}} one @param {{from: string, at: number}} next */
function together(one, next) {
  return one.from === next.from && next.at - one.at < BLOCK && dayKey(one.at) === dayKey(next.at);
}

/** @param {string} text */
function loneEmoji(text) {
  return /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u200d\ufe0f]*){1,3}$/u.test(text);
}

/** The text with its web addresses as links. @param {string} text @returns {(string | Node)[]} */
function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/).map((part, index) =>
    index % 2 === 1 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part);
}
