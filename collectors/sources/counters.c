/* Differences of readings, bins, and never both. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/counters.h"

#include "config/config.h"
#include "sources/counter_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)
#define MINUTE_MS INT64_C(60000)

struct yk_counters {
    struct yk_counters_options options;
    char folder[YK_PATH_SIZE], sensor[YK_ID_SIZE];
    struct yk_counter_line lines[YK_COUNTER_LINES_MAX];
    size_t line_count;
    bool changed; /* since the state was kept */
    struct yk_counted pending[YK_COUNTER_PENDING_MAX];
    size_t pending_count;
};

static struct yk_counter_line *line_of(struct yk_counters *c, const struct yk_device_name *name)
{
    for (size_t i = 0; i < c->line_count; i++)
        if (strcmp(c->lines[i].name.text, name->text) == 0)
            return &c->lines[i];
    if (c->line_count == YK_COUNTER_LINES_MAX)
        return NULL;
    struct yk_counter_line *line = &c->lines[c->line_count++];
    yk_counter_line_clear(line);
    line->name = *name;
    return line;
}

/* More than ever pass through a door, or a street. */
static bool is_absurd(uint64_t persons, int64_t length_us)
{
    int64_t length_ms = length_us / 1000 > MINUTE_MS ? length_us / 1000 : MINUTE_MS;
    return persons > UINT32_MAX || persons * (uint64_t)MINUTE_MS > YK_COUNT_RATE_MAX * (uint64_t)length_ms;
}

/* The message was told before; if not, it has been now. */
static bool is_package_again(struct yk_counter_line *line, const struct yk_device_count *count)
{
    if (!count->has_package)
        return false;
    size_t known = line->package_count < YK_COUNTER_PACKAGES ? line->package_count : YK_COUNTER_PACKAGES;
    for (size_t i = 0; i < known; i++)
        if (line->packages[i].number == count->package && line->packages[i].from_us == count->from_us &&
            line->packages[i].to_us == count->to_us)
            return true;
    line->packages[line->package_count++ % YK_COUNTER_PACKAGES] =
        (struct yk_counter_package){count->package, count->from_us, count->to_us};
    return false;
}

static enum yk_status tell(struct yk_counters *c, struct yk_counter_line *line, const struct yk_counted *counted,
                           struct yk_error *err)
{
    if (!yk_told_add(&line->told, counted->from_us, counted->to_us))
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for what sensor %s has told", c->sensor);
    c->changed = true;
    c->pending[c->pending_count++] = *counted;
    return YK_OK;
}

/* --- bins --- */

static enum yk_status take_bin(struct yk_counters *c, struct yk_counter_line *line, const struct yk_device_count *count,
                               uint8_t index, int64_t arrived_us, struct yk_error *err)
{
    struct yk_drops *drops = c->options.drops;
    int64_t length_us = count->to_us - count->from_us;
    if (arrived_us > 0 && count->to_us - arrived_us > HOUR_US) {
        yk_drop(drops, YK_DROP_bad_time);
        return YK_OK;
    }
    bool unseen = count->samples == 0 && count->samples_expected > 0;
    if (is_absurd(count->plus, length_us) || is_absurd(count->minus, length_us) ||
        count->samples > count->samples_expected || (unseen && (count->plus || count->minus))) {
        yk_drop(drops, YK_DROP_malformed);
        return YK_OK;
    }
    if (!line->has_bin || count->to_us > line->bin_us) {
        line->has_bin = c->changed = true;
        line->bin_us = count->to_us;
    }
    if (!yk_told_is_new(&line->told, count->from_us, count->to_us)) {
        yk_drop(drops, count->from_us < line->told.floor_us ? YK_DROP_out_of_order : YK_DROP_duplicate);
        return YK_OK;
    }
    int64_t watched_us = length_us;
    if (count->samples < count->samples_expected) /* in milliseconds the product fits */
        watched_us = length_us / 1000 * (int64_t)count->samples / (int64_t)count->samples_expected * 1000;
    struct yk_counted counted = {.line = index,
                                 .from_us = count->from_us,
                                 .to_us = count->to_us,
                                 .watched_from_us = count->from_us,
                                 .watched_to_us = count->from_us + watched_us,
                                 .plus = (uint32_t)count->plus,
                                 .minus = (uint32_t)count->minus};
    return tell(c, line, &counted, err);
}

/* --- readings --- */

enum growth {
    GREW,
    CONTRADICTS, /* lower than the last one, and not because of a reset: the count goes on from here */
    ABSURD,      /* a number out of the air: the count goes on from the last good one */
};

/* What a reading says beyond the last one. */
static enum growth added_since(const struct yk_counter_reading *last, const struct yk_device_count *now,
                               struct yk_counted *counted)
{
    bool dated = now->from_us != YK_COUNT_SINCE_UNKNOWN, lower = now->plus < last->plus || now->minus < last->minus;
    if (lower && dated && now->from_us < last->at_us)
        return CONTRADICTS;
    bool reset = lower || (dated && now->from_us >= last->at_us);
    uint64_t plus = reset ? now->plus : now->plus - last->plus, minus = reset ? now->minus : now->minus - last->minus;
    int64_t from_us = reset && dated ? now->from_us : last->at_us;
    if (is_absurd(plus, now->to_us - from_us) || is_absurd(minus, now->to_us - from_us))
        return ABSURD;
    counted->from_us = from_us;
    counted->to_us = now->to_us;
    counted->watched_from_us = reset && !dated ? now->to_us : from_us;
    counted->watched_to_us = now->to_us;
    counted->plus = (uint32_t)plus;
    counted->minus = (uint32_t)minus;
    return GREW;
}

