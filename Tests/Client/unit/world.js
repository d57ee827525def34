import { MemoryStorage, SwitchboardClient } from "../../../clients/js/switchboard/index.js";
import { FakeClock, FakeNetwork, settle } from "./fakes.js";

/** A client in a world of our own, with everything it says written down. */
export function world({ storage = new MemoryStorage(), lifetime = 3_600_000, fetchToken, answers = [] } = {}) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const events = [];
  const requests = [];
  let tokens = 0;
  const client = new SwitchboardClient({
    url: "ws://edge.example/ws",
    device: "d",
    scope: "alice",
    storage,
    clock,
    random: () => 0.5,
    WebSocket: network.WebSocket,
    fetchToken: fetchToken ?? (async () => ({ token: `t${++tokens}`, expiresAt: clock.now() + lifetime })),
    fetch: async (url, options) => {
      requests.push({ url, ...options });
      const answer = answers.shift() ?? new Error("nothing there");
      if (answer instanceof Error) throw answer;
      return new Response(JSON.stringify(answer.body ?? answer), { status: answer.status ?? 200 });
    },
  });
  const types = [
    "state", "message", "edited", "deleted", "queued", "accepted", "failed", "signal", "read", "gap", "problem", "subscribed", "presence", "refused",
  ];
  for (const type of types) {
    client.addEventListener(type, ({ detail }) => events.push({ event: type, ...detail }));
  }
  return { client, clock, network, events, requests, storage, of: (type) => events.filter(({ event }) => event === type) };
}

export async function connected(options) {
  const it = world(options);
  it.client.connect();
  await settle();
  it.network.last.welcome(options?.welcome);
  return it;
}
