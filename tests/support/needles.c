/* Searching, and the forms of an address. SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/needles.h"

#include "support/digests.h"
#include "support/rig.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS        26 /* of the bitmap: 8 MiB */
#define BUCKET_BITS 20

static uint64_t hash(const uint8_t *p)
{
    uint64_t v = 0;
    memcpy(&v, p, YK_NEEDLE_MIN);
    return v * UINT64_C(0x9e3779b97f4a7c15);
}

void yk_needles_add(struct yk_needles *needles, const void *bytes, size_t size, const char *form, uint32_t of)
{
    cr_assert(size >= YK_NEEDLE_MIN && size <= YK_NEEDLE_MAX);
    if (needles->count == needles->capacity) {
        needles->capacity = 2 * needles->capacity + 1024;
        needles->list = realloc(needles->list, needles->capacity * sizeof *needles->list);
        cr_assert(needles->list);
    }
    struct yk_needle *needle = &needles->list[needles->count++];
    *needle = (struct yk_needle){.size = (uint8_t)size, .form = form, .of = of};
    memcpy(needle->bytes, bytes, size);
    needles->weight += ldexp(1, -8 * (int)size);
}

void yk_needles_ready(struct yk_needles *needles)
{
    needles->bitmap = calloc((size_t)1 << (BITS - 6), sizeof *needles->bitmap);
    needles->buckets = malloc(sizeof *needles->buckets << BUCKET_BITS);
    cr_assert(needles->bitmap && needles->buckets);
    memset(needles->buckets, 0xff, sizeof *needles->buckets << BUCKET_BITS);
    for (size_t i = 0; i < needles->count; i++) {
        uint64_t h = hash(needles->list[i].bytes);
        needles->bitmap[h >> (64 - BITS + 6)] |= UINT64_C(1) << (h >> (64 - BITS) & 63);
        int32_t *bucket = &needles->buckets[h >> (64 - BUCKET_BITS)];
        needles->list[i].next = *bucket;
        *bucket = (int32_t)i;
    }
}

void yk_needles_free(struct yk_needles *needles)
{
    free(needles->list);
    free(needles->bitmap);
    free(needles->buckets);
    memset(needles, 0, sizeof *needles);
}

void yk_needles_search(struct yk_needles *needles, const void *bytes, size_t size, struct yk_needle_hits *hits)
{
    const uint8_t *p = bytes;
    needles->searched += size;
    for (size_t at = 0; at + YK_NEEDLE_MIN <= size; at++) {
        uint64_t h = hash(p + at);
        if (!(needles->bitmap[h >> (64 - BITS + 6)] >> (h >> (64 - BITS) & 63) & 1))
            continue;
        for (int32_t i = needles->buckets[h >> (64 - BUCKET_BITS)]; i >= 0; i = needles->list[i].next) {
            const struct yk_needle *needle = &needles->list[i];
            if (at + needle->size > size || memcmp(p + at, needle->bytes, needle->size) != 0)
                continue;
            if (hits->count++ == 0) {
                hits->first_form = needle->form;
                hits->first_at = at;
            }
        }
    }
}

void yk_needles_search_file(struct yk_needles *needles, const char *path, struct yk_needle_hits *hits)
{
    size_t size;
    char *bytes = yk_rig_read(path, &size);
    struct yk_needle_hits found = {0};
    yk_needles_search(needles, bytes, size, &found);
    yk_needles_search(needles, path, strlen(path), &found);
    free(bytes);
    if (found.count == 0)
        return;
    printf("%s: %zu hits, the first at byte %zu: %s\n", path, found.count, found.first_at, found.first_form);
    if (hits->count == 0)
        *hits = found;
    else
        hits->count += found.count;
}

struct search {
    struct yk_needles *needles;
    struct yk_needle_hits *hits;
};

static void search_one(void *context, const char *path)
{
    struct search *search = context;
    yk_needles_search_file(search->needles, path, search->hits);
}

void yk_needles_search_tree(struct yk_needles *needles, const char *dir, struct yk_needle_hits *hits)
{
    struct search search = {needles, hits};
    yk_rig_each_file(dir, search_one, &search);
}

double yk_needles_chance(const struct yk_needles *needles)
{
    return needles->weight * (double)needles->searched;
}