/* Newer than the last one, or the first. */
static bool is_newer(struct yk_counter_line *line, const struct yk_device_count *count, int64_t arrived_us,
                     struct yk_drops *drops)
{
    struct yk_drops why = {{0}};
    bool same = line->has_reading && count->to_us == line->last.at_us;
    if (!same && yk_message_in_order(&line->order, count->to_us, arrived_us, &why))
        return true;
    yk_drop(drops, why.count[YK_DROP_bad_time] ? YK_DROP_bad_time : YK_DROP_duplicate);
    return false;
}

static enum yk_status take_reading(struct yk_counters *c, struct yk_counter_line *line,
                                   const struct yk_device_count *count, uint8_t index, int64_t arrived_us,
                                   struct yk_error *err)
{
    struct yk_drops *drops = c->options.drops;
    if (!is_newer(line, count, arrived_us, drops))
        return YK_OK;
    struct yk_counted counted = {.line = index, .cumulative = true};
    bool first = !line->has_reading || count->to_us < line->last.at_us; /* or a clock that was set back */
    bool long_ago = !first && count->to_us - line->last.at_us > DAY_US;
    enum growth growth = first || long_ago ? GREW : added_since(&line->last, count, &counted);
    if (growth != GREW)
        yk_drop(drops, YK_DROP_malformed);
    if (growth == ABSURD)
        return YK_OK;
    line->has_reading = c->changed = true;
    line->last = (struct yk_counter_reading){count->to_us, count->from_us, count->plus, count->minus};
    if (long_ago)
        yk_drop(drops, YK_DROP_bad_time);
    if (first || long_ago || growth == CONTRADICTS)
        return YK_OK;
    bool bins = line->has_bin && count->to_us - line->bin_us <= DAY_US && line->bin_us - count->to_us <= DAY_US;
    if (bins || counted.from_us >= counted.to_us || !yk_told_is_new(&line->told, counted.from_us, counted.to_us)) {
        yk_drop(drops, YK_DROP_duplicate);
        return YK_OK;
    }
    return tell(c, line, &counted, err);
}

enum yk_status yk_counters_take(struct yk_counters *c, const struct yk_device_count *count, uint8_t line_index,
                                int64_t arrived_us, struct yk_error *err)
{
    struct yk_drops *drops = c->options.drops;
    if (yk_counters_full(c)) {
        enum yk_status status = yk_counters_flush(c, err);
        if (status != YK_OK)
            return status;
    }
    bool dated = !count->cumulative || count->from_us != YK_COUNT_SINCE_UNKNOWN;
    if (count->to_us < 0 || (dated && count->from_us < 0)) {
        yk_drop(drops, YK_DROP_bad_time);
        return YK_OK;
    }
    int64_t length_us = dated ? count->to_us - count->from_us : 0;
    if (length_us < 0 || (!count->cumulative && (length_us < SECOND_US || length_us > DAY_US))) {
        yk_drop(drops, YK_DROP_malformed);
        return YK_OK;
    }
    struct yk_counter_line *line = line_of(c, &count->line);
    if (!line || is_package_again(line, count)) {
        yk_drop(drops, line ? YK_DROP_duplicate : YK_DROP_table_full);
        return YK_OK;
    }
    return count->cumulative ? take_reading(c, line, count, line_index, arrived_us, err)
                             : take_bin(c, line, count, line_index, arrived_us, err);
}

bool yk_counters_full(const struct yk_counters *c)
{
    return c->pending_count == YK_COUNTER_PENDING_MAX;
}

bool yk_counters_waiting(const struct yk_counters *c)
{
    return c->changed || c->pending_count > 0;
}

enum yk_status yk_counters_flush(struct yk_counters *c, struct yk_error *err)
{
    enum yk_status status = YK_OK;
    if (c->changed && c->options.folder)
        status = yk_counter_state_save(c->folder, c->sensor, c->lines, c->line_count, err);
    if (status != YK_OK)
        return status;
    c->changed = false;
    for (size_t i = 0; i < c->pending_count && status == YK_OK; i++)
        status = c->options.counted(c->options.context, &c->pending[i], err);
    c->pending_count = 0;
    return status;
}

enum yk_status yk_counters_new(const struct yk_counters_options *options, struct yk_counters **out,
                               struct yk_error *err)
{
    struct yk_counters *c = (struct yk_counters *)calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the counters of sensor %s", options->sensor);
    c->options = *options;
    snprintf(c->sensor, sizeof c->sensor, "%s", options->sensor);
    for (size_t i = 0; i < YK_COUNTER_LINES_MAX; i++)
        yk_counter_line_clear(&c->lines[i]);
    enum yk_status status = YK_OK;
    if (options->folder) {
        snprintf(c->folder, sizeof c->folder, "%s", options->folder);
        status = yk_counter_state_load(options->folder, c->sensor, c->lines, YK_COUNTER_LINES_MAX, &c->line_count, err);
    }
    if (status != YK_OK) {
        yk_counters_free(c);
        return status;
    }
    *out = c;
    return YK_OK;
}

void yk_counters_free(struct yk_counters *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < YK_COUNTER_LINES_MAX; i++)
        yk_told_clear(&c->lines[i].told);
    free(c);
}
