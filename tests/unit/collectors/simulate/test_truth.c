/* The truth against plain recounts of the written files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "small_district.h"

#include <math.h>

static const char *const classes[4] = {"public", "static", "resolvable", "non_resolvable"};

/* --- Radio ------------------------------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    int by_class = (x->address_class > y->address_class) - (x->address_class < y->address_class);
    return by_class ? by_class : (x->address > y->address) - (x->address < y->address);
}

/* Distinct good addresses by class in [start, end) s. */
static void distinct(const struct heard *all, size_t count, int64_t start, int64_t end, int64_t out[4])
{
    struct heard *in = malloc((count + 1) * sizeof *in);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].good && all[i].time_us >= start * 1000000 && all[i].time_us < end * 1000000)
            in[n++] = all[i];
    qsort(in, n, sizeof *in, by_address);
    memset(out, 0, 4 * sizeof *out);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_address(&in[i - 1], &in[i]) != 0)
            out[in[i].address_class]++;
    free(in);
}

static struct heard *read_radio(const char *dir, const char *name, uint8_t **bytes, size_t *count)
{
    size_t size;
    *bytes = slurp(dir, name, &size);
    *count = read_256(*bytes, size, NULL, NULL, NULL);
    struct heard *list = malloc((*count + 1) * sizeof *list);
    read_256(*bytes, size, list, NULL, NULL);
    return list;
}

/* Compares key's counts in every window of every resolution; returns the sum of totals over the 15 minutes. */
static int64_t check_windows(const char *dir, const char *place, const char *file, const char *key, int first_class,
                             int last_class)
{
    uint8_t *bytes;
    size_t count;
    struct heard *list = read_radio(dir, file, &bytes, &count);
    json_t *truth = truth_of(dir), *item = by_id(json_object_get(truth, "places"), place);
    static const char *const resolutions[] = {"15m", "1h", "1d"};
    int64_t sum = 0;
    for (int r = 0; r < 3; r++) {
        size_t i;
        json_t *window;
        cr_assert_gt(json_array_size(windows_of(item, resolutions[r])), 0);
        json_array_foreach(windows_of(item, resolutions[r]), i, window)
        {
            int64_t found[4];
            distinct(list, count, whole(window, "start"), whole(window, "end"), found);
            for (int c = first_class; c <= last_class; c++) {
                int64_t told = whole(json_object_get(window, key), classes[c]);
                cr_assert_eq(told, found[c], "%s %s window %zu %s: %ld told, %ld found", resolutions[r], key, i,
                             classes[c], (long)told, (long)found[c]);
                sum += r == 0 ? told : 0;
            }
        }
    }
    json_decref(truth);
    free(list);
    free(bytes);
    return sum;
}

/* Without rotation every address is a device, so heard visits can be counted in the file. Adverts as rare as a stay is
 * long, so that many are present and never heard. */
Test(truth, heard_visits_without_rotation)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_scene still = *yk_scene_find("short-stays");
    for (int i = 0; i < YK_SCENE_PERIODS; i++)
        still.periods[i].weight = 0;
    struct yk_simulate_options options = options_for("short-stays", dir);
    options.scene = &still;
    options.advert_interval_s = 60;
    options.to_us = NOON_US + 3 * HOUR_US + 700 * INT64_C(1000000);
    simulate(d, &options);
    int64_t heard = check_windows(dir, "street", "radio-1.pcap", "device_visits", 0, 3);
    cr_assert_gt(heard, 500);
    json_t *truth = truth_of(dir), *window;
    size_t i;
    int64_t present = 0;
    json_array_foreach(windows_of(by_id(json_object_get(truth, "places"), "street"), "15m"), i, window) present +=
        whole(json_object_get(window, "present"), "total");
    cr_assert_gt(present, heard + 50);
    json_decref(truth);
    folder_free(dir);
    free(d);
}

/* With rotation: distinct addresses of all classes, and visits of those that keep their address. Dirt must not count.
 */
