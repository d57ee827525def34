/** What the connection is doing: quietly when all is well, in a banner when it is not. */

import { $ } from "./dom.js";

/** Why a session ended for good, in words for its user. */
const STOPPED = {
  4500: "The server does not accept this sign-in.",
  4501: "This page and the server do not understand each other. A newer page may help: reload.",
  4502: "An operator has ended this session.",
  4503: "You are signed in too many times already. Close another window first.",
};

export class ConnectionView {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #countdown;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.client = session.client;
    this.banner = $("#connection");
    this.text = /** @type {HTMLElement} */ (this.banner.querySelector(".text"));
    this.countdown = /** @type {HTMLElement} */ (this.banner.querySelector(".countdown"));
    this.button = /** @type {HTMLButtonElement} */ (this.banner.querySelector("button"));
    this.button.onclick = () => (this.client.state.name === "waiting" ? this.client.wake() : this.client.connect());
    this.client.addEventListener("state", () => this.render());
    this.render();
  }

  render() {
    clearInterval(this.#countdown);
    const { name, edge, retryAt = 0, code = 0, reason } = this.client.state;
    const status = $("#me-status");
    status.dataset.state = name;
    const { banner, text, countdown, button } = this;
    banner.dataset.state = name;
    countdown.textContent = "";
    if (name === "open") {
      status.textContent = `Connected to ${edge}`;
      banner.hidden = true;
      return;
    }
    if (name === "waiting") {
      const tick = () => {
        const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
        countdown.textContent = status.textContent = `Reconnecting in ${seconds} s`;
      };
      text.textContent = "Connection lost.";
      tick();
      this.#countdown = setInterval(tick, 250);
      button.textContent = "Try now";
      button.hidden = false;
      banner.hidden = false;
    } else if (name === "stopped") {
      text.textContent = STOPPED[code] ?? (reason ? `The connection has ended: ${reason}.` : "The connection has ended.");
      status.textContent = "Not connected";
      button.textContent = "Connect again";
      button.hidden = false;
      banner.hidden = false;
    } else {
      status.textContent = "Connecting…";
      text.textContent = "Connecting…";
      button.hidden = true;
    }
  }
}
