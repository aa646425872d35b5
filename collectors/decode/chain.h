/* Adverts that come in pieces. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_CHAIN_H
#define YK_DECODE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/advert.h"

struct yk_decoder;

#define YK_CHAINS            8       /* at a time; more of them give up the oldest */
#define YK_CHAIN_PAYLOAD_MAX 1650    /* Core 5.3, Vol 4 Part E 7.8.57: no advertiser has more */
#define YK_CHAIN_WAIT_US     2500000 /* between two pieces */
#define YK_CHAIN_AGE_US      7500000 /* of the first one */

/* What the pieces of one advert have in common: bytes of the decoder's choice, zero-filled. */
struct yk_chain_key {
    uint8_t bytes[12];
};

struct yk_chain {
    bool open;
    bool whole; /* every piece so far was there to its end, and there was room for it */
    struct yk_chain_key key;
    struct yk_advert advert; /* the first piece's, without its payload */
    int64_t last_us;         /* time of the last piece */
    uint64_t number;         /* in the order of their beginnings */
    size_t length;
    uint8_t payload[YK_CHAIN_PAYLOAD_MAX];
};

/* Zero-initialised. */
struct yk_chains {
    unsigned open;
    uint64_t started;
    struct yk_chain chain[YK_CHAINS];
};

/* The newest open chain with that key, or NULL. Valid until another one is started or ended. */
struct yk_chain *yk_chain_find(struct yk_chains *chains, const struct yk_chain_key *key);
/* A chain that begins with this piece. Takes the advert's contents and wipes it. `whole`: nothing of the piece is
 * missing. */
struct yk_chain *yk_chain_start(struct yk_decoder *decoder, const struct yk_chain_key *key, struct yk_advert *advert,
                                bool whole);
/* The next piece; bytes may be NULL when length is 0. What goes beyond YK_CHAIN_PAYLOAD_MAX is left away. */
void yk_chain_add(struct yk_chain *chain, const uint8_t *bytes, size_t length, bool whole, int64_t time_us);
/* Hands the advert over (yk_decoder_emit) and wipes the chain. `complete`: this was its last piece. */
void yk_chain_end(struct yk_decoder *decoder, struct yk_chain *chain, bool complete);

/* Ends the chains whose last piece is more than YK_CHAIN_WAIT_US away from time_us, or whose first one is more than
 * YK_CHAIN_AGE_US; a piece without a time is. YK_TIME_NONE: ends none. */
void yk_chains_pass(struct yk_decoder *decoder, int64_t time_us);
/* Ends all, oldest first. */
void yk_chains_finish(struct yk_decoder *decoder);

#endif
