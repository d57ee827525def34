/** The ring as a picture. */

import { s, setText } from "./dom.js";
import { arcsOf, placeOf } from "./ring.js";

const CENTER = 270;
/** What is left out around it: only a marker reaches there. */
const MARGIN = 34;
/** The ring itself, stretch by stretch. */
const BAND = 196;
/** Each edge's share in one piece. */
const SHARES = 158;
const LABELS = 114;
/** How long a change takes to be seen, in milliseconds; as in the style sheet. */
const CHANGE = 1_400;
/** The gap between two shares, as a part of the whole. */
const GAP = 0.004;
/** Below this an edge's share has no room for its name. */
const NAMED = 0.055;

/** @param {number} fraction of the way around, from the top, clockwise @param {number} radius */
function at(fraction, radius) {
  const angle = fraction * 2 * Math.PI;
  return [CENTER + radius * Math.sin(angle), CENTER - radius * Math.cos(angle)].map((value) => value.toFixed(2));
}

/** @param {import("./ring.js").Arc[]} arcs */
function pathOf(arcs) {
  return arcs.map(({ from, to }) => {
    // A whole circle has its end where it begins, which is no arc.
    const end = Math.min(to, from + 0.9999);
    return `M${at(from, BAND)}A${BAND} ${BAND} 0 ${end - from > 0.5 ? 1 : 0} 1 ${at(end, BAND)}`;
  }).join("");
}

export class RingView {
  #drawn = "";
  /** @type {Map<string, {arc: SVGElement, label: SVGElement}>} by edge */
  #shares = new Map();

  /** @param {HTMLElement} frame @param {(edge: string) => number} colour the number of an edge's colour */
  constructor(frame, colour) {
    this.colour = colour;
    this.bands = s("g", { class: "bands" });
    this.donut = s("g", { class: "shares" });
    this.marker = s("g", { class: "marker" });
    this.count = s("text", { class: "count", x: CENTER, y: CENTER - 2 });
    this.unit = s("text", { class: "unit", x: CENTER, y: CENTER + 20 });
    this.version = s("text", { class: "unit", x: CENTER, y: CENTER + 42 });
    this.title = s("title", {});
    this.svg = s("svg", { viewBox: `${MARGIN} ${MARGIN} ${(CENTER - MARGIN) * 2} ${(CENTER - MARGIN) * 2}`, role: "img" },
      this.title,
      s("circle", { class: "groove", cx: CENTER, cy: CENTER, r: BAND }),
      s("circle", { class: "groove thin", cx: CENTER, cy: CENTER, r: SHARES }),
      this.bands, this.donut, this.count, this.unit, this.version, this.marker);
    frame.prepend(this.svg);
  }

