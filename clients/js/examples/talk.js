/** A conversation in a page: `talk.html?user=alice`. It gets its tokens from the demo; yours come from your own sign-in. */
import { BrowserStorage, SwitchboardClient } from "../switchboard/index.js";

const user = new URLSearchParams(location.search).get("user") ?? "alice";
const show = (/** @type {string} */ selector) => /** @type {any} */ (document.querySelector(selector));
show("#me").textContent = user;

const client = new SwitchboardClient({
  url: location.origin.replace("http", "ws") + "/ws",
  device: "talk",
  scope: user,
  storage: new BrowserStorage("talk:"),
  fetchToken: async () => {
    const answer = await fetch("/demo/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user }),
    });
    return answer.json();
  },
});

/** @param {string} text */
function log(text) {
  const line = document.createElement("li");
  line.textContent = text;
  show("#log").append(line);
}

client.on("state", ({ name }) => (show("#state").textContent = name));
client.on("message", ({ from, data }) => log(`${from}: ${data?.text}`));
client.on("accepted", ({ to, data }) => log(`to ${to.slice(5)}: ${data.text}`));
client.on("failed", ({ message }) => log(`not sent: ${message}`));
show("#form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  client.send(`user:${show("#to").value}`, { text: show("#text").value });
  show("#text").value = "";
});
client.connect();
