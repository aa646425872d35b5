/* Status files: written whole, read strictly. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was written is read back with jansson alone, and what is read was written by hand. */
#include "status/analyze_status.h"
#include "status/collect_status.h"
#include "status/up_status.h"
#include "status/uplink_status.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(status, .init = scratch_make, .fini = scratch_remove);

static json_t *load(const char *path)
{
    json_t *root = json_load_file(path, 0, NULL);
    cr_assert_not_null(root, "%s is not JSON", path);
    return root;
}

static json_int_t number(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    cr_assert(json_is_integer(value), "%s is not a number", name);
    return json_integer_value(value);
}

Test(status, a_collector_tells_its_sensors)
{
    struct yk_drops drops = {0};
    yk_drop(&drops, YK_DROP_bad_crc);
    yk_drop(&drops, YK_DROP_bad_crc);
    struct yk_sensor_status sensor = {
        .id = "radio-1", .family = "radio", .observations = 1234567, .last_event_s = 1790000000, .silent_s = 7};
    yk_sensor_status_drops(&sensor, &drops);
    sensor.adapter = (struct yk_adapter_status){
        .adapter = "hci0", .adapter_state = "down", .extended = true, .deaf_s = 61, .taken = 2};
    struct yk_collect_status status = {.head.part = "collect",
                                       .edge = "edge-1",
                                       .slot = "radio",
                                       .frames = 99,
                                       .given_up = 3,
                                       .sensors = &sensor,
                                       .sensor_count = 1};
    struct yk_status_file file = {0};
    yk_collect_status_path(scratch, "radio", file.path);
    cr_expect(yk_status_due(&file));
    yk_status_stamp(&status.head, false);
    yk_collect_status_write(&file, &status);
    cr_expect_not(yk_status_due(&file), "two seconds have not gone by");

    char path[256];
    snprintf(path, sizeof path, "%s/radio.status.json", scratch);
    json_t *root = load(path);
    cr_expect_eq(number(root, "version"), 1);
    cr_expect_str_eq(json_string_value(json_object_get(root, "part")), "collect");
    cr_expect_eq(number(root, "frames"), 99);
    cr_expect_eq(number(root, "given_up"), 3);
    json_t *first = json_array_get(json_object_get(root, "sensors"), 0);
    cr_expect_eq(number(first, "observations"), 1234567);
    cr_expect_eq(number(first, "last_event_s"), 1790000000);
    cr_expect_eq(number(json_object_get(json_object_get(first, "drops"), "bad_crc"), "count"), 2);
    cr_expect_eq(json_object_size(json_object_get(first, "drops")), 1);
    cr_expect_eq(number(json_object_get(first, "listens"), "deaf_s"), 61);
    json_decref(root);

    struct stat st;
    snprintf(path, sizeof path, "%s/radio.status.json.tmp", scratch);
    cr_expect_neq(stat(path, &st), 0, "the file beside is gone");
    struct yk_collect_status again;
    struct yk_error err;
    cr_assert_eq(yk_collect_status_read(file.path, &again, &err), YK_OK);
    cr_expect_eq(again.sensor_count, 1);
    cr_expect_eq(yk_tally_count(&again.sensors[0].drops, "bad_crc"), 2);
    const struct yk_adapter_status *a = &again.sensors[0].adapter;
    cr_expect_str_eq(a->adapter, "hci0");
    cr_expect_str_eq(a->adapter_state, "down");
    cr_expect(a->extended && !a->coded && a->deaf_s == 61 && a->taken == 2);
    yk_collect_status_clear(&again);
}

/* Whoever reads meets a whole file, however often it is replaced. */
Test(status, a_file_is_replaced_whole)
{
    struct yk_up_status status = {.head.part = "up", .part_count = 1};
    strcpy(status.parts[0].name, "uplink");
    struct yk_status_file file = {0};
    yk_up_status_path(scratch, file.path);
    struct stat first, second;
    yk_status_stamp(&status.head, false);
    yk_up_status_write(&file, &status);
    cr_assert_eq(stat(file.path, &first), 0);
    FILE *reader = fopen(file.path, "r");
    yk_up_status_write(&file, &status);
    cr_assert_eq(stat(file.path, &second), 0);
    cr_expect_neq(first.st_ino, second.st_ino, "another file took its place");
    json_t *old = json_loadf(reader, 0, NULL);
    cr_expect_not_null(old, "who had the old one open still reads it whole");
    json_decref(old);
    fclose(reader);
}

Test(status, a_place_that_cannot_be_written_stops_nobody)
{
    struct yk_up_status status = {.head.part = "up"};
    struct yk_status_file file = {0};
    snprintf(file.path, sizeof file.path, "%s/nowhere/up.status.json", scratch);
    yk_up_status_write(&file, &status);
    cr_expect(file.failed);
}

static const char by_hand[] =
    "{\"version\":1,\"part\":\"analyze\",\"at_s\":1790000100,\"started_s\":1790000000,\"ended\":false,"
    "\"district\":\"riverside\",\"connected\":true,\"since_s\":1790000001,\"committed_s\":null,\"later\":[1,2],"
    "\"edges\":[{\"edge\":\"edge-2\",\"heard_s\":1790000090,\"skew_s\":-12.5,"
    "\"refused\":{\"bad_signature\":{\"count\":4,\"last_s\":1790000080}},"
    "\"sensors\":[{\"id\":\"radio-1\",\"taken\":7,\"arrived_s\":1790000090,\"lag_s\":6}]},"
    "{\"edge\":\"edge-1\"}]}";

