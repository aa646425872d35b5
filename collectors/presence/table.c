/* The presence table. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What leaves a collector about a device is not each advert but, per 10 s tick of the UTC grid, that a pseudonym was
 * heard and how: a few bytes instead of some thousand adverts, and the same for every advert rate.
 *
 *     slots[]   open-addressing index by pseudonym -> entry number (linear probing, backward-shift deletion)
 *     entries[] fixed pool; the free ones are chained
 *     heard[]   entries heard in the current tick, in order of first hearing
 *
 * A tick closes when event time enters the next: its entries are emitted and forgotten as far as the tick goes. An
 * entry stays until its address has been silent for the merge gap, because a gap that spans ticks has to be measured
 * where it ends. At an epoch's change every pseudonym changes, so all lives end there; the lag counting is told that
 * this end is the record's and not the devices'. Nothing is allocated after creation and nothing grows: a flood of
 * addresses evicts. */
#include "presence/table.h"

#include "identity/identity.h"
#include "observation.h"
#include "presence/lags.h"
#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "identity/raw_id.h"

#define SLOTS          (2 * YK_PRESENCE_CAPACITY) /* a power of two, at most half full */
#define NONE           UINT32_MAX
#define TICK_DS        (YK_TICK_S * 10)
#define MERGE_DS       (YK_MERGE_GAP_S * 10)
#define SILENCE_MAX_DS 36000 /* as long as the session takes a silence for one */
#define SWEEP_DS       600   /* how often silent addresses are looked for */
#define RSSI_NONE      127
#define SAMPLE_MAX     16 /* entries looked at to find one to give up */

struct entry {
    uint64_t pseudonym;
    struct yk_life life; /* birth, last advert, gaps */
    struct yk_presence tick;
    uint32_t next_free;
    bool in_use;
};

