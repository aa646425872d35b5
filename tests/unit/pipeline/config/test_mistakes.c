/* What is refused, where, and in what words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "reading.h"

#include <stdlib.h>
#include <unistd.h>

Test(mistakes, six_mistakes_of_meaning_all_at_once)
{
    static const char *const text =
        "version: 1\n"                                                               /* 1 */
        "district: { id: d, timezone: Asia/Tokio }\n"                                /* 2 */
        "places:\n"                                                                  /* 3 */
        "  - { id: plaza }\n"                                                        /* 4 */
        "sensors:\n"                                                                 /* 5 */
        "  - { id: radio-1, place: plazza, kind: ble_capture }\n"                    /* 6 */
        "  - id: cam-1\n"                                                            /* 7 */
        "    place: plaza\n"                                                         /* 8 */
        "    kind: camera_file\n"                                                    /* 9 */
        "    lines:\n"                                                               /* 10 */
        "      - { id: a, points: [[5,5],[5,5]] }\n"                                 /* 11 */
        "    zones:\n"                                                               /* 12 */
        "      - { id: z, points: [[0,0],[4,4],[4,0],[0,4]] }\n"                     /* 13 */
        "kpis:\n"                                                                    /* 14 */
        "  - { id: k, kpi: visitors, place: plaza, resolution: 1d, target: 9000 }\n" /* 15 */
        "privacy: { epoch_hours: 7 }\n";                                             /* 16 */
    static const struct {
        int line, column;
        const char *says;
    } expected[] = {
        {2, 30, "no time zone 'Asia/Tokio'"},
        {6, 27, "no place 'plazza'; did you mean 'plaza'?"},
        {11, 26, "no length"},
        {13, 26, "crosses or touches itself"},
        {15, 67, "add fiscal_year"},
        {16, 25, "does not divide a day"},
    };
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_assert_eq(mistakes.count, COUNT(expected), "%zu", mistakes.count);
    for (size_t i = 0; i < COUNT(expected); i++) {
        cr_expect_eq(mistakes.list[i].line, expected[i].line, "%s", mistakes.list[i].text);
        cr_expect_eq(mistakes.list[i].column, expected[i].column, "%d: %s", mistakes.list[i].column,
                     mistakes.list[i].text);
        cr_expect(strstr(mistakes.list[i].text, expected[i].says), "'%s' lacks '%s'", mistakes.list[i].text,
                  expected[i].says);
    }
    yk_config_mistakes_free(&mistakes);
}

/* Each case replaces one line of a right file; exactly one mistake is to be found, on that line. */
#define BASE_LINES 10
static const char *const base[BASE_LINES] = {
    "version: 1",                                                                          /* 1 */
    "district: { id: d, timezone: UTC }",                                                  /* 2 */
    "places: [{ id: p, area_m2: 5 }]",                                                     /* 3 */
    "sensors:",                                                                            /* 4 */
    "- { id: s, place: p, kind: ble_capture }",                                            /* 5 */
    "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[1,1]] }] }", /* 6 */
    "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1d }]",                          /* 7 */
    "privacy: { k: 10 }",                                                                  /* 8 */
    "redis: { url: 'unix:run/redis.sock' }",                                               /* 9 */
    "serve: { listen: '127.0.0.1:8080' }",                                                 /* 10 */
};

