/* enrolment.json: forms, damage, size, change, and two who write at once. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/enrolment.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY_A "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" /* RFC 8032, test 1 */
#define KEY_B "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" /* test 2 */
#define EDGE  "\"edge\": \"edge-1\", "
#define A     "{\"public_key\": \"" KEY_A "\""
#define B     "{\"public_key\": \"" KEY_B "\""

static struct yk_error err;

TestSuite(enrolment_file, .init = scratch_make, .fini = scratch_remove);

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return path;
}

static void write_list(const char *text)
{
    FILE *file = fopen(path_of("enrolment.json"), "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static enum yk_status read_text(const char *text, struct yk_enrolment **out)
{
    return yk_enrolment_read_bytes("list", text, strlen(text), out, &err);
}

static struct yk_enrolment *read_dir(void)
{
    struct yk_enrolment *list;
    cr_assert_eq(yk_enrolment_read(scratch, &list, &err), YK_OK, "%s", err.message);
    return list;
}

Test(enrolment_file, missing_is_empty)
{
    struct yk_enrolment *list = read_dir();
    cr_expect_eq(list->count, 0);
    yk_enrolment_free(list);
    char none[300];
    memset(none, 'x', sizeof none - 1);
    none[sizeof none - 1] = '\0';
    cr_expect_eq(yk_enrolment_read(none, &list, &err), YK_ERR_USAGE);
    cr_expect_null(list);
}

Test(enrolment_file, first_form)
{
    write_list("{\"edges\": [{\"edge\": \"local\", \"public_key\": \"" KEY_A
               "\", \"sensors\": [\"radio-1\", \"cam-1\"]},"
               "{\"edge\": \"edge-2\", \"public_key\": \"" KEY_B
               "\", \"sensors\": [], \"valid_from\": \"2026-09-21T23:13:20+09:00\"}]}");
    struct yk_enrolment *list = read_dir();
    cr_assert_eq(list->count, 2);
    const struct yk_enrolled_edge *local = yk_enrolment_find(list, "local"), *two = yk_enrolment_find(list, "edge-2");
    cr_assert(local && two);
    cr_expect_eq(yk_enrolled_key_at(local, INT64_MIN)[0], 0xd7);
    cr_expect_eq(yk_enrolled_key_at(local, INT64_MIN)[31], 0x1a);
    cr_expect(yk_enrolled_sensor_at(local, "cam-1", 0));
    cr_expect_null(yk_enrolled_key_at(two, 1790000000 - 1));
    cr_expect_not_null(yk_enrolled_key_at(two, 1790000000));
    cr_expect_not(local->has_redis);
    yk_enrolment_free(list);
}

Test(enrolment_file, what_is_written_is_read_and_looks_like_this)
{
    static const char text[] = "{\n"
                               "  \"version\": 2,\n"
                               "  \"edges\": [\n"
                               "    {\n"
                               "      \"edge\": \"edge-1\",\n"
                               "      \"keys\": [\n"
                               "        {\n"
                               "          \"public_key\": \"" KEY_A "\",\n"
                               "          \"valid_until\": \"2026-09-21T14:13:20Z\"\n"
                               "        },\n"
                               "        {\n"
                               "          \"public_key\": \"" KEY_B "\",\n"
                               "          \"valid_from\": \"2026-09-21T14:13:20Z\"\n"
                               "        }\n"
                               "      ],\n"
                               "      \"sensors\": [\n"
                               "        {\n"
                               "          \"id\": \"radio-1\",\n"
                               "          \"valid_from\": \"2026-09-21T14:13:20Z\",\n"
                               "          \"valid_until\": \"2026-09-21T14:14:20Z\"\n"
                               "        }\n"
                               "      ],\n"
                               "      \"redis_sha256\": \"" KEY_A "\"\n"
                               "    }\n"
                               "  ]\n"
                               "}\n";
    setenv("TZ", "Asia/Tokyo", 1); /* whoever writes it, wherever */
    write_list(text);
    struct yk_enrolment *list = read_dir();
    const struct yk_enrolled_edge *edge = yk_enrolment_find(list, "edge-1");
    cr_expect_eq(yk_enrolled_key_at(edge, 1789999999)[0], 0xd7);
    cr_expect_eq(yk_enrolled_key_at(edge, 1790000000)[0], 0x3d);
    cr_expect(yk_enrolled_sensor_at(edge, "radio-1", 1790000059));
    cr_expect_not(yk_enrolled_sensor_at(edge, "radio-1", 1790000060));
    cr_expect(edge->has_redis && edge->redis_sha256[0] == 0xd7);
    char *again = yk_enrolment_text(list);
    cr_expect_str_eq(again, text);
    free(again);
    yk_enrolment_free(list);
}

Test(enrolment_file, damage_is_refused_and_told)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "list:1:"},
        {"{", "list:1:"},
        {"[]", "\"edges\" are expected"},
        {"{}", "\"edges\" are expected"},
        {"{\"edges\": {}}", "\"edges\" are expected"},
        {"{\"edges\": [], \"more\": 1}", "\"edges\" are expected"},
        {"{\"edges\": [], \"edges\": []}", "duplicate"},
        {"{\"version\": 3, \"edges\": []}", "version 3"},
        {"{\"version\": -1, \"edges\": []}", "version -1"},
        {"{\"edges\": []} x", "list:1:"},
        {"{\"edges\": [7]}", "edge 1: "},
        {"{\"edges\": [{}]}", "edge 1: "},
        {"{\"edges\": [{\"edge\": \"Edge\"}]}", "edge 1: "},
        {"{\"edges\": [{\"edge\": \"a\\nuser x\"}]}", "edge 1: "},
        {"{\"edges\": [{\"edge\": \"a\\u0000b\"}]}", "list:1:"},
        {"{\"edges\": [{\"edge\": \"edge-1\"}]}", "edge 1 ('edge-1'): "},
        {"{\"edges\": [{" EDGE "\"keys\": [], \"sensors\": []}]}", "one or more"},
        {"{\"edges\": [{" EDGE "\"keys\": {}, \"sensors\": []}]}", "one or more"},
        {"{\"edges\": [{" EDGE "\"keys\": [7], \"sensors\": []}]}", "nothing else"},
        {"{\"edges\": [{" EDGE "\"keys\": [{\"public_key\": \"d7\"}], \"sensors\": []}]}", "64 hex digits"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "0}], \"sensors\": []}]}", "list:1:"},
        /* a slip in a name must not make a revoked key valid */
        {"{\"edges\": [{" EDGE "\"keys\": [" A ", \"valid_untill\": \"2026-09-21T14:13:20Z\"}], \"sensors\": []}]}",
         "nothing else"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A ", \"valid_until\": \"2026-09-21\"}], \"sensors\": []}]}",
         "such as 2026"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A ", \"valid_until\": null}], \"sensors\": []}]}", "nothing else"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A ", \"valid_from\": \"2026-09-21T14:13:21Z\", \"valid_until\": "
         "\"2026-09-21T14:13:20Z\"}], \"sensors\": []}]}",
         "before its valid_from"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}, " B "}], \"sensors\": []}]}", "overlap"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A ", \"valid_until\": \"2026-09-21T14:13:20Z\"}, " B
         ", \"valid_from\": \"2026-09-21T14:13:19Z\"}], \"sensors\": []}]}",
         "overlap"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}], \"sensors\": [\"radio-1\"]}]}", "a sensor has id"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}], \"sensors\": [{\"id\": \"~*\"}]}]}", "a sensor's id"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}], \"sensors\": [], \"redis_sha256\": \"x\"}]}", "redis_sha256"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}], \"sensors\": [], \"admin\": true}]}", "nothing else"},
        {"{\"edges\": [{" EDGE "\"keys\": [" A "}], \"sensors\": []}, {" EDGE "\"keys\": [" B "}], \"sensors\": []}]}",
         "edge 2 ('edge-1'): an edge is in the list once"},
        {"{\"edges\": [{" EDGE "\"public_key\": \"" KEY_A "\", \"sensors\": [7]}]}", "a sensor's id"},
        {"{\"edges\": [{" EDGE "\"public_key\": \"" KEY_A "0\", \"sensors\": []}]}", "64 hex digits"},
        {"{\"edges\": [{" EDGE "\"public_key\": \"" KEY_A "\", \"sensors\": [], \"valid_until\": \"x\"}]}",
         "nothing else"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yk_enrolment *list = (void *)&err;
        enum yk_status status = read_text(cases[i].text, &list);
        cr_expect_eq(status, YK_ERR_INPUT, "%s was taken", cases[i].text);
        cr_expect_null(list);
        cr_expect(strstr(err.message, cases[i].says), "%s: no '%s' in '%s'", cases[i].text, cases[i].says, err.message);
    }
}

