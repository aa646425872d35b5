/* The calibrations file: what is kept, what is refused, what holds when. SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrations/calibrations.h"

#include "base/calendar.h"

#include <criterion/criterion.h>

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define T0  INT64_C(1790000000)

static char folder[64], path[128];
static struct yk_calibrations file;
static struct yk_error err;

static void setup(void)
{
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    strcpy(folder, "/tmp/yk-calibrations-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/calibrations.json", folder);
}

static void teardown(void)
{
    yk_calibrations_clear(&file);
    unlink(path);
    char lock[160];
    snprintf(lock, sizeof lock, "%s.lock", path);
    unlink(lock);
    rmdir(folder);
}

TestSuite(calibrations, .init = setup, .fini = teardown);

static struct yk_calibration_entry entry(const char *place, double rho, int64_t from_s)
{
    struct yk_calibration_entry e = {.by = "counted by hand at the north gate",
                                     .accepted_s = from_s - 100,
                                     .valid_from_s = from_s,
                                     .expires_s = from_s + YK_CALIBRATION_YEAR_S,
                                     .fit = {.rho = rho,
                                             .rho_se = 0.01 * rho,
                                             .serial = 1.3,
                                             .kappa = 0.4 / 3,
                                             .rotations = 0.3,
                                             .dof = 20.5,
                                             .slope_dof = 20.5,
                                             .ratio = rho * 1.01,
                                             .period_se = 0.03,
                                             .points = 24,
                                             .outliers = 1,
                                             .from_s = from_s - 2 * DAY,
                                             .to_s = from_s - DAY}};
    snprintf(e.place, sizeof e.place, "%s", place);
    return e;
}

static char *text_of(void)
{
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f);
    char *text = calloc(1, 65536);
    cr_assert_gt(fread(text, 1, 65535, f), 0);
    fclose(f);
    return text;
}

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static void accept_entry(struct yk_calibration_entry e)
{
    cr_assert_eq(yk_calibrations_accept(path, "riverside", &e, 1, &err), YK_OK, "%s", err.message);
}

Test(calibrations, what_is_accepted_is_read_again)
{
    cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_ERR_NO_INPUT);
    struct yk_calibration_entry two[] = {entry("plaza", 1.7 / 3, T0), entry("street", 2.25, T0)};
    two[1].fit.rotations = (double)NAN;
    cr_assert_eq(yk_calibrations_accept(path, "riverside", two, 2, &err), YK_OK, "%s", err.message);
    accept_entry(entry("plaza", 1.9, T0 + 30 * DAY));
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
    cr_assert_eq(file.count, 3);
    const struct yk_calibration_entry *e = &file.list[0];
    cr_expect_str_eq(e->place, "plaza");
    cr_expect_str_eq(e->by, two[0].by);
    cr_expect_eq(e->fit.rho, 1.7 / 3, "to the last bit");
    cr_expect_eq(e->fit.kappa, 0.4 / 3);
    cr_expect(e->valid_from_s == T0 && e->expires_s == T0 + YK_CALIBRATION_YEAR_S && e->accepted_s == T0 - 100);
    cr_expect(e->fit.points == 24 && e->fit.outliers == 1 && e->fit.from_s == T0 - 2 * DAY);
    cr_expect_eq(strlen(e->id), 8);
    cr_expect(isnan(file.list[1].fit.rotations), "null: not known");
    /* Another zone writes other text and reads the same. */
    yk_calibrations_clear(&file);
    cr_assert_eq(yk_calendar_open("UTC", NULL), YK_OK);
    cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
}

Test(calibrations, nothing_is_changed_afterwards)
{
    accept_entry(entry("plaza", 1.8, T0));
    struct yk_calibration_entry again = entry("plaza", 1.8, T0), before = entry("plaza", 2, T0 - DAY);
    cr_expect_eq(yk_calibrations_accept(path, "riverside", &again, 1, &err), YK_ERR_REFUSED);
    cr_expect_eq(yk_calibrations_accept(path, "riverside", &before, 1, &err), YK_ERR_REFUSED);
    char *text = text_of(), *rho = strstr(text, "\"rho\": 1.8");
    cr_assert_not_null(rho);
    rho[9] = '7';
    write_text(text);
    free(text);
    cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_ERR_CONFIG);
    cr_expect_not_null(strstr(err.message, "changed after it was accepted"), "%s", err.message);
    struct yk_calibration_entry more = entry("street", 2, T0);
    cr_expect_eq(yk_calibrations_accept(path, "riverside", &more, 1, &err), YK_ERR_CONFIG,
                 "nothing is added to a wrong file");
}

