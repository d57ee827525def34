/** How many users one `watch` may name. */
const USERS_PER_FRAME = 200;
/** How many users a session may watch. */
const LIMIT = 1_000;

/**
 * The users whose presence a client wants to see: asked for in each session, since a session's end is the end of its watching.
 *
 * A `watch` that names one who may not be seen is refused as a whole. REST says who that is, and the others are asked for
 * again; where REST cannot be asked, in halves, down to the one.
 */
export class Watches {
  #requests;
  #rest;
  #emit;
  /** @type {Set<string>} */
  #users = new Set();

  /**
   * @param {object} options
   * @param {import("./requests.js").Requests} options.requests
   * @param {import("./rest.js").Rest} options.rest
   * @param {(type: string, detail: unknown) => void} options.emit
   */
  constructor({ requests, rest, emit }) {
    this.#requests = requests;
    this.#rest = rest;
    this.#emit = emit;
  }

  /**
   * Who is watched.
   *
   * @returns {Set<string>}
   */
  get users() {
    return new Set(this.#users);
  }

  /** @param {Iterable<string>} users @throws {RangeError} when that would be too many */
  watch(users) {
    const wanted = [...new Set(users)].filter((user) => !this.#users.has(user));
    if (this.#users.size + wanted.length > LIMIT) {
      throw new RangeError(`${this.#users.size + wanted.length} users would be watched; a session may watch ${LIMIT}`);
    }
    for (const user of wanted) this.#users.add(user);
    this.#askAll(wanted);
  }

  /** @param {Iterable<string>} users */
  unwatch(users) {
    const unwanted = [...new Set(users)].filter((user) => this.#users.delete(user));
    for (const some of pieces(unwanted)) {
      this.#requests.ask({
        make: () => {
          const gone = some.filter((user) => !this.#users.has(user));
          return gone.length === 0 ? null : { type: "unwatch", users: gone };
        },
        done: () => {},
        refused: () => {},
      });
    }
  }

  /** There is a session. */
  opened() {
    this.#askAll([...this.#users]);
  }

  /** @param {any} frame */
  presence(frame) {
    // What was still on its way when it was not wanted any more is not told.
    if (this.#users.has(frame.user)) this.#emit("presence", frame);
  }

  /** @param {string[]} users */
  #askAll(users) {
    for (const some of pieces(users)) this.#ask(some);
  }

  /** @param {string[]} users */
  #ask(users) {
    /** @type {string[]} */
    let asked = [];
    this.#requests.ask({
      make: () => {
        asked = users.filter((user) => this.#users.has(user));
        return asked.length === 0 ? null : { type: "watch", users: asked };
      },
      done: () => {},
      refused: ({ code, message }) => {
        if (code === "forbidden" && asked.length > 1) this.#sort(asked, { code, message });
        else this.#refuse(asked, { code, message });
      },
    });
  }

  /**
   * Finds out who of these is not to be seen, and asks for the others.
   *
   * @param {string[]} users
   * @param {{code: string, message: string}} error
   */
  async #sort(users, error) {
    /** @type {string[]} */
    let forbidden = [];
    try {
      ({ forbidden = [] } = await this.#rest.presence(users));
    } catch {
      // Then by trying.
    }
    if (forbidden.length > 0) {
      this.#refuse(forbidden, error);
      const left = new Set(users);
      for (const user of forbidden) left.delete(user);
      if (left.size > 0) this.#ask([...left]);
      return;
    }
    const middle = users.length >> 1;
    this.#ask(users.slice(0, middle));
    this.#ask(users.slice(middle));
  }

  /** @param {string[]} users @param {{code: string, message: string}} error */
  #refuse(users, { code, message }) {
    const refused = users.filter((user) => this.#users.delete(user));
    if (refused.length > 0) this.#emit("refused", { users: refused, code, message });
  }
}

/** @param {string[]} users @returns {string[][]} */
function pieces(users) {
  const all = [];
  for (let start = 0; start < users.length; start += USERS_PER_FRAME) all.push(users.slice(start, start + USERS_PER_FRAME));
  return all;
}
