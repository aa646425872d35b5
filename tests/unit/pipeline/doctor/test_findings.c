/* What the doctor says of files written by hand. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Now is 1,790,000,000 in all of them. The sentences were worked out with paper, from the limits in findings.h. */
#include "doctor/findings.h"
#include "doctor/show.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NOW 1790000000LL
#define GB  1000000000ULL

static struct yk_checkup checkup;
static struct yk_findings findings;

static void start(void)
{
    char spool[128];
    scratch_make();
    snprintf(spool, sizeof spool, "%s/spool", scratch);
    cr_assert_eq(mkdir(spool, 0700), 0);
    checkup = (struct yk_checkup){.now_s = NOW};
}

static void stop(void)
{
    yk_findings_clear(&findings);
    yk_checkup_clear(&checkup);
    scratch_remove();
}

TestSuite(findings, .init = start, .fini = stop);

/* A status file from its fields; at_s and started_s are told in seconds ago. */
__attribute__((format(printf, 5, 6))) static void file(const char *name, const char *part, long ago, long started_ago,
                                                       const char *fmt, ...)
{
    char path[512];
    bool edge = strcmp(part, "collect") == 0 || strcmp(part, "uplink") == 0;
    snprintf(path, sizeof path, "%s/%s%s", scratch, edge ? "spool/" : "", name);
    FILE *to = fopen(path, "w");
    cr_assert_not_null(to);
    fprintf(to, "{\"version\":1,\"part\":\"%s\",\"at_s\":%lld,\"started_s\":%lld", part, NOW - ago, NOW - started_ago);
    va_list args;
    va_start(args, fmt);
    vfprintf(to, fmt, args);
    va_end(args);
    fputs("}", to);
    fclose(to);
}

static void examine(void)
{
    snprintf(checkup.spool, sizeof checkup.spool, "%s/spool", scratch);
    strcpy(checkup.run, scratch);
    snprintf(checkup.publish, sizeof checkup.publish, "%s/publish.db", scratch);
    snprintf(checkup.keys, sizeof checkup.keys, "%s/keys", scratch);
    yk_checkup_gather(&checkup);
    cr_expect_neq(checkup.spool_disk.total_bytes, 0);
    checkup.clock = YK_CLOCK_SYNCHRONISED; /* of this machine, which is no matter here */
    checkup.spool_disk = checkup.publish_disk = (struct yk_disk){100 * GB, 200 * GB};
    yk_findings_make(&checkup, &findings);
}

static void expect(size_t count, const char *const *texts)
{
    for (size_t i = 0; i < count && i < findings.count; i++)
        cr_expect_str_eq(findings.list[i].text, texts[i]);
    cr_expect_eq(findings.count, count, "%zu findings, the last: %s", findings.count,
                 findings.count ? findings.list[findings.count - 1].text : "");
}
#define EXPECT(...) expect(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

/* docs/OPERATION.md shows it, indented by four. */
static void expect_in_document(const char *text)
{
    char *document = calloc(1, 65536), *indented = calloc(1, 65536);
    FILE *from = fopen(YK_SOURCE_DIR "/docs/OPERATION.md", "r");
    cr_assert(document && indented && from && fread(document, 1, 65535, from) > 0);
    fclose(from);
    size_t length = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        int n = (int)strcspn(line, "\n");
        length += (size_t)sprintf(indented + length, "%s%.*s\n", n ? "    " : "", n, line);
    }
    cr_expect_not_null(strstr(document, indented), "docs/OPERATION.md does not show:\n%s", indented);
    free(document);
    free(indented);
}

static void healthy_edge(void)
{
    file(
        "camera.status.json", "collect", 1, 900,
        ",\"edge\":\"edge-1\",\"slot\":\"camera\",\"frames\":40,\"spool_bytes\":1000000,\"sensors\":[{\"id\":\"cam-1\","
        "\"family\":\"camera\",\"observations\":812,\"last_event_s\":%lld,\"silent_s\":1}]",
        NOW - 2);
    file("uplink.status.json", "uplink", 0, 900,
         ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld,\"frames\":40,\"sent\":40,\"covered\":39,"
         "\"waiting\":1,\"skew_s\":0.004,\"skew_error_s\":0.001,"
         "\"oldest_s\":%lld,\"free_bytes\":90000000000,\"total_bytes\":200000000000,\"sensors\":[{\"id\":\"cam-1\","
         "\"frames\":40,\"sent\":40,\"covered\":39,\"waiting\":1,\"oldest_s\":%lld}]",
         NOW - 900, NOW - 6, NOW - 6);
}

