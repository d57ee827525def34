/** The operator's tab: the edges and the ring as they are, and what happens to them. */

import { isIdentifier } from "../switchboard/index.js";
import { $, h, reconcile, setText } from "./dom.js";
import { Fleet } from "./fleet.js";
import { clock, sinceText } from "./format.js";
import { RingView, percent } from "./ring-view.js";
import { ownerOf } from "./ring.js";

const INTERVAL = 1_500;
const STANDING = { on: "on the ring", joining: "joining", draining: "going away", gone: "gone" };

export class OperatorView {
  #shown = false;
  #asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {string | null} whose place is shown */
  #user = null;
  /** @type {{edge: string, url: string} | null} where that user belongs */
  #place = null;
  #locatedFor = "";
  #problem = "";

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.fleet = new Fleet();
    this.ring = new RingView($("#ring"), (edge) => this.fleet.colour(edge));
    const field = /** @type {HTMLInputElement} */ ($("#locate-user"));
    field.placeholder = session.user;
    $("#locate").onsubmit = (event) => {
      event.preventDefault();
      this.#ask(field.value.trim() || session.user);
    };
  }

  /** Shows the tab, or hides it: only what is shown is asked for. @param {boolean} shown */
  show(shown) {
    $("#operator").hidden = !shown;
    if (shown === this.#shown) return;
    this.#shown = shown;
    clearTimeout(this.#timer);
    if (shown) this.#look();
  }

  async #look() {
    clearTimeout(this.#timer);
    if (!this.#shown || this.#asking) return;
    if (document.visibilityState === "visible") {
      this.#asking = true;
      try {
        this.fleet.see(await this.session.client.rest.edges(), Date.now());
        this.#problem = "";
      } catch (error) {
        this.#problem = `The edges cannot be read now: ${/** @type {Error} */ (error).message}`;
      }
      this.#asking = false;
      await this.#locateAgain();
      this.#render();
    }
    if (this.#shown) this.#timer = setTimeout(() => this.#look(), INTERVAL);
  }

  #render() {
    const { fleet } = this;
    const problem = $("#operator-problem");
    problem.hidden = this.#problem === "";
    setText(problem, this.#problem);
    this.ring.render(fleet.ring, fleet.edges);
    this.ring.mark(this.#user, this.#place?.edge ?? null);
    reconcile($("#edges"), fleet.rows.map((row) => this.#row(row)));
    $("#no-edges").hidden = fleet.rows.length > 0;
    reconcile($("#fleet-events"), fleet.events.map(({ at, edge, text }, index) => ({
      key: `${at} ${edge} ${text} ${fleet.events.length - index}`,
      version: "",
      make: () => {
        const line = h("li", {}, h("time", { datetime: new Date(at).toISOString() }, clock(at)),
          edge === null ? null : h("span.swatch", { "aria-hidden": "true" }),
          h("span", {}, edge === null ? null : h("strong", {}, edge), edge === null ? text : ` ${text}`));
        if (edge !== null) line.style.setProperty("--edge", `var(--edge-${fleet.colour(edge)})`);
        return line;
      },
    })));
    $("#no-events").hidden = fleet.events.length > 0;
    this.#renderPlace();
  }

  /** @param {import("./fleet.js").Row} row */
  #row(row) {
    const { edge, url, sessions, share, load, full, standing, since } = row;
    const here = this.session.client.state.edge === edge;
    const marked = this.#place?.edge === edge;
    const cell = (/** @type {string} */ label, /** @type {any[]} */ ...content) => h("td", { role: "cell", "data-label": label }, ...content);
    const started = since === null ? "–" : sinceText(since);
    return {
      key: edge,
      version: JSON.stringify([row, here, marked, started]),
      make: () => {
        const line = h("tr", { role: "row", "data-standing": standing, "data-edge": edge, class: marked ? "marked" : "" },
          h("th", { role: "rowheader", scope: "row" }, h("span.edge-cell", {},
            h("span.swatch", { "aria-hidden": "true" }),
            h("span.edge-name", {}, edge, here ? h("span.tag", {}, "you are here") : null, h("small", {}, url || "no address of its own")))),
          cell("Sessions", h("span", {}, sessions === null ? "–" : sessions.toLocaleString())),
          cell("Share", h("span", {}, share === null ? "–" : percent(share))),
          cell("Load", load === null ? "–" : h("span.load", { title: full ? "It has all that it may have: nobody else is placed on it" : "Sessions in relation to what is its due" },
            h("span.bar", { "aria-hidden": "true" }, h("i")), h("span", {}, load.toFixed(2)))),
          cell("State", h("span.standing", { "data-standing": standing }, STANDING[standing])),
          cell("Up for", h("span", { title: since === null ? "" : new Date(since).toLocaleString() }, started)));
        line.style.setProperty("--edge", `var(--edge-${this.fleet.colour(edge)})`);
        if (load !== null) line.style.setProperty("--load", String(Math.min(1, load / 1.5)));
        line.classList.toggle("full", full);
        return line;
      },
    };
  }

  /** @param {string} user */
  async #ask(user) {
    const line = $("#locate-answer");
    if (!isIdentifier(user)) {
      setText(line, "A name has 1 to 128 letters, digits or . _ @ -");
      return;
    }
    this.#user = user;
    this.#locatedFor = "";
    await this.#locateAgain();
    this.#render();
  }

  /** Where the user belongs may be another edge with each change of the ring. */
  async #locateAgain() {
    const user = this.#user;
    const state = JSON.stringify([user, this.fleet.ring, this.fleet.edges.map(({ edge, draining }) => [edge, draining])]);
    if (user === null || state === this.#locatedFor) return;
    try {
      const place = await this.session.client.rest.locate(user);
      if (user !== this.#user) return;
      this.#place = place;
      this.#locatedFor = state;
    } catch (error) {
      if (user !== this.#user) return;
      this.#place = null;
      setText($("#locate-answer"), `Nobody can say now: ${/** @type {Error} */ (error).message}`);
    }
  }

  #renderPlace() {
    if (this.#user === null || this.#place === null) return;
    const { edge } = this.#place;
    const home = ownerOf(this.fleet.ring.edges, this.#user);
    setText($("#locate-answer"), home === null || home === edge
      ? `${this.#user} belongs on ${edge}.`
      : `${this.#user} belongs on ${edge}: ${home} comes first on the ring, and takes no more now.`);
  }
}
