/* Reading cells into facts. SPDX-License-Identifier: GPL-3.0-or-later */
#include "kpis/place_facts.h"

#include "kpis/line_quarter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void yk_place_facts_clear(struct yk_place_facts *facts)
{
    free(facts->quarter);
    free(facts->hour);
    free(facts->day);
    yk_stay_curves_free(facts->curves);
    yk_stay_tally_clear(&facts->tally);
    memset(facts, 0, sizeof *facts);
}

static void begin(const struct yk_place_question *q, const struct yk_periods *periods, struct yk_facts *facts,
                  int64_t start_s, int64_t end_s, enum yk_resolution resolution)
{
    memset(facts, 0, offsetof(struct yk_facts, lines));
    facts->config = q->config;
    facts->place = yk_config_place_at(q->config, q->place, start_s);
    for (size_t i = 0; !facts->place && i < q->config->place_count; i++)
        if (strcmp(q->config->places[i].id, q->place) == 0)
            facts->place = &q->config->places[i];
    facts->periods = periods;
    facts->calibration = q->calibration;
    facts->corrections = q->corrections;
    facts->start_s = start_s;
    facts->end_s = end_s;
    facts->resolution = resolution;
    facts->closed = end_s <= q->as_of_s;
    facts->final = q->final;
}

static struct yk_line_facts *line_of(struct yk_facts *facts, const char *id)
{
    for (size_t i = 0; i < facts->line_count; i++)
        if (strcmp(facts->lines[i].id, id) == 0)
            return &facts->lines[i];
    if (facts->line_count == YK_LINES_MAX)
        return NULL;
    struct yk_line_facts *line = &facts->lines[facts->line_count++];
    memset(line, 0, sizeof *line);
    snprintf(line->id, sizeof line->id, "%s", id);
    return line;
}

static struct yk_zone_facts *zone_of(struct yk_facts *facts, const char *id)
{
    for (size_t i = 0; i < facts->zone_count; i++)
        if (strcmp(facts->zones[i].id, id) == 0)
            return &facts->zones[i];
    if (facts->zone_count == YK_LINES_MAX)
        return NULL;
    struct yk_zone_facts *zone = &facts->zones[facts->zone_count++];
    memset(zone, 0, sizeof *zone);
    snprintf(zone->id, sizeof zone->id, "%s", id);
    return zone;
}

static void add_cover(struct yk_cover *to, const struct yk_cover *from)
{
    to->ran_s += from->ran_s;
    to->expected_s += from->expected_s;
}

/* Where lines and zones are drawn in metres: the way along a line's points, the area by the shoelace formula. */
static double length_of(const struct yk_polygon *line)
{
    double sum = 0;
    for (size_t i = 1; i < line->count; i++)
        sum += hypot(line->points[i][0] - line->points[i - 1][0], line->points[i][1] - line->points[i - 1][1]);
    return sum;
}

static double area_of(const struct yk_polygon *zone)
{
    double twice = 0;
    for (size_t i = 0, last = zone->count - 1; i < zone->count; last = i++)
        twice += zone->points[last][0] * zone->points[i][1] - zone->points[i][0] * zone->points[last][1];
    return fabs(twice) / 2;
}

/* A sensor stood at the place in this window: what was expected of it, what it proved, and what it looks at. */
static void add_sensor(struct yk_facts *facts, const struct yk_sensor_config *sensor, const struct yk_cover *cover)
{
    if (sensor->family == YK_FAMILY_RADIO) {
        facts->radio_id = facts->has_radio ? NULL : sensor->id;
        facts->has_radio = true;
        add_cover(&facts->radio_cover, cover);
        return;
    }
    facts->has_camera = true;
    add_cover(&facts->camera_cover, cover);
    for (size_t i = 0; i < sensor->line_count; i++) {
        struct yk_line_facts *line = line_of(facts, sensor->lines[i].id);
        if (!line)
            continue;
        add_cover(&line->cover, cover);
        if (sensor->has_homography)
            line->length_m = length_of(&sensor->lines[i].points);
    }
    for (size_t i = 0; i < sensor->zone_count; i++) {
        struct yk_zone_facts *zone = zone_of(facts, sensor->zones[i].id);
        if (!zone)
            continue;
        add_cover(&zone->cover, cover);
        if (sensor->has_homography)
            zone->area_m2 = area_of(&sensor->zones[i].points);
    }
}

