/** Runs the client library's unit tests in Node: `node Tests/Client/unit.mjs`. The last line is `N passed, N failed`. */
import "./unit/all.js";
import { run } from "./unit/harness.js";

const results = await run();
const failed = results.filter(({ error }) => error !== null);
for (const { name, error } of failed) console.log(`FAIL ${name}\n${error}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