Test(truth, addresses_and_fixed_visits_in_dirt)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("dirty", dir);
    options.to_us = NOON_US + 5 * HOUR_US;
    options.beacons = 0; /* they have no class of their own in a file */
    options.truth_addresses = true;
    struct yk_scene dirty = *options.scene;
    dirty.outages_per_day = 0; /* one file each */
    options.scene = &dirty;
    simulate(d, &options);
    check_windows(dir, "plaza", "radio-2.pcap", "addresses", 0, 3);
    check_windows(dir, "plaza", "radio-2.pcap", "device_visits", 0, 1);
    check_windows(dir, "street", "radio-1.pcap", "addresses", 0, 3);

    uint8_t *bytes;
    size_t count, bad = 0, twice = 0, over = 0;
    struct heard *list = read_radio(dir, "radio-1.pcap", &bytes, &count);
    for (size_t i = 0; i < count; i++) {
        bad += !list[i].good;
        twice += i > 0 && list[i].length == list[i - 1].length &&
                 memcmp(list[i].record, list[i - 1].record, 16 + list[i].length) == 0;
        const uint8_t *ad = list[i].record + 16 + 22, *end = list[i].record + 16 + list[i].length - 3;
        while (ad < end)
            ad += *ad + 1;
        over += ad > end;
    }
    double n = (double)(count - bad - twice); /* five standard errors around the scene's shares */
    cr_assert_float_eq(bad / n, dirty.bad_crc_share, 5 * sqrt(0.05 / n));
    cr_assert_float_eq(twice / n, dirty.duplicate_share, 5 * sqrt(0.02 / n));
    cr_assert_float_eq(over / n, dirty.overrun_share, 8 * sqrt(0.01 / n));

    /* Every address on the air is in the list, each once. */
    json_t *truth = truth_of(dir), *addresses = json_object_get(truth, "addresses");
    int64_t found[4], told = 0;
    uint8_t *other_bytes;
    size_t other_count;
    struct heard *other = read_radio(dir, "radio-2.pcap", &other_bytes, &other_count);
    struct heard *both = malloc((count + other_count) * sizeof *both);
    memcpy(both, list, count * sizeof *list);
    memcpy(both + count, other, other_count * sizeof *other);
    distinct(both, count + other_count, 0, INT64_MAX / 1000000, found);
    told = (int64_t)json_array_size(addresses);
    cr_assert_eq(told, found[0] + found[1] + found[2] + found[3]);
    char first[13];
    snprintf(first, sizeof first, "%012llx", (unsigned long long)both[0].address);
    bool listed = false;
    for (size_t i = 0; i < json_array_size(addresses); i++)
        listed = listed || strcmp(json_string_value(json_array_get(addresses, i)), first) == 0;
    cr_assert(listed);
    json_decref(truth);
    free(both);
    free(other);
    free(other_bytes);
    free(list);
    free(bytes);
    folder_free(dir);
    free(d);
}