static void healthy_server(const char *edges)
{
    file("publish.db.status.json", "analyze", 1, 7200,
         ",\"district\":\"riverside\",\"connected\":true,\"since_s\":%lld,\"committed_s\":%lld,\"published_s\":%lld,"
         "\"edges\":[%s]",
         NOW - 7200, NOW - 2, NOW - 5, edges);
}

Test(findings, nothing_is_wrong)
{
    healthy_edge();
    char edge[300];
    snprintf(edge, sizeof edge,
             "{\"edge\":\"edge-1\",\"heard_s\":%lld,\"sensors\":[{\"id\":\"cam-1\",\"taken\":39,\"last_event_s\":%lld,"
             "\"arrived_s\":%lld,\"lag_s\":6}]}",
             NOW - 3, NOW - 8, NOW - 3);
    healthy_server(edge);
    examine();
    cr_expect_eq(findings.count, 0, "%s", findings.count ? findings.list[0].text : "");
    cr_expect(yk_findings_well(&findings));

    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    yk_doctor_show(to, &checkup, &findings, false);
    fclose(to);
    cr_expect_str_eq(text, "edge    sensor  heard  sent  covered  waiting  accepted  refused  last heard  lag\n"
                           "edge-1  cam-1     812    40       39        1        39        0         2 s  6 s\n"
                           "\n"
                           "redis    uplink is connected for 15 min\n"
                           "redis    analyze is connected for 2 h\n"
                           "disk     spool: 100 GB free of 200 GB\n"
                           "disk     stores: 100 GB free of 200 GB\n"
                           "clock    synchronised; 4 ms ahead of that of Redis' machine (to 1 ms)\n"
                           "\n"
                           "All is well.\n");
    expect_in_document(text);
    free(text);
}

Test(findings, silent_sensors)
{
    file("camera.status.json", "collect", 2, 90000,
         ",\"edge\":\"edge-1\",\"slot\":\"camera\",\"sensors\":[{\"id\":\"cam-1\",\"family\":\"camera\","
         "\"observations\":5,"
         "\"last_event_s\":%lld,\"silent_s\":718},{\"id\":\"cam-2\",\"family\":\"camera\",\"last_event_s\":%lld,"
         "\"silent_s\":597}]",
         NOW - 720, NOW - 599);
    file("radio.status.json", "collect", 0, 400,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"sensors\":[{\"id\":\"radio-1\",\"family\":\"radio\",\"silent_s\":"
         "400}]");
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
    static const char cam[] = "cam-1 has not been heard for 12 min: is the camera's stream running, and does what "
                              "writes its events still run? "
                              "(At night there may be nobody to see.)";
    static const char radio[] =
        "radio-1 has not been heard once since collect (radio) was started 6 min ago: is the Bluetooth adapter there "
        "(hciconfig), and does what writes its input still run?";
    if (findings.count == 2 && strcmp(findings.list[0].about, "cam-1") != 0) /* the folder's order is no order */
        EXPECT(radio, cam);
    else
        EXPECT(cam, radio);
    cr_expect_not(yk_findings_well(&findings));
}

static void listens(const char *state, const char *more)
{
    file("radio.status.json", "collect", 0, 400,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"sensors\":[{\"id\":\"radio-1\",\"family\":\"radio\",\"silent_s\":"
         "400,\"listens\":{\"adapter\":\"hci1\",\"adapter_state\":\"%s\"%s}}]",
         state, more);
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
}

/* One finding, which names the adapter, how it is and what to do; silence is no second one. */
Test(findings, adapters)
{
    listens("down", ",\"deaf_s\":7800");
    EXPECT("radio-1 hears nothing: hci1 is there and switched off (2 h 10 min without listening since the start): "
           "bluetoothctl power on, or hciconfig hciN up, switches it on; rfkill list shows whether it is blocked");
    cr_expect_not(yk_findings_well(&findings));
    static const char *const states[] = {"absent", "no_right", "no_le", "refuses", "taken", "mute"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        stop();
        start();
        listens(states[i], "");
        cr_assert_eq(findings.count, 1, "%s", states[i]);
        cr_expect(strncmp(findings.list[0].text, "radio-1 hears nothing: hci1 ", 28) == 0, "%s", states[i]);
        cr_expect(strlen(strrchr(findings.list[0].text, ':')) > 10, "%s: what to do", states[i]);
    }
}

