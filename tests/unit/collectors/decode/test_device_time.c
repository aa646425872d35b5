/* Times as devices write them; expected moments by date(1) from GNU coreutils. SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/device_time.h"

#include "base/calendar.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void zone(const char *name)
{
    cr_assert_eq(yk_calendar_open(name, NULL), YK_OK);
}

static int64_t read_near(const char *text, int64_t near_us)
{
    int64_t us = -1;
    return yk_device_time(text, strlen(text), near_us, &us) ? us : -1;
}

static int64_t read(const char *text)
{
    return read_near(text, 0);
}

Test(device_time, one_moment_in_many_forms)
{
    zone("Asia/Tokyo");
    const int64_t t = INT64_C(1493780276) * 1000000; /* date -u -d '2017-05-03T02:57:56' +%s */
    const char *forms[] = {
        "2017-05-03T02:57:56Z",     "2017-05-03T11:57:56+09:00", "2017-05-03 11:57:56",       "2017-05-03T11:57:56",
        "20170503115756",           "20170503115756+0900",       "2017-05-03 11:57:56 +0900", "2017-05-03t02:57:56z",
        "2017-05-03T00:57:56-02:00"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        cr_expect_eq(read(forms[i]), t, "%s", forms[i]);
    cr_expect_eq(read("2017-05-03T02:57:56.25Z"), t + 250000);
    cr_expect_eq(read("2017-05-03 11:57:56.000001"), t + 1);
    cr_expect_eq(read("2017-05-03T11:57:56.999999999+09:00"), t + 999999);
}

Test(device_time, nonsense)
{
    zone("Asia/Tokyo");
    const char *bad[] = {"",
                         "yesterday",
                         "2017-05-03",
                         "2017-05-03T11:57",
                         "2017-13-03T11:57:56Z",
                         "2017-02-29T11:57:56Z",
                         "2017-05-03T24:57:56Z",
                         "2017-05-03T11:57:56.Z",
                         "2017-05-03T11:57:56.",
                         "2017-05-03T11:57:56+9",
                         "2017-05-03T11:57:56 JST",
                         "2017-05-0311:57:56",
                         "201705031157560",
                         "2017050311575",
                         "2017-05-03T115756",
                         "2017-05-03T11:57:56Z ",
                         "2017-05-03T11:57:56.1234567890123456789Z",
                         "\xEF\xBC\x92\x30\x31\x37-05-03T11:57:56Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(read(bad[i]), -1, "%s", bad[i]);
}

Test(device_time, exact_needs_an_offset)
{
    zone("Asia/Tokyo");
    int64_t us;
    cr_expect(yk_device_time_exact("2017-05-03T02:57:56Z", 20, &us));
    cr_expect_not(yk_device_time_exact("2017-05-03T02:57:56", 19, &us));
    cr_expect_not(yk_device_time_exact("2017-05-03T02:57:56.5", 21, &us));
}

Test(device_time, the_hour_that_comes_twice)
{
    zone("Europe/London"); /* 2026-10-25 02:00 BST -> 01:00 GMT: TZ=Europe/London date -d '2026-10-25 01:30 BST' +%s */
    const int64_t first = INT64_C(1792888200) * 1000000, again = first + INT64_C(3600) * 1000000;
    cr_expect_eq(read("2026-10-25 01:30:00"), first);
    cr_expect_eq(read_near("2026-10-25 01:30:00", first - 60000000), first);
    cr_expect_eq(read_near("2026-10-25 01:30:00", again - 60000000), again);
    cr_expect_eq(read_near("2026-10-25 01:30:00.5", again), again + 500000);
    zone("Australia/Lord_Howe");                        /* 2026-04-05 02:00 +11 -> 01:30 +10:30: half an hour */
    const int64_t half = INT64_C(1775313900) * 1000000; /* date -u -d '2026-04-04 14:45' +%s */
    cr_expect_eq(read("2026-04-05 01:45:00"), half);
    cr_expect_eq(read_near("2026-04-05 01:45:00", half + INT64_C(1800) * 1000000), half + INT64_C(1800) * 1000000);
}

Test(device_time, the_hour_that_is_missing)
{
    zone("Europe/London");                                /* 2026-03-29 01:00 GMT -> 02:00 BST */
    const int64_t change = INT64_C(1774746000) * 1000000; /* date -u -d '2026-03-29 01:00' +%s */
    cr_expect_eq(read("2026-03-29 01:30:00"), change);
    cr_expect_eq(read("2026-03-29 00:59:59"), change - 1000000);
    cr_expect_eq(read("2026-03-29 02:00:00"), change);
}

Test(device_time, numbers)
{
    int64_t us;
    cr_assert(yk_device_epoch(1712345678, &us));
    cr_expect_eq(us, INT64_C(1712345678000000));
    cr_assert(yk_device_epoch(1607123962.082975, &us));
    cr_expect_eq(us, INT64_C(1607123962082975));
    cr_assert(yk_device_epoch(1712345678901.0, &us));
    cr_expect_eq(us, INT64_C(1712345678901000));
    cr_assert(yk_device_epoch(1712345678901234.0, &us));
    cr_expect_eq(us, INT64_C(1712345678901234));
    const double bad[] = {0, -1, 3600, 1e20, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(yk_device_epoch(bad[i], &us), "%g", bad[i]);
}
