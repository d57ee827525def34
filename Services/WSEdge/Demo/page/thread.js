/** The conversation that is shown: its heading, its messages, who is typing. */

import { compareIds } from "../switchboard/index.js";
import { avatar } from "./avatar.js";
import { $, h, reconcile, setText } from "./dom.js";
import { day, dayKey, lastSeen, listOf, onlineSince } from "./format.js";
import { messageElement } from "./message.js";

/** Messages of one person that are this close together, in milliseconds, are drawn as one block. */
const BLOCK = 180_000;
/** How near the end counts as being there, in pixels. */
const NEAR = 60;
/** How near the beginning or the end of what is drawn more of it is drawn, or fetched. */
const AHEAD = 400;
/** How many messages are drawn at once, however many there are. */
const WINDOW = 240;
/** How far what is drawn moves on at a time. */
const STEP = 80;

export class ThreadView {
  /** Whether the end is in view, and is to stay so as messages come. */
  #following = true;
  /** @type {string | null} */
  #rendered = null;
  /** Whether the unread messages of the conversation that is shown were brought into view. */
  #placed = false;
  #fetching = false;
  /** @type {string | null} the message that what is drawn begins with; null: what is drawn ends with the newest */
  #first = null;
  /** @type {string | null} the message whose text is being written anew */
  #editing = null;
  /** Whether there are messages before and after what is drawn. */
  #hasBefore = false;
  #hasAfter = false;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.log = $("#log");
    this.toEnd = $("#to-end");
    this.log.onscroll = () => this.#scrolled();
    this.toEnd.onclick = () => {
      const isNear = !this.#hasAfter;
      this.#first = null;
      this.#following = true;
      if (!isNear) this.render();
      this.scrollToEnd(isNear);
    };
    new ResizeObserver(() => this.#following && !this.#hasAfter && this.scrollToEnd()).observe(this.log);
  }