/* Arrivals add up over windows, presence does not, and parts never exceed the whole. */
Test(truth, totals_are_consistent)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("district", dir);
    options.from_us = NOON_US - 12 * HOUR_US; /* midnight; the devices' day changes at 04:00 */
    options.to_us = options.from_us + 24 * HOUR_US;
    options.advert_interval_s = 20;
    struct yk_simulate_summary summary = simulate(d, &options);
    json_t *truth = truth_of(dir), *place, *window;
    size_t p, i;
    int64_t persons = 0;
    json_array_foreach(json_object_get(truth, "places"), p, place)
    {
        static const char *const resolutions[] = {"15m", "1h", "1d"};
        static const size_t expected[] = {96, 24, 2};
        int64_t arrived[3] = {0}, devices[3] = {0}, present[3] = {0};
        for (int r = 0; r < 3; r++) {
            json_t *windows = windows_of(place, resolutions[r]);
            cr_assert_eq(json_array_size(windows), expected[r]);
            json_array_foreach(windows, i, window)
            {
                const json_t *here = json_object_get(window, "present"),
                             *heard = json_object_get(window, "device_visits"),
                             *seen = json_object_get(window, "addresses"), *came = json_object_get(window, "arrived");
                int64_t sum = 0;
                for (int c = 0; c < 4; c++) {
                    sum += whole(heard, classes[c]);
                    cr_assert_leq(whole(heard, classes[c]), whole(here, classes[c]));
                    cr_assert_leq(whole(came, classes[c]), whole(here, classes[c]));
                    if (c < 2)
                        cr_assert_eq(whole(seen, classes[c]), whole(heard, classes[c]));
                    else
                        cr_assert_geq(whole(seen, classes[c]), whole(heard, classes[c]));
                }
                cr_assert_eq(sum, whole(heard, "total"));
                cr_assert_leq(whole(window, "persons_arrived"), whole(window, "persons"));
                if (i > 0)
                    cr_assert_eq(whole(window, "start"), whole(json_array_get(windows, i - 1), "end"));
                arrived[r] += whole(window, "persons_arrived");
                devices[r] += whole(came, "total");
                present[r] += whole(here, "total");
            }
        }
        cr_assert_eq(arrived[0], arrived[1]);
        cr_assert_eq(arrived[0], arrived[2]);
        cr_assert_eq(devices[0], devices[2]);
        cr_assert_gt(present[0], present[1]);
        cr_assert_gt(present[1], present[2]);
        persons += arrived[0];
    }
    /* Some were there from the beginning; at midnight they are few. */
    cr_assert_leq(persons, (int64_t)summary.persons);
    cr_assert_geq(persons, (int64_t)summary.persons - 60);
    cr_assert_gt(persons, 3000);
    json_decref(truth);
    folder_free(dir);
    free(d);
}

/* Little's law and the renewal rate, on long runs: five standard errors. */
Test(truth, stays_and_rotation_are_as_the_scene_says)
{
    struct district *d = district_new();
    char *dir = folder_new();
    static const struct {
        const char *scene;
        double period_s;
    } cases[] = {{"rotation-15", 900}, {"rotation-5-8", 180 / 0.470003629}, {"rotation-7-15", 480 / 0.762140052}};
    for (int k = 0; k < 3; k++) { /* uniform periods: (high - low)/ln(high/low) */
        struct yk_simulate_options options = options_for(cases[k].scene, dir);
        options.advert_interval_s = 120;
        options.to_us = NOON_US + 24 * HOUR_US;
        simulate(d, &options);
        json_t *truth = truth_of(dir), *rotation = json_object_get(truth, "rotation");
        double told = json_number_value(json_object_get(rotation, "mean_period_s"));
        double observed = json_number_value(json_object_get(rotation, "observed_period_s"));
        double rotations = (double)whole(rotation, "rotations");
        cr_assert_float_eq(told, cases[k].period_s, 0.001);
        cr_assert_gt(rotations, 2000);
        cr_assert_float_eq(observed / told, 1, 5 / sqrt(rotations), "%s: %f", cases[k].scene, observed);
        const json_t *street = by_id(json_object_get(truth, "places"), "street");
        double n = (double)whole(street, "visits_ended");
        cr_assert_float_eq(n, 240 * 24, 5 * sqrt(240 * 24));
        cr_assert_float_eq(json_number_value(json_object_get(street, "stay_mean_s")), 120, 5 * 64 / sqrt(n));
        json_decref(truth);
    }
    folder_free(dir);
    free(d);
}

/* Ten minutes after the beginning only rotations of these ten minutes count, though most devices came and rotated
 * before. */