static size_t hex_text(char out[static 2 * YK_NEEDLE_MAX], const uint8_t *bytes, size_t size, char separator,
                       bool upper)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && separator)
            out[n++] = separator;
        n += (size_t)sprintf(out + n, upper ? "%02X" : "%02x", bytes[i]);
    }
    return n;
}

static void add_hex(struct yk_needles *needles, const uint8_t *bytes, size_t size, const char *form, uint32_t of)
{
    char text[2 * YK_NEEDLE_MAX];
    for (int upper = 0; upper < 2; upper++)
        yk_needles_add(needles, text, hex_text(text, bytes, size, 0, upper), form, of);
}

/* The characters of base64 that depend on these bytes only, when `before` bytes of something else stand in their group.
 */
static void add_base64(struct yk_needles *needles, const uint8_t address[static 6], uint32_t of)
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    char first[3][16];
    for (int v = 0; v < 2; v++) {
        for (size_t before = 0; before < 3; before++) {
            uint8_t bytes[9] = {0};
            memcpy(bytes + before, address, 6);
            char text[16];
            sodium_bin2base64(text, sizeof text, bytes, before + 6, variants[v]);
            size_t from = (8 * before + 5) / 6, to = 8 * (before + 6) / 6;
            if (v == 0)
                memcpy(first[before], text, sizeof text);
            else if (memcmp(first[before] + from, text + from, to - from) == 0)
                continue; /* the alphabets agree */
            yk_needles_add(needles, text + from, to - from, "base64", of);
        }
    }
}

static void add_digest(struct yk_needles *needles, const uint8_t digest[static 8], const char *form, uint32_t of)
{
    uint8_t reversed[8];
    for (int i = 0; i < 8; i++)
        reversed[i] = digest[7 - i];
    yk_needles_add(needles, digest, 8, form, of);
    yk_needles_add(needles, reversed, 8, form, of);
    add_hex(needles, digest, 8, form, of);
    add_hex(needles, reversed, 8, form, of);
}

static void add_digests(struct yk_needles *needles, const void *message, size_t size, uint32_t of)
{
    uint8_t digest[64];
    static const uint8_t zero[crypto_shorthash_siphash24_KEYBYTES];
    yk_test_md5(message, size, digest);
    add_digest(needles, digest, "MD5", of);
    yk_test_sha1(message, size, digest);
    add_digest(needles, digest, "SHA-1", of);
    crypto_hash_sha256(digest, message, size);
    add_digest(needles, digest, "SHA-256", of);
    crypto_hash_sha512(digest, message, size);
    add_digest(needles, digest, "SHA-512", of);
    crypto_generichash(digest, 32, message, size, NULL, 0);
    add_digest(needles, digest, "BLAKE2b", of);
    crypto_shorthash_siphash24(digest, message, size, zero);
    add_digest(needles, digest, "SipHash under a zero key", of);
}

void yk_needles_add_address(struct yk_needles *needles, const uint8_t address[static 6], uint32_t of)
{
    static const struct {
        char separator;
        const char *form;
    } texts[] = {{0, "hex"}, {':', "hex with colons"}, {'-', "hex with dashes"}};
    uint8_t order[2][6];
    for (int i = 0; i < 6; i++) {
        order[0][i] = address[i];
        order[1][i] = address[5 - i];
    }
    for (int o = 0; o < 2; o++) {
        yk_needles_add(needles, order[o], 6, o ? "raw, least significant byte first" : "raw", of);
        add_base64(needles, order[o], of);
        add_digests(needles, order[o], 6, of);
        for (uint8_t class = 0; class < 4; class ++) {
            uint8_t message[7] = {class};
            memcpy(message + 1, order[o], 6);
            add_digests(needles, message, sizeof message, of);
        }
        for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
            for (int upper = 0; upper < 2; upper++) {
                char text[2 * YK_NEEDLE_MAX];
                size_t size = hex_text(text, order[o], 6, texts[t].separator, upper);
                yk_needles_add(needles, text, size, texts[t].form, of);
                if (o == 0 && texts[t].separator != '-')
                    add_digests(needles, text, size, of);
            }
        }
    }
}
