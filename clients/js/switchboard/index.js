/** The client library of Switchboard: what an application imports. */
export { SwitchboardClient } from "./client.js";
export { CloseCode, mayReconnect } from "./codes.js";
export { compareIds, conversationOf, destinationOf, directConversation, directPeer, isIdentifier, topicOf } from "./identifiers.js";
export { Problem, Rest } from "./rest.js";
export { BrowserStorage, MemoryStorage } from "./storage.js";
export { TokenRefused, TokenSource } from "./tokens.js";
