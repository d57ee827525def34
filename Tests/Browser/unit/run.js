import "./identifiers.test.js";
import "./parts.test.js";
import "./client.test.js";
import "./topics.test.js";
import "./watches.test.js";
import "./model.test.js";
import "./ring.test.js";
import "./fleet.test.js";
import { run } from "./harness.js";

const results = await run();
document.querySelector("#report").textContent = results
  .map(({ name, error }) => `${error ? "FAIL" : "ok"}  ${name}${error ? `\n${error}` : ""}`)
  .join("\n");
globalThis.testResults = results;
