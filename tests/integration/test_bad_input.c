/* Input that is wrong: said clearly, counted by reason, and what was whole is kept. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Damage is done to good recordings of the simulator by this test, so that it knows what is left whole. */
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
    struct yk_rig rig;
    const char *rec, *log;
};

static void open_bench(struct bench *b)
{
    yk_rig_open(&b->rig);
    b->rec = yk_rig_path(&b->rig, "rec");
    b->log = yk_rig_path(&b->rig, "log");
    cr_assert_eq(yk_rig_run(&b->rig, b->log, "simulate", b->rig.district, "--out", b->rec, "--scene", "short-stays",
                            "--duration", "30m", "--from", "2026-10-01T10:00", NULL),
                 0);
}

/* Runs it with a log of its own; the log's path. */
static const char *said(struct bench *b, int *code, const char *verb, const char *const *arguments)
{
    static int runs;
    const char *log = yk_rig_text(&b->rig, "%s/%s-%d.log", b->rig.dir, verb, runs++);
    struct yk_child child;
    yk_child_init(&child, verb, yk_rig_program(&b->rig, verb));
    child.log_path = log;
    for (size_t i = 0; arguments[i]; i++)
        yk_child_arg(&child, arguments[i]);
    struct yk_error err;
    cr_assert_eq(yk_child_start(&child, &err), YK_OK);
    *code = yk_rig_wait(&child);
    return log;
}

static void expect_said(const char *log, const char *text)
{
    if (yk_rig_file_says(log, text))
        return;
    char *content = yk_rig_read(log, NULL);
    cr_expect(false, "%s does not say '%s' but:\n%s", log, text, content);
    free(content);
}

