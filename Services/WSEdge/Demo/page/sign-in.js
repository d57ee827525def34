/** Who comes in, and on which edge. */

import { isIdentifier } from "../switchboard/index.js";
import { $, h } from "./dom.js";
import { suggest } from "./dialogs.js";

/**
 * Asks for a name until it is one.
 *
 * @param {object} options
 * @param {{id: string, url: string}[]} options.edges
 * @param {string | null} options.user what the address says
 * @param {string | null} options.edge what the address says
 * @param {string} [options.error] what went wrong before
 * @returns {Promise<{user: string, edge: string | null}>}
 */
export function signIn({ edges, user, edge, error = "" }) {
  const panel = $("#sign-in");
  const field = /** @type {HTMLInputElement} */ ($("#sign-in-user"));
  const choices = $("#sign-in-edges");
  panel.hidden = false;
  field.value = user ?? "";
  $("#sign-in-error").textContent = error;
  choices.hidden = edges.length < 2;
  const options = [{ value: "", label: "Any" }, ...edges.map(({ id }) => ({ value: id, label: id }))];
  const chosen = edges.find(({ id }, index) => edge === id || edge === String(index + 1))?.id ?? "";
  /** @type {HTMLElement} */ (choices.querySelector(".segments")).replaceChildren(
    ...options.map(({ value, label }) =>
      h("label", {}, h("input", { type: "radio", name: "edge", value, checked: value === chosen }), h("span", {}, label))));
  suggest("#sign-in-suggestions", ["alice", "bob", "carol"], (name) => {
    field.value = name;
    field.focus();
  });
  field.focus();

  return new Promise((resolve) => {
    const form = /** @type {HTMLFormElement} */ (panel.querySelector("form"));
    form.onsubmit = (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (!isIdentifier(name)) {
        $("#sign-in-error").textContent = name === "" ? "Who are you?" : "A name has 1 to 128 letters, digits or . _ @ -";
        field.setAttribute("aria-invalid", "true");
        return field.focus();
      }
      field.removeAttribute("aria-invalid");
      panel.hidden = true;
      resolve({ user: name, edge: String(new FormData(form).get("edge") ?? "") || null });
    };
  });
}

/** Says that there is nothing to sign in to. @param {string} text */
export function closed(text) {
  const panel = $("#sign-in");
  panel.hidden = false;
  /** @type {HTMLElement} */ (panel.querySelector("form")).replaceChildren(
    h("img.logo", { src: "/demo/icon.svg", alt: "", width: 56, height: 56 }),
    h("h1", {}, "Switchboard"),
    h("p.lead", {}, text),
    h("button.primary", { type: "button", click: () => location.reload() }, "Try again"));
}
