/**
 * What the close codes of a session ask of a client.
 *
 * @module
 */

/** Close codes by name, as in the contract. */
export const CloseCode = Object.freeze({
  normal: 1000,
  goingAway: 1001,
  tooLarge: 1009,
  moved: 4000,
  slowConsumer: 4001,
  heartbeatMissed: 4002,
  tokenExpired: 4003,
  rateLimited: 4004,
  unauthorized: 4500,
  badFrame: 4501,
  endedByOperator: 4502,
  tooManySessions: 4503,
});

/**
 * Whether a session that ended with `code` is to be resumed: everything below 4500 is, with back-off.
 *
 * @param {number} code
 * @returns {boolean}
 */
export function mayReconnect(code) {
  return code < 4500;
}

/**
 * Whether a connection that ended with `code` was lost without a word, as that of everybody on an edge which dies.
 *
 * @param {number | undefined} code
 * @returns {boolean}
 */
export function isLost(code) {
  return code === 1006 || code === CloseCode.heartbeatMissed;
}

/** Error codes that refuse a message for now: it stays queued and goes out again under the same `n`. */
export const TEMPORARY = Object.freeze(new Set(["busy", "rate_limited", "internal"]));