Test(findings, an_adapter_that_listens)
{
    file("radio.status.json", "collect", 0, 400,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"sensors\":[{\"id\":\"radio-1\",\"family\":\"radio\",\"silent_s\":"
         "2,\"listens\":{\"adapter\":\"hci0\",\"adapter_state\":\"listening\",\"extended\":true,\"taken\":12}}]");
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
    EXPECT("another program made hci0 listen in another way, 12 times since the start; that time is lost coverage: end "
           "it (bluetoothctl scan off), or give Yukikai an adapter of its own",
           "radio-1 listens with hci0: legacy and extended advertisements; the coded PHY is more than this adapter "
           "can");
}

/* 1.2 GB have come in 11,400 s; 90 GB take 75 times as long: 855,000 s, which is 9 days and 21 hours. */
Test(findings, redis_is_away)
{
    file("radio.status.json", "collect", 0, 90000,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"spool_bytes\":1200000000,\"sensors\":[]");
    file("uplink.status.json", "uplink", 0, 90000,
         ",\"edge\":\"edge-1\",\"connected\":false,\"since_s\":%lld,\"reason\":\"unreachable\",\"backoff_ms\":30000,"
         "\"waiting\":1240,\"oldest_s\":%lld,\"free_bytes\":90000000000,\"total_bytes\":200000000000",
         NOW - 11400, NOW - 11400);
    examine();
    EXPECT("Redis has been away for 3 h 10 min: 1,240 frames wait, the spool has room for 9 days. Is the network up, "
           "and does "
           "Redis run on the server? Nothing is lost as long as there is room");
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    yk_doctor_show(to, &checkup, &findings, false);
    fclose(to);
    const char *said = strstr(text, "look at: ");
    cr_assert_not_null(said);
    expect_in_document(said);
    free(text);
}

/* The spool may hold 2 GB, and has 1.2: 0.8 / 1.2 x 11,400 s = 7,600 s. */
Test(findings, redis_refuses_and_the_spool_is_bounded)
{
    file("radio.status.json", "collect", 0, 90000,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"spool_bytes\":1200000000,\"spool_max_bytes\":2000000000,\"given_"
         "up\":2,"
         "\"sensors\":[]");
    file("uplink.status.json", "uplink", 0, 90000,
         ",\"edge\":\"edge-1\",\"connected\":false,\"since_s\":%lld,\"reason\":\"refused\",\"waiting\":12,\"oldest_s\":"
         "%lld,"
         "\"free_bytes\":90000000000,\"total_bytes\":200000000000",
         NOW - 120, NOW - 11400);
    examine();
    EXPECT("2 frames of collect (radio) were given up for want of room or because of their age; the tables show their "
           "time as "
           "lost coverage, or as sums where these could be made. It goes on until Redis can be reached",
           "Redis has refused edge-1 for 2 min: 12 frames wait, the spool has room for 2 h 6 min. Has the server "
           "loaded the "
           "newest ACL file, and is the password here the one that the edge was enrolled with?");
}

Test(findings, nobody_confirms)
{
    file("uplink.status.json", "uplink", 0, 90000,
         ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld,\"waiting\":7,\"unsent\":0,\"oldest_s\":%lld,"
         "\"damaged\":1",
         NOW - 4000, NOW - 3000);
    examine();
    EXPECT("Redis takes the frames and the district does not confirm them: 7 frames wait, the oldest is 50 min old. Is "
           "analyze "
           "running on the server, and does it know this edge? There, yukikai doctor says why",
           "1 stretches of the spool hold no whole frame: the power went while one was written, or the disk is failing "
           "(dmesg "
           "tells)");
    cr_expect_eq(findings.list[1].kind, YK_FINDING_NOTE);
}

Test(findings, parts_that_are_gone)
{
    file("camera.status.json", "collect", 1000, 5000,
         ",\"edge\":\"edge-1\",\"slot\":\"camera\",\"ended\":true,\"complete\":true,\"sensors\":[]");
    file("radio.status.json", "collect", 300, 5000, ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"sensors\":[]");
    file("uplink.status.json", "uplink", 600, 5000, ",\"edge\":\"edge-1\",\"ended\":true");
    examine();
    EXPECT("collect (radio) has said nothing for 5 min: it hangs, or was killed, or the power went: systemctl status "
           "yukikai-collect-radio@edge-1",
           "uplink ended 10 min ago and was not started again: systemctl start yukikai-uplink@edge-1",
           "collect (camera) has read its files to their end");
}

