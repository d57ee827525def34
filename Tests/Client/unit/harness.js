/**
 * A few lines of test runner: the tests run in the browser, since that is where the code does, and need nothing else.
 */

/** @type {{name: string, body: () => unknown}[]} */
const tests = [];

/** @param {string} name a sentence of behaviour @param {() => unknown} body */
export function test(name, body) {
  tests.push({ name, body });
}

/** @param {unknown} condition @param {string} [what] */
export function expect(condition, what = "expectation failed") {
  if (!condition) throw new Error(what);
}

/** @param {unknown} actual @param {unknown} expected */
export function equal(actual, expected) {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`got ${one}, expected ${other}`);
}

/** Runs all tests one after the other. @param {(name: string, error: string | null) => void} [tell] called after each @returns {Promise<{name: string, error: string | null}[]>} */
export async function run(tell = () => {}) {
  const results = [];
  for (const { name, body } of tests) {
    let error = null;
    try {
      await body();
    } catch (thrown) {
      error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
    }
    results.push({ name, error });
    tell(name, error);
  }
  return results;
}
