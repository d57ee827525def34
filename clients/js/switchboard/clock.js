/**
 * Time as the client sees it, so that tests can be its master.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since the epoch
 * @property {(body: () => void, delay: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (body, delay) => globalThis.setTimeout(body, delay),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
};
