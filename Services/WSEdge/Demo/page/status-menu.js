/** How one is seen by others: online, away or not at all, with a few words. */

import { avatar } from "./avatar.js";
import { $, setText, toast } from "./dom.js";

export class StatusMenu {
  #drawn = "";

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    const menu = $("#status-menu");
    const form = /** @type {HTMLFormElement} */ (menu.querySelector("form"));
    this.form = form;
    this.field = /** @type {HTMLInputElement} */ ($("#status-text"));
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    menu.addEventListener("toggle", (event) => {
      const isOpen = /** @type {any} */ (event).newState === "open";
      $("#me-button").setAttribute("aria-expanded", String(isOpen));
      if (isOpen) this.#fill();
    });
    $("#status-clear").onclick = () => {
      this.field.value = "";
      this.field.focus();
    };
    form.onsubmit = async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        await session.beSeen(/** @type {any} */ (new FormData(form).get("status") ?? "online"), this.field.value.trim());
        /** @type {any} */ (menu).hidePopover();
      } catch (error) {
        toast(`Your status was not changed: ${/** @type {Error} */ (error).message}`);
      } finally {
        button.disabled = false;
      }
    };
  }

  render() {
    const { model, user } = this.session;
    const mine = model.presence.get(user);
    const state = mine?.state ?? "online";
    const drawn = JSON.stringify([state, mine?.text]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    $("#me-avatar").replaceChildren(avatar(user, { presence: state === "invisible" ? "hidden" : state }));
    setText($("#me-said"), mine?.text ?? "");
    const spoken = { online: "online", away: "away", invisible: "invisible to others" }[state] ?? state;
    $("#me-button").setAttribute("aria-label", `${user}, ${spoken}${mine?.text ? `, ${mine.text}` : ""}: change how others see you`);
  }

  /** What holds now. */
  #fill() {
    const { model, user } = this.session;
    const mine = model.presence.get(user);
    for (const choice of this.form.querySelectorAll("input[type=radio]")) {
      const radio = /** @type {HTMLInputElement} */ (choice);
      radio.checked = radio.value === (mine?.state ?? "online");
    }
    this.field.value = mine?.text ?? "";
    /** @type {HTMLElement} */ (this.form.querySelector("input[type=radio]:checked"))?.focus();
  }
}