static void text_with(char *out, size_t size, int line, const char *replacement)
{
    out[0] = '\0';
    for (int i = 1; i <= BASE_LINES; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s\n", i == line ? replacement : base[i - 1]);
}

static const struct {
    int line;
    const char *replacement, *says;
} one_mistake[] = {
    /* the file's format */
    {1, "version: 2", "reads version 1"},
    {1, "version: one", "'one' is not a whole number"},
    {1, "# nothing", "begin it with 'version: 1'"},
    /* numbers */
    {8, "privacy: { k: 10abc }", "k '10abc' is not a whole number"},
    {8, "privacy: { k: 10 abc }", "'10 abc' is not a whole number"},
    {8, "privacy: { k: 0x10 }", "'0x10' is not a whole number"},
    {8, "privacy: { k: 1_000 }", "'1_000' is not a whole number"},
    {8, "privacy: { k: 010 }", "leave the 0 out"},
    {8, "privacy: { k: +10 }", "leave the '+' out"},
    {8, "privacy: { k: 10.0 }", "in plain digits"},
    {8, "privacy: { k: 1e1 }", "in plain digits"},
    {8, "privacy: { k: '10' }", "without quotes"},
    {8, "privacy: { k: 0 }", "from 1 to"},
    {8, "privacy: { k: -5 }", "from 1 to"},
    {8, "privacy: { k: 99999999999999999999 }", "from 1 to"},
    {8, "privacy: { k: }", "k has no value"},
    {8, "privacy: { k: ~ }", "k has no value"},
    {8, "privacy: { k: null }", "k has no value"},
    {8, "privacy: { k: [10] }", "not a list"},
    {8, "privacy: { k: { a: 1 } }", "not a map"},
    {8, "privacy: { line_k: -1 }", "from 0 to"},
    {3, "places: [{ id: p, area_m2: '0,25' }]", "without quotes"},
    {3, "places:\n- id: p\n  area_m2: 0,25", "decimal point"},
    {3, "places: [{ id: p, area_m2: .nan }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: nan }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: inf }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: .5 }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: 5. }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: 1e }]", "is not a number"},
    {3, "places: [{ id: p, area_m2: 1e999 }]", "from 0.01 to"},
    {3, "places: [{ id: p, area_m2: 0 }]", "from 0.01 to"},
    {3, "places: [{ id: p, area_m2: -3 }]", "from 0.01 to"},
    {3, "places: [{ id: p, area_m2: ０ }]", "is not a number"},
    {3, "places: [{ id: p, closed: [\"01:00\"] }]", "two times of the day"},
    {3, "places: [{ id: p, closed: [\"01:00\", \"25:00\"] }]", "closed"},
    {3, "places: [{ id: p, closed: \"01:00\" }]", "has to be a list"},
    {8, "level_of_service: { space: hcm-flow }", "there is no table 'hcm-flow' of space"},
    {8, "level_of_service: { flow: fruin }", "use hcm-flow or fruin-flow"},
    {8, "level_of_service: { speed: hcm-flow }", "has no key 'speed'"},
    /* what is known of days; events name entries of kpis */
    {10, "calendar: { holidays: mars }", "no calendar 'mars' of holidays"},
    {10, "calendar: { days: [{ date: 2026-08-13 }] }", "needs 'like'"},
    {10, "calendar: { days: [{ date: 2026-08-13T10:00, like: holiday }] }", "written as dates"},
    {10, "calendar: { days: [{ date: 2026-08-13, to: 2026-08-12, like: holiday }] }", "before date"},
    {10, "calendar: { days: [{ date: 2026-01-01, to: 2026-12-31, like: holiday }] }", "more than 62 days"},
    {10,
     "calendar: { days: [{ date: 2026-01-01, like: a }, { date: 2026-01-02, like: b }, { date: 2026-01-03, like: c }, "
     "{ date: 2026-01-04, like: d }, { date: 2026-01-05, like: e }] }",
     "fifth kind of day"},
    {10, "covariates: { file: rain.csv }", "needs 'columns'"},
    {10, "covariates: { columns: [rain] }", "needs 'file'"},
    {10, "events: [{ id: e, from: 2026-05-01T10:00, to: 2026-05-01T12:00, kpis: [x] }]", "the id 'x'"},
    {10, "events: [{ id: e, from: 2026-05-01T10:00, to: 2026-05-01T10:00, kpis: [k] }]", "before it begins"},
    {10, "events: [{ id: e, from: 2026-05-01T10:30, to: 2026-05-01T12:30, kpis: [k] }]", "full hour"},
    {10, "events: [{ id: e, from: 2026-05-01, to: 2026-05-09, kpis: [k] }]", "a week at the most"},
    {10, "events: [{ id: e, from: 2026-05-01, to: 2026-05-02, kpis: [k], compare: [k] }]", "compared with itself"},
    {10, "events: [{ id: e, from: 2026-05-01, to: 2026-05-02, kpis: [] }]", "kpis"},
    {8, "dwell: { stop_s: 5 }", "from 10 to 7200"},
    {8, "dwell: { stop_s: 3m }", "stop_s"},
    {8, "dwell: { stops: 180 }", "has no key 'stops'"},
    {7, "kpis: [{ id: k, kpi: fixed_stay_share, place: p, resolution: 1d }]",
     "needs a practice of counting stays, such as dwell: { preset: visitor }; add it"},
    {7, "kpis: [{ id: k, kpi: fixed_stay_median_s, place: p, resolution: 1d }]", "dwell: { preset: visitor }"},
    {7, "kpis: [{ id: k, kpi: turn_in_rate, place: p, resolution: 1d }]", "needs an entry of turn_ins at its place"},
    {7, "kpis: [{ id: k, kpi: footfall_survey, place: p, resolution: 1d }]", "needs an entry of surveys at its place"},
    {8, "dwell: { preset: weekly }", "there is no practice 'weekly' of counting stays; use visitor"},
    /* keys */
    {2, "district: { id: d, timezone: UTC, fiscal_year_begin: 4 }", "has no key 'fiscal_year_begin'"},
    {2, "district: { id: d, timezone: UTC, timezome: UTC }", "did you mean 'timezone'"},
    {2, "district: { id: d, timezone: UTC, id: d }", "has 'id' twice"},
    {2, "district: { id: d, timezone: UTC, latitude: 35 }", "its keys are: id name timezone fiscal_year_start"},
    {2, "district: { id: d, timezone: UTC, [a]: 1 }", "a key has to be a word"},
    {8, "privacy: { k: 10, K: 3 }", "has no key 'K'"},
    {8, "priwacy: { k: 10 }", "did you mean 'privacy'"},
    {9, "privacy: { k: 10 }", "has 'privacy' twice"},
    {2, "district: { id: d }", "needs 'timezone'"},
    {2, "district: { timezone: UTC }", "needs 'id'"},
    {2, "district: d", "has to be a map"},
    {2, "district: [d]", "has to be a map"},
    /* names */
    {2, "district: { id: D, timezone: UTC }", "other characters than"},
    {2, "district: { id: a_b, timezone: UTC }", "other characters than"},
    {2, "district: { id: -a, timezone: UTC }", "begins or ends with '-'"},
    {2, "district: { id: a-, timezone: UTC }", "begins or ends with '-'"},
    {2, "district: { id: '', timezone: UTC }", "has no value"},
    {2, "district: { id: 川, timezone: UTC }", "other characters than"},
    {2, "district: { id: abcdefghijklmnopqrstuvwxyz-abcde, timezone: UTC }", "longer than 31"},
    {2, "district: { id: \"a\\0b\", timezone: UTC }", "control character"},
    {2, "district: { id: d, timezone: UTC, name: River }", "a name has to be a map"},
    {2, "district: { id: d, timezone: UTC, name: { de: Fluss } }", "has no key 'de'"},
    {2, "district: { id: d, timezone: UTC, name: { en: \"a\\e[31mb\" } }", "control character"},
    {2, "district: { id: d, timezone: UTC, name: { en: \"a\\x9bb\" } }", "control character"},
    {2, "district: { id: d, timezone: ../UTC }", "no time zone"},
    {2, "district: { id: d, timezone: /etc/localtime }", "no time zone"},
    {2, "district: { id: d, timezone: JST }", "no time zone"},
    {2, "district: { id: d, timezone: UTC, fiscal_year_start: 13 }", "from 1 to 12"},
    {2, "district: { id: d, timezone: UTC, fiscal_year_start: 0 }", "from 1 to 12"},
    /* places */
    {3, "places: [{ id: p }, { id: p }]", "place 'p' is there twice"},
    {3, "places: [{ id: p, valid_from: 2026-02-30 }]", "is no date"},
    {3, "places: [{ id: p, valid_from: 2026-04-01 04:00 }]", "is no date"},
    {3, "places: [{ id: p, polygon: [[0,0],[1,0]] }]", "has 2 points; it needs at least 3"},
    {3, "places: [{ id: p, polygon: [[0,0],[1,0],[2,0]] }]", "crosses or touches itself"},
    {3, "places: [{ id: p, polygon: [[0,0],[1,0],[1,1],[0,0]] }]", "leave the last one out"},
    {3, "places: [{ id: p, polygon: [[0,0],[1,0],[1,0],[1,1]] }]", "crosses or touches itself"},
    {3, "places: [{ id: p, polygon: [[0,0],[2,2],[2,0],[0,2]] }]", "crosses or touches itself"},
    {3, "places: [{ id: p, polygon: [[0,0],[4,0],[4,4],[2,0],[0,4]] }]", "crosses or touches itself"},
    {3, "places: [{ id: p, polygon: [[35.68,139.76],[1,0],[1,1]] }]", "latitude (it comes second) is 139.76"},
    {3, "places: [{ id: p, polygon: [[181,0],[1,0],[1,1]] }]", "longitude (it comes first) is 181"},
    {3, "places: [{ id: p, polygon: [[0,0,0],[1,0],[1,1]] }]", "two numbers"},
    {3, "places: [{ id: p, polygon: [0,0,1] }, { id: p }]", "twice"}, /* and one for each point, see below */
    {3, "places: [{ id: p, polygon: {} }]", "has to be a list"},
    /* sensors */
    {5, "- { id: s, place: q, kind: ble_capture }", "there is no place 'q'; add it"},
    {5, "- { id: s, kind: ble_capture }", "needs 'place'"},
    {5, "- { place: p, kind: ble_capture }", "needs 'id'"},
    {5, "- { id: s, place: p }", "needs 'kind'"},
    {5, "- { id: s, place: p, kind: bluetooth }", "begins with none of ble_, camera_, counter_"},
    {5, "- { id: s, place: p, kind: ble_ }", "begins with none of"},
    {5, "- { id: s, place: p, kind: BLE_capture }", "other characters than"},
    {5, "- { id: s, place: p, kind: ble_capture }\n- { id: s, place: p, kind: ble_capture }",
     "sensor 's' is there twice"},
    {5, "- { id: s, place: p, kind: ble_capture, fps: 5 }", "'fps' says nothing for a radio"},
    {5, "- { id: s, place: p, kind: ble_capture, lines: [{ id: a, points: [[0,0],[1,1]] }] }", "'lines' says nothing"},
    {5, "- { id: s, place: p, kind: camera_file, adapter: hci0 }", "'adapter' says nothing for a camera"},
    {5, "- { id: s, place: p, kind: camera_mqtt }", "needs 'topic'"},
    {5, "- { id: s, place: p, kind: camera_mqtt, topic: a/#/b }", "cannot be subscribed to"},
    {5, "- { id: s, place: p, kind: camera_mqtt, topic: a, input: events.jsonl }", "mqtt://HOST:1883 or mqtts://"},
    {5, "- { id: s, place: p, kind: camera_mqtt, topic: a, input: 'mqtt://u:p@broker' }",
     "the file that 'secret' names"},
    {5, "- { id: s, place: p, kind: camera_mqtt, topic: a, input: 'mqtt://broker:0' }", "mqtt://HOST:1883"},
    {5, "- { id: s, place: p, kind: camera_http, input: 'http://localhost:9000' }", "http://ADDRESS:PORT"},
    {5, "- { id: s, place: p, kind: counter_http, input: 'http://127.0.0.1' }", "http://ADDRESS:PORT"},
    {5, "- { id: s, place: p, kind: camera_redis, input: 'redis-stream:unix:/run/a.sock' }", "redis-stream:URL#KEY"},
    {5, "- { id: s, place: p, kind: camera_file, input: 'mqtt://broker' }", "write camera_mqtt"},
    {5, "- { id: s, place: p, kind: counter_file, input: 'http://127.0.0.1:9000' }", "write counter_http"},
    {5, "- { id: s, place: p, kind: camera_file, secret: cam.secret }", "'secret' says nothing for a camera_file"},
    {5, "- { id: s, place: p, kind: ble_hci, secret: cam.secret }", "'secret' says nothing for a radio"},
    {5, "- { id: s, place: p, kind: camera_file, fps: 0 }", "from 0.01 to 1000"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_min_dbm: -128 }", "from -127 to 20"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_min_dbm: -90.5 }", "in plain digits"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_offset_db: -41 }", "from -40 to 40"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_offset_db: 41 }", "from -40 to 40"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_offset_db: 2.5 }", "in plain digits"},
    {5, "- { id: s, place: p, kind: ble_capture, rssi_ofset_db: 2 }", "did you mean 'rssi_offset_db'"},
    {5, "- { id: s, place: p, kind: camera_file, rssi_offset_db: 2 }", "'rssi_offset_db' says nothing for a camera"},
    {5, "- { id: s, place: p, kind: ble_capture, latitude: 35.1 }", "has no key 'latitude'"},
    {5, "- radio", "a sensor has to be a map"},
    /* lines and zones */
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0]] }] }",
     "has 1 point; it needs at least 2"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[1,2],[1,2]] }] }", "no length"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[1,2],[3,4],[3,4]] }] }", "points 2 and 3"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[4,0],[4,4],[2,-1]] }] }",
     "after points 1 and 3"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[4,0],[1,0]] }] }", "folds back"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[1,0]], device: a }] }",
     "leave one of the two out"},
    {6, "- { id: c, place: p, kind: camera_file, zones: [{ id: l, device: \"\" }] }", "device has no value"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, device: a, hysteresis: 2 }] }",
     "'hysteresis' says nothing"},
    {5, "- { id: s, place: p, kind: camera_file, frame: 1920 }", "has to be a list"},
    {5, "- { id: s, place: p, kind: camera_file, frame: [1920] }", "[1920, 1080]"},
    {5, "- { id: s, place: p, kind: camera_file, frame: [0, 1080] }", "the frame's width is 0"},
    {5, "- { id: s, place: p, kind: ble_capture, frame: [1920, 1080] }", "'frame' says nothing for a radio"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[1,2],[3,4]], hysteresis: -1 }] }",
     "hysteresis is -1; it has to be from 0"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l }] }", "needs 'points'"},
    {6, "- { id: c, place: p, kind: camera_file, lines: [] }", "empty list"},
    {6, "- { id: c, place: p, kind: camera_file, lines: north }", "has to be a list"},
    {6,
     "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[1,1]] }, { id: l, points: [[0,0],[1,1]] "
     "}] }",
     "line 'l' is there twice"},
    {6, "- { id: c, place: p, kind: camera_file, zones: [{ id: z, points: [[0,0],[1,1]] }] }", "needs at least 3"},
    {6, "- { id: c, place: p, kind: camera_file, zones: [{ id: z, points: [[0,0],[1,1],[1,0],[0,1]] }] }", "crosses"},
    {6, "- { id: c, place: p, kind: camera_file, zones: [{ id: z, points: [[0,0],[1,1],[1,0]], hysteresis: 1 }] }",
     "has no key 'hysteresis'"},
    {6, "- { id: c, place: p, kind: counter_csv, zones: [{ id: z, points: [[0,0],[1,1],[1,0]] }] }",
     "'zones' says nothing"},
    /* KPIs */
    {7, "kpis: [{ id: k, kpi: visitor, place: p, resolution: 1d }]", "did you mean 'visitors'"},
    {7, "kpis: [{ id: k, kpi: happiness, place: p, resolution: 1d }]", "no KPI 'happiness'"},
    {7, "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1w }]", "none of 15m, 1h, 1d"},
    {7, "kpis: [{ id: k, kpi: visitors, place: p }]", "needs 'resolution'"},
    {7, "kpis: [{ id: k, kpi: visitors, place: x, resolution: 1d }]", "no place 'x'"},
    {7, "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1d, target: 5 }]", "add fiscal_year"},
    {7, "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1d, base: 5, target: 5, fiscal_year: 2027 }]",
     "are the same"},
    {7, "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1d, fiscal_year: 27 }]", "from 2000 to"},
    {7, "kpis: [{ id: k, kpi: los, place: p, resolution: 1d }, { id: k, kpi: los, place: p, resolution: 1h }]",
     "KPI 'k' is there twice"},
    /* privacy and retention */
    {8, "privacy: { epoch_hours: 5 }", "does not divide a day"},
    {8, "privacy: { epoch_hours: 48 }", "from 1 to 24"},
    {8, "privacy: { epoch_start: 4:00 }", "is no time of day"},
    {8, "privacy: { epoch_start: '24:00' }", "is no time of day"},
    {8, "privacy: { epoch_start: '04:60' }", "is no time of day"},
    {8, "privacy: { epoch_start: 14400 }", "is no time of day"},
    {8, "privacy: { grace_hours: 49 }", "from 0 to 48"},
    {8, "retention: { rows_days: 0 }", "from 1 to"},
    {8, "retention: { plain_days: 14d }", "'14d' is not a whole number"},
    /* addresses */
    {9, "redis: { url: 'redis://localhost' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://localhost' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://localhost:0' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://localhost:65536' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://:6379' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://::1:6379' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tcp://[localhost]:6379' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tls://localhost' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tls://localhost:0' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'tls://edge-1:secret@localhost:6380' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'rediss://localhost:6380' }", "unix:PATH, tcp://HOST:PORT or tls://HOST:PORT"},
    {9, "redis: { url: 'unix:' }", "names no socket"},
    {9, "redis: {}", "needs 'url'"},
    {10, "serve: { listen: ':8080' }", "numeric address and a port"},
    {10, "serve: { listen: 'localhost:8080' }", "numeric address and a port"},
    {10, "serve: { listen: 8080 }", "numeric address and a port"},
    {10, "serve: { listen: '::1:8080' }", "numeric address and a port"},
    {10, "serve: { listen: '127.0.0.1:080' }", "numeric address and a port"},
    /* YAML that is not used here, and what is not YAML */
    {8, "privacy: &a { k: 10 }", "anchors"},
    {8, "privacy: { k: !!int 10 }", "tags"},
    {8, "privacy: { k: *a }", "aliases"},
    {8, "privacy: { k: 10", "not YAML"},
    {8, "\tprivacy: { k: 10 }", "not YAML"},
    {8, "...\n---\nprivacy: { k: 10 }", "second document"},
    {8, "privacy: { k: 'a\nb' }", "is quoted"},
};