#define RAN_WORDS (sizeof((struct yk_health_cell *)0)->ran / sizeof(uint64_t))

struct reading {
    const struct yk_place_question *question;
    struct yk_place_facts *facts;
    uint64_t (*ran)[RAN_WORDS];  /* by quarter, of one sensor: the seconds that it ran and of which its frames came */
    uint64_t (*late)[RAN_WORDS]; /* the same of health that came when the epoch was closed */
    int64_t *reduced_s;          /* by quarter: seconds that it told of in sums, when its presence could not be sent */
    struct yk_heard_in_window *devices;
    size_t device_count, device_capacity;
    struct yk_spread spread;
};

static size_t quarter_of(const struct reading *r, const struct yk_cell *cell)
{
    return (size_t)((cell->window_s - r->question->span->start_s) / YK_WINDOW_S);
}

static enum yk_status take_health(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct reading *r = context;
    memcpy(r->ran[quarter_of(r, cell)], cell->as.health.ran, sizeof cell->as.health.ran);
    return YK_OK;
}

static enum yk_status take_reduced(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct reading *r = context;
    for (unsigned i = 0; i < cell->as.reduced->count; i++)
        if (cell->as.reduced->list[i].length_s == YK_WINDOW_S)
            r->reduced_s[quarter_of(r, cell)] = cell->as.reduced->list[i].covered_s;
    return YK_OK;
}

static enum yk_status take_late_health(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct reading *r = context;
    memcpy(r->late[quarter_of(r, cell)], cell->as.health.ran, sizeof cell->as.health.ran);
    return YK_OK;
}

/* A sensor that ran, but whose frames of that time never came, proves nothing for it. */
static void take_lost(void *context, int64_t from_s, int64_t to_s)
{
    struct reading *r = context;
    const struct yk_span *span = r->question->span;
    int64_t end_s = span->start_s + (int64_t)span->quarters * YK_WINDOW_S;
    for (int64_t t = from_s > span->start_s ? from_s : span->start_s; t < to_s && t < end_s; t++) {
        int64_t second = t - span->start_s;
        uint64_t others = ~(UINT64_C(1) << (second % YK_WINDOW_S % 64));
        r->ran[second / YK_WINDOW_S][second % YK_WINDOW_S / 64] &= others;
        r->late[second / YK_WINDOW_S][second % YK_WINDOW_S / 64] &= others;
    }
}

static int64_t seconds_of(const uint64_t ran[static RAN_WORDS], const uint64_t late[static RAN_WORDS])
{
    int64_t seconds = 0;
    for (size_t i = 0; i < RAN_WORDS; i++)
        seconds += __builtin_popcountll(ran[i] | late[i]);
    return seconds;
}

static enum yk_status take_crossing(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct reading *r = context;
    struct yk_line_facts *line = line_of(&r->facts->quarter[quarter_of(r, cell)], strchr(cell->key, '/') + 1);
    if (line) {
        line->plus += (int64_t)cell->as.crossing.plus;
        line->minus += (int64_t)cell->as.crossing.minus;
    }
    return YK_OK;
}

static enum yk_status take_zone(void *context, struct yk_cell *cell, struct yk_error *err)
{
    (void)err;
    struct reading *r = context;
    struct yk_zone_facts *zone = zone_of(&r->facts->quarter[quarter_of(r, cell)], strchr(cell->key, '/') + 1);
    if (zone) {
        zone->inside_ms += (int64_t)cell->as.zone->inside_ms;
        zone->entered += (int64_t)cell->as.zone->entered;
        zone->most = yk_zone_cell_max(cell->as.zone);
    }
    return YK_OK;
}

