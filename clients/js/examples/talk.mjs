/**
 * A conversation in a terminal: what you type goes to one user, what anybody sends you is shown.
 *
 *     TOKEN=… [DEVICE=terminal] [SWITCHBOARD=http://127.0.0.1:8080] node examples/talk.mjs <user>
 */
import { createInterface } from "node:readline";
import { SwitchboardClient } from "../switchboard/index.js";

const [, , partner] = process.argv;
const { TOKEN, DEVICE = "terminal", SWITCHBOARD = "http://127.0.0.1:8080" } = process.env;
if (!partner || !TOKEN) {
  console.error("TOKEN=… node examples/talk.mjs <user>");
  process.exit(64);
}

const client = new SwitchboardClient({
  url: SWITCHBOARD.replace(/^http/, "ws") + "/ws",
  device: DEVICE,
  fetchToken: () => TOKEN,
  // Node has a WebSocket of its own since 22.
  WebSocket: globalThis.WebSocket ?? (await import("ws")).default,
});

client.on("state", ({ name, edge, reason }) => console.log(`· ${name} ${edge ?? reason ?? ""}`));
client.on("message", ({ from, data }) => console.log(`${from}: ${data?.text ?? JSON.stringify(data)}`));
client.on("accepted", ({ id, data }) => console.log(`  (${data.text}: kept as ${id})`));
client.on("failed", ({ data, message }) => console.log(`  (${data.text}: not sent, ${message})`));
client.connect();

const lines = createInterface({ input: process.stdin });
for await (const text of lines) {
  if (text !== "") client.send(`user:${partner}`, { text });
}

// The input has ended: what is still on its way goes first.
while (client.pending.length > 0) await new Promise((done) => setTimeout(done, 50));
client.close();