Test(status, a_file_by_hand_is_read)
{
    struct yk_analyze_status status;
    struct yk_error err;
    cr_assert_eq(yk_analyze_status_read_bytes("x", by_hand, strlen(by_hand), &status, &err), YK_OK);
    cr_expect_eq(status.committed_s, YK_NONE);
    cr_expect_eq(status.published_s, YK_NONE, "what is missing is not known");
    cr_assert_eq(status.edge_count, 2);
    cr_expect_str_eq(status.edges[0].edge, "edge-1", "sorted");
    cr_expect_eq(status.edges[0].heard_s, YK_NONE);
    cr_expect(isnan(status.edges[0].skew_s));
    cr_expect_float_eq(status.edges[1].skew_s, -12.5, 1e-9);
    cr_expect_eq(yk_tally_count(&status.edges[1].refused, "bad_signature"), 4);
    cr_expect_eq(status.edges[1].sensors[0].taken, 7);
    cr_expect_eq(status.edges[1].sensors[0].lag_s, 6);
    yk_analyze_status_clear(&status);
}

Test(status, contradictions_are_refused)
{
    static const struct {
        const char *from, *to;
    } slips[] = {
        {"\"version\":1", "\"version\":2"},
        {"\"part\":\"analyze\"", "\"part\":\"uplink\""},
        {"\"at_s\":1790000100", "\"at_s\":\"now\""},
        {"\"ended\":false", "\"ended\":0"},
        {"\"taken\":7", "\"taken\":-7"},
        {"\"count\":4", "\"count\":4.5"},
        {"\"district\":\"riverside\"", "\"district\":\"a district with a name that is too long\""},
        {"\"edge\":\"edge-2\"", "\"edge\":\"\\u001b[2J\""},
        {"bad_signature", "bad signature"},
        {"\"edges\":[", "\"edges\":5,\"x\":["},
        {"{\"version\"", "[{\"version\""},
    };
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        char text[1024];
        const char *at = strstr(by_hand, slips[i].from);
        cr_assert_not_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - by_hand), by_hand, slips[i].to, at + strlen(slips[i].from));
        struct yk_analyze_status status;
        struct yk_error err;
        cr_expect_eq(yk_analyze_status_read_bytes("x", text, strlen(text), &status, &err), YK_ERR_INPUT, "%s was taken",
                     slips[i].to);
    }
}

Test(status, a_missing_file_is_no_input)
{
    struct yk_uplink_status status;
    struct yk_error err;
    cr_expect_eq(yk_uplink_status_read("/nowhere/uplink.status.json", &status, &err), YK_ERR_NO_INPUT);
}

Test(status, the_worker_counts_by_edge_and_sensor)
{
    struct yk_analyze_status status;
    yk_analyze_status_begin(&status, "riverside");
    yk_analyze_status_note(&status, "edge-2", "cam-1", "", 990, 1000);
    yk_analyze_status_note(&status, "edge-1", "radio-1", "", 500, 1001);
    yk_analyze_status_note(&status, "edge-1", "radio-1", "", 400, 1002); /* a backlog: older than what is known */
    yk_analyze_status_note(&status, "edge-1", "radio-1", "duplicate", 500, 1003);
    yk_analyze_status_note(&status, "edge-1", "radio-1", "late", 5, 1004);
    yk_analyze_status_note(&status, "edge-1", NULL, "bad_signature", YK_NONE, 1005);
    cr_assert_eq(status.edge_count, 2);
    const struct yk_taken_edge *edge = &status.edges[0];
    cr_expect_str_eq(edge->edge, "edge-1");
    cr_expect_eq(edge->heard_s, 1005);
    cr_assert_eq(edge->sensor_count, 1);
    cr_expect_eq(edge->sensors[0].taken, 2);
    cr_expect_eq(edge->sensors[0].duplicates, 1);
    cr_expect_eq(edge->sensors[0].last_event_s, 500);
    cr_expect_eq(edge->sensors[0].arrived_s, 1002);
    cr_expect_eq(edge->sensors[0].lag_s, 602);
    cr_expect_eq(yk_tally_count(&edge->sensors[0].refused, "late"), 1);
    cr_expect_eq(yk_tally_count(&edge->refused, "bad_signature"), 1);
    cr_expect_eq(edge->refused.list[0].last_s, 1005);
    yk_analyze_status_clear(&status);
}

Test(status, tallies_are_bounded)
{
    struct yk_tallies tallies = {0};
    for (int i = 0; i < 100; i++) {
        char name[24];
        snprintf(name, sizeof name, "reason_%d", i);
        yk_tally_add(&tallies, name, 1, i);
    }
    cr_expect_eq(yk_tally_sum(&tallies), YK_TALLIES);
    cr_expect_eq(yk_tally_count(&tallies, "reason_0"), 1);
    cr_expect_eq(yk_tally_count(&tallies, "reason_99"), 0);
}

Test(status, the_link_remembers_since_when)
{
    struct yk_uplink_status status = {0};
    yk_uplink_status_link(&status, false, YK_ERR_REFUSED);
    cr_expect_str_eq(status.reason, "refused");
    cr_expect_gt(status.since_s, 0);
    status.since_s = 5;
    yk_uplink_status_link(&status, false, YK_ERR_UNAVAILABLE);
    cr_expect_eq(status.since_s, 5, "still away, since then");
    cr_expect_str_eq(status.reason, "unreachable");
    yk_uplink_status_link(&status, true, YK_OK);
    cr_expect_gt(status.since_s, 5);
    cr_expect_str_eq(status.reason, "");
}