Test(calibrations, every_mistake_is_told)
{
    struct yk_config_mistakes mistakes;
    write_text("{\"version\": 1, \"district\": \"lakeside\", \"colour\": 1, \"calibrations\": [{\"place\": 5, \"rho\": "
               "-1, \"rho_se\": 0,"
               "\"serial\": 0.5, \"size\": 2}, 7]}");
    cr_expect_eq(yk_calibrations_read(path, "riverside", &file, &mistakes, &err), YK_ERR_CONFIG);
    static const char *const expected[] = {"another district",           "'colour'",
                                           "place is missing",           "rho is no number above 0",
                                           "serial is no number from 1", "'size'",
                                           "kappa is no number",         "2 is not {...}",
                                           "valid_from is no time",      "points is no number"};
    for (size_t k = 0; k < sizeof expected / sizeof expected[0]; k++) {
        bool told = false;
        for (size_t i = 0; i < mistakes.count; i++)
            told |= strstr(mistakes.list[i].text, expected[k]) != NULL;
        cr_expect(told, "'%s' is not told", expected[k]);
    }
    yk_config_mistakes_free(&mistakes);
    const char *const broken[] = {"",
                                  "{",
                                  "[]",
                                  "{\"version\": 2}",
                                  "{\"version\": 1, \"district\": \"riverside\"}",
                                  "{\"version\": 1, \"version\": 1}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        write_text(broken[i]);
        cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_ERR_CONFIG, "%s", broken[i]);
        cr_expect(file.count == 0 && !file.list);
    }
}

Test(calibrations, in_force)
{
    accept_entry(entry("plaza", 1.5, T0));
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK);
    struct yk_calibration_in_force f;
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0 - 1, &f), YK_CALIBRATED_NOT, "it has not begun");
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0, &f), YK_CALIBRATED_OWN);
    cr_expect(f.calibration.rho == 1.5 && f.places == 1 && strlen(f.id) == 8, "alone, as it was made");
    cr_expect_eq(yk_calibrations_in_force(&file, "street", T0, &f), YK_CALIBRATED_NOT,
                 "one place says nothing of others");
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0 + YK_CALIBRATION_YEAR_S, &f), YK_CALIBRATED_NOT,
                 "expired");
    cr_expect_eq(f.id[0], '\0');
    yk_calibrations_clear(&file);

    accept_entry(entry("street", 2.4, T0 + 10 * DAY));
    accept_entry(entry("plaza", 1.6, T0 + 20 * DAY));
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK);
    struct yk_calibration_in_force early, late;
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0 + 11 * DAY, &early), YK_CALIBRATED_OWN);
    cr_expect(early.places == 2 && early.calibration.rho > 1.5 && early.calibration.rho < 1.51, "drawn a little: %g",
              early.calibration.rho);
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0 + 20 * DAY, &late), YK_CALIBRATED_OWN);
    cr_expect_str_eq(late.own->id, file.list[2].id, "the newer one");
    cr_expect_str_neq(late.id, early.id);
    cr_expect_eq(yk_calibrations_in_force(&file, "gate", T0 + 20 * DAY, &f), YK_CALIBRATED_POOLED);
    cr_expect_float_eq(f.calibration.rho, sqrt(1.6 * 2.4), 0.02, "between the two: %g", f.calibration.rho);
    cr_expect_eq(f.calibration.slope_dof, 1);
    cr_expect_str_eq(f.id, late.id, "made of the same entries");
    /* The older one of the plaza outlives the newer in nothing. */
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0 + 20 * DAY + YK_CALIBRATION_YEAR_S, &f),
                 YK_CALIBRATED_NOT);
}

/* Ids by Python's hashlib.blake2b of the same JSON. */
#define OLD                                                                                                          \
    "{\"version\": 1, \"district\": \"riverside\", \"calibrations\": [{\"id\": \"ed5a7475\", \"place\": \"plaza\", " \
    "\"valid_from\": \"2026-09-21T14:13:20Z\", \"expires\": \"2027-09-21T14:13:20Z\", \"accepted\": "                \
    "\"2026-09-21T14:11:40Z\", \"by\": \"counted by hand\", \"rho\": 1.5, \"rho_se\": 0.25, \"serial\": 1.5, "       \
    "\"kappa\": 0.5, \"rotations\": null, \"noise\": 0.0, \"dof\": 20.5, \"slope_dof\": 20.5, \"ratio\": 1.75, "     \
    "\"period_se\": 0.0, \"points\": 24, \"outliers\": 1, \"from\": \"2026-09-19T14:13:20Z\", \"to\": "              \
    "\"2026-09-20T14:13:20Z\"}]}"
#define LINE(kind)                                                                                                    \
    "{\"version\": 2, \"district\": \"riverside\", \"calibrations\": [{\"id\": \"c0b94778\", \"kind\": " kind ", "    \
    "\"place\": \"plaza\", \"line\": \"north\", \"direction\": \"both\", \"valid_from\": \"2026-09-21T14:13:20Z\", "  \
    "\"expires\": \"2027-09-21T14:13:20Z\", \"accepted\": \"2026-09-21T14:11:40Z\", \"by\": \"clicker\", \"ratio\": " \
    "1.25, \"se\": 0.0625, \"scatter\": 0.125, \"dof\": 11.0, \"sessions\": 12, \"from\": "                           \
    "\"2026-09-19T14:13:20Z\", \"to\": \"2026-09-20T14:13:20Z\"}]}"