static enum yk_status take_presence(void *context, struct yk_cell *cell, struct yk_error *err)
{
    struct reading *r = context;
    size_t more = cell->as.devices.count;
    if (r->device_count + more > r->device_capacity) {
        size_t capacity = 2 * (r->device_count + more);
        struct yk_heard_in_window *devices = realloc(r->devices, capacity * sizeof *devices);
        if (!devices)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        r->devices = devices;
        r->device_capacity = capacity;
    }
    for (size_t i = 0; i < more; i++)
        r->devices[r->device_count++] = (struct yk_heard_in_window){cell->as.devices.list[i], cell->window_s};
    return YK_OK;
}

/* The sensor ids of the configuration, each once. */
static bool first_of_its_id(const struct yk_config *config, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(config->sensors[k].id, config->sensors[i].id) == 0)
            return false;
    return true;
}

/* The entries of sensors that stand at the place: few of many. */
static size_t *list_here(const struct yk_config *config, const char *place, size_t *count)
{
    size_t *here = malloc((config->sensor_count + 1) * sizeof *here);
    *count = 0;
    for (size_t i = 0; here && i < config->sensor_count; i++)
        if (strcmp(config->places[config->sensors[i].place].id, place) == 0)
            here[(*count)++] = i;
    return here;
}

/* True if some version of the sensor is among them: the others are not read for the place. */
static bool ever_here(const struct yk_config *config, const char *sensor, const size_t *here, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(config->sensors[here[i]].id, sensor) == 0)
            return true;
    return false;
}

static enum yk_status read_sensor(struct reading *r, const struct yk_sensor_config *entry, struct yk_error *err)
{
    const struct yk_place_question *q = r->question;
    const struct yk_span *span = q->span;
    const char *id = entry->id;
    memset(r->ran, 0, span->quarters * sizeof *r->ran);
    memset(r->late, 0, span->quarters * sizeof *r->late);
    memset(r->reduced_s, 0, span->quarters * sizeof *r->reduced_s);
    bool radio = entry->family == YK_FAMILY_RADIO;
    enum yk_status status =
        yk_state_read(q->store, YK_CELL_HEALTH, 0, id, span->start_s, span->end_s, take_health, r, err);
    /* Device rows look at what came late by themselves (late_facts.h), and only where they use it. */
    if (status == YK_OK && radio && !q->devices)
        status =
            yk_state_read(q->store, YK_CELL_LATE_HEALTH, 0, id, span->start_s, span->end_s, take_late_health, r, err);
    if (status == YK_OK)
        status = yk_state_lost(q->store, id, radio ? YK_GROUP_PRESENCE : YK_GROUP_PLAIN, take_lost, r);
    if (status == YK_OK && radio && !q->devices)
        status = yk_state_read(q->store, YK_CELL_REDUCED, 0, id, span->start_s, span->end_s, take_reduced, r, err);
    if (status != YK_OK)
        return status;
    for (size_t w = 0; w < span->quarters; w++) {
        struct yk_facts *facts = &r->facts->quarter[w];
        const struct yk_sensor_config *sensor = yk_config_sensor_at(q->config, id, facts->start_s);
        if (!sensor || strcmp(q->config->places[sensor->place].id, q->place) != 0)
            continue;
        /* A day that is final has all its time behind it; today has only what has passed. */
        int64_t until_s = q->final || facts->end_s < q->as_of_s ? facts->end_s : q->as_of_s;
        int64_t expected_s = until_s > facts->start_s ? until_s - facts->start_s : 0;
        /* Sums are of time that is lost as presence; whatever came when, the same seconds are proven. */
        int64_t ran_s = seconds_of(r->ran[w], r->late[w]) + r->reduced_s[w];
        ran_s = ran_s < expected_s ? ran_s : expected_s;
        add_sensor(facts, sensor, &(struct yk_cover){ran_s, expected_s});
    }
    return YK_OK;
}