Test(truth, rotations_before_the_beginning_do_not_count)
{
    struct district *d = district_new();
    char *dir = folder_new();
    double device_s = 0, rotations = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct yk_simulate_options options = options_for("rotation-5-8", dir);
        options.seed = seed;
        options.to_us = NOON_US + HOUR_US / 6;
        simulate(d, &options);
        json_t *truth = truth_of(dir), *rotation = json_object_get(truth, "rotation");
        device_s += json_number_value(json_object_get(rotation, "device_s"));
        rotations += (double)whole(rotation, "rotations");
        json_decref(truth);
    }
    cr_assert_gt(rotations, 400);
    cr_assert_float_eq(device_s / rotations, 180 / 0.470003629, 5 * 383 / sqrt(rotations));
    folder_free(dir);
    free(d);
}

/* --- Cameras ----------------------------------------------------------------------------------------------------- */

#define TRACKS 20000

struct track {
    bool known;
    int stable; /* side beyond the hysteresis */
    double x, y, d;
    int64_t time_us, crossed_us;
    int raw; /* direction of the last raw crossing since the stable sample */
};

/* The rules of line counting with hysteresis, written once more, as plainly as possible. counts[quarter][direction] */
static void sample(struct track *t, const double a[2], const double b[2], double h, double x, double y, int64_t time_us,
                   int64_t from_us, int64_t counts[][2])
{
    double length = hypot(b[0] - a[0], b[1] - a[1]);
    double d = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / length;
    if (t->known && (d > 0) != (t->d > 0)) {
        double s = t->d / (t->d - d), cx = t->x + s * (x - t->x), cy = t->y + s * (y - t->y);
        double u = ((cx - a[0]) * (b[0] - a[0]) + (cy - a[1]) * (b[1] - a[1])) / (length * length);
        if (u >= 0 && u <= 1) {
            t->raw = d > 0 ? 1 : -1;
            t->crossed_us = t->time_us + (int64_t)(s * (double)(time_us - t->time_us));
        }
    }
    int side = d > h ? 1 : d < -h ? -1 : 0;
    if (side && t->stable && side != t->stable && t->raw == side)
        counts[(t->crossed_us - from_us) / 900000000][side < 0]++;
    if (side) {
        t->stable = side;
        t->raw = 0;
    }
    t->known = true;
    t->x = x;
    t->y = y;
    t->d = d;
    t->time_us = time_us;
}

static bool inside(const struct yk_polygon *p, double x, double y)
{
    /* Winding by angles: slow, and unlike the rule it checks. */
    double turn = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double *a = p->points[i], *b = p->points[(i + 1) % p->count];
        turn += remainder(atan2(b[1] - y, b[0] - x) - atan2(a[1] - y, a[0] - x), 2 * M_PI);
    }
    return fabs(turn) > M_PI;
}

struct recount {
    struct track tracks[2][TRACKS];
    int64_t crossings[2][64][2];
    double person_s[64];
    int inside[64][900]; /* in the frame of each whole second */
};

static void take(struct recount *r, const struct district *d, uint64_t id, double x, double y, int64_t time_us)
{
    cr_assert_lt(id, TRACKS);
    for (int l = 0; l < 2; l++)
        sample(&r->tracks[l][id], d->lines[l].points.points[0], d->lines[l].points.points[1], 15, x, y, time_us,
               NOON_US, r->crossings[l]);
    if (inside(&d->zone.points, x, y)) {
        int64_t since_us = time_us - NOON_US;
        r->person_s[since_us / 900000000] += 0.2;
        if (since_us % 1000000 == 0)
            r->inside[since_us / 900000000][since_us / 1000000 % 900]++;
    }
}

