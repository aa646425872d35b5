/* Adverts that come in pieces, put together. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An extended advertisement has up to 1650 bytes, and neither a radio packet nor an HCI event holds so many: it comes
 * as a chain of pieces, with those of other advertisers between. It is one advert, with the time and the RSSI of its
 * first piece and the payload of all.
 *
 * Whichever way a chain ends, its advert is handed over once: when its last piece has come, when the controller cut it,
 * when the advertiser began another one before, when no piece came for a while, when its place was needed, when the
 * input ends. Only the first of these is a whole payload, so only there is an overrun of AD structures the sender's.
 *
 * Bounds: a fixed number of chains in the decoder's own memory. The pointer from one piece to the next reaches 8191 *
 * 300 us = 2.46 s at most (Core 5.3, Vol 6 Part B 2.3.4.5), so a chain that is silent for longer has lost a piece. 1650
 * bytes are 7 such pieces or more, whose pointers are shorter in practice: a chain that goes on for longer than 7.5 s has no
 * end. An advert is therefore never handed over later than that after its time, less than the 10 s of disorder that who
 * takes it bears, as long as somebody tells how time goes on. */
#include "decode/capture_file.h"

#include <string.h>

#include "decode/chain.h"
#include "decode/decoder.h"

struct yk_chain *yk_chain_find(struct yk_chains *chains, const struct yk_chain_key *key)
{
    struct yk_chain *found = NULL;
    for (size_t i = 0; i < YK_CHAINS && chains->open > 0; i++) {
        struct yk_chain *chain = &chains->chain[i];
        if (chain->open && memcmp(&chain->key, key, sizeof *key) == 0 && (!found || chain->number > found->number))
            found = chain;
    }
    return found;
}

static bool apart(int64_t a_us, int64_t b_us, int64_t most_us)
{
    return a_us == YK_TIME_NONE || a_us - b_us > most_us || b_us - a_us > most_us;
}

static struct yk_chain *oldest(struct yk_chains *chains)
{
    struct yk_chain *found = NULL;
    for (size_t i = 0; i < YK_CHAINS; i++) {
        struct yk_chain *chain = &chains->chain[i];
        if (chain->open && (!found || chain->number < found->number))
            found = chain;
    }
    return found;
}

static struct yk_chain *free_place(struct yk_decoder *decoder)
{
    struct yk_chains *chains = &decoder->chains;
    for (size_t i = 0; i < YK_CHAINS; i++)
        if (!chains->chain[i].open)
            return &chains->chain[i];
    struct yk_chain *chain = oldest(chains);
    yk_chain_end(decoder, chain, false);
    return chain;
}

struct yk_chain *yk_chain_start(struct yk_decoder *decoder, const struct yk_chain_key *key, struct yk_advert *advert,
                                bool whole)
{
    struct yk_chain *chain = free_place(decoder);
    chain->open = true;
    chain->whole = true;
    chain->key = *key;
    chain->advert = *advert;
    chain->number = decoder->chains.started++;
    chain->length = 0;
    decoder->chains.open++;
    yk_chain_add(chain, advert->payload, advert->payload_length, whole, advert->time_us);
    explicit_bzero(advert, sizeof *advert);
    return chain;
}

void yk_chain_add(struct yk_chain *chain, const uint8_t *bytes, size_t length, bool whole, int64_t time_us)
{
    chain->last_us = time_us;
    if (!chain->whole) /* behind a hole nothing can be read */
        return;
    size_t room = sizeof chain->payload - chain->length;
    size_t taken = length < room ? length : room;
    if (taken > 0)
        memcpy(chain->payload + chain->length, bytes, taken);
    chain->length += taken;
    chain->whole = whole && taken == length;
}

void yk_chain_end(struct yk_decoder *decoder, struct yk_chain *chain, bool complete)
{
    chain->advert.payload = chain->payload;
    chain->advert.payload_length = chain->length;
    yk_decoder_emit(decoder, &chain->advert, complete && chain->whole);
    explicit_bzero(chain, offsetof(struct yk_chain, payload) + chain->length);
    decoder->chains.open--;
}

void yk_chains_pass(struct yk_decoder *decoder, int64_t time_us)
{
    for (size_t i = 0; i < YK_CHAINS && decoder->chains.open > 0 && time_us != YK_TIME_NONE; i++) {
        struct yk_chain *chain = &decoder->chains.chain[i];
        if (chain->open && (apart(chain->last_us, time_us, YK_CHAIN_WAIT_US) ||
                            apart(chain->advert.time_us, time_us, YK_CHAIN_AGE_US)))
            yk_chain_end(decoder, chain, false);
    }
}

void yk_chains_finish(struct yk_decoder *decoder)
{
    while (decoder->chains.open > 0)
        yk_chain_end(decoder, oldest(&decoder->chains), false);
}
