/** How things are written on the page. */

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const SHORT_WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const SHORT_DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const FULL_DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const DAY = 86_400_000;

/** @param {number} at */
export function time(at) {
  return TIME.format(at);
}

/** A moment to the second. @param {number} at */
export function clock(at) {
  return CLOCK.format(at);
}

/** @param {number} at */
export function fullTime(at) {
  return `${FULL_DATE.format(at)}, ${TIME.format(at)}`;
}

/** The day a moment belongs to, as something to compare. @param {number} at */
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** @param {number} at @param {number} [now] */
export function day(at, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return "Today";
  if (dayKey(at) === dayKey(now - DAY)) return "Yesterday";
  if (now - at < 6 * DAY) return WEEKDAY.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? DATE.format(at) : FULL_DATE.format(at);
}

/** A moment in as little space as a list has for it. @param {number} at @param {number} [now] */
export function shortMoment(at, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return TIME.format(at);
  if (dayKey(at) === dayKey(now - DAY)) return "Yesterday";
  return now - at < 6 * DAY ? SHORT_WEEKDAY.format(at) : SHORT_DATE.format(at);
}

/** What a message says, or that it says nothing any more. @param {{data: unknown, deleted?: number}} message */
export function bodyOf({ data, deleted }) {
  return deleted === undefined ? textOf(data) : "This message was deleted";
}

/** How long ago someone was here. @param {number} since @param {number} [now] */
export function lastSeen(since, now = Date.now()) {
  if (!since) return "offline";
  const minutes = Math.floor((now - since) / 60_000);
  if (minutes < 1) return "last seen just now";
  if (minutes < 60) return `last seen ${minutes} min ago`;
  return dayKey(since) === dayKey(now) ? `last seen at ${TIME.format(since)}` : `last seen ${day(since, now)}, ${TIME.format(since)}`;
}

/** Since when someone is here. @param {number} since @param {number} [now] */
export function onlineSince(since, now = Date.now()) {
  if (!since || now - since < 60_000) return "online";
  return dayKey(since) === dayKey(now) ? `online since ${TIME.format(since)}` : `online since ${day(since, now)}, ${TIME.format(since)}`;
}

/** How long something has lasted, in one unit. @param {number} since @param {number} [now] */
export function sinceText(since, now = Date.now()) {
  const minutes = Math.floor((now - since) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}

/** What a message says: this page writes `{"text": …}`; whatever other clients write is shown as it is. @param {unknown} data */
export function textOf(data) {
  if (typeof data === "string") return data;
  if (data && typeof data === "object" && typeof (/** @type {any} */ (data).text) === "string") {
    return /** @type {any} */ (data).text;
  }
  return JSON.stringify(data);
}

const HUES = [25, 55, 85, 125, 160, 190, 225, 255, 285, 315, 345];

/** A hue that stays the same for a name. The seed is one that keeps the names everyone tries first apart. @param {string} name */
export function hueOf(name) {
  let hash = 36;
  for (const character of name) hash = Math.imul(hash ^ /** @type {number} */ (character.codePointAt(0)), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return HUES[((hash ^ (hash >>> 12)) >>> 0) % HUES.length];
}

/** One or two letters for a name. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]].map((word) => [...word][0]) : [[...(words[0] ?? "?")][0]];
  return letters.join("").toUpperCase();
}

/** @param {string[]} names */
export function listOf(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}
