/**
 * The demo: a small messenger on the client library in `clients/js`.
 *
 * The address may say who is there and where: `?user=alice&edge=2`, `?edge=ws://host:port` and `?device=phone`.
 * Without a user it asks. The part after `#` is the conversation that is shown, or the tab (`topics`, `operator`), so that
 * Back does what one expects.
 *
 * @module
 */

import { isIdentifier, topicOf } from "./switchboard/index.js";
import { AnnouncementView } from "./page/announcements.js";
import { Composer } from "./page/composer.js";
import { ConnectionView } from "./page/connection.js";
import { ConversationListView } from "./page/conversation-list.js";
import { edgeURL, fetchConfiguration } from "./page/demo-server.js";
import { claimDevice } from "./page/device.js";
import { joinTopic, newChat, newGroup } from "./page/dialogs.js";
import { $, toast } from "./page/dom.js";
import { textOf } from "./page/format.js";
import { OperatorView } from "./page/operator.js";
import { Session } from "./page/session.js";
import { closed, signIn } from "./page/sign-in.js";
import { StatusMenu } from "./page/status-menu.js";
import { ThreadView } from "./page/thread.js";

const address = new URL(location.href);

async function main() {
  let configuration;
  try {
    configuration = await fetchConfiguration();
  } catch {
    return closed("The server cannot be reached right now.");
  }
  if (!configuration) return closed("The demo is switched off on this server. Its operator can start it with DEMO=true.");

  const { edges } = configuration;
  let user = address.searchParams.get("user");
  let edge = address.searchParams.get("edge");
  let url = edgeURL(edge, edges);
  let error = url === null ? `There is no edge “${edge}” here.` : user && !isIdentifier(user) ? "That is not a name." : "";
  while (!user || error || url === null) {
    ({ user, edge } = await signIn({ edges, user, edge, error }));
    url = edgeURL(edge, edges);
    error = url === null ? `There is no edge “${edge}” here.` : "";
  }
  remember(user, edge);
  run(new Session({ user, device: await claimDevice(user, address.searchParams.get("device")), url, onTrouble: toast }));
}

/** Keeps who and where in the address, so that a reload asks nothing. @param {string} user @param {string | null} edge */
function remember(user, edge) {
  address.searchParams.set("user", user);
  if (edge) address.searchParams.set("edge", edge);
  else address.searchParams.delete("edge");
  history.replaceState(null, "", address);
}

/** @param {Session} session */
function run(session) {
  const { model, client } = session;
  const open = (/** @type {string | null} */ id) => {
    location.hash = id === null ? (document.body.dataset.tab === "topics" ? "topics" : "") : encodeURIComponent(id);
  };
  const list = new ConversationListView(session, open);
  const thread = new ThreadView(session);
  const composer = new Composer(session, () => thread.scrollToEnd());
  const operator = new OperatorView(session);
  const status = new StatusMenu(session);
  const announcements = new AnnouncementView(session, open);
  new ConnectionView(session);

  $("#messenger").hidden = false;
  $("#me-name").textContent = session.user;
  $("#me-name").title = `Device ${session.device}`;
  $("#new-chat-button").onclick = () => newChat(session, open);
  $("#empty-new-chat").onclick = () => newChat(session, open);
  $("#new-group-button").onclick = () => newGroup(session, open);
  $("#join-topic-button").onclick = () => joinTopic(session, open);
  $("#empty-join-topic").onclick = () => joinTopic(session, open);
  $("#leave-topic").onclick = () => {
    const topic = model.shown === null ? null : topicOf(model.shown);
    open(null);
    if (topic !== null) session.topics.leave(topic);
  };
  $("#back").onclick = () => open(null);
  $("#sign-out").onclick = () => {
    session.stop();
    location.assign(location.pathname);
  };

  // However much happens in one frame, the page is drawn once.
  let planned = false;
  const draw = () => {
    planned = false;
    document.body.dataset.view = model.shown === null ? "list" : "thread";
    list.render();
    thread.render();
    status.render();
  };
  const planDraw = () => {
    if (planned) return;
    planned = true;
    // A hidden page gets no animation frames, but its title must still count.
    if (document.visibilityState === "visible") requestAnimationFrame(draw);
    else setTimeout(draw, 100);
  };
  model.addEventListener("change", planDraw);
  document.addEventListener("visibilitychange", planDraw);
  setInterval(planDraw, 30_000);

  session.dispatch = (message) => {
    if (message.from === session.user) return;
    announcements.heard(message);
    $("#announcer").textContent = `${message.from}: ${textOf(message.data)}`;
  };

  const follow = () => {
    const { tab, id } = placeInAddress(session.user);
    const before = model.shown;
    document.body.dataset.tab = tab;
    for (const name of ["chats", "topics", "operator"]) {
      if (name === tab) $(`#tab-${name}`).setAttribute("aria-current", "page");
      else $(`#tab-${name}`).removeAttribute("aria-current");
    }
    list.topics = tab === "topics";
    operator.show(tab === "operator");
    session.open(id);
    if (id === "topic:all") announcements.hide();
    draw();
    composer.show(id);
    // What had the focus may be hidden now.
    if (id !== null && composer.phone) $("#back").focus();
    if (id === null && before !== null && tab !== "operator") list.focus(before);
  };
  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && model.shown !== null && !document.querySelector("dialog[open], :popover-open")) open(null);
  });

  session.start();
  follow();
  // For the browser tests and the curious: what the page knows.
  Object.assign(globalThis, { switchboard: { client, model, session } });
}

/**
 * What is shown by what is after `#`.
 *
 * @param {string} user
 * @returns {{tab: "chats" | "topics" | "operator", id: string | null}}
 */
function placeInAddress(user) {
  const name = location.hash.slice(1);
  if (name === "topics" || name === "operator") return { tab: name, id: null };
  const id = conversationInAddress(user);
  return { tab: id !== null && topicOf(id) !== null ? "topics" : "chats", id };
}

/** The conversation after `#`, if it is one that this user may be in. @param {string} user @returns {string | null} */
function conversationInAddress(user) {
  let id;
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return null;
  }
  const [kind, ...names] = id.split(":");
  const isDirect = kind === "dm" && names.length === 2 && names.includes(user);
  return (isDirect || (["group", "topic"].includes(kind) && names.length === 1)) && names.every(isIdentifier) ? id : null;
}

main();
