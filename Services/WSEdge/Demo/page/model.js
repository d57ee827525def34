/**
 * What the page knows: conversations, their messages, who reads, types and is online. Pure but for its `change` event.
 *
 * @module
 */

import { compareIds, conversationOf } from "../switchboard/index.js";
import { insert, isAfter, newConversation, revise } from "./conversation.js";

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./conversation.js").Message} Message
 */

/** How many messages of a topic are kept while it is not shown, and how many at all: there may be any number. */
const KEPT = 500;
const KEPT_SHOWN = 5_000;

/**
 * @typedef {object} Presence
 * @property {boolean} online
 * @property {number} since
 * @property {string | null} state `away`, or, of oneself, `invisible`
 * @property {string | null} text the user's own words
 */

export class Model extends EventTarget {
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** @type {Map<string, Presence>} */
  presence = new Map();
  /** @type {string | null} the conversation that is shown */
  shown = null;

  /** @param {string} me */
  constructor(me) {
    super();
    this.me = me;
  }

  /** All conversations, the one with the newest message first. */
  get sorted() {
    const moment = (/** @type {Conversation} */ { last, pending }) => Math.max(last?.at ?? 0, pending.at(-1)?.at ?? 0);
    return [...this.conversations.values()]
      .filter(({ id, topic, joined, last, pending, name }) =>
        topic !== null ? joined : last || pending.length > 0 || name !== null || id === this.shown)
      .sort((one, other) => (moment(other) || Infinity) - (moment(one) || Infinity) || 0);
  }

  /** The conversation of that id, made if need be. @param {string} id @returns {Conversation} */
  conversation(id) {
    let conversation = this.conversations.get(id);
    if (!conversation) {
      conversation = newConversation(id, this.me);
      this.conversations.set(id, conversation);
    }
    return conversation;
  }

  /** What a conversation is called. @param {Conversation} conversation */
  title({ id, peer, topic, name }) {
    if (topic !== null) return topic === "all" ? "Announcements" : topic;
    if (peer !== null) return peer === this.me ? "Notes to self" : peer;
    return name ?? id.slice(id.indexOf(":") + 1);
  }

  /** The other people of a conversation, as far as they are known. @param {Conversation} conversation */
  others({ peer, members }) {
    return peer !== null ? [peer].filter((user) => user !== this.me) : members.filter((user) => user !== this.me);
  }

  /**
   * What the server says of a conversation in a list.
   *
   * @param {object} summary
   * @param {string} summary.id
   * @param {Message | null} [summary.last]
   * @param {string | null} [summary.read] the message that I have read up to
   * @param {number} [summary.unread]
   */
  summarize({ id, last, read, unread = 0 }) {
    const conversation = this.conversation(id);
    if (read && isAfter(read, conversation.reads.get(this.me))) conversation.reads.set(this.me, read);
    if (last && (!conversation.last || compareIds(last.id, conversation.last.id) > 0)) conversation.last = last;
    const known = last?.id ?? conversation.countedTo;
    conversation.countedTo = known;
    conversation.unread = this.#unread(conversation, known, unread);
    this.#changed();
  }

