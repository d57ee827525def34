/**
 * Which device a window is.
 *
 * A device is what has a cursor, a queue and a counter of its own, so no two living windows may be the same one; but a
 * window that is closed and opened again should be, or it would not resume and the server would remember a device for
 * each window there ever was. Hence each browser profile keeps the list of its devices for a user, a window takes the
 * first that no other living window has (it holds a lock of that name for as long as it lives), and makes a new one only
 * when all are taken. A reload keeps its device, by `sessionStorage`. `?device=` names one outright.
 */

/**
 * @param {string} user
 * @param {string | null} wanted from the address
 * @returns {Promise<string>}
 */
export async function claimDevice(user, wanted) {
  if (wanted) return wanted;
  const own = `switchboard:device:${user}`;
  const known = `switchboard:devices:${user}`;
  const mine = read("sessionStorage", own);
  const all = JSON.parse(read("localStorage", known) ?? "[]");
  // A reload: the window's former self may need a moment to let go of its lock.
  if (mine && (await lock(user, mine, 400))) return mine;
  for (const device of all) {
    if (device !== mine && (await lock(user, device, 0))) return keep(own, device);
  }
  const device = `web-${randomName()}`;
  await lock(user, device, 0);
  write("localStorage", known, JSON.stringify([...all, device].slice(-20)));
  return keep(own, device);
}

/** @param {string} own @param {string} device */
function keep(own, device) {
  write("sessionStorage", own, device);
  return device;
}

/**
 * Takes a lock and holds it for as long as the window lives.
 *
 * @param {string} user
 * @param {string} device
 * @param {number} patience how long to wait for it, in milliseconds
 * @returns {Promise<boolean>}
 */
function lock(user, device, patience) {
  // Locks exist in secure contexts only. Without them a window trusts its sessionStorage and shares nothing.
  if (!navigator.locks) return Promise.resolve(patience > 0);
  return new Promise((answer) => {
    const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    navigator.locks
      .request(`switchboard:device:${user}:${device}`, options, (held) => {
        answer(held !== null);
        return held === null ? undefined : new Promise(() => {});
      })
      .catch(() => answer(false));
  });
}

function randomName() {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => letters[byte % letters.length]).join("");
}

/** @param {"localStorage" | "sessionStorage"} storage @param {string} key */
function read(storage, key) {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}

/** @param {"localStorage" | "sessionStorage"} storage @param {string} key @param {string} value */
function write(storage, key, value) {
  try {
    globalThis[storage].setItem(key, value);
  } catch {
    // A browser that keeps nothing gives each window a new device.
  }
}