static enum yk_status read_sensors(struct reading *r, struct yk_error *err)
{
    const struct yk_config *config = r->question->config;
    enum yk_status status = YK_OK;
    size_t count, *here = list_here(config, r->question->place, &count);
    if (!here)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < config->sensor_count && status == YK_OK; i++)
        if (ever_here(config, config->sensors[i].id, here, count) && first_of_its_id(config, i))
            status = read_sensor(r, &config->sensors[i], err);
    free(here);
    return status;
}

/* Every line and zone that a camera of the place ever has, each once. */
static enum yk_status read_cameras(struct reading *r, struct yk_error *err)
{
    const struct yk_place_question *q = r->question;
    char done[2 * YK_LINES_MAX][YK_CELL_KEY_SIZE + 1]; /* 'l' or 'z', and the key */
    size_t done_count = 0;
    enum yk_status status = YK_OK;
    for (size_t i = 0; i < q->config->sensor_count && status == YK_OK; i++) {
        const struct yk_sensor_config *sensor = &q->config->sensors[i];
        if (strcmp(q->config->places[sensor->place].id, q->place) != 0)
            continue;
        for (size_t v = 0; v < sensor->line_count + sensor->zone_count && status == YK_OK; v++) {
            bool line = v < sensor->line_count;
            char key[YK_CELL_KEY_SIZE];
            snprintf(key, sizeof key, "%s/%s", q->place,
                     line ? sensor->lines[v].id : sensor->zones[v - sensor->line_count].id);
            size_t seen = 0;
            while (seen < done_count && (done[seen][0] != (line ? 'l' : 'z') || strcmp(done[seen] + 1, key) != 0))
                seen++;
            if (seen < done_count || done_count == 2 * YK_LINES_MAX || strlen(key) + 2 > sizeof done[0])
                continue;
            done[done_count][0] = line ? 'l' : 'z';
            memcpy(done[done_count++] + 1, key, strlen(key) + 1);
            status = yk_state_read(q->store, line ? YK_CELL_CROSSING : YK_CELL_ZONE, 0, key, q->span->start_s,
                                   q->span->end_s, line ? take_crossing : take_zone, r, err);
        }
    }
    return status;
}

/* Who is heard so near to an outage was there before, or goes on. Losses of up to as much in a quarter part no lives. */
#define NEAR_OUTAGE_S 60

static bool is_outage(const struct reading *r, int64_t t_s)
{
    const struct yk_span *span = r->question->span;
    int64_t quarter = (t_s - span->start_s) / YK_WINDOW_S;
    if (t_s < span->start_s || quarter >= (int64_t)span->quarters)
        return false;
    const struct yk_cover *cover = &r->facts->quarter[quarter].radio_cover;
    return cover->ran_s < cover->expected_s - NEAR_OUTAGE_S;
}

static void take_life(void *context, const struct yk_lived *life)
{
    struct reading *r = context;
    yk_spread_life(&r->spread, life);
    int64_t begin_s = life->begin_ds / 10, end_s = life->end_ds / 10;
    if (r->question->final)
        yk_stay_tally_add(&r->facts->tally, life->address_class, life->begin_ds, life->end_ds,
                          is_outage(r, begin_s) || is_outage(r, begin_s - NEAR_OUTAGE_S),
                          is_outage(r, end_s) || is_outage(r, end_s + NEAR_OUTAGE_S));
    if (r->question->district)
        yk_district_facts_life(r->question->district, life);
}

/* Once for all that is read off the lengths. */
static bool measure_stays(struct reading *r)
{
    const struct yk_periods *periods = r->question->periods;
    const struct yk_rotation_period *of[YK_ROTATING_COUNT];
    for (int i = 0; i < YK_ROTATING_COUNT; i++)
        of[i] = periods->known[i] ? &periods->period[i] : NULL;
    struct yk_place_facts *facts = r->facts;
    if (facts->tally.out_of_memory || !yk_stay_day_init(&facts->stays, &facts->tally, &facts->day->radio,
                                                        of[YK_ROTATING_RESOLVABLE], of[YK_ROTATING_NON_RESOLVABLE]))
        return false;
    facts->day->stays = facts->curves = yk_stay_curves_new(&facts->stays);
    return facts->curves;
}