Test(mistakes, the_base_is_right)
{
    char text[4096];
    text_with(text, sizeof text, 0, "");
    yk_config_free(read_whole(text));
}

Test(mistakes, one_by_one)
{
    for (size_t i = 0; i < COUNT(one_mistake); i++) {
        char text[4096];
        text_with(text, sizeof text, one_mistake[i].line, one_mistake[i].replacement);
        struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
        bool found = false;
        int last = one_mistake[i].line;
        for (const char *at = one_mistake[i].replacement; *at; at++)
            last += *at == '\n';
        for (size_t m = 0; m < mistakes.count; m++)
            if (strstr(mistakes.list[m].text, one_mistake[i].says)) {
                found = true;
                bool whole_file = strstr(one_mistake[i].says, "version: 1") != NULL;
                /* An unclosed bracket is only noticed on the next line. */
                bool syntax = strcmp(one_mistake[i].says, "not YAML") == 0;
                cr_expect(whole_file || (mistakes.list[m].line >= one_mistake[i].line &&
                                         mistakes.list[m].line <= last + (syntax ? 1 : 0)),
                          "line %d: %s", mistakes.list[m].line, mistakes.list[m].text);
                cr_expect_geq(mistakes.list[m].column, 1);
            }
        cr_expect(found, "'%s': no mistake says '%s'; the first is '%s'", one_mistake[i].replacement,
                  one_mistake[i].says, mistakes.list[0].text);
        yk_config_mistakes_free(&mistakes);
    }
}

