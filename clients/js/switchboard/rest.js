/**
 * The REST side of the contract: history, conversations, groups, presence, edges.
 *
 * @module
 */

/**
 * @typedef {object} Message
 * @property {string} id `<ms>-<n>`; within a conversation the order in which everyone sees the messages
 * @property {string} conversation
 * @property {string} from
 * @property {number} at milliseconds since the epoch
 * @property {any} data null where it was deleted
 * @property {Attachment[]} [attachments]
 * @property {number} [edited] when it was last edited
 * @property {number} [deleted] when it was deleted
 *
 * @typedef {object} Attachment a file that a message comes with; where it is kept is the application's
 * @property {string} url `http:` or `https:`
 * @property {string} type its media type
 * @property {number} size in bytes
 * @property {string} name
 *
 * @typedef {object} ConversationSummary
 * @property {string} conversation
 * @property {Message | null} last
 * @property {string | null} read the message that I have read up to
 * @property {number} unread
 *
 * @typedef {object} Edge one that is alive
 * @property {string} edge
 * @property {string} url where it can be reached by itself, or ""
 * @property {number} sessions
 * @property {boolean} draining
 * @property {number} capacity
 * @property {number} load its sessions in relation to its due; 1 is even
 * @property {number} since
 *
 * @typedef {object} Ring
 * @property {number} version 0 before there was one
 * @property {number} changed
 * @property {{edge: string, weight: number, share: number, live: boolean}[]} edges by id
 */

/** What a service answered instead of what was asked for (RFC 9457). */
export class Problem extends Error {
  name = "Problem";

  /**
   * @param {number} status 0 when nothing answered at all
   * @param {string} code the last part of the problem's type: `forbidden`, `not_found`, …
   * @param {string} detail
   */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export class Rest {
  #base;
  #tokens;
  #fetch;

  /**
   * @param {object} options
   * @param {string} options.base where the gateway is, e.g. `https://chat.example`
   * @param {import("./tokens.js").TokenSource} options.tokens
   * @param {typeof fetch} [options.fetch]
   */
  constructor({ base, tokens, fetch = (...request) => globalThis.fetch(...request) }) {
    this.#base = base;
    this.#tokens = tokens;
    this.#fetch = fetch;
  }

  /**
   * My conversations, newest first.
   *
   * @param {{limit?: number, after?: string}} [page]
   * @returns {Promise<{conversations: ConversationSummary[], next: string | null}>}
   */
  conversations(page = {}) {
    return this.#request("GET", "/v1/conversations", { query: page });
  }

  /**
   * Messages of a conversation: newest first with `before` (or neither), oldest first with `after`.
   *
   * @param {string} conversation
   * @param {{limit?: number, before?: string, after?: string}} [page]
   * @returns {Promise<{messages: Message[], next: string | null}>}
   */
  messages(conversation, page = {}) {
    return this.#request("GET", `/v1/conversations/${encodeURIComponent(conversation)}/messages`, { query: page });
  }

  /**
   * Has a message of mine say something else. It is done when `edited` comes.
   *
   * @param {string} conversation
   * @param {string} id
   * @param {unknown} data any JSON
   * @returns {Promise<{id: string, conversation: string, change: string}>} `change`: what `edited` will bear
   */
  editMessage(conversation, id, data) {
    return this.#request("PATCH", messagePath(conversation, id), { body: { data } });
  }

  /**
   * Has a message of mine be no more. It is done when `deleted` comes.
   *
   * @param {string} conversation
   * @param {string} id
   * @returns {Promise<{id: string, conversation: string, change: string}>}
   */
  deleteMessage(conversation, id) {
    return this.#request("DELETE", messagePath(conversation, id));
  }

  /**
   * How far the members of a conversation have read it.
   *
   * @param {string} conversation
   * @returns {Promise<{receipts: {user: string, id: string, at: number}[], next: string | null}>}
   */
  receipts(conversation) {
    return this.#request("GET", `/v1/conversations/${encodeURIComponent(conversation)}/receipts`);
  }

  /**
   * Everything for me after a message, over all my conversations, oldest first.
   *
   * @param {{after: string, limit?: number}} page
   * @returns {Promise<{messages: Message[], next: string | null}>}
   */
  sync(page) {
    return this.#request("GET", "/v1/sync", { query: page });
  }

  /**
   * Who of some users is online.
   *
   * @param {string[]} users at most 1,000
   * @returns {Promise<{presence: {user: string, status: "online" | "offline", since: number | null, state?: string, text?: string, devices: string[]}[], forbidden?: string[]}>}
   *   `forbidden`: those who may not be seen
   */
  presence(users) {
    return this.#request("POST", "/v1/presence/query", { body: { users } });
  }

  /**
   * Says what I want to be seen as, on all my devices, until I say otherwise.
   *
   * @param {{status: "online" | "away" | "invisible", text?: string | null}} presence `text`: at most 128 characters
   * @returns {Promise<any>}
   */
  putPresence(presence) {
    return this.#request("PUT", "/v1/presence/me", { body: presence });
  }

  /**
   * The live edges with their load, and the ring.
   *
   * @returns {Promise<{edges: Edge[], ring?: Ring}>}
   */
  edges() {
    return this.#request("GET", "/v1/edges");
  }

  /**
   * The edge that a user belongs on.
   *
   * @param {string} user
   * @returns {Promise<{edge: string, url: string}>}
   */
  locate(user) {
    return this.#request("GET", "/v1/edges/locate", { query: { user } });
  }

  /**
   * @param {string} id
   * @returns {Promise<{id: string, name: string, members: string[]}>}
   */
  group(id) {
    return this.#request("GET", `/v1/groups/${encodeURIComponent(id)}`);
  }

  /**
   * Makes a group, or changes its name and members.
   *
   * @param {string} id
   * @param {{name: string, members: string[]}} group
   * @returns {Promise<any>}
   */
  putGroup(id, group) {
    return this.#request("PUT", `/v1/groups/${encodeURIComponent(id)}`, { body: group });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{query?: Record<string, unknown>, body?: unknown}} content
   * @returns {Promise<any>}
   */
  async #request(method, path, { query = {}, body } = {}) {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
    }
    const attempt = async () => {
      const { token } = await this.#tokens.current();
      return this.#fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
      });
    };
    let response;
    try {
      response = await attempt();
      if (response.status === 401) {
        // The clocks may differ, or the secret was changed: one fresh token, then it is an answer.
        this.#tokens.invalidate();
        response = await attempt();
      }
    } catch (error) {
      throw new Problem(0, "unreachable", error instanceof Error ? error.message : String(error));
    }
    const text = await response.text();
    if (!response.ok) throw problem(response.status, text);
    return text === "" ? null : JSON.parse(text);
  }
}

/** @param {string} conversation @param {string} id */
function messagePath(conversation, id) {
  return `/v1/conversations/${encodeURIComponent(conversation)}/messages/${encodeURIComponent(id)}`;
}

/** @param {number} status @param {string} text */
function problem(status, text) {
  try {
    const { type = "", code, detail, title } = JSON.parse(text);
    return new Problem(status, code ?? type.split(/[/:#]/).pop() ?? "", detail ?? title ?? `status ${status}`);
  } catch {
    return new Problem(status, "", `status ${status}`);
  }
}