struct yk_presence_table {
    struct yk_session *session;
    struct yk_lags *lags;
    const struct yk_epoch *epoch;
    int64_t now_ds; /* event time; INT64_MIN before the first advert */
    int64_t tick;   /* the open tick */
    int64_t swept_ds;
    uint32_t free_entries, count;
    uint32_t used; /* entries from here on have never been in use */
    uint32_t evict_hand;
    uint32_t heard_count;
    uint32_t slots[SLOTS];
    uint32_t heard[YK_PRESENCE_CAPACITY];
    struct entry entries[YK_PRESENCE_CAPACITY];
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void fill_health(void *context, struct yk_health *health)
{
    struct yk_presence_table *table = context;
    if (table->now_ds == INT64_MIN)
        return;
    health->has_lags = true;
    yk_lags_take(table->lags, table->now_ds, health->lags);
}

enum yk_status yk_presence_table_new(struct yk_session *session, struct yk_presence_table **out, struct yk_error *err)
{
    struct yk_presence_table *table = calloc(1, sizeof *table);
    *out = table;
    if (!table) {
        if (err)
            err->status = YK_ERR_MEMORY;
        return YK_ERR_MEMORY;
    }
    enum yk_status status = yk_lags_new(&table->lags, err);
    if (status != YK_OK) {
        free(table);
        *out = NULL;
        return status;
    }
    table->session = session;
    table->now_ds = INT64_MIN;
    memset(table->slots, 0xFF, sizeof table->slots);
    for (uint32_t i = 0; i < YK_PRESENCE_CAPACITY; i++)
        table->entries[i].next_free = i + 1 < YK_PRESENCE_CAPACITY ? i + 1 : NONE;
    yk_session_on_health(session, fill_health, table);
    return YK_OK;
}

void yk_presence_table_free(struct yk_presence_table *table)
{
    if (!table)
        return;
    yk_session_on_health(table->session, NULL, NULL);
    yk_identity_release(yk_session_identity(table->session), table->epoch);
    yk_lags_free(table->lags);
    free(table);
}

/* Pseudonyms are keyed hashes already: their low bits are as good as any other hash's. */
static uint32_t home(uint64_t pseudonym)
{
    return (uint32_t)pseudonym & (SLOTS - 1);
}

static uint32_t find_slot(const struct yk_presence_table *table, uint64_t pseudonym)
{
    uint32_t slot = home(pseudonym);
    while (table->slots[slot] != NONE && table->entries[table->slots[slot]].pseudonym != pseudonym)
        slot = (slot + 1) & (SLOTS - 1);
    return slot;
}

static void remove_slot(struct yk_presence_table *table, uint32_t hole)
{
    for (uint32_t slot = (hole + 1) & (SLOTS - 1); table->slots[slot] != NONE; slot = (slot + 1) & (SLOTS - 1)) {
        uint32_t wants = home(table->entries[table->slots[slot]].pseudonym);
        /* Move back what may stand in the hole: whose home is not between hole (exclusive) and slot. */
        if (((slot - wants) & (SLOTS - 1)) >= ((slot - hole) & (SLOTS - 1))) {
            table->slots[hole] = table->slots[slot];
            hole = slot;
        }
    }
    table->slots[hole] = NONE;
}

static enum yk_status emit_tick(struct yk_presence_table *table, struct entry *entry, struct yk_error *err)
{
    if (entry->tick.adverts == 0)
        return YK_OK;
    struct yk_observation observation;
    observation.kind = YK_KIND_PRESENCE;
    observation.as.presence = entry->tick;
    entry->tick.adverts = 0;
    return yk_session_emit(table->session, &observation, err);
}

/* The address is forgotten; its life, if its class rotates, is told to the lag counting. */
static void close_entry(struct yk_presence_table *table, uint32_t number)
{
    struct entry *entry = &table->entries[number];
    assert(entry->in_use && entry->tick.adverts == 0);
    if (entry->tick.address_class >= YK_CLASS_RESOLVABLE)
        yk_lags_life(table->lags,
                     entry->tick.address_class == YK_CLASS_RESOLVABLE ? YK_ROTATING_RESOLVABLE
                                                                      : YK_ROTATING_NON_RESOLVABLE,
                     &entry->life);
    remove_slot(table, find_slot(table, entry->pseudonym));
    entry->in_use = false;
    entry->next_free = table->free_entries;
    table->free_entries = number;
    table->count--;
}

static enum yk_status close_tick(struct yk_presence_table *table, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    for (uint32_t i = 0; i < table->heard_count && status == YK_OK; i++)
        status = emit_tick(table, &table->entries[table->heard[i]], err);
    table->heard_count = 0;
    return status;
}

/* Ends every life: at the stop, at an epoch's change, when the clock was set back. */
static enum yk_status close_all(struct yk_presence_table *table, struct yk_error *err)
{
    enum yk_status status = close_tick(table, err);
    if (status != YK_OK)
        return status;
    yk_lags_stop(table->lags, table->now_ds);
    for (uint32_t i = 0; i < YK_PRESENCE_CAPACITY && table->count > 0; i++)
        if (table->entries[i].in_use)
            close_entry(table, i);
    return YK_OK;
}

static void sweep(struct yk_presence_table *table)
{
    for (uint32_t i = 0; i < table->used; i++)
        if (table->entries[i].in_use && table->now_ds - table->entries[i].life.last_ds > MERGE_DS)
            close_entry(table, i);
    table->swept_ds = table->now_ds;
}

/* Frees one entry by giving up the least recently heard of a few: a clock hand, so that a flood pays evenly. Entries
 * heard in this tick stand in heard[] and are passed over unless there is nothing else; then the tick is closed early,
 * which costs a second record for some pseudonyms and loses nothing. */
static enum yk_status evict(struct yk_presence_table *table, struct yk_error *err)
{
    if (table->heard_count >= YK_PRESENCE_CAPACITY - SAMPLE_MAX) {
        enum yk_status status = close_tick(table, err);
        if (status != YK_OK)
            return status;
    }
    uint32_t best = NONE;
    for (uint32_t looked = 0, seen = 0; seen < SAMPLE_MAX && looked < YK_PRESENCE_CAPACITY; looked++) {
        uint32_t i = table->evict_hand;
        table->evict_hand = (table->evict_hand + 1) % YK_PRESENCE_CAPACITY;
        if (!table->entries[i].in_use || table->entries[i].tick.adverts > 0)
            continue;
        seen++;
        if (best == NONE || table->entries[i].life.last_ds < table->entries[best].life.last_ds)
            best = i;
    }
    assert(best != NONE);
    yk_drop(yk_session_drops(table->session), YK_DROP_table_full);
    close_entry(table, best);
    return YK_OK;
}

/* Brings the table's time to now_ds: closes the tick and the epoch that lie behind. */
static enum yk_status move_on(struct yk_presence_table *table, int64_t now_ds, struct yk_error *err)
{
    bool first = table->now_ds == INT64_MIN;
    /* The clock was set back, or nothing proves that the radio ran since: a new record begins. */
    if (!first && (now_ds < table->now_ds - TICK_DS || now_ds > table->now_ds + SILENCE_MAX_DS)) {
        enum yk_status status = yk_presence_finish(table, err);
        if (status != YK_OK)
            return status;
        yk_lags_free(table->lags);
        table->lags = NULL;
        status = yk_lags_new(&table->lags, err);
        if (status != YK_OK)
            return status;
        first = true;
    }
    int64_t now_s = floor_div(now_ds, 10);
    bool new_epoch = first || now_s >= table->epoch->end_s || now_s < table->epoch->start_s;
    if (!first) {
        if (floor_div(now_ds, TICK_DS) > table->tick) {
            enum yk_status status = close_tick(table, err);
            if (status != YK_OK)
                return status;
        }
        if (new_epoch) {
            enum yk_status status = close_all(table, err);
            if (status != YK_OK)
                return status;
        }
    }
    if (new_epoch) {
        struct yk_identity *identity = yk_session_identity(table->session);
        const struct yk_epoch *before = table->epoch;
        enum yk_status status = yk_identity_epoch(identity, now_s, &table->epoch, err);
        yk_identity_release(identity, before);
        if (status == YK_OK)
            status =
                yk_session_epoch(table->session, table->epoch->start_s, table->epoch->key_id, table->epoch->local, err);
        if (status != YK_OK)
            return status;
        yk_lags_start(table->lags, now_ds);
        table->swept_ds = now_ds;
    }
    table->now_ds = now_ds;
    table->tick = floor_div(now_ds, TICK_DS);
    if (now_ds - table->swept_ds >= SWEEP_DS)
        sweep(table);
    return YK_OK;
}

/* The time of most adverts is the table's already, or a little before it. */
static inline enum yk_status move_to(struct yk_presence_table *table, int64_t now_ds, struct yk_error *err)
{
    bool there = now_ds <= table->now_ds && now_ds >= table->now_ds - TICK_DS;
    return there ? YK_OK : move_on(table, now_ds, err);
}

static void begin(struct yk_presence_table *table, uint32_t slot, uint64_t pseudonym, uint8_t address_class,
                  int64_t t_ds)
{
    uint32_t number = table->free_entries;
    struct entry *entry = &table->entries[number];
    table->free_entries = entry->next_free;
    table->used = number < table->used ? table->used : number + 1;
    table->slots[slot] = number;
    table->count++;
    memset(&entry->tick, 0, sizeof entry->tick);
    entry->tick.pseudonym = pseudonym;
    entry->tick.address_class = address_class;
    entry->pseudonym = pseudonym;
    entry->in_use = true;
    yk_life_begin(&entry->life, t_ds);
}

static void count_advert(struct yk_presence_table *table, uint32_t number, int64_t t_ds, int64_t gap_ds,
                         int8_t rssi_dbm)
{
    struct yk_presence *tick = &table->entries[number].tick;
    uint8_t offset_ds = (uint8_t)(t_ds - table->tick * TICK_DS);
    if (tick->adverts == 0) {
        table->heard[table->heard_count++] = number;
        tick->tick = table->tick;
        tick->rssi_sum_dbm = 0;
        tick->rssi_count = 0;
        tick->rssi_max_dbm = RSSI_NONE;
        tick->first_ds = offset_ds;
        tick->last_ds = offset_ds;
        tick->gap_ds = 0;
        tick->gap_sq_ds2 = 0;
    }
    if (tick->adverts < UINT16_MAX) {
        tick->adverts++;
        if (rssi_dbm != RSSI_NONE) {
            tick->rssi_sum_dbm += rssi_dbm;
            tick->rssi_count++;
        }
    }
    if (rssi_dbm != RSSI_NONE && (tick->rssi_max_dbm == RSSI_NONE || rssi_dbm > tick->rssi_max_dbm))
        tick->rssi_max_dbm = rssi_dbm;
    if (offset_ds > tick->last_ds)
        tick->last_ds = offset_ds;
    tick->gap_ds += (uint32_t)gap_ds;
    tick->gap_sq_ds2 += (uint32_t)(gap_ds * gap_ds);
}

enum yk_status yk_presence_hear(struct yk_presence_table *table, const struct yk_raw_id *id, int64_t time_us,
                                int8_t rssi_dbm, struct yk_error *err)
{
    int64_t t_ds = floor_div(time_us, 100000);
    enum yk_status status = move_to(table, t_ds, err);
    if (status != YK_OK)
        return status;
    if (t_ds < table->tick * TICK_DS)
        t_ds = table->tick * TICK_DS;

    uint64_t pseudonym = yk_pseudonym(table->epoch, id);
    uint32_t slot = find_slot(table, pseudonym);
    int64_t gap_ds = 0;
    if (table->slots[slot] != NONE) {
        struct entry *entry = &table->entries[table->slots[slot]];
        gap_ds = t_ds - entry->life.last_ds;
        if (gap_ds > MERGE_DS) { /* silent too long: this life is over, another begins */
            close_entry(table, table->slots[slot]);
            slot = find_slot(table, pseudonym);
            gap_ds = 0;
        } else {
            gap_ds = gap_ds < 0 ? 0 : gap_ds;
            yk_life_heard(&entry->life, t_ds);
        }
    }
    if (table->slots[slot] == NONE) {
        if (table->free_entries == NONE) {
            status = evict(table, err);
            if (status != YK_OK)
                return status;
            slot = find_slot(table, pseudonym);
        }
        begin(table, slot, pseudonym, id->address_class, t_ds);
    }
    count_advert(table, table->slots[slot], t_ds, gap_ds, rssi_dbm);
    return YK_OK;
}

enum yk_status yk_presence_pass(struct yk_presence_table *table, int64_t time_us, struct yk_error *err)
{
    int64_t t_ds = floor_div(time_us, 100000);
    return table->now_ds == INT64_MIN ? YK_OK : move_to(table, t_ds, err);
}

enum yk_status yk_presence_turn(struct yk_presence_table *table, struct yk_error *err)
{
    if (table->now_ds == INT64_MIN)
        return YK_OK;
    enum yk_status status = yk_presence_finish(table, err);
    if (status != YK_OK)
        return status;
    yk_lags_free(table->lags);
    table->lags = NULL;
    status = yk_lags_new(&table->lags, err);
    yk_identity_release(yk_session_identity(table->session), table->epoch);
    table->epoch = NULL;
    table->now_ds = INT64_MIN;
    return status;
}

enum yk_status yk_presence_finish(struct yk_presence_table *table, struct yk_error *err)
{
    if (table->now_ds == INT64_MIN)
        return YK_OK;
    enum yk_status status = close_all(table, err);
    /* The lives that ended just now have lags too; they go out with this health, the last that asks the table. */
    return status == YK_OK ? yk_session_tell_health(table->session, err) : status;
}