static size_t count_with(int line, const char *replacement)
{
    char text[4096];
    text_with(text, sizeof text, line, replacement);
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    size_t count = mistakes.count;
    yk_config_mistakes_free(&mistakes);
    return count;
}

/* One slip is told once: no mistakes that only follow from another. */
Test(mistakes, one_slip_is_told_once)
{
    cr_expect_eq(count_with(8, "privacy: { k: 10abc }"), 1);
    cr_expect_eq(count_with(2, "district: { id: D, timezone: UTC }"), 1);
    cr_expect_eq(count_with(2, "district: { id: d, timezone: JST }"), 1);
    cr_expect_eq(count_with(5, "- { id: s, place: p, kind: bluetooth }"), 1);
    cr_expect_eq(count_with(6, "- { id: c, place: p, kind: camera_file, lines: [{ id: l, points: [[0,0],[x,1]] }] }"),
                 1);
    cr_expect_eq(count_with(7, "kpis: [{ id: k, kpi: visitors, place: p, resolution: 1d, target: 5 }]"), 1);
    cr_expect_eq(count_with(3, "places: [{ id: p, polygon: [0,0,1] }]"), 3); /* three points, three slips */
    cr_expect_eq(count_with(8, "privacy: { k: *a }"), 1);
}

static void expect_whole_file(const char *text, size_t length, int line, const char *says)
{
    struct yk_config_mistakes mistakes = read_mistakes(text, length);
    cr_expect_eq(mistakes.count, 1);
    cr_expect_eq(mistakes.list[0].line, line, "%d: %s", mistakes.list[0].line, mistakes.list[0].text);
    cr_expect(strstr(mistakes.list[0].text, says), "%s", mistakes.list[0].text);
    yk_config_mistakes_free(&mistakes);
}

