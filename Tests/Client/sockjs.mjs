/**
 * Tests SockJS, with STOMP over it, by TLS where the gateway speaks that, with the client that others have written (Debian's node-sockjs-client):
 *
 *     NODE_PATH=/usr/share/nodejs compose/local/up node Tests/Client/sockjs.mjs
 *
 * The last line is `N passed, N failed`.
 */
import { createRequire } from "node:module";
import { gateway, token, until } from "./people.mjs";
import { equal, expect, run, test } from "./unit/harness.js";

const SockJS = createRequire("/usr/share/nodejs/sockjs-client/")("./lib/entry.js");
const mark = Date.now().toString(36);

/** @param {string} command @param {Record<string, string>} headers @param {string} [body] */
const frame = (command, headers, body = "") =>
  `${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("")}\n${body}\0`;

for (const transport of ["websocket", "xhr-streaming", "xhr-polling"]) {
  test(`STOMP goes over SockJS by ${transport}`, async () => {
    const user = `sock-${transport}-${mark}`;
    const socket = new SockJS(`${gateway}/chat-websocket`, null, { transports: [transport] });
    /** @type {string[]} */
    const heard = [];
    const state = { open: false, closed: null };
    socket.onopen = () => (state.open = true);
    socket.onclose = (/** @type {any} */ event) => (state.closed = event);
    socket.onmessage = (/** @type {any} */ { data }) => heard.push(...data.split("\0").filter((/** @type {string} */ part) => part.trim() !== ""));
    const frames = (/** @type {string} */ command) => heard.filter((part) => part.trimStart().startsWith(`${command}\n`));
    await until(`the connection: ${JSON.stringify(state)}`, () => state.open || state.closed);
    equal(state.closed, null);
    equal(socket.transport, transport);
    socket.send(frame("CONNECT", { "accept-version": "1.2", host: "switchboard", passcode: token(user) }));
    await until("CONNECTED", () => frames("CONNECTED").length === 1 || frames("ERROR").length > 0);
    equal(frames("ERROR"), []);
    socket.send(frame("SUBSCRIBE", { id: "1", destination: "/user/queue/messages", receipt: "r1" }));
    await until("the subscription", () => frames("RECEIPT").length === 1);
    const friend = new SockJS(`${gateway}/chat-websocket`, null, { transports: [transport] });
    /** @type {string[]} */
    const answers = [];
    let isOpen = false;
    friend.onopen = () => (isOpen = true);
    friend.onmessage = (/** @type {any} */ { data }) => answers.push(data);
    await until("the friend's connection", () => isOpen);
    friend.send(frame("CONNECT", { "accept-version": "1.2", host: "switchboard", passcode: token(`${user}-friend`) }));
    await until("CONNECTED again", () => answers.some((data) => data.startsWith("CONNECTED")));
    friend.send(frame("SEND", { destination: `/user/${user}` }, JSON.stringify({ text: "ä😀 from a friend" })));
    await until("the friend's message", () => frames("MESSAGE").some((part) => part.includes('{"text":"ä😀 from a friend"}')));
    expect(frames("MESSAGE").every((part) => part.includes("subscription:1")), "a message of no subscription came");
    socket.send(frame("DISCONNECT", { receipt: "bye" }));
    await until("the receipt", () => frames("RECEIPT").some((part) => part.includes("receipt-id:bye")) || state.closed);
    socket.close();
    friend.close();
  });
}

const results = await run((name, error) => console.log(`${error === null ? "ok  " : "FAIL"} ${name}${error === null ? "" : `\n${error}`}`));
const failed = results.filter(({ error }) => error !== null).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
