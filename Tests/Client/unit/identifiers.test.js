import { compareIds, conversationOf, destinationOf, directConversation, directPeer, isIdentifier } from "../../../clients/js/switchboard/index.js";
import { equal, expect, test } from "./harness.js";

test("ids order by time and then by number, both numerically", () => {
  const ids = ["10-2", "9-99", "10-10", "10-1", "100-0", "10-18446744073709551615", "10-18446744073709551614"];
  equal(ids.sort(compareIds), [
    "9-99", "10-1", "10-2", "10-10", "10-18446744073709551614", "10-18446744073709551615", "100-0",
  ]);
  equal(compareIds("7-1", "7-1"), 0);
  expect(compareIds("0-0", "1-0") < 0);
});

test("a direct conversation is the same from both ends", () => {
  equal(directConversation("bob", "alice"), "dm:alice:bob");
  equal(directConversation("alice", "bob"), "dm:alice:bob");
  equal(directConversation("a", "B"), "dm:B:a");
});

test("a conversation leads back to its destination", () => {
  equal(destinationOf("dm:alice:bob", "alice"), "user:bob");
  equal(destinationOf("dm:alice:bob", "bob"), "user:alice");
  equal(destinationOf("dm:alice:alice", "alice"), "user:alice");
  equal(destinationOf("group:team", "alice"), "group:team");
  equal(conversationOf("user:bob", "alice"), "dm:alice:bob");
  equal(directPeer("group:team", "alice"), null);
});

test("identifiers are what the contract allows", () => {
  for (const good of ["a", "a.b_c@d-E9", "x".repeat(128)]) expect(isIdentifier(good), good);
  for (const bad of ["", "a b", "a:b", "é", "x".repeat(129), "a\n"]) expect(!isIdentifier(bad), bad);
});
