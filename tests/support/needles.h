/* Many byte strings sought in many files at once. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every needle is at least 6 bytes. The first 6 bytes at each position of a file are hashed into a bitmap that nearly
 * every position fails; what passes is looked up by those 6 bytes and compared in full. Cost is a few nanoseconds a
 * byte, whatever the number of needles.
 *
 * Chance hits: a random file of M bytes holds one of n needles of 6 bytes with a probability of n M / 2^48 at the most
 * (longer ones: 2^8 less per byte). Whoever seeks says what that comes to: yk_needles_chance. */
#ifndef YK_TESTS_SUPPORT_NEEDLES_H
#define YK_TESTS_SUPPORT_NEEDLES_H

#include <stddef.h>
#include <stdint.h>

#define YK_NEEDLE_MIN 6
#define YK_NEEDLE_MAX 40

struct yk_needle {
    uint8_t bytes[YK_NEEDLE_MAX];
    uint8_t size;
    const char *form; /* what it is: "raw", "hex with colons", ... (a literal) */
    uint32_t of;      /* index of what it was made from */
    int32_t next;     /* in its bucket, -1 ends */
};

struct yk_needles {
    struct yk_needle *list;
    size_t count, capacity;
    uint64_t *bitmap;
    int32_t *buckets;
    double weight;     /* sum over needles of 2^-(bits) */
    uint64_t searched; /* bytes so far */
};

void yk_needles_add(struct yk_needles *needles, const void *bytes, size_t size, const char *form, uint32_t of);
/* After the last add, before the first search. */
void yk_needles_ready(struct yk_needles *needles);
void yk_needles_free(struct yk_needles *needles);

struct yk_needle_hits {
    size_t count;
    const char *first_form; /* NULL: none */
    size_t first_at;
};
void yk_needles_search(struct yk_needles *needles, const void *bytes, size_t size, struct yk_needle_hits *hits);
/* Searches a file; hits are added up, and the first of each file is printed. The file's name counts as content. */
void yk_needles_search_file(struct yk_needles *needles, const char *path, struct yk_needle_hits *hits);
void yk_needles_search_tree(struct yk_needles *needles, const char *dir, struct yk_needle_hits *hits);
/* Upper bound of the probability that random bytes gave at least one hit in all that was searched. */
double yk_needles_chance(const struct yk_needles *needles);

/* All forms in which an address could leak: raw in both byte orders; hex, lower and upper case, bare, with colons, with
 * dashes, both orders; base64 at its three alignments, both alphabets; unkeyed digests (MD5, SHA-1, SHA-256, SHA-512,
 * BLAKE2b-256, SipHash-2-4 under a zero key) of the raw bytes in both orders, of them behind each class byte, and of
 * the colon and bare text, each as the first 8 bytes, raw in both orders and in hex. `address`: most significant byte
 * first. */
void yk_needles_add_address(struct yk_needles *needles, const uint8_t address[static 6], uint32_t of);

#endif
