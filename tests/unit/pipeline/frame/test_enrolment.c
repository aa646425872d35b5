/* What holds at which second, and how the list changes. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Times are small numbers of our own; the expected ones are worked out by hand from "from T on, until U exclusive". */
#include "frame/enrolment.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T INT64_C(1790000000) /* 2026-09-21T14:13:20Z */

static struct yk_enrolment *list;
static struct yk_error err;

static void start(void)
{
    list = calloc(1, sizeof *list);
}

static void stop(void)
{
    yk_enrolment_free(list);
}
TestSuite(enrolment, .init = start, .fini = stop);

static const uint8_t *key(uint8_t number)
{
    static uint8_t bytes[256][32];
    memset(bytes[number], number, 32);
    return bytes[number];
}

static enum yk_status enroll(const char *edge, uint8_t number, int64_t from_s, const char *a, const char *b)
{
    const char *sensors[] = {a, b};
    struct yk_enrolment_request request = {.edge = edge,
                                           .public_key = key(number),
                                           .sensors = sensors,
                                           .sensor_count = (size_t)((a != NULL) + (b != NULL)),
                                           .from_s = from_s};
    return yk_enrolment_enroll(list, &request, &err);
}

static enum yk_status replace(const char *edge, uint8_t number, int64_t from_s)
{
    struct yk_enrolment_request request = {.edge = edge, .public_key = key(number), .from_s = from_s};
    return yk_enrolment_replace(list, &request, &err);
}

static const struct yk_enrolled_edge *edge(void)
{
    return yk_enrolment_find(list, "edge-1");
}

/* The number of the key at t; 0: none. */
static int key_at(int64_t t_s)
{
    const uint8_t *found = yk_enrolled_key_at(edge(), t_s);
    return found ? found[0] : 0;
}

static bool has(const char *sensor, int64_t t_s)
{
    return yk_enrolled_sensor_at(edge(), sensor, t_s);
}

Test(enrolment, always)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", NULL), YK_OK);
    cr_expect_eq(key_at(INT64_MIN), 1);
    cr_expect_eq(key_at(0), 1);
    cr_expect_eq(key_at(INT64_MAX - 1), 1);
    cr_expect(has("radio-1", INT64_MIN));
    cr_expect(has("radio-1", INT64_MAX - 1));
    cr_expect_not(has("radio-2", T));
    cr_expect_not(has("radio", T));
    cr_expect_not(has("radio-11", T));
    cr_expect_eq(yk_enrolled_end_s(edge()), INT64_MAX);
    cr_expect_null(yk_enrolment_find(list, "edge-2"));
}

Test(enrolment, begins_at_its_very_second)
{
    cr_assert_eq(enroll("edge-1", 1, T, "radio-1", NULL), YK_OK);
    cr_expect_eq(key_at(T - 1), 0);
    cr_expect_eq(yk_enrolled_state_at(edge(), T - 1), YK_ENROLLED_NOT_YET);
    cr_expect_not(has("radio-1", T - 1));
    cr_expect_eq(key_at(T), 1);
    cr_expect_eq(yk_enrolled_state_at(edge(), T), YK_ENROLLED_VALID);
    cr_expect(has("radio-1", T));
}

Test(enrolment, revoked_at_its_very_second)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", NULL), YK_OK);
    cr_assert_eq(yk_enrolment_revoke(list, "edge-1", T, &err), YK_OK);
    cr_expect_eq(key_at(T - 1), 1);
    cr_expect_eq(yk_enrolled_state_at(edge(), T - 1), YK_ENROLLED_VALID);
    cr_expect_eq(key_at(T), 0);
    cr_expect_eq(yk_enrolled_state_at(edge(), T), YK_ENROLLED_REVOKED);
    cr_expect_eq(yk_enrolled_end_s(edge()), T);
    /* The end can be moved to an earlier time, never to a later one. */
    cr_expect_eq(yk_enrolment_revoke(list, "edge-1", T, &err), YK_ERR_REFUSED);
    cr_expect_eq(yk_enrolment_revoke(list, "edge-1", T + 1, &err), YK_ERR_REFUSED);
    cr_expect_eq(yk_enrolled_end_s(edge()), T);
    cr_expect_eq(yk_enrolment_revoke(list, "edge-1", T - 10, &err), YK_OK);
    cr_expect_eq(key_at(T - 11), 1);
    cr_expect_eq(key_at(T - 10), 0);
    cr_expect_eq(yk_enrolment_revoke(list, "edge-9", T, &err), YK_ERR_USAGE);
}

