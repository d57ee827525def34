/** The list of conversations. */

import { avatar } from "./avatar.js";
import { $, h, icon, reconcile } from "./dom.js";
import { shortMoment, textOf } from "./format.js";

export class ConversationListView {
  /** @param {import("./session.js").Session} session @param {(id: string) => void} open */
  constructor(session, open) {
    this.session = session;
    this.open = open;
    this.list = $("#conversations");
  }

  render() {
    const { model } = this.session;
    const conversations = model.sorted;
    reconcile(this.list, conversations.map((conversation) => this.#row(conversation)));
    $("#no-conversations").hidden = conversations.length > 0;
    document.title = model.unread > 0 ? `(${model.unread}) Switchboard` : "Switchboard";
  }

  /** @param {string} id */
  focus(id) {
    /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-conversation="${CSS.escape(id)}"]`))?.focus();
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #row(conversation) {
    const { model } = this.session;
    const title = model.title(conversation);
    const { id, peer, last, pending, unread } = conversation;
    const online = peer !== null && peer !== model.me ? model.presence.get(peer)?.online ?? false : null;
    const typists = model.typists(conversation, Date.now());
    const newest = pending.at(-1);
    const at = newest?.at ?? last?.at ?? 0;
    const preview = typists.length > 0 ? "typing…" : newest ? textOf(newest.data) : last ? textOf(last.data) : "";
    const mine = newest !== undefined || last?.from === model.me;
    const sign = newest ? (newest.failure ? "failed" : "clock")
      : !mine || !last ? null : model.readers(conversation, last.id).length > 0 ? "read" : "sent";
    const from = peer === null && last && !mine && typists.length === 0 ? `${last.from}: ` : "";
    const shown = model.shown === id;
    const when = at ? shortMoment(at) : "";
    return {
      key: id,
      version: JSON.stringify([title, online, preview, sign, from, shown, when, unread, typists.length]),
      make: () =>
        h("li", {},
          h("button.conversation", {
            type: "button",
            "data-conversation": id,
            "aria-current": shown ? "true" : null,
            click: () => this.open(id),
          },
          avatar(title, { group: peer === null, online }),
          h("span.title", {}, title),
          h("time.when", {}, when),
          h("span.preview", { class: typists.length > 0 ? "preview active" : "preview" },
            mine && sign && typists.length === 0 ? icon(sign, { failed: "not sent", clock: "waiting", sent: "sent", read: "read" }[sign]) : null,
            from ? h("span.from", {}, from) : null,
            preview),
          unread > 0 ? h("span.badge", { "aria-label": `${unread} unread` }, unread > 99 ? "99+" : String(unread)) : null,
          online === null ? null : h("span.hidden", {}, online ? "online" : "offline"))),
    };
  }
}