Test(mistakes, files_that_are_something_else)
{
    expect_whole_file("", 0, 0, "empty");
    expect_whole_file("# only a comment\n", 17, 0, "empty");
    expect_whole_file("---\n", 4, 0, "empty");
    expect_whole_file("hello\n", 6, 1, "version: 1");
    expect_whole_file("- a\n- b\n", 8, 1, "version: 1");
    expect_whole_file("version: 1\nname: \xff\xfe\n", 20, 2, "byte 0xff is not UTF-8");
    expect_whole_file("version: 1\n# caf\xe9\n", 18, 2, "byte 0xe9 is not UTF-8");
    expect_whole_file("a: \xc0\xaf\n", 6, 1, "not UTF-8");     /* overlong */
    expect_whole_file("a: \xed\xa0\x80\n", 7, 1, "not UTF-8"); /* surrogate */
    expect_whole_file("a: \xe3\x81", 5, 1, "not UTF-8");       /* cut */
    expect_whole_file("version: 1\n\0\n", 13, 2, "control character");
    expect_whole_file("\x1f\x8b\x08\x00", 4, 1, "control character");
    expect_whole_file("edge: { id: a, district: d }\n", 29, 1, "an edge's file");
}

Test(mistakes, bounds)
{
    char *text = malloc(2 * 1024 * 1024);
    cr_assert(text);
    memset(text, '\n', 2 * 1024 * 1024);
    expect_whole_file(text, 1024 * 1024 + 1, 0, "larger than 1 MiB");
    expect_whole_file(text, 1024 * 1024, 0, "empty");
    /* Deep, closed and unclosed. */
    memset(text, '[', 100000);
    expect_whole_file(text, 100000, 1, "too deeply");
    memset(text + 50000, ']', 50000);
    expect_whole_file(text, 100000, 1, "too deeply");
    /* Wide. */
    strcpy(text, "a: [0");
    for (size_t i = 0; i < 120000; i++)
        strcat(text + 5 + 2 * i, ",0");
    strcat(text + 240000, "]\n");
    expect_whole_file(text, strlen(text), 1, "100000 values");
    /* The billion laughs. */
    strcpy(text, "a: &a [x,x]\nb: &b [*a,*a]\n");
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_expect_eq(mistakes.count, 4);
    yk_config_mistakes_free(&mistakes);
    free(text);
}