Test(enrolment_file, hostile_sizes)
{
    struct yk_enrolment *list;
    size_t size = 4 * 1024 * 1024;
    char *text = malloc(size);
    cr_assert_not_null(text);
    size_t length = (size_t)sprintf(text, "{\"edges\": [{" EDGE "\"keys\": [");
    for (int i = 0; i <= YK_ENROLLED_KEYS_MAX; i++)
        length += (size_t)sprintf(text + length, "%s" A "}", i ? "," : "");
    sprintf(text + length, "], \"sensors\": []}]}");
    cr_expect_eq(read_text(text, &list), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "more keys"), "%s", err.message);

    length = (size_t)sprintf(text, "{\"edges\": [");
    for (int i = 0; i <= YK_ENROLLED_EDGES_MAX; i++)
        length += (size_t)sprintf(text + length, "%s{" EDGE "\"keys\": [" A "}], \"sensors\": []}", i ? "," : "");
    sprintf(text + length, "]}");
    cr_expect_eq(read_text(text, &list), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "at most 10000 edges"), "%s", err.message);

    memset(text, '[', size - 1); /* a parser that calls itself for each would run out of stack */
    text[size - 1] = '\0';
    cr_expect_eq(read_text(text, &list), YK_ERR_INPUT);
    free(text);

    write_list("");
    cr_assert_eq(truncate(path_of("enrolment.json"), YK_ENROLMENT_BYTES_MAX + 1), 0);
    cr_expect_eq(yk_enrolment_read(scratch, &list, &err), YK_ERR_INPUT);
    cr_assert_eq(unlink(path_of("enrolment.json")), 0);
    cr_assert_eq(mkfifo(path_of("enrolment.json"), 0600), 0); /* nobody ever writes into it */
    cr_expect_eq(yk_enrolment_read(scratch, &list, &err), YK_ERR_INPUT);
}