static struct yk_calibration_entry line_entry(const char *line, const char *direction, int64_t from_s)
{
    struct yk_calibration_entry e = {
        .kind = YK_CALIBRATION_OF_LINE,
        .place = "plaza",
        .by = "clicker",
        .accepted_s = from_s - 100,
        .valid_from_s = from_s,
        .expires_s = from_s + YK_CALIBRATION_YEAR_S,
        .line_fit = {.ratio = {.ratio = 1.1 / 0.9, .se = 0.1 / 7, .scatter = 0.125, .dof = 11, .sessions = 12},
                     .from_s = from_s - 2 * DAY,
                     .to_s = from_s - DAY}};
    snprintf(e.line, sizeof e.line, "%s", line);
    snprintf(e.direction, sizeof e.direction, "%s", direction);
    return e;
}

Test(calibrations, a_file_from_before_there_were_lines)
{
    write_text(OLD);
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
    cr_assert_eq(file.count, 1);
    cr_expect(file.list[0].kind == YK_CALIBRATION_OF_DEVICES && file.list[0].fit.rho == 1.5 && !*file.list[0].line);
    accept_entry(line_entry("north", "both", T0));
    yk_calibrations_clear(&file);
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
    cr_assert_eq(file.count, 2);
    cr_expect_str_eq(file.list[0].id, "ed5a7475");
    char *text = text_of();
    cr_expect_not_null(strstr(text, "\"version\": 2"), "what earlier programs cannot read says so");
    free(text);
}

Test(calibrations, lines_are_a_kind_of_their_own)
{
    accept_entry(entry("plaza", 1.5, T0));
    accept_entry(line_entry("north", "both", T0));
    cr_assert_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
    const struct yk_calibration_entry *e = &file.list[1];
    cr_expect(e->kind == YK_CALIBRATION_OF_LINE && strcmp(e->line, "north") == 0 && strcmp(e->direction, "both") == 0);
    cr_expect(e->line_fit.ratio.ratio == 1.1 / 0.9 && e->line_fit.ratio.se == 0.1 / 7, "to the last bit");
    cr_expect(e->line_fit.ratio.sessions == 12 && e->line_fit.ratio.dof == 11 && e->line_fit.from_s == T0 - 2 * DAY);
    struct yk_calibration_in_force f;
    cr_expect_eq(yk_calibrations_in_force(&file, "plaza", T0, &f), YK_CALIBRATED_OWN);
    cr_expect(f.places == 1 && f.calibration.rho == 1.5, "no line among the places");
    /* A direction takes over from both, but not from after it; another line or direction is another thing. */
    struct yk_calibration_entry before = line_entry("north", "plus", T0 - DAY),
                                other = line_entry("south", "plus", T0 - DAY);
    cr_expect_eq(yk_calibrations_accept(path, "riverside", &before, 1, &err), YK_ERR_REFUSED);
    cr_expect_not_null(strstr(err.message, "plaza/north"), "%s", err.message);
    accept_entry(other);
    accept_entry(line_entry("south", "minus", T0 - 2 * DAY));
    accept_entry(line_entry("north", "plus", T0 + DAY));
}

Test(calibrations, kinds_are_strict)
{
    write_text(LINE("\"line\""));
    cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_OK, "%s", err.message);
    yk_calibrations_clear(&file);
    static const char *const kinds[] = {"\"zone\"", "\"devices\"", "5", "null"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char *text = NULL, *at;
        cr_assert_gt(asprintf(&text, "%s", LINE("@@@@@@@@@")), 0);
        at = strstr(text, "@@@@@@@@@");
        memset(at, ' ', 9);
        memcpy(at, kinds[i], strlen(kinds[i]));
        write_text(text);
        free(text);
        cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_ERR_CONFIG, "%s", kinds[i]);
        cr_expect_not_null(strstr(err.message, "is not known here"), "%s", err.message);
    }
    static const char *const wrong[][2] = {{"\"both\"", "\"up\"  "}, {"1.25", "-1.0"}, {"\"sessions\"", "\"points\""}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *text = NULL, *at;
        cr_assert_gt(asprintf(&text, "%s", LINE("\"line\"")), 0);
        at = strstr(text, wrong[i][0]);
        cr_assert_not_null(at);
        memset(at, ' ', strlen(wrong[i][0]));
        memcpy(at, wrong[i][1], strlen(wrong[i][1]));
        write_text(text);
        free(text);
        cr_expect_eq(yk_calibrations_read(path, "riverside", &file, NULL, &err), YK_ERR_CONFIG, "%s", wrong[i][1]);
    }
}
