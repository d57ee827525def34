"""The ring once more, from its description (Shared/Messaging/HashRing.swift): what the mock places by, and what the page's
own drawing of it is held against."""

import bisect

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
POINTS_PER_WEIGHT = 64


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mix(value):
    value = (value + GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


class Ring:
    """`weights`: edge → weight."""

    def __init__(self, weights):
        self.points = sorted(
            (mix((fnv(edge) + point * GOLDEN) & MASK), edge)
            for edge, weight in weights.items() for point in range(weight * POINTS_PER_WEIGHT))
        self.places = [place for place, _ in self.points]

    def owner(self, user):
        if not self.points:
            return None
        return self.points[bisect.bisect_left(self.places, mix(fnv(user))) % len(self.points)][1]

    def shares(self):
        if len({edge for _, edge in self.points}) == 1:
            return {self.points[0][1]: 1.0}
        shares = {}
        for number, (place, edge) in enumerate(self.points):
            shares[edge] = shares.get(edge, 0) + ((place - self.places[number - 1]) & MASK) / 2**64
        return shares