  /**
   * How much is unread, where the server has counted up to `known`: what came live may be newer than its list, and what
   * was read here may be, too.
   *
   * @param {Conversation} conversation
   * @param {string} known
   * @param {number} counted
   */
  #unread(conversation, known, counted) {
    const { messages, complete, loaded } = conversation;
    const mark = conversation.reads.get(this.me) ?? "0-0";
    const after = (/** @type {string} */ id) =>
      messages.filter((message) => message.from !== this.me && isAfter(message.id, id) && isAfter(message.id, mark)).length;
    const reachesMark = loaded && (complete || (messages.length > 0 && !isAfter(messages[0].id, mark)));
    if (reachesMark && !isAfter(known, messages.at(-1)?.id)) return after(mark);
    return (isAfter(known, mark) ? counted : 0) + after(known);
  }

  /** A topic is heard. @param {string} id */
  join(id) {
    this.conversation(id).joined = true;
    this.#changed();
  }

  /** A topic is heard no more. @param {string} id */
  leave(id) {
    this.conversations.delete(id);
    this.#changed();
  }

  /** What a group is called and who is in it. @param {string} id @param {string} name @param {string[]} members */
  named(id, name, members) {
    Object.assign(this.conversation(id), { name: name || id.slice(6), members });
    this.#changed();
  }

  /**
   * A message came: from the inbox, from another device of mine, or out of a gap.
   *
   * @param {Message} message
   * @returns {boolean} whether it was new
   */
  received(message) {
    const conversation = this.conversation(message.conversation);
    if (!insert(conversation.messages, message)) return false;
    if (!conversation.last || compareIds(message.id, conversation.last.id) > 0) conversation.last = message;
    conversation.typing.delete(message.from);
    if (message.from === this.me) {
      this.#read(conversation, this.me, message.id);
    } else if (isAfter(message.id, conversation.reads.get(this.me)) && isAfter(message.id, conversation.countedTo)) {
      conversation.unread += 1;
    }
    this.#cut(conversation);
    this.#changed();
    return true;
  }

  /**
   * A message says something else, or is no more. One that is not known is passed over: where it is read again, it is as it is now.
   *
   * @param {{type: string, id: string, conversation: string, at: number, data?: unknown}} change
   */
  revised({ type, id, conversation: name, at, data }) {
    const conversation = this.conversations.get(name);
    if (!conversation) return;
    const { messages, last } = conversation;
    const now = type === "deleted" ? { deleted: at } : { edited: at, data };
    for (const message of new Set([messages.find((message) => message.id === id), last?.id === id ? last : undefined])) {
      if (message) revise(message, now);
    }
    this.#changed();
  }

  /** Keeps what a topic takes bounded: what is cut off can be read again from history. @param {Conversation} conversation */
  #cut(conversation) {
    const { id, topic, messages } = conversation;
    const limit = id === this.shown ? KEPT_SHOWN : KEPT;
    // Not for one message at a time.
    if (topic === null || messages.length < limit * 1.2) return;
    messages.splice(0, messages.length - limit);
    conversation.complete = false;
  }

  /**
   * A page of history came.
   *
   * @param {string} id
   * @param {Message[]} messages in any order
   * @param {{complete?: boolean}} [page] `complete`: there is nothing before it
   */
  history(id, messages, { complete = false } = {}) {
    const conversation = this.conversation(id);
    for (const message of messages) insert(conversation.messages, message);
    conversation.loaded = true;
    conversation.complete ||= complete;
    const newest = conversation.messages.at(-1);
    if (newest && (!conversation.last || compareIds(newest.id, conversation.last.id) > 0)) conversation.last = newest;
    this.#changed();
  }

  /** @param {import("../switchboard/outbox.js").Outgoing} entry */
  queued({ n, to, data, at }) {
    const { pending } = this.conversation(conversationOf(to, this.me));
    if (!pending.some((entry) => entry.n === n)) pending.push({ n, data, at, failure: null });
    this.#changed();
  }

  /** @param {{n: number, id: string, conversation: string, at: number, data: unknown}} accepted */
  accepted({ n, id, conversation: name, at, data }) {
    const conversation = this.conversation(name);
    conversation.pending = conversation.pending.filter((entry) => entry.n !== n);
    this.received({ id, conversation: name, from: this.me, at, data });
    this.#changed();
  }

  /** @param {{n: number, to: string, message: string}} failed */
  failed({ n, to, message }) {
    const entry = this.conversation(conversationOf(to, this.me)).pending.find((entry) => entry.n === n);
    if (entry) entry.failure = message;
    this.#changed();
  }

  /** Forgets a message that was refused. @param {string} id @param {number} n */
  dismissed(id, n) {
    const conversation = this.conversation(id);
    conversation.pending = conversation.pending.filter((entry) => entry.n !== n);
    this.#changed();
  }

  /** Someone has read up to a message: another person, or I on another device. @param {string} id @param {string} user @param {string} message */
  read(id, user, message) {
    this.#read(this.conversation(id), user, message);
    this.#changed();
  }

  /**
   * I see a conversation down to a message.
   *
   * @param {string} id
   * @param {string} message the last one in view, "" for none
   * @returns {string | null} the message up to which that is to be told, unless it was told before
   */
  seen(id, message) {
    const conversation = this.conversation(id);
    const mark = conversation.reads.get(this.me);
    const newest = conversation.messages.findLast(({ id, from }) => from !== this.me && compareIds(id, message) <= 0);
    if (message === "" || !newest || !isAfter(newest.id, mark)) {
      // What the list still counts is not there to be read any more.
      const atEnd = conversation.messages.at(-1)?.id === message;
      if (conversation.unread > 0 && conversation.loaded && atEnd) {
        conversation.unread = 0;
        this.#changed();
      }
      return null;
    }
    this.#read(conversation, this.me, newest.id);
    this.#changed();
    return newest.id;
  }

  /** A conversation comes into view: what is unread now is marked as such for as long as it is shown. @param {string | null} id */
  show(id) {
    const before = this.shown === null ? undefined : this.conversations.get(this.shown);
    this.shown = id;
    if (before && before.id !== id) this.#cut(before);
    if (id !== null) {
      const conversation = this.conversation(id);
      conversation.dividerAfter = null;
      this.markDivider(conversation);
    }
    this.#changed();
  }

  /** Finds where the unread messages begin, once they are here. @param {Conversation} conversation */
  markDivider(conversation) {
    const { messages, unread } = conversation;
    if (unread === 0 || conversation.dividerAfter !== null) return;
    let left = unread;
    let index = messages.length;
    while (index > 0 && left > 0) {
      index -= 1;
      if (messages[index].from !== this.me) left -= 1;
    }
    if (left === 0 && index > 0) conversation.dividerAfter = messages[index - 1].id;
  }

  /** @param {string} id @param {string} user @param {number} until 0: has stopped */
  typing(id, user, until) {
    const { typing } = this.conversation(id);
    if (until > 0) typing.set(user, until);
    else typing.delete(user);
    this.#changed();
  }

  /** Who of a conversation is typing. @param {Conversation} conversation @param {number} now */
  typists({ typing }, now) {
    return [...typing].filter(([user, until]) => until > now && user !== this.me).map(([user]) => user);
  }

  /** What is seen of someone. @param {string} user @param {Presence} presence */
  present(user, { online, since, state, text }) {
    const known = this.presence.get(user);
    if (known?.online === online && known.since === since && known.state === state && known.text === text) return;
    this.presence.set(user, { online, since, state, text });
    this.#changed();
  }

  /** Nothing is seen of someone any more. @param {string} user */
  hide(user) {
    if (this.presence.delete(user)) this.#changed();
  }

  /** How someone is shown; offline when nothing is known. @param {string} user @returns {"online" | "away" | "offline"} */
  standing(user) {
    const { online = false, state = null } = this.presence.get(user) ?? {};
    return !online ? "offline" : state === "away" ? "away" : "online";
  }

  /** Who has read a message of mine. @param {Conversation} conversation @param {string} id */
  readers({ reads }, id) {
    return [...reads].filter(([user, mark]) => user !== this.me && compareIds(mark, id) >= 0).map(([user]) => user);
  }

  /** How many messages are unread in all. */
  get unread() {
    return this.unreadOf(false) + this.unreadOf(true);
  }

  /** How many are in topics, or in conversations. @param {boolean} inTopics */
  unreadOf(inTopics) {
    return [...this.conversations.values()]
      .filter(({ topic }) => (topic !== null) === inTopics)
      .reduce((sum, { unread }) => sum + unread, 0);
  }

  /** @param {Conversation} conversation @param {string} user @param {string} id */
  #read(conversation, user, id) {
    const mark = conversation.reads.get(user) ?? "0-0";
    if (compareIds(id, mark) <= 0) return;
    conversation.reads.set(user, id);
    if (user !== this.me) return;
    const left = conversation.messages.filter((message) => message.from !== this.me && compareIds(message.id, id) > 0);
    conversation.unread = left.length;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
