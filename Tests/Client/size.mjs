/**
 * Measures the client library as an application ships it: bundled and minified by esbuild, then gzipped. Fails at 8 KiB.
 *
 *     node Tests/Client/size.mjs [where to write the bundle]
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT = 8 * 1024;

const entry = fileURLToPath(new URL("../../clients/js/switchboard/index.js", import.meta.url));
const { status, stdout, stderr, error } = spawnSync("esbuild", ["--bundle", "--minify", "--format=esm", "--target=es2022", entry]);
if (status !== 0) {
  console.error(error?.message ?? String(stderr));
  process.exit(1);
}
if (process.argv[2]) writeFileSync(process.argv[2], stdout);
const size = gzipSync(stdout, { level: 9 }).length;
console.log(`clients/js: ${stdout.length} bytes minified, ${size} gzipped; ${LIMIT} are allowed`);
process.exitCode = size < LIMIT ? 0 : 1;
