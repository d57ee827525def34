/** Where messages are written. What is not sent yet stays with its conversation. */

import { $ } from "./dom.js";

export class Composer {
  /** @type {Map<string, string>} */
  #drafts = new Map();
  /** @type {string | null} */
  #conversation = null;

  /** @param {import("./session.js").Session} session @param {() => void} sent */
  constructor(session, sent) {
    this.session = session;
    this.form = $("#composer");
    this.field = /** @type {HTMLTextAreaElement} */ ($("#composer-text"));
    this.button = /** @type {HTMLButtonElement} */ (this.form.querySelector("button"));
    // On a phone, Enter is for a new line: the button is under the thumb.
    this.phone = matchMedia("(pointer: coarse)").matches;
    this.field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.phone) return;
      event.preventDefault();
      this.form.requestSubmit();
    };
    this.field.oninput = () => {
      this.#fit();
      if (this.#conversation !== null && this.field.value.trim() !== "") session.typing(this.#conversation);
    };
    this.form.onsubmit = (event) => {
      event.preventDefault();
      const text = this.field.value.trim();
      if (text === "" || this.#conversation === null) return;
      this.field.value = "";
      this.#fit();
      session.send(this.#conversation, text);
      sent();
      this.field.focus();
    };
  }

  /** @param {string | null} conversation */
  show(conversation) {
    if (this.#conversation === conversation) return;
    if (this.#conversation !== null) this.#drafts.set(this.#conversation, this.field.value);
    this.#conversation = conversation;
    // What is said to everybody is for operators to say.
    const isOpen = conversation !== "topic:all";
    this.form.hidden = !isOpen;
    $("#read-only").hidden = isOpen;
    this.field.value = (conversation !== null && this.#drafts.get(conversation)) || "";
    this.#fit();
    // Not on a phone, where the keyboard would cover what was asked for.
    if (conversation === null || this.phone) return;
    if (isOpen) this.field.focus();
    else $("#log").focus();
  }

  #fit() {
    const { field } = this;
    field.style.height = "auto";
    // What scrolls does not count the border, which the height does.
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
    this.button.disabled = this.field.value.trim() === "";
  }
}
