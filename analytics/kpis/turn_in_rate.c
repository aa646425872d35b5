/* Turn-in rate: what share of those who pass come in. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Entries at one line over passers at another, as the district declares them (`turn_ins`); passers include those who come in. Hours
 * and days, made of the quarters in which both lines were watched all through: in any other the one would be counted without the
 * other. From eight of them on the interval has the scatter between quarters in it (estimate/turn_in.h), so that an hour's
 * takes every passer to decide alone and a day's does not. No rate, and no 0, where nobody passed, or more came in than passed:
 * then the lines do not count the same people.
 *
 * Corrected lines (kpis/corrected.h): the rate is that of the persons, and the errors of both corrections are in its interval, on the
 * log scale as if independent; under one correction for both they cancel. */
#include "estimate/turn_in.h"
#include "kpis/kpi.h"
#include "kpis/line_quarter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define QUARTERS_MAX 128 /* of a day: 100 when the clocks go back */

/* Fewest persons that the row speaks of: those who came in and those who did not, where there are any. */
static int64_t fewest(const struct yk_turn_in *rate)
{
    int64_t in = rate->turned, on = rate->passers - rate->turned;
    if (in == 0 || on == 0)
        return rate->passers;
    return in < on ? in : on;
}

/* What was counted at both lines, under their corrections. */
struct counted {
    struct yk_corrected_sum in, by, both;
};

/* The share of crossings into that of persons. */
static struct yk_interval correct(const struct yk_interval *rate, const struct counted *counted)
{
    struct yk_interval in = yk_corrected_factor(&counted->in), by = yk_corrected_factor(&counted->by);
    double down = hypot(log(in.value / fmax(in.lower, 0)), log(by.upper / by.value));
    double up = hypot(log(in.upper / in.value), log(by.value / fmax(by.lower, 0))), factor = in.value / by.value;
    if (rate->value > 0) {
        down = hypot(down, log(rate->value / rate->lower));
        up = hypot(up, log(rate->upper / rate->value));
    }
    double most = rate->value > 0 ? rate->value : rate->upper;
    return (struct yk_interval){rate->value * factor, rate->value * factor * exp(-down),
                                fmin(most * factor * exp(up), 1)};
}

/* False where more persons came in than passed. */
static bool fill(const struct yk_turn_in *rate, const struct counted *counted, struct yk_candidate *c)
{
    struct yk_interval share = rate->rate;
    bool as_one = counted->in.count == 1 && counted->by.count == 1 && counted->both.count == 1 &&
                  counted->both.exact == 0; /* one correction, which cancels */
    if (counted->both.count > 0 && !as_one)
        share = correct(&rate->rate, counted);
    if (share.value > 1)
        return false;
    c->row.state = YK_STATE_OK;
    c->row.reason = YK_REASON_NONE;
    c->row.value = share.value;
    c->row.lower = share.lower;
    c->row.upper = share.upper;
    c->row.n_low = c->row.n_high = rate->passers;
    c->persons = (double)fewest(rate);
    if (counted->both.count > 0) {
        double in = yk_corrected_factor(&counted->in).value, by = yk_corrected_factor(&counted->by).value;
        c->persons *= fmin(fmin(in, by), 1);
        yk_corrected_name(&counted->both, c);
    }
    return true;
}

static void add(struct counted *counted, const struct yk_facts *quarter, const struct yk_turn_in_config *turn_in)
{
    yk_line_quarter_add(quarter, turn_in->entries.line, turn_in->entries.direction, &counted->in);
    yk_line_quarter_add(quarter, turn_in->passers.line, turn_in->passers.direction, &counted->by);
    yk_line_quarter_add(quarter, turn_in->entries.line, turn_in->entries.direction, &counted->both);
    yk_line_quarter_add(quarter, turn_in->passers.line, turn_in->passers.direction, &counted->both);
}

static void give_one(const struct yk_kpi *kpi, const struct yk_facts *facts, const struct yk_turn_in_config *turn_in,
                     yk_candidate_fn *give, void *context)
{
    const struct yk_line_facts *entries = yk_line_find(facts, turn_in->entries.line);
    const struct yk_line_facts *passers = yk_line_find(facts, turn_in->passers.line);
    struct yk_turn_in_bin bins[QUARTERS_MAX];
    struct yk_line_count in, by;
    struct yk_turn_in rate;
    struct counted counted;
    struct yk_candidate c;
    size_t count = 0;
    yk_corrected_begin(&counted.in);
    yk_corrected_begin(&counted.by);
    yk_corrected_begin(&counted.both);
    if (!entries || !passers)
        return;
    for (size_t i = 0; i < facts->quarter_count && count < QUARTERS_MAX; i++)
        if (yk_line_quarter(&facts->quarters[i], turn_in->entries.line, &in) &&
            yk_line_quarter(&facts->quarters[i], turn_in->passers.line, &by)) {
            add(&counted, &facts->quarters[i], turn_in);
            bins[count++] = (struct yk_turn_in_bin){.passers = yk_line_count_of(&by, turn_in->passers.direction),
                                                    .turned = yk_line_count_of(&in, turn_in->entries.direction)};
        }
    struct yk_cover watched = {.ran_s = (int64_t)count * YK_WINDOW_S,
                               .expected_s = entries->cover.expected_s > passers->cover.expected_s
                                                 ? entries->cover.expected_s
                                                 : passers->cover.expected_s};
    yk_kpi_candidate(kpi, facts, &c);
    snprintf(c.row.place, sizeof c.row.place, "%s/%s", facts->place->id, turn_in->id);
    c.row.basis = YK_BASIS_MEASURED;
    c.row.coverage = yk_coverage(&watched);
    c.of_lines = true;
    c.ratio = facts->config->privacy.line_k > 0;
    bool known = count > 0 && yk_turn_in_rate(bins, count, &rate) == YK_TURN_IN_OK && fill(&rate, &counted, &c);
    if (!known && (count > 0 || (entries->cover.ran_s > 0 && passers->cover.ran_s > 0)))
        c.row.reason = YK_REASON_NOT_OBSERVABLE;
    give(context, &c);
}

static void rows(const struct yk_kpi *kpi, const struct yk_facts *facts, yk_candidate_fn *give, void *context)
{
    if (facts->resolution == YK_RES_15M)
        return;
    for (size_t i = 0; i < facts->config->turn_in_count; i++) {
        const struct yk_turn_in_config *turn_in = &facts->config->turn_ins[i];
        if (strcmp(facts->config->places[turn_in->place].id, facts->place->id) == 0)
            give_one(kpi, facts, turn_in, give, context);
    }
}

const struct yk_kpi yk_kpi_turn_in_rate = {
    .name = "turn_in_rate",
    .unit = "share",
    .summary = "share of those who pass that come in, counted by cameras",
    .day = YK_DAY_CALENDAR,
    .rows = rows,
};
