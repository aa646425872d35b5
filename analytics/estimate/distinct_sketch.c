/* How many distinct ids. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Problem. A live screen shows how many different addresses a district heard today; an exact set of millions of ids for each
 * place and minute is too much to keep and to send.
 *
 * Method. HyperLogLog: the first 15 bits of an id choose one of m = 32768 registers, which keeps the largest rank, the
 * position of the first 1 among the other q = 49 bits. With C[k] registers of value k the estimate is Ertl's improved raw
 * one, which needs no tables, no switch to linear counting and has no hump at 2.5 m:
 *
 *     n = m^2 / (2 ln 2) / ( m sigma(C[0]/m) + sum C[k] 2^-k + m tau(1 - C[q+1]/m) 2^-q )
 *
 * Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017, arXiv:1702.01284), algorithm 6. (The raw
 * estimate of Flajolet et al. 2007 is off by some per cent between m and 5 m.)
 *
 * Up to 3072 ids the same memory is a set, and the count exact. It is an ordered hash table (Amble and Knuth 1974): in a
 * row of occupied slots the larger id stands first, whoever came first, so that the table is the same for the same ids. The set
 * turns into registers as soon as it holds one more, which depends on the ids alone.
 *
 * Bounds. The error is relative, 1.04/sqrt(m); measured in docs/METHODS.md. Ids have to be spread evenly over 64 bits. */
#include "estimate/distinct_sketch.h"

#include <math.h>
#include <string.h>

#define Q         (64 - YK_DISTINCT_BITS)
#define MASK      (YK_DISTINCT_SLOTS - 1)
#define ERROR     1.04
#define HALF_LN_2 0.72134752044448170368 /* 1 / (2 ln 2) */

static void raise_register(struct yk_distinct_sketch *sketch, uint64_t id)
{
    uint64_t rest = id << YK_DISTINCT_BITS;
    uint8_t rank = rest ? (uint8_t)(__builtin_clzll(rest) + 1) : Q + 1;
    uint8_t *r = &sketch->as.registers[id >> Q];
    *r = rank > *r ? rank : *r;
}

/* Into the ordered table; false if it was there. id is not 0, and there is a free slot. */
static bool insert(uint64_t ids[static YK_DISTINCT_SLOTS], uint64_t id)
{
    uint64_t slot = id & MASK, first = id;
    for (; ids[slot] > id; slot = (slot + 1) & MASK)
        ;
    if (ids[slot] == id)
        return false;
    for (; ids[slot]; slot = (slot + 1) & MASK) /* what is smaller moves on, past what is larger than it */
        if (ids[slot] < first) {
            uint64_t moved = ids[slot];
            ids[slot] = first;
            first = moved;
        }
    ids[slot] = first;
    return true;
}

static void turn_dense(struct yk_distinct_sketch *sketch)
{
    uint64_t ids[YK_DISTINCT_SLOTS];
    memcpy(ids, sketch->as.ids, sizeof ids);
    bool has_zero = sketch->has_zero;
    memset(sketch, 0, sizeof *sketch);
    sketch->dense = true;
    for (int i = 0; i < YK_DISTINCT_SLOTS; i++)
        if (ids[i])
            raise_register(sketch, ids[i]);
    if (has_zero)
        raise_register(sketch, 0);
}

void yk_distinct_sketch_add(struct yk_distinct_sketch *sketch, uint64_t id)
{
    if (sketch->dense) {
        raise_register(sketch, id);
        return;
    }
    if (id == 0) {
        sketch->count += !sketch->has_zero;
        sketch->has_zero = true;
    } else {
        sketch->count += insert(sketch->as.ids, id);
    }
    if (sketch->count > YK_DISTINCT_EXACT_MAX)
        turn_dense(sketch);
}

void yk_distinct_sketch_merge(struct yk_distinct_sketch *to, const struct yk_distinct_sketch *from)
{
    if (!from->dense) {
        for (int i = 0; i < YK_DISTINCT_SLOTS; i++)
            if (from->as.ids[i])
                yk_distinct_sketch_add(to, from->as.ids[i]);
        if (from->has_zero)
            yk_distinct_sketch_add(to, 0);
        return;
    }
    if (!to->dense)
        turn_dense(to);
    for (int i = 0; i < YK_DISTINCT_REGISTERS; i++)
        if (from->as.registers[i] > to->as.registers[i])
            to->as.registers[i] = from->as.registers[i];
}

/* x + sum over k >= 1 of x^(2^k) 2^(k-1), for 0 <= x < 1. */
static double sigma(double x)
{
    double sum = x, before, weight = 1;
    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight *= 2;
    } while (sum > before);
    return sum;
}

/* (1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3 */
static double tau(double x)
{
    if (x <= 0 || x >= 1)
        return 0;
    double rest = 1 - x, before, weight = 1;
    do {
        x = sqrt(x);
        before = rest;
        weight /= 2;
        rest -= (1 - x) * (1 - x) * weight;
    } while (rest < before);
    return rest / 3;
}

struct yk_interval yk_distinct_sketch_count(const struct yk_distinct_sketch *sketch)
{
    if (!sketch->dense)
        return (struct yk_interval){sketch->count, sketch->count, sketch->count};
    const double m = YK_DISTINCT_REGISTERS;
    double of[Q + 2] = {0};
    for (int i = 0; i < YK_DISTINCT_REGISTERS; i++)
        of[sketch->as.registers[i]]++;
    double z = m * tau(1 - of[Q + 1] / m);
    for (int k = Q; k >= 1; k--)
        z = (z + of[k]) / 2;
    z += m * sigma(of[0] / m);
    /* One more than the set holds were there, or it would still be a set. z is 0 if all registers are full, after 2^64 ids. */
    const double least = YK_DISTINCT_EXACT_MAX + 1, most = 18446744073709551616.0;
    double value = fmin(fmax(HALF_LN_2 * m * m / fmax(z, 1e-30), least), most);
    double error = YK_Z95 * ERROR / sqrt(m);
    return (struct yk_interval){value, fmax(value * (1 - error), least), fmin(value * (1 + error), most)};
}
