import { compareIds } from "./identifiers.js";

/** How long read marks wait for those after them, in milliseconds, and how many are told at once. */
const DELAY = 250;
const AT_ONCE = 20;

/**
 * How far this user has read: one mark speaks for all before it, so many messages at once take one. What cannot be told now is
 * told in the next session.
 */
export class Reads {
  #clock;
  #transmit;
  /** @type {Map<string, string>} the marks that are not told yet, by conversation */
  #marks = new Map();
  /** @type {unknown} */
  #timer;

  /**
   * @param {object} options
   * @param {import("./clock.js").Clock} options.clock
   * @param {(frame: object) => boolean} options.transmit
   */
  constructor({ clock, transmit }) {
    this.#clock = clock;
    this.#transmit = transmit;
  }

  /** @param {string} conversation @param {string} id */
  add(conversation, id) {
    const known = this.#marks.get(conversation);
    if (known !== undefined && compareIds(id, known) <= 0) return;
    this.#marks.set(conversation, id);
    this.#plan();
  }

  /** Tells what can be told now. */
  flush() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [conversation, id] of [...this.#marks].slice(0, AT_ONCE)) {
      if (!this.#transmit({ type: "read", conversation, id })) return;
      this.#marks.delete(conversation);
    }
    if (this.#marks.size > 0) this.#plan();
  }

  #plan() {
    this.#timer ??= this.#clock.setTimeout(() => this.flush(), DELAY);
  }
}
