/** What exists on a demo server only: who may come in, and where. */

import { TokenRefused } from "../switchboard/index.js";

/**
 * @typedef {object} DemoConfiguration
 * @property {boolean} demo
 * @property {{id: string, url: string}[]} edges
 */

/** @returns {Promise<DemoConfiguration | null>} null where the demo is switched off */
export async function fetchConfiguration() {
  const response = await fetch("/demo/config", { cache: "no-store" });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const { demo, edges = [] } = await response.json();
  return demo ? { demo, edges } : null;
}

/** @param {string} user @returns {Promise<import("../switchboard/tokens.js").Token>} */
export async function fetchToken(user) {
  const response = await fetch("/demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
    cache: "no-store",
  });
  if (response.ok) return response.json();
  if (response.status >= 500 || response.status === 429) throw new Error(`the server answers ${response.status}`);
  const { detail } = await response.json().catch(() => ({}));
  throw new TokenRefused(detail ?? `the server answers ${response.status}`);
}

/**
 * Where to connect to.
 *
 * @param {string | null} wanted `1`, an edge's id, an address, or null for this server itself
 * @param {{id: string, url: string}[]} edges
 * @returns {string | null} null when there is no such edge
 */
export function edgeURL(wanted, edges) {
  if (!wanted) return socketURL(location.origin);
  if (/^wss?:\/\//.test(wanted)) return URL.canParse(wanted) ? socketURL(wanted) : null;
  const edge = edges.find(({ id }) => id === wanted) ?? (/^\d+$/.test(wanted) ? edges[Number(wanted) - 1] : undefined);
  return edge ? socketURL(edge.url) : null;
}

/** @param {string} address */
function socketURL(address) {
  const url = new URL(address, location.origin);
  url.protocol = url.protocol.replace("http", "ws");
  if (url.pathname === "/") url.pathname = "/ws";
  return url.href;
}
