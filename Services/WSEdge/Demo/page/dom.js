/** Small helpers to build the page with. */

/**
 * Finds what must be there.
 *
 * @template {HTMLElement} T
 * @param {string} selector
 * @returns {T}
 */
export function $(selector) {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (element);
}

/**
 * Makes an element. Text goes in as text, never as markup.
 *
 * @param {string} name `tag.class.class`
 * @param {Record<string, any>} [properties] attributes; functions are event listeners
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Gives an element its text; one that has it already is left alone, since a change lays out anew. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes an element of a picture.
 *
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {string} name a symbol of the page's sprite @param {string} [label] what it says to those who do not see it */
export function icon(name, label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  svg.classList.add(`icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Makes the children of `parent` the rows given, keeping the elements of rows that stay the same.
 *
 * @param {HTMLElement} parent
 * @param {{key: string, version: string, make: () => HTMLElement}[]} rows
 */
export function reconcile(parent, rows) {
  const old = new Map([...parent.children].map((child) => [/** @type {any} */ (child).rowKey, child]));
  let place = parent.firstElementChild;
  for (const row of rows) {
    let element = /** @type {any} */ (old.get(row.key));
    old.delete(row.key);
    if (!element || element.rowVersion !== row.version) {
      const made = /** @type {any} */ (row.make());
      made.rowKey = row.key;
      made.rowVersion = row.version;
      if (element) {
        if (place === element) place = made;
        element.replaceWith(made);
      }
      element = made;
    }
    if (place === element) place = element.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const left of old.values()) left.remove();
}

/** @param {string} text */
export function toast(text) {
  const element = h("div.toast", {}, text);
  $("#toasts").append(element);
  setTimeout(() => element.remove(), 6000);
}