static enum yk_status read_devices(struct reading *r, struct yk_error *err)
{
    const struct yk_place_question *q = r->question;
    const struct yk_span *span = q->span;
    enum yk_status status = yk_state_read(q->store, YK_CELL_PRESENCE, span->start_s, q->place, span->start_s,
                                          span->end_s, take_presence, r, err);
    if (status != YK_OK || r->device_count == 0)
        return status;
    struct yk_walk_sums sums = {.quarter = calloc(span->quarters + 1, sizeof *sums.quarter),
                                .hour = calloc(span->hours + 1, sizeof *sums.hour)};
    bool lives = !q->final || yk_stay_tally_init(&r->facts->tally, span->start_s, span->end_s);
    if (!sums.quarter || !sums.hour || !lives) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    } else {
        if (q->district)
            q->district->reading = (uint32_t)q->place_index;
        r->spread = (struct yk_spread){.start_s = span->start_s, .end_s = span->end_s};
        sums.life = take_life;
        sums.context = r;
        yk_lives_walk(span, r->devices, r->device_count, &sums);
        if (r->spread.out_of_memory)
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        else
            yk_spread_measure(&r->spread, &sums.day, &r->facts->periods);
        yk_spread_clear(&r->spread);
        for (size_t i = 0; i < span->quarters; i++)
            r->facts->quarter[i].radio = sums.quarter[i];
        for (size_t i = 0; i < span->hours; i++)
            r->facts->hour[i].radio = sums.hour[i];
        r->facts->day->radio = sums.day;
        if (q->final && !measure_stays(r))
            status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    }
    free(sums.quarter);
    free(sums.hour);
    return status;
}

/* A quarter's covers, lines and zones into an hour's or a day's. Device sums are not additive and are set by the walk.
 */
static void add_quarter(struct yk_facts *to, const struct yk_facts *from)
{
    if (from->has_radio) {
        bool same = !to->has_radio || (to->radio_id && from->radio_id && strcmp(to->radio_id, from->radio_id) == 0);
        to->radio_id = same ? from->radio_id : NULL;
    }
    to->has_radio |= from->has_radio;
    to->has_camera |= from->has_camera;
    add_cover(&to->radio_cover, &from->radio_cover);
    add_cover(&to->camera_cover, &from->camera_cover);
    for (size_t i = 0; i < from->line_count; i++) {
        struct yk_line_facts *line = line_of(to, from->lines[i].id);
        if (!line)
            continue;
        line->plus += from->lines[i].plus;
        line->minus += from->lines[i].minus;
        line->length_m = from->lines[i].length_m > 0 ? from->lines[i].length_m : line->length_m;
        add_cover(&line->cover, &from->lines[i].cover);
    }
    for (size_t i = 0; i < from->zone_count; i++) {
        struct yk_zone_facts *zone = zone_of(to, from->zones[i].id);
        if (!zone)
            continue;
        zone->inside_ms += from->zones[i].inside_ms;
        zone->entered += from->zones[i].entered;
        zone->area_m2 = from->zones[i].area_m2 > 0 ? from->zones[i].area_m2 : zone->area_m2;
        zone->most = from->zones[i].most > zone->most ? from->zones[i].most : zone->most;
        add_cover(&zone->cover, &from->zones[i].cover);
    }
}

/* What the quarter counted at the line (NULL: at all lines); -1 if it was not watched all through. */
static int64_t counted(const struct yk_facts *quarter, const char *line)
{
    struct yk_line_count n;
    return yk_line_quarter(quarter, line, &n) ? n.plus + n.minus : -1;
}

/* The busiest four quarters in a row among `count`; of equal ones the first. */
static struct yk_peak peak_of(const struct yk_facts *quarters, size_t count, const char *line)
{
    struct yk_peak peak = {-1, -1};
    for (size_t i = 0; i + 4 <= count; i++) {
        struct yk_peak here = {0, 0};
        for (size_t k = i; k < i + 4 && here.hour >= 0; k++) {
            int64_t n = counted(&quarters[k], line);
            here.hour = n < 0 ? -1 : here.hour + n;
            here.quarter = n > here.quarter ? n : here.quarter;
        }
        if (here.hour > peak.hour)
            peak = here;
    }
    return peak;
}