Test(enrolment, revoked_before_it_began)
{
    cr_assert_eq(enroll("edge-1", 1, T, "radio-1", NULL), YK_OK);
    cr_assert_eq(yk_enrolment_revoke(list, "edge-1", T - 100, &err), YK_OK);
    for (int64_t t = T - 200; t <= T + 200; t += 50) {
        cr_expect_eq(key_at(t), 0, "at T%+d", (int)(t - T));
        cr_expect_eq(yk_enrolled_state_at(edge(), t), YK_ENROLLED_REVOKED);
    }
}

Test(enrolment, a_new_key_takes_over_where_the_old_ends)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", NULL), YK_OK);
    cr_assert_eq(replace("edge-1", 2, T), YK_OK);
    cr_assert_eq(replace("edge-1", 3, T + 60), YK_OK);
    cr_expect_eq(key_at(T - 1), 1);
    cr_expect_eq(key_at(T), 2);
    cr_expect_eq(key_at(T + 59), 2);
    cr_expect_eq(key_at(T + 60), 3);
    cr_expect(has("radio-1", T - 1));
    cr_expect(has("radio-1", T + 60));
    /* Neither the present key nor one of the past comes back, and none is slipped in between. */
    for (uint8_t old = 1; old <= 3; old++)
        cr_expect_eq(replace("edge-1", old, T + 90), YK_ERR_REFUSED);
    cr_expect_eq(replace("edge-1", 4, T + 59), YK_ERR_REFUSED);
    cr_expect_eq(edge()->key_count, 3);
    /* A wrong key can be put right from the same second on: it then held never. */
    cr_assert_eq(replace("edge-1", 4, T + 60), YK_OK);
    cr_expect_eq(key_at(T + 59), 2);
    cr_expect_eq(key_at(T + 60), 4);
    cr_expect_eq(replace("edge-9", 5, T), YK_ERR_USAGE);
}

Test(enrolment, a_revoked_edge_comes_back_with_a_new_key_only)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", NULL), YK_OK);
    cr_assert_eq(yk_enrolment_revoke(list, "edge-1", T, &err), YK_OK);
    cr_expect_eq(enroll("edge-1", 1, T + 100, "radio-1", NULL), YK_ERR_REFUSED);
    cr_expect(strstr(err.message, "revoked"), "%s", err.message);
    cr_expect_eq(replace("edge-1", 1, T + 100), YK_ERR_REFUSED);
    cr_assert_eq(replace("edge-1", 2, T + 100), YK_OK);
    cr_expect_eq(key_at(T - 1), 1);
    cr_expect_eq(key_at(T), 0);
    cr_expect_eq(key_at(T + 99), 0);
    cr_expect_eq(yk_enrolled_state_at(edge(), T + 99), YK_ENROLLED_REVOKED);
    cr_expect_eq(key_at(T + 100), 2);
    cr_expect_eq(yk_enrolled_end_s(edge()), INT64_MAX);
    cr_assert_eq(yk_enrolment_revoke(list, "edge-1", T - 50, &err), YK_OK);
    cr_expect_eq(key_at(T - 51), 1);
    cr_expect_eq(key_at(T - 50), 0);
    cr_expect_eq(key_at(T + 100), 0);
    cr_expect_eq(yk_enrolled_end_s(edge()), T - 50);
}

Test(enrolment, sensors_come_and_go)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", "cam-1"), YK_OK);
    cr_assert_eq(enroll("edge-1", 1, T, "radio-1", "cam-2"), YK_OK);
    cr_expect(has("cam-1", T - 1));
    cr_expect_not(has("cam-1", T));
    cr_expect_not(has("cam-2", T - 1));
    cr_expect(has("cam-2", T));
    cr_expect(has("radio-1", T - 1) && has("radio-1", T));
    cr_expect_eq(edge()->sensor_count, 3);                            /* radio-1 was not cut in two */
    cr_assert_eq(enroll("edge-1", 1, T + 100, "cam-1", NULL), YK_OK); /* it comes back, alone */
    cr_expect_not(has("cam-1", T + 99));
    cr_expect(has("cam-1", T + 100));
    cr_expect(has("radio-1", T + 99));
    cr_expect_not(has("radio-1", T + 100));
    cr_assert_eq(enroll("edge-1", 1, T + 50, "radio-1", NULL), YK_OK); /* what was planned for later is given up */
    cr_expect(has("cam-2", T + 49));
    cr_expect_not(has("cam-2", T + 50));
    cr_expect_not(has("cam-1", T + 100));
    cr_expect(has("radio-1", T + 100));
    cr_assert_eq(enroll("edge-1", 1, T + 60, NULL, NULL), YK_OK); /* none */
    cr_expect_not(has("radio-1", T + 60));
    cr_expect_eq(enroll("edge-1", 2, T + 70, "radio-1", NULL), YK_ERR_REFUSED); /* another key is not let in this way */
}