Test(mistakes, a_file_with_too_many_says_so)
{
    char text[16384] = "version: 1\n";
    for (int i = 0; i < 500; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "key-%d: 1\n", i);
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    cr_expect_eq(mistakes.count, 201);
    cr_expect_eq(mistakes.list[0].line, 0);
    cr_expect(strstr(mistakes.list[0].text, "more than 200"));
    yk_config_mistakes_free(&mistakes);
}

Test(mistakes, long_foreign_text_is_cut_between_characters)
{
    const char *text = "version: 1\nあいうえおかきくけこさしすせそたちつてと: 1\n";
    struct yk_config_mistakes mistakes = read_mistakes(text, strlen(text));
    bool found = false;
    for (size_t i = 0; i < mistakes.count; i++)
        found = found || strstr(mistakes.list[i].text, "'あいうえおかきくけこさしす...'");
    cr_expect(found);
    yk_config_mistakes_free(&mistakes);
}

Test(mistakes, the_error_tells_the_first_and_counts_the_others)
{
    struct yk_config *config;
    struct yk_error err;
    const char *text = "version: 1\ndistrict: { id: D, timezone: UTC }\nplaces: [{ id: P }]\n"
                       "sensors: [{ id: S, place: p, kind: ble_capture }]\n";
    cr_assert_eq(yk_config_read_bytes("f.yaml", text, strlen(text), &config, NULL, &err), YK_ERR_CONFIG);
    cr_expect(strncmp(err.message, "f.yaml:2:17: the district's id 'D'", 34) == 0, "%s", err.message);
    cr_expect(strstr(err.message, "(and 3 more mistakes)"), "%s", err.message);
    cr_expect_eq(yk_config_read_bytes("f.yaml", text, strlen(text), &config, NULL, NULL), YK_ERR_CONFIG);
}

Test(mistakes, files_that_cannot_be_read)
{
    static const char *const paths[] = {"/nonexistent/district.yaml", "/"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct yk_config *config;
        struct yk_config_mistakes mistakes;
        struct yk_error err;
        cr_expect_eq(yk_config_read(paths[i], &config, &mistakes, &err), YK_ERR_NO_INPUT);
        cr_expect_null(config);
        cr_expect_eq(mistakes.count, 0);
        cr_expect(strstr(err.message, paths[i]), "%s", err.message);
    }
}

Test(mistakes, printed_a_line_each)
{
    struct yk_config_mistake list[] = {{0, 0, "as a whole"}, {3, 7, "here"}};
    struct yk_config_mistakes mistakes = {list, 2};
    char text[256] = "";
    FILE *to = fmemopen(text, sizeof text, "w");
    cr_assert(to);
    yk_config_mistakes_print("a.yaml", &mistakes, to);
    fclose(to);
    cr_expect_str_eq(text, "a.yaml: as a whole\na.yaml:3:7: here\n");
}
