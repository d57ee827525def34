/** Gives Node before 22 the WebSocket that it lacks: `node --import …/websocket.mjs`. */
import { WebSocket } from "./people.mjs";

globalThis.WebSocket ??= WebSocket;
