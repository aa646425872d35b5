/* Random numbers that are the same everywhere. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * xoshiro256** 1.0 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021),
 * seeded through splitmix64 as its authors advise. Inline, since one advert takes two draws. Every part of the world
 * has a generator of its own, made from the seed, a purpose and a number, so that a part that draws more than before
 * does not change the others: with other advert intervals the same people come at the same times. Not for secrets. */
#ifndef YK_SIMULATE_RNG_H
#define YK_SIMULATE_RNG_H

#include <math.h>
#include <stdint.h>

struct yk_rng {
    uint64_t s[4];
};

/* The next number of the splitmix64 sequence whose state is *state. */
static inline uint64_t yk_splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A splitmix64 state for the n-th thing of a purpose. */
static inline uint64_t yk_rng_state(uint64_t seed, uint64_t purpose, uint64_t n)
{
    uint64_t state = seed;
    state = yk_splitmix(&state) ^ purpose;
    state = yk_splitmix(&state) ^ n;
    return yk_splitmix(&state);
}

static inline struct yk_rng yk_rng_of(uint64_t seed, uint64_t purpose, uint64_t n)
{
    uint64_t state = yk_rng_state(seed, purpose, n);
    struct yk_rng rng;
    for (int i = 0; i < 4; i++)
        rng.s[i] = yk_splitmix(&state);
    return rng;
}

static inline uint64_t yk_rng_next(struct yk_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* [0, 1), 53 bits. */
static inline double yk_unit_of(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

static inline double yk_rng_unit(struct yk_rng *rng)
{
    return yk_unit_of(yk_rng_next(rng));
}

static inline double yk_rng_between(struct yk_rng *rng, double low, double high)
{
    return low + (high - low) * yk_rng_unit(rng);
}

static inline double yk_rng_exponential(struct yk_rng *rng, double mean)
{
    return -mean * log1p(-yk_rng_unit(rng));
}

/* Standard normal by Marsaglia's polar method; the second value is thrown away so that the state is all there is. */
static inline double yk_rng_normal(struct yk_rng *rng)
{
    for (;;) {
        double u = yk_rng_between(rng, -1, 1), v = yk_rng_between(rng, -1, 1), q = u * u + v * v;
        if (q > 0 && q < 1)
            return u * sqrt(-2 * log(q) / q);
    }
}

/* Log-normal with that mean (not median); sigma of the logarithm. */
static inline double yk_rng_lognormal(struct yk_rng *rng, double mean, double sigma)
{
    return mean * exp(sigma * yk_rng_normal(rng) - sigma * sigma / 2);
}

#endif
