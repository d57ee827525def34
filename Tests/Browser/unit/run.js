import "/Tests/Client/unit/all.js";
import "./model.test.js";
import "./ring.test.js";
import "./fleet.test.js";
import { run } from "/Tests/Client/unit/harness.js";

const results = await run();
document.querySelector("#report").textContent = results
  .map(({ name, error }) => `${error ? "FAIL" : "ok"}  ${name}${error ? `\n${error}` : ""}`)
  .join("\n");
globalThis.testResults = results;