Test(enrolment, a_list_of_always_takes_the_place_of_all)
{
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "radio-1", "cam-1"), YK_OK);
    cr_assert_eq(enroll("edge-1", 1, INT64_MIN, "cam-1", "cam-1"), YK_OK);
    cr_expect_eq(edge()->sensor_count, 1);
    cr_expect(has("cam-1", INT64_MIN));
    cr_expect_not(has("radio-1", INT64_MIN));
}

Test(enrolment, limits)
{
    static char ids[YK_ENROLLED_SENSORS_MAX + 1][YK_ID_SIZE];
    static const char *sensors[2 * (YK_ENROLLED_SENSORS_MAX + 1)];
    for (size_t i = 0; i <= YK_ENROLLED_SENSORS_MAX; i++) {
        snprintf(ids[i], sizeof ids[i], "s-%zu", i);
        sensors[2 * i] = sensors[2 * i + 1] = ids[i];
    }
    struct yk_enrolment_request request = {
        .edge = "edge-1", .public_key = key(1), .sensors = sensors, .from_s = INT64_MIN};
    request.sensor_count = 2 * (YK_ENROLLED_SENSORS_MAX + 1);
    cr_expect_eq(yk_enrolment_enroll(list, &request, &err), YK_ERR_USAGE);
    cr_expect_eq(list->count, 0);
    request.sensor_count = 2 * YK_ENROLLED_SENSORS_MAX;
    cr_expect_eq(yk_enrolment_enroll(list, &request, &err), YK_OK);
    cr_expect_eq(edge()->sensor_count, YK_ENROLLED_SENSORS_MAX);
    for (int i = 2; i <= YK_ENROLLED_KEYS_MAX; i++)
        cr_assert_eq(replace("edge-1", (uint8_t)i, T + i), YK_OK);
    cr_expect_eq(replace("edge-1", 200, T + 1000), YK_ERR_REFUSED);
    cr_expect_eq(edge()->key_count, YK_ENROLLED_KEYS_MAX);
    static const char *const bad[] = {"",     "-a", "a-",   "A",   "a b",
                                      "a\nb", "a*", "a:b",  "{a}", "edge_1",
                                      "é",    "a)", "../a", "a%",  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(enroll(bad[i], 1, T, NULL, NULL), YK_ERR_USAGE, "'%s' is an edge", bad[i]);
        cr_expect_eq(enroll("edge-1", 1, T, bad[i], NULL), YK_ERR_USAGE, "'%s' is a sensor", bad[i]);
    }
    cr_expect_eq(enroll("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 9, T, NULL, NULL), YK_OK); /* 31 */
}

Test(enrolment, times)
{
    static const struct {
        const char *text;
        int64_t t_s; /* `date -u -d TEXT +%s`; -1: refused */
    } times[] = {
        {"2026-09-21T14:13:20Z", 1790000000},
        {"2026-09-21T23:13:20+09:00", 1790000000},
        {"2026-09-21T14:13:20z", 1790000000},
        {"1971-01-01T00:00:00Z", 31536000},
        {"1970-12-31T23:59:59Z", -1},
        {"9998-12-31T23:59:59Z", 253370764799},
        {"9999-01-01T00:00:00Z", -1},
        {"2026-09-21T14:13:20", -1},
        {"2026-09-21", -1},
        {"2026-09-21T14:13Z", -1},
        {"2026-09-21T14:13:20.5Z", -1},
        {"2026-09-21T14:13:20Zx", -1},
        {"2026-09-31T14:13:20Z", -1},
        {"2026-09-21T24:13:20Z", -1},
        {"2026-09-21 14:13:20Z", -1},
        {"2026-09-21T14:13:20+0900", -1},
        {"tomorrow", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t t_s = -1;
        bool ok = yk_enrolment_time_parse(times[i].text, &t_s);
        cr_expect_eq(ok, times[i].t_s >= 0, "'%s'", times[i].text);
        cr_expect(!ok || t_s == times[i].t_s, "'%s'", times[i].text);
    }
}