static void read_deepstream(struct recount *r, const struct district *d, const char *dir)
{
    size_t size;
    char *text = (char *)slurp(dir, "cam-1.jsonl", &size), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *message = json_loads(line, 0, NULL), *object;
        cr_assert(message, "%s", line);
        struct yk_wall wall;
        size_t i;
        cr_assert(yk_time_parse(json_string_value(json_object_get(message, "@timestamp")), &wall));
        json_array_foreach(json_object_get(message, "objects"), i, object)
        {
            unsigned long long id;
            double left, top, right, bottom;
            char label[16];
            cr_assert_eq(sscanf(json_string_value(object), "%llu|%lf|%lf|%lf|%lf|%15s", &id, &left, &top, &right,
                                &bottom, label),
                         6);
            cr_assert_str_eq(label, "Person");
            cr_assert(left < right && top < bottom);
            take(r, d, id, (left + right) / 2, bottom, wall.us);
        }
        json_decref(message);
    }
    free(text);
}

static void read_mot(struct recount *r, const struct district *d, const char *dir)
{
    size_t size;
    char *text = (char *)slurp(dir, "cam-1.txt", &size), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned long long frame, id;
        double left, top, width, height;
        int tail;
        cr_assert_eq(sscanf(line, "%llu,%llu,%lf,%lf,%lf,%lf,0.9,%d", &frame, &id, &left, &top, &width, &height, &tail),
                     7);
        cr_assert_eq(tail, -1);
        take(r, d, id, left + width / 2, top + height, NOON_US + (int64_t)(frame - 1) * 200000);
    }
    free(text);
}

static void check_cameras(enum yk_camera_format format)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("clean", dir);
    options.to_us = NOON_US + 4 * HOUR_US;
    options.advert_interval_s = 60;
    options.camera_format = format;
    options.camera_fps_given = true;
    simulate(d, &options);
    struct recount *r = calloc(1, sizeof *r);
    if (format == YK_CAMERA_MOT)
        read_mot(r, d, dir);
    else
        read_deepstream(r, d, dir);

    json_t *truth = truth_of(dir), *window;
    int64_t total = 0;
    size_t q;
    for (int l = 0; l < 2; l++) {
        json_t *windows = windows_of(by_id(json_object_get(truth, "lines"), d->lines[l].id), "15m");
        cr_assert_eq(json_array_size(windows), 16);
        json_array_foreach(windows, q, window)
        {
            cr_assert_eq(whole(window, "start"), NOON_US / 1000000 + 900 * (int64_t)q);
            cr_assert_eq(whole(window, "plus"), r->crossings[l][q][0], "line %d window %zu", l, q);
            cr_assert_eq(whole(window, "minus"), r->crossings[l][q][1], "line %d window %zu", l, q);
            total += whole(window, "plus") + whole(window, "minus");
        }
    }
    cr_assert_gt(total, 1000);
    /* Occupancy from five frames a second: within 3 % of the integral, since the edges are met between frames. */
    double told = 0, found = 0;
    int alike = 0;
    json_array_foreach(windows_of(by_id(json_object_get(truth, "zones"), "shop"), "15m"), q, window)
    {
        double person_s = json_number_value(json_object_get(window, "person_s"));
        cr_assert_float_eq(person_s, r->person_s[q], 0.03 * person_s + 2);
        cr_assert_float_eq(json_number_value(json_object_get(window, "mean")), person_s / 900, 1e-5);
        cr_assert_leq(whole(window, "max"), whole(window, "max_in_second"));
        cr_assert_geq(whole(window, "entered"), 10);
        /* Trembling moves a person over the edge now and then. */
        int max = 0;
        for (int i = 0; i < 900; i++)
            max = r->inside[q][i] > max ? r->inside[q][i] : max;
        cr_assert_leq(abs((int)whole(window, "max") - max), 1);
        alike += whole(window, "max") == max;
        told += person_s;
        found += r->person_s[q];
    }
    cr_assert_float_eq(found / told, 1, 0.005);
    cr_assert_geq(alike, 14);
    json_decref(truth);
    free(r);
    folder_free(dir);
    free(d);
}

Test(truth, crossings_and_occupancy_in_deepstream)
{
    check_cameras(YK_CAMERA_DEEPSTREAM);
}

Test(truth, crossings_and_occupancy_in_mot)
{
    check_cameras(YK_CAMERA_MOT);
}