  /**
   * @param {import("../switchboard/rest.js").Ring} ring
   * @param {import("../switchboard/rest.js").Edge[]} edges the live ones
   */
  render(ring, edges) {
    const members = ring.edges.map(({ edge, weight }) => ({ edge, weight }));
    const drawn = JSON.stringify(members);
    if (drawn !== this.#drawn) this.#draw(members, this.#drawn === "");
    this.#drawn = drawn;
    const live = new Set(edges.map(({ edge }) => edge));
    for (const path of this.bands.querySelectorAll("path")) {
      path.classList.toggle("gone", !live.has(/** @type {string} */ (path.getAttribute("data-edge"))));
    }
    this.#renderShares(ring.edges, live);
    const sessions = edges.reduce((sum, edge) => sum + edge.sessions, 0);
    setText(this.count, sessions.toLocaleString());
    setText(this.unit, `${sessions === 1 ? "session" : "sessions"} on ${edges.length} ${edges.length === 1 ? "edge" : "edges"}`);
    setText(this.version, ring.version > 0 ? `ring version ${ring.version}` : "no ring yet");
    setText(this.title, ring.edges.length === 0 ? "No edge is on the ring."
      : `The ring: ${ring.edges.map(({ edge, share }) => `${edge} has ${percent(share)}`).join(", ")}.`);
  }

  /** Shows where a user stands. @param {string | null} user @param {string | null} edge the one that the user belongs on */
  mark(user, edge) {
    if (user === null || edge === null) return this.marker.replaceChildren();
    const place = placeOf(user);
    const [x, y] = at(place, BAND + 42);
    const side = Math.sin(place * 2 * Math.PI);
    const [fromX, fromY] = at(place, BAND - 20);
    const [toX, toY] = at(place, BAND + 26);
    const [dotX, dotY] = at(place, BAND + 26);
    const name = user.length > 16 ? `${user.slice(0, 15)}…` : user;
    this.marker.replaceChildren(
      s("line", { class: "under", x1: fromX, y1: fromY, x2: toX, y2: toY }),
      s("line", { x1: fromX, y1: fromY, x2: toX, y2: toY }),
      s("circle", { cx: dotX, cy: dotY, r: 6 }),
      s("text", { x, y, "text-anchor": side > 0.35 ? "start" : side < -0.35 ? "end" : "middle", "dominant-baseline": "middle" }, name));
    this.marker.style.setProperty("--edge", this.#paint(edge));
  }

  /** @param {{edge: string, weight: number}[]} members @param {boolean} isFirst */
  #draw(members, isFirst) {
    /** @type {Map<string, import("./ring.js").Arc[]>} */
    const byEdge = new Map(members.map(({ edge }) => [edge, []]));
    for (const arc of arcsOf(members)) byEdge.get(arc.edge)?.push(arc);
    const group = s("g", { class: isFirst ? "" : "arriving" }, ...[...byEdge].map(([edge, arcs]) => {
      const path = s("path", { d: pathOf(arcs), "data-edge": edge });
      path.style.setProperty("--edge", this.#paint(edge));
      return path;
    }));
    // The new ring comes up over the old one: what stays the same does not seem to change.
    const old = [...this.bands.children];
    this.bands.append(group);
    if (isFirst) return;
    void (/** @type {any} */ (group).getBoundingClientRect());
    group.classList.remove("arriving");
    setTimeout(() => old.forEach((one) => one.remove()), CHANGE);
  }

  /** @param {import("../switchboard/rest.js").Ring["edges"]} members @param {Set<string>} live */
  #renderShares(members, live) {
    let start = 0;
    for (const { edge, share } of members) {
      let known = this.#shares.get(edge);
      const isNew = !known;
      if (!known) {
        const arc = s("circle", { cx: CENTER, cy: CENTER, r: SHARES, pathLength: 1, transform: `rotate(-90 ${CENTER} ${CENTER})` });
        arc.style.setProperty("--edge", this.#paint(edge));
        arc.style.strokeDasharray = "0 1";
        arc.style.strokeDashoffset = String(-start);
        known = { arc, label: s("text", { class: "share-label" }, s("tspan", { x: 0 }), s("tspan", { x: 0, dy: 15, class: "percent" })) };
        this.#shares.set(edge, known);
        this.donut.append(arc, known.label);
      }
      const { arc, label } = known;
      if (isNew) void arc.getBoundingClientRect();
      const gap = members.length > 1 ? Math.min(GAP, share / 2) : 0;
      arc.style.strokeDasharray = `${share - gap} 1`;
      arc.style.strokeDashoffset = String(-start - gap / 2);
      arc.classList.toggle("gone", !live.has(edge));
      const [x, y] = at(start + share / 2, members.length === 1 ? 0 : LABELS).map(Number);
      label.style.translate = `${x}px ${(members.length === 1 ? CENTER + 76 : y) - 4}px`;
      label.classList.toggle("small", share < NAMED);
      const [name, part] = label.children;
      setText(name, edge.length > 12 ? `${edge.slice(0, 11)}…` : edge);
      setText(part, percent(share));
      start += share;
    }
    const present = new Set(members.map(({ edge }) => edge));
    for (const [edge, { arc, label }] of this.#shares) {
      if (present.has(edge)) continue;
      this.#shares.delete(edge);
      arc.style.strokeDasharray = "0 1";
      label.classList.add("small");
      setTimeout(() => {
        arc.remove();
        label.remove();
      }, CHANGE);
    }
  }

  /** @param {string} edge */
  #paint(edge) {
    return `var(--edge-${this.colour(edge)})`;
  }
}

/** @param {number} share 0 to 1 */
export function percent(share) {
  return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
}
