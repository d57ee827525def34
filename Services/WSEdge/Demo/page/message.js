/** A message as it stands in a conversation. */

import { avatar } from "./avatar.js";
import { h, icon } from "./dom.js";
import { bodyOf, fullTime, hueOf, time } from "./format.js";

/**
 * @typedef {object} Look
 * @property {boolean} named whether its author is named
 * @property {boolean} first whether it is the first of a block
 * @property {boolean} last
 * @property {boolean} own
 * @property {string | null} state `clock`, `sent`, `read` or `failed`, of one's own
 * @property {string} read who has read it, of the last one that was read
 * @property {import("./conversation.js").Pending | null} waiting
 * @property {boolean} [editing] whether its text is being written anew
 *
 * @typedef {object} Deeds what can be done with a message
 * @property {(n: number) => void} dismiss puts away one that was refused
 * @property {(id: string | null) => void} beginEdit begins to write it anew, or leaves it as it is
 * @property {(message: import("../switchboard/rest.js").Message, text: string) => void} edit
 * @property {(message: import("../switchboard/rest.js").Message) => void} remove
 */

/**
 * @param {import("../switchboard/rest.js").Message} message
 * @param {Look} look
 * @param {Deeds} deeds
 * @returns {HTMLElement}
 */
export function messageElement(message, { named, first, last, own, state, read, waiting, editing = false }, deeds) {
  const isDeleted = message.deleted !== undefined;
  const hasTools = own && message.id !== "" && !isDeleted;
  const text = bodyOf(message);
  const name = named && first ? h("span.author", {}, message.from) : null;
  name?.style.setProperty("--hue", String(hueOf(message.from)));
  const labels = { clock: "waiting to be sent", sent: "sent", read: "read", failed: "not sent" };
  return h(
    "article.message",
    {
      class: ["message", own ? "own" : "", first ? "first" : "", last ? "last" : "", waiting ? "waiting" : "", isDeleted ? "deleted" : ""].filter(Boolean).join(" "),
      "data-message": message.id || null,
      "data-from": message.from,
      "data-state": state,
    },
    named ? (last ? avatar(message.from) : h("span.avatar.blank")) : null,
    editing ? editor(message, text, deeds) : h("div.bubble", { class: loneEmoji(text) ? "bubble emoji" : "bubble", tabindex: hasTools ? -1 : null },
      h("span.hidden", {}, own ? "You: " : `${message.from}: `),
      name,
      h("span.text", {}, ...withLinks(text)),
      ...(message.attachments ?? []).map(({ url, name: file, size }) =>
        h("a.attachment", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${file} (${sizeOf(size)})`)),
      h("span.meta", {},
        message.edited !== undefined ? h("span.edited", { title: fullTime(message.edited) }, "edited") : null,
        h("time", { datetime: new Date(message.at).toISOString(), title: fullTime(message.at) }, time(message.at)),
        state ? icon(state, labels[state]) : null),
      hasTools ? tools(message, deeds) : null),
    read ? h("span.read-mark", {}, read) : null,
    waiting?.failure
      ? h("span.failure", { role: "alert" }, `Not sent: ${waiting.failure} `,
        h("button.link", { type: "button", click: () => deeds.dismiss(waiting.n) }, "Dismiss"))
      : null,
  );
}

/** What its author can do with a message. @param {import("../switchboard/rest.js").Message} message @param {Deeds} deeds */
function tools(message, { beginEdit, remove }) {
  let asked = false;
  const button = h("button.link.delete", {
    type: "button",
    // Twice, since it cannot be taken back.
    click: () => {
      if (asked) return remove(message);
      asked = true;
      button.textContent = "Really delete";
    },
    blur: () => {
      asked = false;
      button.textContent = "Delete";
    },
  }, "Delete");
  return h("span.tools", {}, h("button.link.edit", { type: "button", click: () => beginEdit(message.id) }, "Edit"), button);
}

/** The text of a message to be written anew. @param {import("../switchboard/rest.js").Message} message @param {string} text @param {Deeds} deeds */
function editor(message, text, { beginEdit, edit }) {
  const field = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: "2", "aria-label": "The message's text" }));
  field.value = text;
  const save = () => {
    const now = field.value.trim();
    if (now !== "" && now !== text) edit(message, now);
    beginEdit(null);
  };
  queueMicrotask(() => field.focus());
  return h("form.bubble.editor", {
    submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      save();
    },
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") beginEdit(null);
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        save();
      }
    },
  }, field,
  h("span.meta", {},
    h("button.link", { type: "button", click: () => beginEdit(null) }, "Cancel"),
    h("button.link.save", { type: "submit" }, "Save")));
}

/** @param {number} bytes */
function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
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
