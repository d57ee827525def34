/** All unit tests of the client library: in Node by run.mjs, in a browser with those of the demo page. */
import "./identifiers.test.js";
import "./parts.test.js";
import "./client.test.js";
import "./topics.test.js";
import "./watches.test.js";
