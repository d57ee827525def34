import { Acknowledger } from "../../../clients/js/switchboard/acknowledger.js";
import { Backoff } from "../../../clients/js/switchboard/backoff.js";
import { Outbox } from "../../../clients/js/switchboard/outbox.js";
import { BrowserStorage, MemoryStorage } from "../../../clients/js/switchboard/storage.js";
import { TokenSource } from "../../../clients/js/switchboard/tokens.js";
import { FakeClock } from "./fakes.js";
import { equal, expect, test } from "./harness.js";

test("back-off grows to its ceiling, draws from the whole span and starts over", () => {
  const most = new Backoff({ random: () => 0.999999 });
  equal([1, 2, 3, 4, 5, 6].map(() => most.next()), [1500, 3000, 6000, 12000, 20000, 20000]);
  most.reset();
  equal(most.next(), 1500);
  const least = new Backoff({ random: () => 0 });
  equal([1, 2, 3, 4, 5, 6].map(() => least.next()), [500, 500, 500, 500, 500, 500]);
});

test("numbers only grow, within one moment, over a reload and when the clock goes back", () => {
  const storage = new MemoryStorage();
  let now = 2_000_000;
  const outbox = new Outbox(storage, "o", { now: () => now });
  const first = outbox.add("user:bob", 1).n;
  const second = outbox.add("user:bob", 2).n;
  equal([first, second], [2_000_000_000, 2_000_000_001]);
  outbox.remove(first);
  outbox.remove(second);
  now = 1_000_000;
  expect(new Outbox(storage, "o", { now: () => now }).add("user:bob", 3).n > second);
});

test("numbers stay exact", () => {
  const outbox = new Outbox(new MemoryStorage(), "o", { now: () => Date.UTC(2200, 0) });
  expect(Number.isSafeInteger(outbox.add("user:bob", 1).n));
});

test("a message keeps its number over a reload", () => {
  const storage = new MemoryStorage();
  const { n } = new Outbox(storage, "o").add("user:bob", { text: "hello" });
  const restored = new Outbox(storage, "o");
  equal(restored.pending.map((entry) => [entry.n, entry.to, entry.data]), [[n, "user:bob", { text: "hello" }]]);
  restored.remove(n);
  equal(new Outbox(storage, "o").pending, []);
});

test("damaged storage is an empty outbox", () => {
  const storage = new MemoryStorage();
  for (const text of ["{", "[]", "null", '{"entries":[null,{"n":"1"}]}', '{"last":"x"}']) {
    storage.set("o", text);
    equal(new Outbox(storage, "o").pending, []);
  }
});

test("the window bounds what is in flight, and what is held goes out again in order", () => {
  const outbox = new Outbox(new MemoryStorage(), "o");
  const numbers = [1, 2, 3, 4].map((data) => outbox.add("user:bob", data).n);
  equal(outbox.take(2).map(({ n }) => n), numbers.slice(0, 2));
  equal(outbox.take(2), []);
  outbox.remove(numbers[1]);
  outbox.hold(numbers[0]);
  equal(outbox.take(2).map(({ n }) => n), [numbers[0], numbers[2]]);
});

test("the outbox is bounded", () => {
  const outbox = new Outbox(new MemoryStorage(), "o", { capacity: 1 });
  outbox.add("user:bob", 1);
  try {
    outbox.add("user:bob", 2);
  } catch (error) {
    return expect(error instanceof RangeError);
  }
  throw new Error("no error");
});

test("many messages take one acknowledgement, after a while or after fifty", async () => {
  const clock = new FakeClock();
  const acks = [];
  const acknowledger = new Acknowledger((cursor) => acks.push(cursor), { clock });
  for (let i = 1; i <= 10; i += 1) acknowledger.received(`${i}-0`);
  equal(acks, []);
  await clock.advance(200);
  equal(acks, ["10-0"]);
  for (let i = 11; i <= 60; i += 1) acknowledger.received(`${i}-0`);
  equal(acks, ["10-0", "60-0"]);
  await clock.advance(1000);
  equal(acks.length, 2);
});

test("nothing is acknowledged while something before it is missing", async () => {
  const clock = new FakeClock();
  const acks = [];
  const acknowledger = new Acknowledger((cursor) => acks.push(cursor), { clock });
  acknowledger.pause();
  acknowledger.received("1-0");
  await clock.advance(1000);
  equal(acks, []);
  acknowledger.resume();
  equal(acks, ["1-0"]);
});

test("a browser that refuses storage still remembers until the page ends", () => {
  const refusing = {
    getItem: () => { throw new Error("denied"); },
    setItem: () => { throw new Error("quota"); },
    removeItem: () => { throw new Error("denied"); },
  };
  const storage = new BrowserStorage("p:", refusing);
  storage.set("a", "1");
  equal(storage.get("a"), "1");
  storage.remove("a");
  equal(storage.get("a"), null);
});

test("a token is fetched once for all who ask, and again when it is about to expire", async () => {
  const clock = new FakeClock();
  let fetched = 0;
  const source = new TokenSource(async () => ({ token: `t${++fetched}`, expiresAt: clock.now() + 60_000 }), clock);
  const [one, other] = await Promise.all([source.current(), source.current()]);
  equal([one.token, other.token, fetched], ["t1", "t1", 1]);
  await clock.advance(50_000);
  equal((await source.current()).token, "t1");
  await clock.advance(6_000);
  equal((await source.current()).token, "t2");
  source.invalidate();
  equal((await source.current()).token, "t3");
});