/* Only the cause is said, and not what follows from it. */
Test(findings, up_is_gone)
{
    file("radio.status.json", "collect", 300, 5000, ",\"edge\":\"local\",\"slot\":\"radio\",\"sensors\":[]");
    file("uplink.status.json", "uplink", 300, 5000, ",\"edge\":\"local\"");
    file("up.status.json", "up", 300, 5000, ",\"parts\":[]");
    examine();
    EXPECT("yukikai up has said nothing for 5 min: it hangs, or was killed, or the power went: start it again");
}

Test(findings, a_part_fails_again_and_again)
{
    file("up.status.json", "up", 1, 5000,
         ",\"parts\":[{\"name\":\"analyze\",\"state\":\"waiting\",\"restarts\":6,\"failures\":7,\"last\":\"exited with "
         "78\"},"
         "{\"name\":\"serve\",\"state\":\"running\"},{\"name\":\"uplink\",\"state\":\"starting\",\"since_s\":%lld}]",
         NOW - 180);
    examine();
    EXPECT("analyze fails again and again: 7 times in a row, the last time it exited with 78. What it said stands "
           "where yukikai "
           "up says its own lines (journalctl, or its terminal)",
           "uplink was started 3 min ago and does not say yet that it works: is its disk slow, or does it hang?");
}

Test(findings, refusals_by_reason)
{
    char edges[800];
    snprintf(
        edges, sizeof edges,
        "{\"edge\":\"edge-3\",\"heard_s\":%lld,\"refused\":{\"bad_signature\":{\"count\":1240,\"last_s\":%lld},"
        "\"strange\":{\"count\":1,\"last_s\":%lld}},\"sensors\":[{\"id\":\"radio-1\",\"arrived_s\":%lld,\"taken\":4,"
        "\"refused\":{\"late\":{\"count\":2,\"last_s\":%lld}}}]}",
        NOW - 5, NOW - 180, NOW - 60, NOW - 5, NOW - 7200);
    healthy_server(edges);
    examine();
    EXPECT("1,240 frames of edge-3 were refused, the last 3 min ago: signed by somebody else. Compare 'yukikai keys "
           "fingerprint' on the device with 'yukikai keys list' here: if they differ, the device was set up anew "
           "(yukikai keys "
           "replace), or it is not yours",
           "1 frame of edge-3 was refused (strange), the last 60 s ago",
           "2 frames of edge-3 were refused, the last 2 h ago: too late: the tables of their time are final. The edge "
           "was away "
           "for longer than the horizon, or its clock is behind");
    cr_expect_eq(findings.list[2].kind, YK_FINDING_NOTE, "an old refusal is no alarm");
}

