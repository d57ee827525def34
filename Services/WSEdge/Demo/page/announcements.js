/** What was said to everybody, while one is looking. */

import { $, setText } from "./dom.js";
import { textOf } from "./format.js";

const CONVERSATION = "topic:all";

export class AnnouncementView {
  /** @param {import("./session.js").Session} session @param {(id: string) => void} open */
  constructor(session, open) {
    this.session = session;
    this.banner = $("#announcement");
    $("#announcement-open").onclick = () => {
      this.hide();
      open(CONVERSATION);
    };
    $("#announcement-close").onclick = () => this.hide();
  }

  /** @param {import("../switchboard/rest.js").Message} message a new one */
  heard(message) {
    if (message.conversation !== CONVERSATION || this.session.model.shown === CONVERSATION) return;
    setText($("#announcement-text"), textOf(message.data));
    setText($("#announcement-from"), message.from);
    this.banner.hidden = false;
  }

  hide() {
    this.banner.hidden = true;
  }
}
