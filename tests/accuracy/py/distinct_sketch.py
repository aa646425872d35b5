#!/usr/bin/env python3
"""HyperLogLog by its definition, for comparison. SPDX-License-Identifier: GPL-3.0-or-later

    python3 tests/accuracy/py/distinct_sketch.py > tests/accuracy/reference/distinct_sketch.csv

Ids are splitmix64 of 1..n. Registers from the ids' binary digits; the estimate by formulas (16), (17) and (20) of Ertl 2017
(arXiv:1702.01284), summed as they stand, in 60 digits. Columns: n, estimate, sum of registers, sum of register x (index + 1), zero
registers, and the five smallest ids as a check of the generator.
"""
from decimal import Decimal, getcontext

getcontext().prec = 60
P, M, Q = 15, 1 << 15, 49


def splitmix64(i):
    z = (i * 0x9E3779B97F4A7C15) % 2**64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    return z ^ (z >> 31)


def sigma(x):
    return x + sum((x ** (2**k) * Decimal(2) ** (k - 1) for k in range(1, 60)), Decimal(0))


def tau(x):
    if x in (0, 1):
        return Decimal(0)
    total, root = Decimal(0), x
    for k in range(1, 120):
        root = root.sqrt()
        total += (1 - root) ** 2 / Decimal(2) ** k
    return (1 - x - total) / 3


def estimate(registers):
    c = [0] * (Q + 2)
    for r in registers:
        c[r] += 1
    m = Decimal(M)
    z = m * sigma(Decimal(c[0]) / m) + m * tau(1 - Decimal(c[Q + 1]) / m) / Decimal(2) ** Q
    z += sum((Decimal(c[k]) / Decimal(2) ** k for k in range(1, Q + 1)), Decimal(0))
    return m * m / (2 * Decimal(2).ln()) / z


registers, done = [0] * M, 0
print("n,estimate,register_sum,weighted_sum,zeros")
for n in (3073, 5000, 10000, 20000, 50000, 70000, 81920, 100000, 150000, 300000, 1000000, 2000000):
    for i in range(done + 1, n + 1):
        bits = format(splitmix64(i), "064b")
        j, rest = int(bits[:P], 2), bits[P:]
        rank = rest.index("1") + 1 if "1" in rest else Q + 1
        registers[j] = max(registers[j], rank)
    done = n
    print("%d,%.17g,%d,%d,%d" % (n, estimate(registers), sum(registers),
                                 sum(r * (j + 1) for j, r in enumerate(registers)), registers.count(0)))