Test(findings, silent_and_late_edges)
{
    char keys[300], edges[900];
    snprintf(keys, sizeof keys, "%s/keys", scratch);
    cr_assert_eq(mkdir(keys, 0700), 0);
    strcat(keys, "/enrolment.json");
    FILE *to = fopen(keys, "w");
    static const char public_key[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    fprintf(to, "{\"version\":2,\"edges\":[");
    for (int i = 1; i <= 4; i++)
        fprintf(
            to,
            "%s{\"edge\":\"edge-%d\",\"keys\":[{\"public_key\":\"%.63s%d\"%s}],\"sensors\":[{\"id\":\"radio-%d\"}]}",
            i > 1 ? "," : "", i, public_key, i, i == 4 ? ",\"valid_until\":\"2026-01-01T00:00:00Z\"" : "", i);
    fprintf(to, "]}");
    fclose(to);
    snprintf(edges, sizeof edges,
             "{\"edge\":\"edge-1\",\"heard_s\":%lld,\"skew_s\":95,\"sensors\":[{\"id\":\"radio-1\",\"taken\":4,"
             "\"arrived_s\":%lld,\"lag_s\":11400}]},"
             "{\"edge\":\"edge-2\",\"heard_s\":%lld,\"sensors\":[]}",
             NOW - 5, NOW - 5, NOW - 2400);
    healthy_server(edges);
    examine();
    EXPECT(
        "the clock of edge-1 is 1 min ahead: what it hears is put into the wrong minutes. timedatectl there shows why",
        "edge-2 has sent nothing for 40 min: has it power and a network? Run yukikai doctor there",
        "edge-3 is enrolled and has sent nothing since analyze was started 2 h ago: is it set up? Run yukikai doctor "
        "there",
        "what comes of radio-1 from edge-1 is 3 h 10 min old: the edge catches up after an outage");
}

/* A measurement that does not rule out that all is well is no finding. */
Test(findings, a_clock_is_off_for_certain)
{
    static const struct {
        const char *skew, *error, *line;
        bool found;
    } list[] = {
        {"0.012", "0.003", "clock    synchronised; 12 ms ahead of that of Redis' machine (to 3 ms)\n", false},
        {"-0.002", "0.003", "clock    synchronised; as that of Redis' machine (to 3 ms)\n", false},
        {"12", "3", "clock    synchronised; 12 s ahead of that of Redis' machine (to 3.0 s)\n", false},
        {"13.5", "3", "clock    synchronised; 14 s ahead of that of Redis' machine (to 3.0 s)\n", true},
        {"-10", "0", "clock    synchronised; 10 s behind that of Redis' machine (to 0 ms)\n", true},
        {"-86400", "0.5", "clock    synchronised; 24 h behind that of Redis' machine (to 500 ms)\n", true},
        {"86400", "90000", "clock    synchronised; as that of Redis' machine (to 25 h)\n", false},
        {"null", "0.5", "clock    synchronised\n", false},
        {"95", "null", "clock    synchronised\n", false},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        file("uplink.status.json", "uplink", 0, 900,
             ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld,\"skew_s\":%s,\"skew_error_s\":%s", NOW - 900,
             list[i].skew, list[i].error);
        examine();
        cr_expect_eq(findings.count, list[i].found ? 1 : 0, "%s to %s", list[i].skew, list[i].error);
        char *text;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        yk_doctor_show(to, &checkup, &findings, false);
        fclose(to);
        cr_expect_not_null(strstr(text, list[i].line), "%s to %s: %s", list[i].skew, list[i].error, text);
        free(text);
        yk_findings_clear(&findings);
        yk_checkup_clear(&checkup);
        checkup = (struct yk_checkup){.now_s = NOW};
    }
    file("uplink.status.json", "uplink", 0, 900,
         ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld,\"skew_s\":-95,\"skew_error_s\":0.2", NOW - 900);
    examine();
    EXPECT("the clock of this machine is 1 min behind that of Redis' machine: what is heard here is put into the wrong "
           "minutes, if it is this one that is wrong. timedatectl on both shows which, and why");
}

Test(findings, what_is_held_and_what_is_lost)
{
    file("radio.status.json", "collect", 1, 900,
         ",\"edge\":\"edge-1\",\"slot\":\"radio\",\"sensors\":[{\"id\":\"radio-1\",\"family\":\"radio\","
         "\"observations\":1240,\"held\":1240,\"last_event_s\":100,\"silent_s\":0,\"drops\":{\"undated\":{\"count\":7}}"
         "}]");
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
    EXPECT("1,240 observations of radio-1 are held until this machine's clock is known, and are lost if it is started "
           "again before: timedatectl shows why it is not; systemd-timesyncd or chrony sets it",
           "7 observations of radio-1 were heard before this machine's clock was known and are lost: it was started "
           "again, or it took too long. A battery for its clock would keep them");
}

Test(findings, nothing_is_committed_or_published)
{
    file("publish.db.status.json", "analyze", 1, 7200,
         ",\"district\":\"riverside\",\"connected\":true,\"since_s\":%lld,\"committed_s\":%lld,\"published_s\":null,"
         "\"uncommitted\":2048,\"edges\":[]",
         NOW - 7200, NOW - 120);
    examine();
    EXPECT("2,048 frames were taken and nothing has been committed for 2 min: is the disk of the state store full, or "
           "too slow?",
           "no table has been published for 2 h: is the disk of the publish store full?");
}

Test(findings, drops_disk_and_clock)
{
    file(
        "camera.status.json", "collect", 1, 900,
        ",\"edge\":\"edge-1\",\"slot\":\"camera\",\"sensors\":[{\"id\":\"cam-1\",\"family\":\"camera\","
        "\"observations\":900,"
        "\"last_event_s\":%lld,\"silent_s\":0,\"drops\":{\"bad_schema\":{\"count\":100},\"bad_json\":{\"count\":99}}}]",
        NOW - 1);
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
    yk_findings_clear(&findings);
    checkup.clock = YK_CLOCK_UNSYNCHRONISED;
    checkup.spool_disk = (struct yk_disk){4 * GB, 100 * GB};
    yk_findings_make(&checkup, &findings);
    EXPECT(
        "100 of what cam-1 reads are dropped (bad_schema): each of them lacks a field or has one of the wrong kind: is "
        "'format' in the district file the camera's?",
        "the disk of the spool has 4.0 GB left of 100 GB: make room, before the collector has to give up the oldest "
        "presence",
        "the clock of this machine is not synchronised: timedatectl shows why; systemd-timesyncd or chrony keeps it "
        "right");
}

Test(findings, a_file_that_cannot_be_read_is_said)
{
    char path[300];
    snprintf(path, sizeof path, "%s/spool/uplink.status.json", scratch);
    FILE *to = fopen(path, "w");
    fputs("{\"version\":1,\"part\":\"uplink\",\"at_s\":5", to);
    fclose(to);
    examine();
    cr_assert_eq(findings.count, 1);
    char text[400];
    snprintf(text, sizeof text, "%s is not a status file of uplink", path);
    cr_expect_str_eq(findings.list[0].text, text);
    cr_expect_not(yk_checkup_empty(&checkup));
}

Test(findings, as_data)
{
    healthy_edge();
    examine();
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    cr_assert(yk_doctor_show_json(to, &checkup, &findings));
    fclose(to);
    json_t *root = json_loads(text, 0, NULL);
    cr_assert_not_null(root);
    cr_expect(json_is_true(json_object_get(root, "well")));
    json_t *row = json_array_get(json_object_get(root, "sensors"), 0);
    cr_expect_eq(json_integer_value(json_object_get(row, "heard")), 812);
    cr_expect_eq(json_integer_value(json_object_get(row, "lag_s")), 6);
    cr_expect(json_is_null(json_object_get(row, "accepted")), "not known here");
    cr_expect_str_eq(json_string_value(json_object_get(root, "clock")), "synchronised");
    cr_expect_float_eq(json_number_value(json_object_get(json_object_get(root, "skew"), "ahead_s")), 0.004, 1e-9);
    cr_expect_float_eq(json_number_value(json_object_get(json_object_get(root, "skew"), "error_s")), 0.001, 1e-9);
    json_decref(root);
    free(text);
}

/* Stamps against this machine's clock: up to a minute may be the way that messages take. */
Test(findings, clocks_of_devices)
{
    file("camera.status.json", "collect", 0, 900,
         ",\"edge\":\"edge-1\",\"slot\":\"camera\",\"sensors\":["
         "{\"id\":\"behind\",\"family\":\"camera\",\"last_event_s\":%lld,\"silent_s\":0,\"clock_lag_s\":32400.4},"
         "{\"id\":\"ahead\",\"family\":\"counter\",\"last_event_s\":%lld,\"silent_s\":0,\"clock_lag_s\":-120},"
         "{\"id\":\"near\",\"family\":\"camera\",\"last_event_s\":%lld,\"silent_s\":0,\"clock_lag_s\":60},"
         "{\"id\":\"unknown\",\"family\":\"camera\",\"last_event_s\":%lld,\"silent_s\":0,\"clock_lag_s\":null}]",
         NOW - 1, NOW - 1, NOW - 1, NOW - 1);
    file("uplink.status.json", "uplink", 0, 900, ",\"edge\":\"edge-1\",\"connected\":true,\"since_s\":%lld", NOW - 900);
    examine();
    EXPECT("what behind sends is stamped 9 h before it comes: the device's clock is behind (give it an NTP server, and "
           "look at its time zone), or its messages wait that long under way",
           "what ahead sends is stamped 2 min after it comes: the device's clock is ahead (give it an NTP server, and "
           "look "
           "at its time zone), or this machine's is behind");

    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    yk_doctor_show(to, &checkup, &findings, false);
    fclose(to);
    cr_expect(strstr(text, "stamps   behind: 9 h before they come\n"), "%s", text);
    cr_expect(strstr(text, "stamps   ahead: 2 min after they come\n"), "%s", text);
    cr_expect_null(strstr(text, "stamps   unknown"));
    free(text);
}
