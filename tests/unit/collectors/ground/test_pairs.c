/* Pairs as people write them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "ground/pairs.h"

#include "support/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct yk_error err;
static struct yk_ground_pairs pairs;
static char path[128];

static void setup(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s/pairs.csv", scratch);
}

TestSuite(pairs, .init = setup, .fini = scratch_remove);

static enum yk_status read_text(const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    memset(&pairs, 0, sizeof pairs);
    return yk_ground_pairs_read(path, &pairs, &err);
}

Test(pairs, typed)
{
    struct yk_ground_pair pair;
    cr_assert(yk_ground_pair_parse("412,903.5=3.5,-1.25", &pair));
    cr_expect(pair.picture[0] == 412 && pair.picture[1] == 903.5 && pair.ground[0] == 3.5 && pair.ground[1] == -1.25);
    cr_assert(yk_ground_pair_parse("1e2, 2 = 3, 4 ", &pair));
    cr_expect(pair.picture[0] == 100 && pair.ground[1] == 4);
    static const char *const wrong[] = {"",          "1,2,3,4",   "1,2=3",      "1,2=3,4,5", "1,2=3,x",
                                        "1,2=nan,4", "1,inf=3,4", "1e10,2=3,4", "=,",        "1;2=3;4"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(yk_ground_pair_parse(wrong[i], &pair), "%s", wrong[i]);
}

Test(pairs, from_a_spreadsheet)
{
    cr_assert_eq(read_text("\xEF\xBB\xBFx_px,y_px,x_m,y_m\r\n\r\n# the curb\r\n1,2,3,4\r\n 5 , 6 , -7 , 8.5 \r\n"),
                 YK_OK, "%s", err.message);
    cr_assert_eq(pairs.count, 2);
    cr_expect(pairs.list[1].picture[0] == 5 && pairs.list[1].ground[0] == -7 && pairs.list[1].ground[1] == 8.5);
    cr_assert_eq(read_text("1;2;3;4\n5;6;7;8"), YK_OK);
    cr_expect_eq(pairs.count, 2);
    cr_assert_eq(read_text(""), YK_OK);
    cr_expect_eq(pairs.count, 0);
}

Test(pairs, the_line_is_named)
{
    cr_expect_eq(read_text("1,2,3,4\nx,y,X,Y\n"), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "pairs.csv:2:"), "%s", err.message);
    cr_expect_eq(read_text("x,y,X,Y\n1,2,3,4\n\n1,2,3\n"), YK_ERR_INPUT);
    cr_expect(strstr(err.message, "pairs.csv:4:"), "%s", err.message);
    cr_expect_eq(read_text("1,2,3,4,5\n"), YK_ERR_INPUT);
    cr_expect_eq(yk_ground_pairs_read("/nonexistent.csv", &pairs, &err), YK_ERR_NO_INPUT);
    cr_expect_eq(yk_ground_pairs_read(scratch, &pairs, &err), YK_ERR_NO_INPUT);
}

Test(pairs, as_many_as_there_is_room_for)
{
    static char text[16 * (YK_GROUND_PAIRS_MAX + 1)];
    for (int i = 0; i < YK_GROUND_PAIRS_MAX; i++)
        strcat(text, "1,2,3,4\n");
    cr_expect_eq(read_text(text), YK_OK);
    cr_expect_eq(pairs.count, YK_GROUND_PAIRS_MAX);
    strcat(text, "1,2,3,4\n");
    cr_expect_eq(read_text(text), YK_ERR_INPUT);
    cr_expect(strstr(err.message, ":201:"), "%s", err.message);
    static char wide[70000];
    memset(wide, '1', sizeof wide - 2);
    cr_expect_eq(read_text(wide), YK_ERR_INPUT);
}
