/**
 * One conversation as the page knows it.
 *
 * @module
 */

import { compareIds, directPeer, topicOf } from "../switchboard/index.js";

/**
 * @typedef {import("../switchboard/rest.js").Message} Message
 *
 * @typedef {object} Pending a message of this device that is not accepted yet
 * @property {number} n
 * @property {unknown} data
 * @property {number} at
 * @property {string | null} failure why it was refused for good
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string | null} peer the other user, unless it is a group or a topic
 * @property {string | null} topic the topic, if it is one
 * @property {boolean} joined whether the topic is heard
 * @property {string | null} name a group's name
 * @property {string[]} members a group's members, as far as they are known
 * @property {Message[]} messages by id
 * @property {Pending[]} pending by number
 * @property {Message | null} last
 * @property {number} unread
 * @property {string} countedTo the message up to which the server's list has counted what is unread
 * @property {string | null} dividerAfter the last message read when it was opened, while there were newer ones
 * @property {boolean} loaded the newest messages were fetched
 * @property {boolean} complete the oldest messages were fetched
 * @property {Map<string, string>} reads user → the message read up to
 * @property {Map<string, number>} typing user → until when
 */

/** A conversation of which nothing is known yet. @param {string} id @param {string} me @returns {Conversation} */
export function newConversation(id, me) {
  return {
    id,
    peer: directPeer(id, me),
    topic: topicOf(id),
    joined: false,
    name: null,
    members: [],
    messages: [],
    pending: [],
    last: null,
    unread: 0,
    countedTo: "0-0",
    dividerAfter: null,
    loaded: false,
    complete: false,
    reads: new Map(),
    typing: new Map(),
  };
}

/** Whether a message is newer than a mark. @param {string} id @param {string} [mark] */
export function isAfter(id, mark = "0-0") {
  return compareIds(id, mark) > 0;
}

/**
 * Has a message be as it is told to be, unless what is known of it is newer.
 *
 * @param {Message} message
 * @param {{edited?: number, deleted?: number, data?: unknown}} now
 */
export function revise(message, { edited, deleted, data }) {
  if (message.deleted !== undefined) return;
  if (deleted !== undefined) {
    Object.assign(message, { deleted, data: null });
    delete message.edited;
    delete message.attachments;
  } else if (edited !== undefined && edited >= (message.edited ?? 0)) {
    Object.assign(message, { edited, data });
  }
}

/** Puts a message in its place by id, or has the one that is there be as this one. @param {Message[]} messages @param {Message} message @returns {boolean} whether it was new */
export function insert(messages, message) {
  let low = messages.length;
  // From the end: what comes is nearly always the newest.
  while (low > 0 && compareIds(messages[low - 1].id, message.id) > 0) low -= 1;
  if (low > 0 && messages[low - 1].id === message.id) {
    revise(messages[low - 1], message);
    return false;
  }
  messages.splice(low, 0, message);
  return true;
}