/* A quarter of an hour, or an hour of a day. */
static void add_part(struct yk_facts *to, const struct yk_facts *part)
{
    for (size_t i = 0; i < part->zone_count; i++) {
        struct yk_zone_facts *zone = zone_of(to, part->zones[i].id);
        int64_t inside_s = (part->zones[i].inside_ms + 500) / 1000, entered = part->zones[i].entered;
        if (!zone || part->zones[i].cover.ran_s == 0)
            continue;
        zone->parts.count++;
        zone->parts.inside_sq += inside_s * inside_s;
        zone->parts.inside_entered += inside_s * entered;
        zone->parts.entered_sq += entered * entered;
    }
}

static void set_peaks(struct yk_facts *to, const struct yk_facts *quarters, size_t count)
{
    to->peak = peak_of(quarters, count, NULL);
    for (size_t i = 0; i < to->line_count; i++)
        to->lines[i].peak = peak_of(quarters, count, to->lines[i].id);
}

enum yk_status yk_place_facts_read(const struct yk_place_question *q, struct yk_place_facts *out, struct yk_error *err)
{
    const struct yk_span *span = q->span;
    memset(out, 0, sizeof *out);
    if (q->periods)
        out->periods = *q->periods;
    struct reading r = {.question = q, .facts = out};
    out->quarter = malloc((span->quarters + 1) * sizeof *out->quarter);
    out->hour = malloc((span->hours + 1) * sizeof *out->hour);
    out->day = malloc(sizeof *out->day);
    r.ran = calloc(span->quarters + 1, sizeof *r.ran);
    r.late = calloc(span->quarters + 1, sizeof *r.late);
    r.reduced_s = calloc(span->quarters + 1, sizeof *r.reduced_s);
    enum yk_status status = YK_OK;
    if (!out->quarter || !out->hour || !out->day || !r.ran || !r.late || !r.reduced_s) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < span->quarters; i++) {
        int64_t start_s = span->start_s + (int64_t)i * YK_WINDOW_S;
        begin(q, &out->periods, &out->quarter[i], start_s, start_s + YK_WINDOW_S, YK_RES_15M);
    }
    for (size_t i = 0; i < span->hours; i++)
        begin(q, &out->periods, &out->hour[i], span->hour_start[i], span->hour_end[i], YK_RES_1H);
    begin(q, &out->periods, out->day, span->start_s, span->end_s, YK_RES_1D);

    status = read_sensors(&r, err);
    if (status == YK_OK)
        status = q->devices ? read_devices(&r, err) : read_cameras(&r, err);
    for (size_t i = 0; i < span->quarters && status == YK_OK; i++) {
        add_quarter(&out->hour[span->hour_of[i]], &out->quarter[i]);
        add_quarter(out->day, &out->quarter[i]);
    }
    for (size_t i = 0; i < span->quarters; i++) {
        struct yk_facts *hour = &out->hour[span->hour_of[i]];
        hour->quarters = hour->quarters ? hour->quarters : &out->quarter[i];
        hour->quarter_count++;
    }
    out->day->quarters = out->quarter;
    out->day->quarter_count = span->quarters;
    if (status == YK_OK && !q->devices) {
        for (size_t i = 0, from = 0, to; i < span->hours; i++, from = to) {
            for (to = from; to < span->quarters && span->hour_of[to] == i;)
                to++;
            set_peaks(&out->hour[i], out->quarter + from, to - from);
            for (size_t k = from; k < to; k++)
                add_part(&out->hour[i], &out->quarter[k]);
            add_part(out->day, &out->hour[i]);
        }
        set_peaks(out->day, out->quarter, span->quarters);
    }
out:
    free(r.ran);
    free(r.late);
    free(r.reduced_s);
    free(r.devices);
    return status;
}
