/* The lists of sources, KPIs and exporters are whole. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CMake reads the .def files on its own account and hands the names to this test; the programs' tables come from the
 * same files through the compiler. Both have to agree, and each entry needs its file, a descriptor without a hole and a
 * test: a file test_NAME.c in the matching folder, or one there that names it. */
#include "decode/camera_dialect.h"
#include "exporters/exporter.h"
#include "kpis/kpi.h"
#include "sources/source.h"

#include <criterion/criterion.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_full(const char *text)
{
    return text && *text;
}

/* The i-th of the names, separated by spaces; false behind the last. */
static bool name_at(const char *names, size_t i, char out[static 64])
{
    for (; i > 0 && names; i--) {
        names = strchr(names, ' ');
        names = names ? names + 1 : NULL;
    }
    size_t length = names ? strcspn(names, " ") : 0;
    cr_assert_lt(length, 64);
    memcpy(out, names ? names : "", length);
    out[length] = '\0';
    return length > 0;
}

static bool file_says(const char *path, const char *a, const char *b)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "r");
    cr_assert(f, "cannot read %s", path);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return strstr(text, a) || strstr(text, b);
}

static bool has_test(const char *folder, const char *prefix, const char *name)
{
    char dir[512], path[1024], symbol[128], quoted[128], own[128];
    snprintf(dir, sizeof dir, "%s/tests/unit/%s", YK_SOURCE_DIR, folder);
    snprintf(own, sizeof own, "test_%s.c", name);
    snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    DIR *d = opendir(dir);
    bool found = false;
    for (struct dirent *entry; d && !found && (entry = readdir(d));) {
        size_t length = strlen(entry->d_name);
        if (length < 8 || strncmp(entry->d_name, "test_", 5) != 0 || strcmp(entry->d_name + length - 2, ".c") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        found = strcmp(entry->d_name, own) == 0 || file_says(path, symbol, quoted);
    }
    if (d)
        closedir(d);
    return found;
}

static void check_entry(const char *names, size_t i, const char *name, const char *folder, const char *prefix)
{
    char expected[64], path[512];
    cr_assert(name_at(names, i, expected), "CMake reads fewer entries than the compiler");
    cr_expect_str_eq(name, expected);
    snprintf(path, sizeof path, "%s/%s/%s.c", YK_SOURCE_DIR, folder, name);
    cr_expect_eq(access(path, R_OK), 0, "%s is missing", path);
    cr_expect(has_test(folder, prefix, name), "tests/unit/%s has no test that names %s", folder, name);
}

static void check_end(const char *names, size_t count)
{
    char text[64];
    cr_assert_gt(count, 0);
    cr_expect_not(name_at(names, count, text), "CMake reads more entries than the compiler: %s", text);
}

Test(registry, sources)
{
    for (size_t i = 0; i < yk_source_count(); i++) {
        const struct yk_source *s = yk_source_at(i);
        cr_assert(is_full(s->name) && is_full(s->summary) && s->run, "source %zu has a hole", i);
        check_entry(YK_SOURCE_NAMES, i, s->name, "collectors/sources", "yk_source");
        cr_expect_eq(yk_source_find(s->name), s);
    }
    check_end(YK_SOURCE_NAMES, yk_source_count());
    cr_expect_null(yk_source_find("ble_telepathy"));
}

Test(registry, kpis)
{
    for (size_t i = 0; i < yk_kpi_count(); i++) {
        const struct yk_kpi *k = yk_kpi_at(i);
        /* A KPI of a followed series may have the unit of what it is about. */
        cr_assert(is_full(k->name) && is_full(k->summary) && (is_full(k->unit) || k->followed_rows) &&
                      !!k->rows + !!k->district_rows + !!k->followed_rows == 1,
                  "KPI %zu has a hole", i);
        check_entry(YK_KPI_NAMES, i, k->name, "analytics/kpis", "yk_kpi");
        cr_expect_eq(yk_kpi_find(k->name), k);
    }
    check_end(YK_KPI_NAMES, yk_kpi_count());
    cr_expect_null(yk_kpi_find("happiness"));
}

Test(registry, exporters)
{
    for (size_t i = 0; i < yk_exporter_count(); i++) {
        const struct yk_exporter *e = yk_exporter_at(i);
        cr_assert(is_full(e->name) && is_full(e->file_extension) && is_full(e->media_type) && is_full(e->summary) &&
                      e->begin && e->row && e->end,
                  "exporter %zu has a hole", i);
        check_entry(YK_EXPORTER_NAMES, i, e->name, "dashboards-export/exporters", "yk_exporter");
        cr_expect_eq(yk_exporter_find(e->name), e);
    }
    check_end(YK_EXPORTER_NAMES, yk_exporter_count());
    cr_expect_null(yk_exporter_find("papyrus"));
}

/* A dialect's name in the configuration may be shorter than its file's. */
Test(registry, camera_dialects)
{
    char name[64], path[512];
    for (size_t i = 0; i < yk_camera_dialect_count(); i++) {
        const struct yk_camera_dialect *d = yk_camera_dialect_at(i);
        cr_assert(is_full(d->name) && is_full(d->summary) && d->guess && d->open && d->record && d->end && d->close,
                  "dialect %zu has a hole", i);
        cr_assert(name_at(YK_DIALECT_NAMES, i, name), "CMake reads fewer dialects than the compiler");
        const char *const folders[] = {"collectors/decode/", "tests/fuzz/fuzz_"};
        for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
            snprintf(path, sizeof path, "%s/%s%s.c", YK_SOURCE_DIR, folders[f], name);
            cr_expect_eq(access(path, R_OK), 0, "%s is missing", path);
        }
        cr_expect(has_test("collectors/decode", "yk_camera", name), "dialect %s has no test", name);
        cr_expect_eq(yk_camera_dialect_find(d->name), d, "two dialects have the name %s", d->name);
        cr_expect(strlen(d->name) < YK_ID_SIZE, "%s", d->name);
    }
    check_end(YK_DIALECT_NAMES, yk_camera_dialect_count());
    char names[YK_CAMERA_NAMES_SIZE];
    yk_camera_dialect_names(names);
    cr_expect(strlen(names) < sizeof names - 1, "the list of names is cut");
}
