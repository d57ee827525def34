/** The list of conversations. */

import { avatar } from "./avatar.js";
import { $, h, icon, reconcile, setText } from "./dom.js";
import { bodyOf, shortMoment, textOf } from "./format.js";

export class ConversationListView {
  /** Whether topics are listed, or conversations. */
  topics = false;

  /** @param {import("./session.js").Session} session @param {(id: string) => void} open */
  constructor(session, open) {
    this.session = session;
    this.open = open;
    this.list = $("#conversations");
  }

  render() {
    const { model } = this.session;
    const conversations = model.sorted.filter(({ topic }) => (topic !== null) === this.topics);
    // What concerns everybody stands first.
    if (this.topics) conversations.sort((one, other) => Number(other.topic === "all") - Number(one.topic === "all"));
    reconcile(this.list, conversations.map((conversation) => this.#row(conversation)));
    $("#no-conversations").hidden = this.topics || conversations.length > 0;
    $("#no-topics").hidden = !this.topics || conversations.length > 1;
    this.#badge("#chats-unread", model.unreadOf(false));
    this.#badge("#topics-unread", model.unreadOf(true));
    document.title = model.unread > 0 ? `(${model.unread}) Switchboard` : "Switchboard";
  }

  /** @param {string} selector @param {number} count */
  #badge(selector, count) {
    const badge = $(selector);
    badge.hidden = count === 0;
    setText(badge, count > 99 ? "99+" : String(count));
    badge.setAttribute("aria-label", `${count} unread`);
  }

  /** @param {string} id */
  focus(id) {
    /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-conversation="${CSS.escape(id)}"]`))?.focus();
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #row(conversation) {
    const { model } = this.session;
    const title = model.title(conversation);
    const { id, peer, topic, last, pending, unread } = conversation;
    const presence = peer !== null && peer !== model.me ? model.standing(peer) : null;
    const said = presence !== null && presence !== "offline" ? model.presence.get(/** @type {string} */ (peer))?.text ?? "" : "";
    const kind = peer !== null ? "user" : topic === "all" ? "all" : topic !== null ? "topic" : "group";
    const typists = model.typists(conversation, Date.now());
    const newest = pending.at(-1);
    const at = newest?.at ?? last?.at ?? 0;
    const preview = typists.length > 0 ? "typing…" : newest ? textOf(newest.data) : last ? bodyOf(last)
      : topic === "all" ? "What concerns everybody" : topic !== null ? "Nothing was said yet" : "";
    const mine = newest !== undefined || last?.from === model.me;
    const sign = newest ? (newest.failure ? "failed" : "clock")
      : !mine || !last || topic !== null ? null : model.readers(conversation, last.id).length > 0 ? "read" : "sent";
    const from = peer === null && last && !mine && typists.length === 0 ? `${last.from}: ` : "";
    const shown = model.shown === id;
    const when = at ? shortMoment(at) : "";
    return {
      key: id,
      version: JSON.stringify([title, presence, said, preview, sign, from, shown, when, unread, typists.length]),
      make: () =>
        h("li", {},
          h("button.conversation", {
            type: "button",
            "data-conversation": id,
            "aria-current": shown ? "true" : null,
            click: () => this.open(id),
          },
          avatar(title, { kind, presence }),
          h("span.title", {}, title),
          said ? h("span.said", { title: said }, said) : null,
          h("time.when", {}, when),
          h("span.preview", { class: typists.length > 0 ? "preview active" : "preview" },
            mine && sign && typists.length === 0 ? icon(sign, { failed: "not sent", clock: "waiting", sent: "sent", read: "read" }[sign]) : null,
            from ? h("span.from", {}, from) : null,
            preview),
          unread > 0 ? h("span.badge", { "aria-label": `${unread} unread` }, unread > 99 ? "99+" : String(unread)) : null,
          presence === null ? null : h("span.hidden", {}, presence))),
    };
  }
}
