import { arcsOf, ownerOf, placeOf } from "/demo/page/ring.js";
import { equal, expect, test } from "/Tests/Client/unit/harness.js";

const EDGES = [{ edge: "edge-1", weight: 10 }, { edge: "edge-2", weight: 10 }, { edge: "edge-3", weight: 5 }];

// From Tests/Browser/ring.py, which was written from the description and not from this code.
const OWNERS = {
  alice: "edge-2", bob: "edge-3", carol: "edge-1", dave: "edge-1", erin: "edge-1", frank: "edge-2", "zoë@example.org": "edge-2",
};
const SHARES = { "edge-1": 0.403288537548, "edge-2": 0.392909754225, "edge-3": 0.203801708227 };

test("a user belongs where the servers say", () => {
  equal(Object.fromEntries(Object.keys(OWNERS).map((user) => [user, ownerOf(EDGES, user)])), OWNERS);
  expect(Math.abs(placeOf("alice") - 0.10163017158458248) < 1e-12, `alice is at ${placeOf("alice")}`);
});

test("the stretches go around once, and add up to the shares that the servers have", () => {
  const arcs = arcsOf(EDGES);
  const sums = {};
  arcs.forEach(({ edge, from, to }, index) => {
    expect(to > from, "a stretch without length");
    expect(index === 0 || (from === arcs[index - 1].to && edge !== arcs[index - 1].edge), "not one after the other");
    sums[edge] = (sums[edge] ?? 0) + to - from;
  });
  expect(Math.abs(arcs.at(-1).to - arcs[0].from - 1) < 1e-12, "not once around");
  for (const [edge, share] of Object.entries(SHARES)) expect(Math.abs(sums[edge] - share) < 1e-9, `${edge} has ${sums[edge]}`);
});

test("a user's place is in a stretch of their edge", () => {
  const arcs = arcsOf(EDGES);
  for (const user of Object.keys(OWNERS)) {
    const place = placeOf(user);
    const arc = arcs.find(({ from, to }) => (place > from && place <= to) || place - 1 > from) ?? arcs[0];
    equal([user, arc.edge], [user, OWNERS[user]]);
  }
});

test("one edge has all of it, and none has nothing", () => {
  equal(arcsOf([EDGES[0]]), [{ edge: "edge-1", from: 0, to: 1 }]);
  equal([arcsOf([]), ownerOf([], "alice")], [[], null]);
});
