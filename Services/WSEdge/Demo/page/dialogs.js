/** The dialogs that begin a conversation. */

import { directConversation, isIdentifier } from "../switchboard/index.js";
import { $, h, icon } from "./dom.js";

const BAD_NAME = "A name has 1 to 128 letters, digits or . _ @ -";

/** People worth suggesting: those one has written with, then the usual three. @param {import("./session.js").Session} session @param {string[]} [except] */
function people(session, except = []) {
  const { model } = session;
  const known = model.sorted.flatMap((conversation) => model.others(conversation));
  return [...new Set([...known, "alice", "bob", "carol", "dave"])]
    .filter((user) => user !== session.user && !except.includes(user))
    .slice(0, 6);
}

/** @param {string} selector @param {string[]} names @param {(name: string) => void} choose */
export function suggest(selector, names, choose) {
  $(selector).replaceChildren(
    ...names.map((name) => h("button.suggestion", { type: "button", click: () => choose(name) }, name)));
}

/** @param {HTMLDialogElement} dialog */
function openDialog(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) /** @type {HTMLElement} */ (button).onclick = () => dialog.close();
  // A click beside it closes it: the dialog's own padding is zero, so such a click has the dialog itself as its target.
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  dialog.showModal();
}

/** @param {import("./session.js").Session} session @param {(conversation: string) => void} open */
export function newChat(session, open) {
  const dialog = /** @type {HTMLDialogElement} */ ($("#new-chat"));
  const field = /** @type {HTMLInputElement} */ ($("#new-chat-user"));
  const error = $("#new-chat-error");
  field.value = "";
  error.textContent = "";
  const choose = (/** @type {string} */ user) => {
    if (!isIdentifier(user)) {
      error.textContent = BAD_NAME;
      field.focus();
      return;
    }
    dialog.close();
    open(directConversation(session.user, user));
  };
  suggest("#new-chat-suggestions", people(session), choose);
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    choose(field.value.trim());
  };
  openDialog(dialog);
  field.focus();
}

/** Topics worth suggesting. */
const TOPICS = ["general", "random", "news", "engineering", "lunch", "music"];

/** @param {import("./session.js").Session} session @param {(conversation: string) => void} open */
export function joinTopic(session, open) {
  const dialog = /** @type {HTMLDialogElement} */ ($("#join-topic"));
  const field = /** @type {HTMLInputElement} */ ($("#join-topic-name"));
  const error = $("#join-topic-error");
  field.value = error.textContent = "";
  const choose = (/** @type {string} */ text) => {
    const topic = text.replace(/^#/, "");
    if (!isIdentifier(topic)) {
      error.textContent = "The id of a topic has 1 to 128 letters, digits or . _ @ -";
      field.focus();
      return;
    }
    dialog.close();
    open(session.topics.join(topic));
  };
  suggest("#join-topic-suggestions", TOPICS.filter((topic) => !session.shelf.has(topic)), choose);
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    choose(field.value.trim());
  };
  openDialog(dialog);
  field.focus();
}

/** @param {import("./session.js").Session} session @param {(conversation: string) => void} open */
export function newGroup(session, open) {
  const dialog = /** @type {HTMLDialogElement} */ ($("#new-group"));
  const form = dialog.querySelector("form");
  const name = /** @type {HTMLInputElement} */ ($("#new-group-name"));
  const field = /** @type {HTMLInputElement} */ ($("#new-group-member"));
  const error = $("#new-group-error");
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  /** @type {string[]} */
  let members = [];
  name.value = field.value = error.textContent = "";

  const show = () => {
    for (const chip of dialog.querySelectorAll(".chip")) chip.remove();
    field.before(...members.map((member) =>
      h("span.chip", {}, member,
        h("button", { type: "button", "aria-label": `Remove ${member}`, click: () => {
          members = members.filter((other) => other !== member);
          show();
          field.focus();
        } }, icon("close")))));
    suggest("#new-group-suggestions", people(session, members), (member) => add(member));
  };
  const add = (/** @type {string} */ text) => {
    const names = text.split(/[\s,;]+/).filter(Boolean);
    const bad = names.find((member) => !isIdentifier(member));
    error.textContent = bad ? `“${bad}”: ${BAD_NAME}` : "";
    if (bad) return false;
    members = [...new Set([...members, ...names])].filter((member) => member !== session.user);
    field.value = "";
    show();
    return true;
  };
  field.onkeydown = (event) => {
    if ((event.key === "Enter" || event.key === ",") && field.value.trim() !== "") {
      event.preventDefault();
      add(field.value);
    } else if (event.key === "Backspace" && field.value === "" && members.length > 0) {
      members.pop();
      show();
    }
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!add(field.value)) return;
    const title = name.value.trim();
    if (title === "") {
      error.textContent = "The group needs a name.";
      return name.focus();
    }
    if (members.length === 0) {
      error.textContent = "Who else is in it?";
      return field.focus();
    }
    submit.disabled = true;
    try {
      const conversation = await session.createGroup({ id: groupID(title), name: title, members: [session.user, ...members] });
      dialog.close();
      open(conversation);
    } catch (problem) {
      error.textContent = `The group was not made: ${/** @type {Error} */ (problem).message}`;
    } finally {
      submit.disabled = false;
    }
  };
  show();
  openDialog(dialog);
  name.focus();
}

/** An id that says what the group is, and that no other group has. @param {string} title */
function groupID(title) {
  const words = title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
  const random = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${words || "group"}-${random}`;
}