  /** @param {boolean} [smoothly] */
  scrollToEnd(smoothly = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.#hasAfter) {
      this.#first = null;
      this.#following = true;
      this.render();
    }
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
      this.#first = null;
      this.#editing = null;
    }
    this.#heading(conversation);
    this.#messages(conversation);
    this.#typing(conversation);
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #heading(conversation) {
    const { model } = this.session;
    const title = model.title(conversation);
    const { peer, topic, members } = conversation;
    const presence = peer === null ? undefined : model.presence.get(peer);
    const own = peer === model.me;
    const standing = peer === null || own ? null : model.standing(peer);
    setText($("#thread-title"), title);
    const subtitle = $("#thread-subtitle");
    subtitle.dataset.online = standing === "online" ? "yes" : "no";
    subtitle.dataset.state = standing ?? "";
    if (own) setText(subtitle, "only you read this");
    else if (topic !== null) setText(subtitle, topic === "all" ? "what concerns everybody here" : "a topic: whoever joins hears it");
    else if (peer !== null) setText(subtitle, presence ? seenAs(presence) : "");
    else {
      const online = members.filter((user) => user === model.me || model.presence.get(user)?.online).length;
      setText(subtitle, members.length === 0 ? "" : `${members.join(", ")} · ${online} online`);
    }
    $("#leave-topic").hidden = topic === null || topic === "all";
    const picture = $("#thread-avatar");
    const version = JSON.stringify([title, topic, standing]);
    if (picture.dataset.version !== version) {
      picture.dataset.version = version;
      const kind = peer !== null ? "user" : topic === "all" ? "all" : topic !== null ? "topic" : "group";
      picture.replaceChildren(avatar(title, { kind, presence: standing }));
    }
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #messages(conversation) {
    const { log } = this;
    if (conversation.loaded && !this.#placed) this.#beginAtDivider(conversation);
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
    if (!this.#hasAfter) this.scrollToEnd();
    const divider = this.log.querySelector(".divider");
    if (!divider) return;
    const above = this.log.getBoundingClientRect().top - divider.getBoundingClientRect().top;
    if (above > -8 || this.#hasAfter) this.log.scrollTop -= above + 8;
  }

  /** More may be unread than is drawn at once: then what is drawn begins a little before. @param {import("./conversation.js").Conversation} conversation */
  #beginAtDivider({ dividerAfter, messages }) {
    if (dividerAfter === null) return;
    const index = messages.findIndex(({ id }) => id === dividerAfter);
    if (index < 0 || messages.length - index < WINDOW - STEP) return;
    this.#first = messages[Math.max(0, index - STEP)].id;
    this.#following = false;
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
    this.#following = distance < NEAR && !this.#hasAfter;
    if (this.#following) this.#first = null;
    const conversation = model.conversation(id);
    const looking = document.visibilityState === "visible" && log.clientHeight > 0;
    // Not before the newest page is here: what is unread could no longer be set apart.
    if (looking && conversation.loaded) session.seen(id, this.#lastInView());
    this.toEnd.hidden = this.#following;
    const label = conversation.unread > 0 ? `${conversation.unread} new` : "";
    setText(/** @type {Element} */ (this.toEnd.querySelector("span")), label);
    this.toEnd.setAttribute("aria-label", label === "" ? "To the end" : `To the end, ${label}`);

    if (this.#hasBefore && log.scrollTop < AHEAD) this.#moveOn(conversation, -STEP);
    else if (this.#hasAfter && distance < AHEAD) this.#moveOn(conversation, STEP);
    else if (log.scrollTop < AHEAD && conversation.loaded && !conversation.complete && !this.#fetching) {
      this.#fetching = true;
      session.older(id).finally(() => {
        this.#fetching = false;
      });
    }
  }

  /** Draws what is before or after what is drawn, at the cost of the other end. @param {import("./conversation.js").Conversation} conversation @param {number} by */
  #moveOn(conversation, by) {
    const { messages, pending } = conversation;
    const { start } = this.#window(conversation);
    const end = messages.length + pending.length - WINDOW;
    const next = Math.max(0, Math.min(start + by, end));
    if (next === start) return;
    this.#following = false;
    this.#first = messages[next]?.id ?? null;
    this.#messages(conversation);
  }

  /** What is drawn, as places in the messages and those waiting after them. @param {import("./conversation.js").Conversation} conversation */
  #window({ messages, pending }) {
    const total = messages.length + pending.length;
    const latest = Math.max(0, total - WINDOW);
    let start = latest;
    if (this.#first !== null && !this.#following) {
      const first = this.#first;
      const found = messages.findIndex(({ id }) => compareIds(id, first) >= 0);
      if (found >= 0) start = Math.min(found, latest);
    }
    return { start, end: Math.min(total, start + WINDOW), total };
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
    const { messages, pending, complete, loaded, peer, topic } = conversation;
    const { start, end, total } = this.#window(conversation);
    this.#hasBefore = start > 0;
    this.#hasAfter = end < total;
    // While one reads further up, what comes at the end does not push out what is read.
    if (!this.#following && start < messages.length) this.#first = messages[start].id;
    const rows = [];
    const fixed = (/** @type {string} */ key, /** @type {string} */ text, /** @type {string} */ name) =>
      rows.push({ key, version: text, make: () => h(name, {}, h("span", {}, text)) });

    if (start > 0) {
      // There is more, and it is drawn before one gets there.
    } else if (!loaded || !complete) rows.push({ key: "older", version: "", make: () => h("div.loading", { "aria-label": "Loading" }, h("span.spinner")) });
    else if (messages.length + pending.length === 0) fixed("start", "No messages yet. Say hello.", "p.start");
    else fixed("start", "This is where it began.", "p.start");

    const item = (/** @type {number} */ index) => {
      if (index < 0 || index >= total) return null;
      if (index < messages.length) return { key: messages[index].id, message: messages[index], waiting: null };
      const entry = pending[index - messages.length];
      const message = { id: "", conversation: conversation.id, from: model.me, at: entry.at, data: entry.data };
      return { key: `n${entry.n}`, message, waiting: entry };
    };
    const deeds = {
      dismiss: (/** @type {number} */ n) => model.dismissed(conversation.id, n),
      beginEdit: (/** @type {string | null} */ id) => {
        this.#editing = id;
        this.render();
      },
      edit: (/** @type {import("../switchboard/rest.js").Message} */ message, /** @type {string} */ text) => void this.session.edit(message, text),
      remove: (/** @type {import("../switchboard/rest.js").Message} */ message) => void this.session.delete(message),
    };
    // The last of my messages that was read bears the word; the others have their ticks. A topic has no read marks.
    const readTo = topic !== null ? -1 : messages.findLastIndex(({ id, from }) =>
      from === model.me && model.readers(conversation, id).length > 0);
    for (let index = start; index < end; index += 1) {
      const { key, message, waiting } = /** @type {NonNullable<ReturnType<typeof item>>} */ (item(index));
      const before = item(index - 1);
      const after = item(index + 1);
      if (!before || dayKey(before.message.at) !== dayKey(message.at)) {
        fixed(`day ${dayKey(message.at)}`, day(message.at), "p.day");
      }
      if (before && before.message.id === conversation.dividerAfter) fixed("unread", "New", "p.divider");
      const first = !before || !together(before.message, message) || before.message.id === conversation.dividerAfter;
      const last = !after || !together(message, after.message) || message.id === conversation.dividerAfter;
      const own = message.from === model.me;
      const readers = own && message.id ? model.readers(conversation, message.id) : [];
      const state = !own ? null : waiting ? (waiting.failure ? "failed" : "clock") : readers.length > 0 ? "read" : "sent";
      const editing = message.id !== "" && message.id === this.#editing && message.deleted === undefined;
      const read = index !== readTo ? "" : peer !== null ? "Read" : `Read by ${listOf(readers)}`;
      rows.push({
        key,
        // What is being written is not drawn anew, whatever happens around it.
        version: editing ? "editing" : JSON.stringify([first, last, state, read, waiting?.failure, message.edited, message.deleted]),
        make: () => messageElement(message, { named: peer === null && !own, first, last, own, state, read, waiting, editing }, deeds),
      });
    }
    return rows;
  }
}

/** @param {import("./model.js").Presence} presence */
function seenAs({ online, since, state, text }) {
  const seen = !online ? lastSeen(since) : state === "away" ? "away" : onlineSince(since);
  return online && text ? `${seen} · ${text}` : seen;
}

/** @param {{from: string, at: number}} one @param {{from: string, at: number}} next */
function together(one, next) {
  return one.from === next.from && next.at - one.at < BLOCK && dayKey(one.at) === dayKey(next.at);
}
