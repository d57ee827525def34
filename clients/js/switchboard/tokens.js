/**
 * The token that this user shows, fetched when it is needed and renewed before it expires.
 *
 * @module
 */

/**
 * @typedef {object} Token
 * @property {string} token a JWT
 * @property {number} expiresAt milliseconds since the epoch
 */

/** The token's source refused: asking again will not help without the user's doing. */
export class TokenRefused extends Error {
  name = "TokenRefused";
}

/** A token that expires within this time, in milliseconds, may do so before it arrives. */
const MARGIN = 5_000;

export class TokenSource {
  #fetch;
  #clock;
  /** @type {Token | null} */
  #token = null;
  /** @type {Promise<Token> | null} */
  #fetching = null;

  /**
   * @param {() => Token | string | Promise<Token | string>} fetch gets a fresh token, as {@link Token} or as the JWT alone; throws
   *   {@link TokenRefused} when there is no point in trying again
   * @param {import("./clock.js").Clock} clock
   */
  constructor(fetch, clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * A token that is good for a while: the last one, or a fresh one when that is about to expire.
   *
   * @returns {Promise<Token>}
   */
  async current() {
    if (this.#token && this.#token.expiresAt - this.#clock.now() > MARGIN) return this.#token;
    return this.renew();
  }

  /**
   * A fresh token. Callers at the same time share one request.
   *
   * @returns {Promise<Token>}
   */
  renew() {
    this.#fetching ??= (async () => {
      try {
        const token = await this.#fetch();
        this.#token = typeof token === "string" ? { token, expiresAt: expiry(token, this.#clock.now()) } : token;
        return this.#token;
      } finally {
        this.#fetching = null;
      }
    })();
    return this.#fetching;
  }

  /** Forgets the token: the server did not take it. */
  invalidate() {
    this.#token = null;
  }
}

/**
 * When a JWT expires, as it says itself; in a minute, when that cannot be read.
 *
 * @param {string} token
 * @param {number} now
 * @returns {number} milliseconds since the epoch
 */
function expiry(token, now) {
  try {
    const { exp } = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    if (exp > 0) return exp * 1000;
  } catch {
    // Not a JWT that this can read. The server may well: it is shown, and fetched again soon.
  }
  return now + 60_000;
}

/**
 * When a token is to be renewed: a minute before it expires, or after half of what is left when that is less.
 *
 * @param {Token} token
 * @param {number} now
 * @returns {number} milliseconds since the epoch
 */
export function renewalTime(token, now) {
  return token.expiresAt - Math.min(60_000, Math.max(0, token.expiresAt - now) / 2);
}
