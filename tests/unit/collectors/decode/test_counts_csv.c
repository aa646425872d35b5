/* Tables of counts. SPDX-License-Identifier: GPL-3.0-or-later */
#include "event_lines.h"

#include <stdio.h>

#define COUNTS &yk_camera_counts_csv
#define HEADER "from,to,line,in,out\n"

static struct camera_capture decode(const char *text)
{
    return capture_text(COUNTS, (struct yk_camera_options){0}, text);
}

Test(counts_csv, rows)
{
    struct camera_capture c = decode(HEADER "2026-05-29T05:26:40+09:00,2026-05-28T20:41:40Z,north,31,18\n"
                                            "2026-05-28T20:11:40Z,2026-05-28T20:26:40Z,\"east, gate\",0,2\n");
    cr_assert_eq(c.count_count, 2);
    cr_expect_str_eq(c.counts[0].line.text, "north");
    cr_expect_not(c.counts[0].cumulative);
    cr_expect_eq(c.counts[0].from_us, T0);
    cr_expect_eq(c.counts[0].to_us, T0 + 900 * SEC);
    cr_expect_eq(c.counts[0].plus, 31);
    cr_expect_eq(c.counts[0].minus, 18);
    cr_expect_not(c.counts[0].has_package);
    cr_expect_str_eq(c.counts[1].line.text, "east, gate");
    cr_expect_eq(c.counts[1].from_us, T0 - 900 * SEC); /* rows may come in any order */
    cr_expect_eq(c.counts[1].plus, 0);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(counts_csv, spreadsheets)
{
    struct camera_capture c = decode("\xEF\xBB\xBF開始;終了;地点;入;出;備考\r\n"
                                     "2026/5/28 9:00;2026/5/28 9:15;北口;31;18;雨\r\n"
                                     "2026/05/28 23:45:00;2026/05/28 24:00;北口;1;2;\r\n");
    cr_assert_eq(c.count_count, 2);
    cr_expect_str_eq(c.counts[0].line.text, "北口");
    cr_expect_eq(c.counts[0].from_us, T0 - (11 * 3600 + 26 * 60 + 40) * SEC); /* the tests' zone is UTC */
    cr_expect_eq(c.counts[0].to_us - c.counts[0].from_us, 900 * SEC);
    cr_expect_eq(c.counts[0].plus, 31);
    cr_expect_eq(c.counts[1].to_us, T0 + (3 * 3600 + 33 * 60 + 20) * SEC);
    cr_expect_eq(c.counts[1].to_us - c.counts[1].from_us, 900 * SEC);
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

Test(counts_csv, columns)
{
    struct camera_capture c = decode("OUT\tNote\tEnd\tStart\n7\tx\t2026-05-28 20:26\t2026-05-28 20:11\n");
    cr_assert_eq(c.count_count, 1);
    cr_expect_str_eq(c.counts[0].line.text, "1");
    cr_expect_eq(c.counts[0].plus, 0);
    cr_expect_eq(c.counts[0].minus, 7);
    cr_expect_eq(c.counts[0].to_us, T0 - 40 * SEC);
    /* A second table behind the first, with columns of its own. */
    c = decode(HEADER "2026-05-28T20:00:00Z,2026-05-28T20:15:00Z,n,1,2\n"
                      "in,from,to\n3,2026-05-28T20:15:00Z,2026-05-28T20:30:00Z\n");
    cr_assert_eq(c.count_count, 2);
    cr_expect_eq(c.counts[1].plus, 3);
    cr_expect_str_eq(c.counts[1].line.text, "1");
    cr_expect_eq(drops_in_all(&c.drops), 0);
}

static void expect_time(const char *text, int64_t time_us)
{
    char row[256];
    snprintf(row, sizeof row, "from,to,in\n2020-01-01,%s,1\n2020-01-01T00:00Z,%s,1\n", text, text);
    struct camera_capture c = decode(row);
    cr_assert_eq(c.count_count, 1, "%s", text);
    cr_expect_eq(c.counts[0].to_us, time_us, "%s", text);
    cr_expect_eq(c.drops.count[YK_DROP_bad_time], 1); /* a day is no moment */
}

Test(counts_csv, times)
{
    expect_time("2026-05-28T20:26:40Z", T0);
    expect_time("2026-05-28t20:26:40.250Z", T0 + SEC / 4);
    expect_time("2026-05-29 05:26:40+09:00", T0);
    expect_time("2026-05-29 05:26:40 +0900", T0);
    expect_time("2026-5-28 20:26:40", T0);
    expect_time("2026/05/28 20:26", T0 - 40 * SEC);
    expect_time("20260528202640", T0);
    const char *bad[] = {"",
                         "noon",
                         "2026-05-28",
                         "2026-05-28T24:01:00",
                         "2026-05-28T25:00:00",
                         "2026-13-28T20:26:40",
                         "2026-02-30T20:26:40",
                         "2026-05-28T20:26:",
                         "2026-05-28T20:60:00",
                         "28.05.2026 20:26",
                         "2026-05-28T20:26:40Zjunk",
                         "1780000000",
                         "2026-05-28T20:26:40.1234567890123456789012345678901234567Z"};
    char text[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "from,to,in\n2020-01-01T00:00Z,%s,1\n", bad[i]);
        expect_dropped(COUNTS, text, YK_DROP_bad_time);
    }
}

Test(counts_csv, rows_that_are_none)
{
#define BIN "2026-05-28T20:00:00Z,2026-05-28T20:15:00Z,"
    const char *schema[] = {BIN "n,1,",
                            BIN "n,,2",
                            BIN "n,1",
                            BIN ",1,2",
                            BIN "n,-1,2",
                            BIN "n,1.5,2",
                            BIN "n,\"1,234\",2",
                            BIN "n,1e3,2",
                            BIN "n,many,2",
                            BIN "n,99999999999999999999,2",
                            "x"};
    char text[256];
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++) {
        snprintf(text, sizeof text, HEADER "%s\n", schema[i]);
        expect_dropped(COUNTS, text, YK_DROP_bad_schema);
    }
    expect_dropped(COUNTS, HEADER "2026-05-28T20:15:00Z,2026-05-28T20:00:00Z,n,1,2", YK_DROP_malformed);
    expect_dropped(COUNTS, HEADER "2026-05-28T20:15:00Z,2026-05-28T20:15:00Z,n,1,2", YK_DROP_malformed);
    expect_dropped(COUNTS, BIN "n,1,2", YK_DROP_bad_schema); /* no header */
    expect_dropped(COUNTS, "from,to,in,in", YK_DROP_bad_schema);
    /* The next one counts. */
    struct camera_capture c = decode(HEADER BIN "n,1,\n" BIN "n,1,2\n");
    cr_expect_eq(c.count_count, 1);
}

Test(counts_csv, hostile)
{
    static char text[200100];
    const char fill[] = {',', '"', '0', ';', 'x', '9'};
    for (size_t i = 0; i < sizeof fill; i++) {
        strcpy(text, HEADER);
        memset(text + strlen(HEADER), fill[i], 200000);
        expect_dropped(COUNTS, text, YK_DROP_bad_schema);
    }
}

Test(counts_csv, guess)
{
    expect_guessed(COUNTS, "from,to,line,in,out");
    expect_guessed(COUNTS, "\xEF\xBB\xBF\"From\";\"To\";\"Out\"");
    expect_guessed(COUNTS, "開始,終了,地点,入,出\r\n2026/5/28 9:00,"); /* a message, as a whole */
    expect_not_guessed(COUNTS, "from,to");
    expect_not_guessed(COUNTS, "from to in");
    expect_others_left_alone(COUNTS);
}
