/**
 * What the operator's tab knows of the edges, and what has happened to them from one look to the next. Pure.
 *
 * @module
 */

/** How many colours there are. */
export const COLOURS = 10;
/** No edge has more than this times its due. */
const MOST = 1.25;
/** How much that has happened is kept. */
const KEPT = 40;

/**
 * @typedef {"on" | "joining" | "draining" | "gone"} Standing on the ring and alive; alive and not on it yet; on its way out;
 * not alive, its place on the ring kept for a while
 *
 * @typedef {object} Row
 * @property {string} edge
 * @property {string} url
 * @property {number | null} sessions null when it is gone
 * @property {number | null} share null when it is not on the ring
 * @property {number | null} load null where nobody is placed on it
 * @property {boolean} full whether it has all that it may have: 1.25 of its due, rounded up
 * @property {number | null} capacity
 * @property {number | null} since
 * @property {Standing} standing
 */

/**
 * Whether an edge would have more than it may with one session more.
 *
 * @param {import("../switchboard/rest.js").Edge} edge its due is what its load is in relation to
 * @param {number} total the sessions of all edges that take some
 */
function isFull({ sessions, load }, total) {
  if (!(load > 0)) return false;
  const due = ((sessions / load) * (total + 1)) / total;
  // Rounded up, as the servers do, so that a handful of sessions has room, too.
  return sessions >= Math.ceil(due * MOST - 1e-6);
}

export class Fleet {
  /** @type {import("../switchboard/rest.js").Edge[]} */
  edges = [];
  /** @type {import("../switchboard/rest.js").Ring} */
  ring = { version: 0, changed: 0, edges: [] };
  /** @type {{at: number, edge: string | null, text: string}[]} newest first */
  events = [];
  #isKnown = false;
  /** @type {Map<string, number>} */
  #colours = new Map();

  /** Takes a new look. @param {{edges: import("../switchboard/rest.js").Edge[], ring?: import("../switchboard/rest.js").Ring}} seen @param {number} now */
  see({ edges, ring = { version: 0, changed: 0, edges: [] } }, now) {
    const before = this.#isKnown ? this.rows : null;
    const version = this.ring.version;
    this.edges = edges;
    this.ring = ring;
    this.#isKnown = true;
    const { rows } = this;
    this.#keepColours(rows);
    if (before) this.#compare(new Map(before.map((row) => [row.edge, row])), rows, version, now);
  }

  /** One for each edge that lives or is on the ring, by id. @returns {Row[]} */
  get rows() {
    const live = new Map(this.edges.map((edge) => [edge.edge, edge]));
    const members = new Map(this.ring.edges.map((member) => [member.edge, member]));
    const total = this.edges
      .filter(({ edge, draining, url }) => !draining && url !== "" && members.has(edge))
      .reduce((sum, { sessions }) => sum + sessions, 0);
    return [...new Set([...live.keys(), ...members.keys()])].sort().map((id) => {
      const edge = live.get(id);
      const member = members.get(id);
      const standing = !edge ? "gone" : edge.draining ? "draining" : member ? "on" : "joining";
      return {
        edge: id,
        url: edge?.url ?? "",
        sessions: edge?.sessions ?? null,
        share: member?.share ?? null,
        load: edge && standing === "on" && edge.url !== "" ? edge.load ?? null : null,
        full: standing === "on" && isFull(/** @type {import("../switchboard/rest.js").Edge} */ (edge), total),
        capacity: edge?.capacity ?? member?.weight ?? null,
        since: edge?.since ?? null,
        standing,
      };
    });
  }

  /** The number of an edge's colour: its own as long as it is there. @param {string} edge */
  colour(edge) {
    return this.#colours.get(edge) ?? 0;
  }

  /** @param {Row[]} rows */
  #keepColours(rows) {
    const present = new Set(rows.map(({ edge }) => edge));
    // Who is gone leaves a colour only when all are taken: one that comes back should look as it did.
    for (const { edge } of rows) {
      if (this.#colours.has(edge)) continue;
      const taken = new Set(this.#colours.values());
      let free = [...Array(COLOURS).keys()].find((colour) => !taken.has(colour));
      if (free === undefined) {
        const left = [...this.#colours.keys()].find((other) => !present.has(other));
        free = left === undefined ? this.#colours.size % COLOURS : this.#colours.get(left);
        if (left !== undefined) this.#colours.delete(left);
      }
      this.#colours.set(edge, /** @type {number} */ (free));
    }
  }

  /** @param {Map<string, Row>} before @param {Row[]} rows @param {number} version @param {number} now */
  #compare(before, rows, version, now) {
    const tell = (/** @type {string | null} */ edge, /** @type {string} */ text) => this.events.unshift({ at: now, edge, text });
    for (const row of rows) {
      const { edge, standing } = row;
      const was = before.get(edge);
      before.delete(edge);
      if (was?.standing === standing) {
        if (was.since !== row.since && row.since !== null) tell(edge, "was started anew");
        continue;
      }
      if (standing === "joining") tell(edge, "has come, and waits for its place on the ring");
      else if (standing === "draining") tell(edge, "goes away: its sessions move to the others");
      else if (standing === "gone") tell(edge, "is gone; its place is kept for a while");
      else tell(edge, was?.standing === "gone" ? "is back" : "is on the ring");
    }
    for (const { edge, standing } of before.values()) {
      tell(edge, standing === "draining" ? "has gone" : "is off the ring");
    }
    if (version !== this.ring.version && version > 0) tell(null, `The ring has version ${this.ring.version}`);
    this.events.length = Math.min(this.events.length, KEPT);
  }
}
