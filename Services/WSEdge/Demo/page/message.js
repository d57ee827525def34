/** A message as it stands in a conversation. */

import { avatar } from "./avatar.js";
import { h, icon } from "./dom.js";
import { fullTime, hueOf, textOf, time } from "./format.js";

/**
 * @typedef {object} Look
 * @property {boolean} named whether its author is named
 * @property {boolean} first whether it is the first of a block
 * @property {boolean} last
 * @property {boolean} own
 * @property {string | null} state `clock`, `sent`, `read` or `failed`, of one's own
 * @property {string} read who has read it, of the last one that was read
 * @property {import("./conversation.js").Pending | null} waiting
 */

/**
 * @param {import("../client/rest.js").Message} message
 * @param {Look} look
 * @param {(n: number) => void} dismiss puts away one that was refused
 * @returns {HTMLElement}
 */
export function messageElement(message, { named, first, last, own, state, read, waiting }, dismiss) {
  const text = textOf(message.data);
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
        h("button.link", { type: "button", click: () => dismiss(waiting.n) }, "Dismiss"))
      : null,
  );
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
