import { h, icon } from "./dom.js";
import { hueOf, initials } from "./format.js";

/**
 * A round sign for a person, a group or a topic, with a dot for who is online.
 *
 * @param {string} name
 * @param {object} [options]
 * @param {"user" | "group" | "topic" | "all"} [options.kind]
 * @param {"online" | "away" | "offline" | "hidden" | null} [options.presence] null shows no dot
 */
export function avatar(name, { kind = "user", presence = null } = {}) {
  const element = h(
    kind === "user" ? "span.avatar" : `span.avatar.group.${kind}`,
    { "aria-hidden": "true" },
    kind === "topic" ? icon("topic") : kind === "all" ? icon("announcement") : initials(name),
    presence === null ? null
      : h("span.dot", { "data-online": presence === "offline" ? "no" : "yes", "data-state": presence }),
  );
  element.style.setProperty("--hue", String(hueOf(name)));
  return element;
}
