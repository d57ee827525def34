/**
 * Names of the contract: users, destinations, conversations and message ids.
 *
 * @module
 */

const IDENTIFIER = /^[A-Za-z0-9._@-]{1,128}$/;

/**
 * Whether `text` may name a user, a device, a group or a topic: 1 to 128 of `A-Z a-z 0-9 . _ @ -`.
 *
 * @param {string} text
 * @returns {boolean}
 */
export function isIdentifier(text) {
  return IDENTIFIER.test(text);
}

/**
 * Orders two ids of the form `<ms>-<n>` by `ms`, then by `n`, both as numbers.
 *
 * Digits without leading zeros order like numbers once the shorter comes first, which stays exact where
 * a JavaScript number would round (n has 64 bits).
 *
 * @param {string} one
 * @param {string} other
 * @returns {number} below 0, 0 or above 0
 */
export function compareIds(one, other) {
  if (one === other) return 0;
  const [oneTime, oneNumber = "0"] = one.split("-");
  const [otherTime, otherNumber = "0"] = other.split("-");
  return compareDigits(oneTime, otherTime) || compareDigits(oneNumber, otherNumber);
}

/** @param {string} one @param {string} other */
function compareDigits(one, other) {
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * The conversation of two users: `dm:<a>:<b>`, their ids sorted bytewise.
 *
 * @param {string} one
 * @param {string} other
 * @returns {string}
 */
export function directConversation(one, other) {
  return one < other ? `dm:${one}:${other}` : `dm:${other}:${one}`;
}

/**
 * The conversation that a `send` of `me` to `destination` belongs to.
 *
 * @param {string} destination `user:<id>`, `group:<id>`, `topic:<id>` or `all`
 * @param {string} me
 * @returns {string}
 */
export function conversationOf(destination, me) {
  if (destination === "all") return "topic:all";
  return destination.startsWith("user:") ? directConversation(me, destination.slice(5)) : destination;
}

/**
 * Where `me` sends to, to write into `conversation`: the reverse of {@link conversationOf}.
 *
 * @param {string} conversation
 * @param {string} me
 * @returns {string}
 */
export function destinationOf(conversation, me) {
  const peer = directPeer(conversation, me);
  return peer === null ? conversation : `user:${peer}`;
}

/**
 * The topic of a conversation, or null when it is none.
 *
 * @param {string} conversation
 * @returns {string | null}
 */
export function topicOf(conversation) {
  return conversation.startsWith("topic:") ? conversation.slice("topic:".length) : null;
}

/**
 * The other user of a direct conversation (oneself, in a notebook), or null for groups and topics.
 *
 * @param {string} conversation
 * @param {string} me
 * @returns {string | null}
 */
export function directPeer(conversation, me) {
  const [kind, one, other] = conversation.split(":");
  if (kind !== "dm") return null;
  return one === me ? other : one;
}
