import { h } from "./dom.js";
import { hueOf, initials } from "./format.js";

/**
 * A round sign for a person or a group, with a dot for who is online.
 *
 * @param {string} name
 * @param {{group?: boolean, online?: boolean | null}} [options] `online` null shows no dot
 */
export function avatar(name, { group = false, online = null } = {}) {
  const element = h(
    group ? "span.avatar.group" : "span.avatar",
    { "aria-hidden": "true" },
    initials(name),
    online === null ? null : h("span.dot", { "data-online": online ? "yes" : "no" }),
  );
  element.style.setProperty("--hue", String(hueOf(name)));
  return element;
}
