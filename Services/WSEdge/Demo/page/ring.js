/**
 * The consistent-hash ring, computed as the servers do (Shared/Messaging/HashRing.swift): an edge stands on it at 64 points
 * for each unit of its weight, and a user belongs to the edge at the first point at or after the user's own place.
 *
 * Places are 64-bit numbers on the servers. Here they are fractions of the way around, exact to 2⁻⁵³.
 *
 * @module
 */

const POINTS_PER_WEIGHT = 64;
const GOLDEN = 0x9e3779b97f4a7c15n;
const word = (/** @type {bigint} */ value) => BigInt.asUintN(64, value);

/**
 * @typedef {object} Arc a stretch of the ring that belongs to one edge
 * @property {string} edge
 * @property {number} from
 * @property {number} to above `from`; above 1 where the stretch goes through the beginning
 */

/** The points of an edge do not change, and there are hundreds. @type {Map<string, bigint[]>} */
const known = new Map();

/** @param {string} edge @param {number} weight */
function pointsOf(edge, weight) {
  const key = `${weight} ${edge}`;
  let points = known.get(key);
  if (!points) {
    const seed = hash(edge);
    points = Array.from({ length: weight * POINTS_PER_WEIGHT }, (_, point) => mix(word(seed + BigInt(point) * GOLDEN)));
    if (known.size > 100) known.clear();
    known.set(key, points);
  }
  return points;
}

/**
 * The ring as stretches, in order: neighbours that belong to the same edge are one.
 *
 * @param {{edge: string, weight: number}[]} edges
 * @returns {Arc[]}
 */
export function arcsOf(edges) {
  const points = sorted(edges);
  if (points.length === 0) return [];
  if (edges.length === 1) return [{ edge: edges[0].edge, from: 0, to: 1 }];
  // The first stretch goes through zero: it begins at the last point.
  let from = fraction(points[points.length - 1].place) - 1;
  /** @type {Arc[]} */
  const arcs = [];
  for (const { place, edge } of points) {
    const to = fraction(place);
    const last = arcs.at(-1);
    if (last?.edge === edge) last.to = to;
    else arcs.push({ edge, from, to });
    from = to;
  }
  return arcs;
}

/** Where a user stands, as a fraction of the way around. @param {string} user */
export function placeOf(user) {
  return fraction(mix(hash(user)));
}

/** The edge that a user belongs on by the ring alone. @param {{edge: string, weight: number}[]} edges @param {string} user @returns {string | null} */
export function ownerOf(edges, user) {
  const points = sorted(edges);
  const place = mix(hash(user));
  return (points.find((point) => point.place >= place) ?? points[0])?.edge ?? null;
}

/** @param {{edge: string, weight: number}[]} edges */
function sorted(edges) {
  const points = edges.flatMap(({ edge, weight }) => pointsOf(edge, weight).map((place) => ({ place, edge })));
  return points.sort((one, other) =>
    one.place < other.place ? -1 : one.place > other.place ? 1 : one.edge < other.edge ? -1 : 1);
}

/** @param {bigint} place */
function fraction(place) {
  return Number(place >> 11n) / 2 ** 53;
}

/** FNV-1a, 64 bits. @param {string} text */
function hash(text) {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) value = word((value ^ BigInt(byte)) * 0x100000001b3n);
  return value;
}

/** SplitMix64. @param {bigint} value */
function mix(value) {
  let mixed = word(value + GOLDEN);
  mixed = word((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = word((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