static json_t *inspect(struct bench *b, const char *file, int expected)
{
    int code;
    const char *arguments[] = {"--json", file, NULL};
    const char *log = said(b, &code, "inspect", arguments);
    cr_expect_eq(code, expected, "inspect %s: exit code %d, not %d", file, code, expected);
    char *text = yk_rig_read(log, NULL), *object = strchr(text, '{');
    json_t *json = object ? json_loads(object, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    cr_assert(json, "inspect %s wrote no JSON: %s", file, text);
    free(text);
    return json;
}

static int64_t integer(const json_t *json, const char *a, const char *b)
{
    const json_t *value = json_object_get(json, a);
    return json_integer_value(b ? json_object_get(value, b) : value);
}

/* Collects one file for a sensor into a new spool; the log's path. */
static const char *collect(struct bench *b, const char *sensor, const char *file, int expected)
{
    static int spools;
    int code;
    const char *arguments[] = {b->rig.district,
                               "--keys",
                               b->rig.keys,
                               "--spool",
                               yk_rig_text(&b->rig, "%s/spool-%d", b->rig.dir, spools++),
                               "--bulk",
                               "--input",
                               yk_rig_text(&b->rig, "%s=%s", sensor, file),
                               NULL};
    const char *log = said(b, &code, "collect", arguments);
    cr_expect_eq(code, expected, "collect %s: exit code %d, not %d; see %s", file, code, expected, log);
    return log;
}

static uint32_t le32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Whole packets in a pcap cut off at `size`; *whole: where the last of them ends. */
static int64_t whole_packets(const char *bytes, size_t size, size_t *whole)
{
    int64_t count = 0;
    size_t at = 24;
    while (at + 16 <= size && at + 16 + le32(bytes + at + 8) <= size) {
        at += 16 + le32(bytes + at + 8);
        count++;
    }
    *whole = at;
    return count;
}

Test(bad_input, truncated_capture, .timeout = 100)
{
    static struct bench b;
    open_bench(&b);
    size_t size, whole;
    char *bytes = yk_rig_read(yk_rig_text(&b.rig, "%s/radio-2.pcap", b.rec), &size);
    int64_t expected = whole_packets(bytes, size * 2 / 3, &whole);
    cr_assert_gt(expected, 1000);
    const char *files[] = {yk_rig_path(&b.rig, "cut.pcap"), yk_rig_path(&b.rig, "header-cut.pcap"),
                           yk_rig_path(&b.rig, "clean-cut.pcap")};
    yk_rig_write(files[0], bytes, whole + 16 + 5); /* inside a packet */
    yk_rig_write(files[1], bytes, whole + 7);      /* inside its header */
    yk_rig_write(files[2], bytes, whole);          /* between packets: nothing wrong with it */
    for (int i = 0; i < 3; i++) {
        json_t *json = inspect(&b, files[i], 0);
        cr_expect_eq(integer(json, "packets", NULL), expected, "%s: %lld packets, not %lld", files[i],
                     (long long)integer(json, "packets", NULL), (long long)expected);
        cr_expect_eq(integer(json, "drops", "truncated"), i < 2, "%s", files[i]);
        json_decref(json);
        const char *log = collect(&b, "radio-2", files[i], 0);
        cr_expect_eq(yk_rig_file_says(log, "1 dropped (a record ends before its layout does)"), i < 2, "%s", files[i]);
    }
    free(bytes);
    yk_rig_close(&b.rig);
}

Test(bad_input, captures_that_cannot_be_read, .timeout = 100)
{
    static struct bench b;
    open_bench(&b);
    size_t size, whole;
    char *bytes = yk_rig_read(yk_rig_text(&b.rig, "%s/radio-2.pcap", b.rec), &size);
    int64_t expected = whole_packets(bytes, size / 2, &whole);

    const char *ethernet = yk_rig_path(&b.rig, "ethernet.pcap");
    uint32_t kept = le32(bytes + 20), one = 1, huge = 0x7fffffff;
    memcpy(bytes + 20, &one, 4);
    yk_rig_write(ethernet, bytes, size);
    memcpy(bytes + 20, &kept, 4);
    json_t *json = inspect(&b, ethernet, 65);
    cr_expect_eq(integer(json, "link_type", NULL), 1);
    json_decref(json);
    const char *log = collect(&b, "radio-2", ethernet, 65);
    expect_said(log, "link type 1 (Ethernet) is not read");
    expect_said(log, "272"); /* what is */

    const char *corrupt = yk_rig_path(&b.rig, "corrupt.pcap"); /* a packet's length field */
    memcpy(bytes + whole + 8, &huge, 4);
    yk_rig_write(corrupt, bytes, size);
    json = inspect(&b, corrupt, 65);
    cr_expect_eq(integer(json, "packets", NULL), expected, "what stands before the damage is read");
    json_decref(json);
    expect_said(collect(&b, "radio-2", corrupt, 65), "what stands before it was read");

    const char *garbage = yk_rig_path(&b.rig, "garbage.pcap");
    memset(bytes, 0x5a, 64);
    yk_rig_write(garbage, bytes, size);
    expect_said(collect(&b, "radio-2", garbage, 65), "not a btsnoop, pcap or pcapng recording");

    const char *empty = yk_rig_path(&b.rig, "empty.pcap");
    yk_rig_write(empty, "", 0);
    expect_said(collect(&b, "radio-2", empty, 65), "is empty");
    expect_said(collect(&b, "radio-2", yk_rig_path(&b.rig, "nowhere.pcap"), 66), "No such file");

    /* A file that can't be read does not take the others with it. */
    const char *out = yk_rig_path(&b.rig, "tables");
    int code;
    const char *arguments[] = {b.rig.district,
                               "--out",
                               out,
                               "--input",
                               yk_rig_text(&b.rig, "radio-2=%s", garbage),
                               "--input",
                               yk_rig_text(&b.rig, "cam-2=%s/cam-2.jsonl", b.rec),
                               NULL};
    log = said(&b, &code, "replay", arguments);
    cr_expect_eq(code, 65);
    expect_said(log, "the tables hold what could");
    struct yk_table table;
    yk_table_read(&table, yk_rig_text(&b.rig, "%s/kpis.csv", out));
    cr_expect_gt(table.rows, 0);
    yk_table_free(&table);
    free(bytes);
    yk_rig_close(&b.rig);
}

/* Three lines are spoilt in three ways. Each of them held a frame of five a second: no crossing hangs on one. */
Test(bad_input, broken_camera_lines, .timeout = 100)
{
    static struct bench b;
    open_bench(&b);
    const char *good = yk_rig_text(&b.rig, "%s/cam-2.jsonl", b.rec), *broken = yk_rig_path(&b.rig, "broken.jsonl");
    char *text = yk_rig_read(good, NULL);
    FILE *f = fopen(broken, "w");
    cr_assert(f);
    int number = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), number++) {
        if (number == 1000)
            fprintf(f, "%.*s\n", (int)strlen(line) / 2, line);
        else if (number == 2000)
            fputs("{\"not\": \"a message\"}\n", f);
        else if (number == 3000) {
            for (int i = 0; i < 3000000; i++)
                fputc('x', f);
            fputc('\n', f);
        } else
            fprintf(f, "%s\n", line);
    }
    cr_assert_eq(fclose(f), 0);
    cr_assert_gt(number, 3000);
    free(text);
    static const char *const reasons[] = {"bad_json", "bad_schema", "too_long"};
    const char *crossings[] = {"plus", "minus"};
    json_t *json[2];
    for (int i = 0; i < 2; i++) {
        int code;
        const char *arguments[] = {"--json", "--line", "960,0,960,1080", "--hysteresis", "15", i ? broken : good, NULL};
        const char *log = said(&b, &code, "inspect", arguments);
        cr_assert_eq(code, 0);
        json[i] = json_load_file(log, 0, NULL);
        cr_assert(json[i]);
        for (int r = 0; r < 3; r++)
            cr_expect_eq(integer(json[i], "drops", reasons[r]), i, "%s: %lld", reasons[r],
                         (long long)integer(json[i], "drops", reasons[r]));
    }
    for (int c = 0; c < 2; c++) {
        int64_t whole = integer(json[0], "crossings", crossings[c]);
        cr_expect_gt(whole, 10);
        cr_expect_eq(integer(json[1], "crossings", crossings[c]), whole);
    }
    expect_said(collect(&b, "cam-2", broken, 0), "1 dropped (a line is not valid JSON)");
    for (int i = 0; i < 2; i++)
        json_decref(json[i]);
    yk_rig_close(&b.rig);
}