static enum yk_status add(const char *edge, uint8_t number)
{
    uint8_t key[32];
    memset(key, number, sizeof key);
    const char *sensors[] = {"radio-1"};
    struct yk_enrolment_request request = {
        .edge = edge, .public_key = key, .sensors = sensors, .sensor_count = 1, .from_s = INT64_MIN};
    return yk_enrolment_add(scratch, &request, &err);
}

Test(enrolment_file, a_change_is_noticed)
{
    struct yk_enrolment_stamp stamp = {0};
    cr_expect_not(yk_enrolment_changed(scratch, &stamp));
    cr_assert_eq(add("edge-1", 1), YK_OK);
    cr_expect(yk_enrolment_changed(scratch, &stamp));
    cr_expect_not(yk_enrolment_changed(scratch, &stamp));
    cr_assert_eq(add("edge-1", 1), YK_OK); /* the same again: the file stays the very one */
    cr_expect_not(yk_enrolment_changed(scratch, &stamp));
    cr_assert_eq(add("edge-2", 2), YK_OK);
    cr_expect(yk_enrolment_changed(scratch, &stamp));
    struct stat st;
    cr_assert_eq(stat(path_of("enrolment.json"), &st), 0);
    struct timespec times[2] = {st.st_atim, {st.st_mtim.tv_sec, (st.st_mtim.tv_nsec + 1) % 1000000000}};
    cr_assert_eq(utimensat(AT_FDCWD, path_of("enrolment.json"), times, 0), 0); /* one nanosecond is enough */
    cr_expect(yk_enrolment_changed(scratch, &stamp));
    cr_assert_eq(unlink(path_of("enrolment.json")), 0);
    cr_expect(yk_enrolment_changed(scratch, &stamp));
    cr_expect_not(yk_enrolment_changed(scratch, &stamp));
}

Test(enrolment_file, the_lock_is_waited_for_and_then_told)
{
    int fd = open(path_of("enrolment.lock"), O_RDONLY | O_CREAT, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    struct yk_enrolment_edit edit;
    cr_expect_eq(yk_enrolment_edit_begin(scratch, 30, &edit, &err), YK_ERR_UNAVAILABLE);
    cr_expect(strstr(err.message, "somebody else"), "%s", err.message);
    yk_enrolment_edit_end(&edit);
    close(fd);
    cr_expect_eq(yk_enrolment_edit_begin(scratch, 0, &edit, &err), YK_OK);
    yk_enrolment_edit_end(&edit);
    cr_expect_eq(yk_enrolment_edit_begin(path_of("nowhere"), 0, &edit, &err), YK_ERR_IO);
    yk_enrolment_edit_end(&edit);
}

/* Without the lock, of 8 x 25 edges most are lost. */
Test(enrolment_file, nobody_loses_anothers_change, .timeout = 60)
{
    enum { WRITERS = 8, EACH = 25 };
    pid_t writers[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        writers[w] = fork();
        cr_assert_geq(writers[w], 0);
        if (writers[w] != 0)
            continue;
        int failed = 0;
        for (int i = 0; i < EACH; i++) {
            char edge[32];
            snprintf(edge, sizeof edge, "w%d-%d", w, i);
            failed |= add(edge, (uint8_t)(w + 1)) != YK_OK;
        }
        _exit(failed);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        cr_assert_eq(waitpid(writers[w], &status, 0), writers[w]);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct yk_enrolment *list = read_dir();
    cr_expect_eq(list->count, WRITERS * EACH);
    for (int w = 0; w < WRITERS; w++)
        for (int i = 0; i < EACH; i++) {
            char edge[32];
            snprintf(edge, sizeof edge, "w%d-%d", w, i);
            cr_expect_not_null(yk_enrolment_find(list, edge), "%s is lost", edge);
        }
    yk_enrolment_free(list);
}

Test(enrolment_file, a_list_that_cannot_be_read_is_not_written_over)
{
    write_list("{\"edges\": [");
    cr_expect_eq(add("edge-1", 1), YK_ERR_INPUT);
    FILE *file = fopen(path_of("enrolment.json"), "r");
    char text[64] = "";
    cr_assert_not_null(fgets(text, sizeof text, file));
    fclose(file);
    cr_expect_str_eq(text, "{\"edges\": [");
}
