import { Fleet } from "/demo/page/fleet.js";
import { MemoryStorage } from "/demo/switchboard/index.js";
import { TopicShelf } from "/demo/page/topics.js";
import { equal, test } from "/Tests/Client/unit/harness.js";

const edge = (id, more = {}) =>
  ({ edge: id, url: `ws://${id}/ws`, sessions: 1, draining: false, capacity: 10, load: 1, since: 5, ...more });
const ring = (version, ...ids) =>
  ({ version, changed: version, edges: ids.map((id) => ({ edge: id, weight: 10, share: 1 / ids.length, live: true })) });

/** What a fleet says of these looks, one after the other, oldest first. */
function story(...looks) {
  const fleet = new Fleet();
  looks.forEach((look, index) => fleet.see(look, index));
  return fleet.events.map(({ edge: id, text }) => (id === null ? text : `${id} ${text}`)).reverse();
}

test("the first look is how it is, and nothing that has happened", () => {
  equal(story({ edges: [edge("a"), edge("b")], ring: ring(4, "a", "b") }), []);
});

test("an edge that joins is seen to come, and then to be on the ring", () => {
  equal(story(
    { edges: [edge("a")], ring: ring(1, "a") },
    { edges: [edge("a"), edge("b")], ring: ring(1, "a") },
    { edges: [edge("a"), edge("b")], ring: ring(1, "a") },
    { edges: [edge("a"), edge("b")], ring: ring(2, "a", "b") },
  ), ["b has come, and waits for its place on the ring", "b is on the ring", "The ring has version 2"]);
});

test("an edge that leaves is seen to go away", () => {
  equal(story(
    { edges: [edge("a"), edge("b")], ring: ring(2, "a", "b") },
    { edges: [edge("a"), edge("b", { draining: true })], ring: ring(3, "a") },
    { edges: [edge("a")], ring: ring(3, "a") },
  ), ["b goes away: its sessions move to the others", "The ring has version 3", "b has gone"]);
});

test("an edge that dies keeps its place for a while, and may be back", () => {
  const gone = { ...ring(2, "a", "b") };
  equal(story(
    { edges: [edge("a"), edge("b")], ring: gone },
    { edges: [edge("a")], ring: gone },
    { edges: [edge("a"), edge("b", { since: 9 })], ring: gone },
    { edges: [edge("a"), edge("b", { since: 12 })], ring: gone },
    { edges: [edge("a")], ring: gone },
    { edges: [edge("a")], ring: ring(3, "a") },
  ), [
    "b is gone; its place is kept for a while", "b is back", "b was started anew", "b is gone; its place is kept for a while",
    "b is off the ring", "The ring has version 3",
  ]);
});

test("each edge has a row that says where it stands", () => {
  const fleet = new Fleet();
  fleet.see({
    edges: [edge("a"), edge("c", { draining: true }), edge("d", { url: "" })], ring: ring(1, "a", "b"),
  }, 0);
  equal(fleet.rows.map(({ edge: id, standing, sessions, share, load }) => [id, standing, sessions, share, load]), [
    ["a", "on", 1, 0.5, 1], ["b", "gone", null, 0.5, null], ["c", "draining", 1, null, null], ["d", "joining", 1, null, null],
  ]);
});

test("an edge is full when one session more were above 1.25 of its due, rounded up", () => {
  const full = (...sessions) => {
    const due = sessions.reduce((sum, count) => sum + count, 0) / sessions.length;
    const edges = sessions.map((count, index) => edge(`e${index}`, { sessions: count, load: due > 0 ? count / due : 0 }));
    const fleet = new Fleet();
    fleet.see({ edges, ring: ring(1, ...edges.map(({ edge: id }) => id)) }, 0);
    return fleet.rows.map((row) => row.full);
  };
  equal([full(125, 75), full(127, 75), full(2, 1), full(3, 0), full(0, 0)],
    [[false, false], [true, false], [false, false], [true, false], [false, false]]);
});

test("an edge keeps its colour whoever comes and goes", () => {
  const fleet = new Fleet();
  fleet.see({ edges: [edge("a"), edge("b")], ring: ring(1, "a", "b") }, 0);
  const colours = ["a", "b"].map((id) => fleet.colour(id));
  fleet.see({ edges: [edge("0"), edge("b")], ring: ring(2, "0", "b") }, 1);
  fleet.see({ edges: [edge("0"), edge("a"), edge("b")], ring: ring(3, "0", "a", "b") }, 2);
  equal(["a", "b"].map((id) => fleet.colour(id)), colours);
  equal(new Set(["0", "a", "b"].map((id) => fleet.colour(id))).size, 3);
});

test("a server that says nothing of a ring yet is shown all the same", () => {
  const fleet = new Fleet();
  fleet.see({ edges: [edge("a")] }, 0);
  equal(fleet.rows.map(({ edge: id, standing }) => [id, standing]), [["a", "joining"]]);
});

test("joined topics and how far they were read outlast the page, for each user", () => {
  const storage = new MemoryStorage();
  const shelf = new TopicShelf("alice", storage);
  equal(shelf.topics, ["all"]);
  shelf.join("news");
  shelf.read("news", "7-0");
  shelf.read("all", "8-0");
  shelf.read("never-joined", "9-0");
  const later = new TopicShelf("alice", storage);
  equal([later.topics, later.readTo("news"), later.readTo("all")], [["news", "all"], "7-0", "8-0"]);
  equal([later.has("all"), later.has("never-joined")], [true, false]);
  // Another window joins something else at the same time.
  shelf.join("sport");
  later.leave("news");
  equal([new TopicShelf("alice", storage).topics.sort(), new TopicShelf("bob", storage).topics], [["all", "sport"], ["all"]]);
});