/* One mistake of meaning each on the lines 2, 4, 6, 7, 11 and 15. */
static const char six_mistakes[] = "version: 1\n"
                                   "district: { id: d, name: { en: D }, timezone: Asia/Tokio }\n"
                                   "places:\n"
                                   "  - { id: plaza, name: { en: P }, area_m2: -4 }\n"
                                   "sensors:\n"
                                   "  - { id: radio-1, place: plazza, kind: ble_capture }\n"
                                   "  - { id: radio-1, place: plaza, kind: ble_telepathy }\n"
                                   "  - id: cam-1\n"
                                   "    place: plaza\n"
                                   "    kind: camera_file\n"
                                   "    lines: [{ id: a, points: [[5, 5], [5, 5]] }]\n"
                                   "    format: deepstream\n"
                                   "    fps: 10\n"
                                   "kpis:\n"
                                   "  - { id: k, kpi: visiters, place: plaza, resolution: 1d }\n";

static const char bad_number[] =
    "version: 1\n"
    "district: { id: d, name: { en: D }, timezone: Asia/Tokyo, fiscal_year_start: 10abc }\n"
    "places:\n"
    "  - { id: plaza, name: { en: P } }\n"
    "sensors:\n"
    "  - { id: radio-1, place: plaza, kind: ble_capture }\n";

Test(bad_input, configuration, .timeout = 60)
{
    static struct bench b;
    open_bench(&b);
    const char *six = yk_rig_path(&b.rig, "six.yaml"), *number = yk_rig_path(&b.rig, "number.yaml");
    yk_rig_write(six, six_mistakes, strlen(six_mistakes));
    yk_rig_write(number, bad_number, strlen(bad_number));
    int code;
    const char *check[] = {six, NULL};
    const char *log = said(&b, &code, "check", check);
    cr_assert_eq(code, 78);
    static const int lines[] = {2, 4, 6, 7, 11, 15};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_said(log, yk_rig_text(&b.rig, "six.yaml:%d:", lines[i]));
    expect_said(log, "did you mean 'plaza'?");

    const char *check_number[] = {number, NULL};
    log = said(&b, &code, "check", check_number);
    cr_assert_eq(code, 78);
    expect_said(log, "number.yaml:2:");
    expect_said(log, "'10abc' is not a whole number");

    /* Every program that reads it refuses it the same way, before it touches anything. */
    const char *replay[] = {number, "--input", "radio-1=x.pcap", "--out", yk_rig_path(&b.rig, "t"), NULL};
    log = said(&b, &code, "replay", replay);
    cr_assert_eq(code, 78);
    expect_said(log, "number.yaml:2:");
    static const char *const verbs[] = {"collect", "uplink", "analyze", "simulate"};
    for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
        const char *arguments[] = {number, v < 3 ? "--keys" : "--out", v < 3 ? b.rig.keys : yk_rig_path(&b.rig, "t"),
                                   NULL};
        log = said(&b, &code, verbs[v], arguments);
        cr_expect_eq(code, 78, "%s: exit code %d", verbs[v], code);
        expect_said(log, "10abc");
    }
    const char *nowhere[] = {yk_rig_path(&b.rig, "nowhere.yaml"), NULL};
    log = said(&b, &code, "check", nowhere);
    cr_expect_eq(code, 66);
    expect_said(log, "No such file");
    yk_rig_close(&b.rig);
}

/* Cameras' parsers must not share memory with raw addresses. */
Test(bad_input, radio_and_camera_in_one_process, .timeout = 60)
{
    static struct bench b;
    open_bench(&b);
    int code;
    const char *spool = yk_rig_path(&b.rig, "spool");
    const char *both[] = {b.rig.district,
                          "--keys",
                          b.rig.keys,
                          "--spool",
                          spool,
                          "--bulk",
                          "--input",
                          yk_rig_text(&b.rig, "radio-1=%s/radio-1.pcap", b.rec),
                          "--input",
                          yk_rig_text(&b.rig, "cam-1=%s/cam-1.jsonl", b.rec),
                          NULL};
    const char *log = said(&b, &code, "collect", both);
    cr_expect_eq(code, 64);
    expect_said(log, "separate processes");
    cr_expect_neq(access(spool, F_OK), 0, "nothing was begun");
    const char *unknown[] = {b.rig.district, "--keys", b.rig.keys, "--spool", spool, "--input", "radio-9=x", NULL};
    log = said(&b, &code, "collect", unknown);
    cr_expect_eq(code, 64);
    expect_said(log, "there is no sensor 'radio-9'");
    yk_rig_close(&b.rig);
}
