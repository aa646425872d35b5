/* The exporters against bytes written down by hand. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "exporters/exporter.h"
#include "exporters/json_row.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APRIL 1775026800 /* 2026-04-01T16:00:00+09:00 */

static void setup(void)
{
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
}

static struct yk_kpi_row footfall(void)
{
    return (struct yk_kpi_row){.district = "riverside",
                               .place = "plaza/north",
                               .kpi = "footfall",
                               .direction = "plus",
                               .start_s = APRIL,
                               .end_s = APRIL + 900,
                               .resolution = YK_RES_15M,
                               .value = 12.5,
                               .lower = -1.25,
                               .upper = 20,
                               .unit = "crossings",
                               .coverage = 1,
                               .basis = YK_BASIS_MEASURED,
                               .state = YK_STATE_OK,
                               .reason = YK_REASON_NONE,
                               .n_low = 10,
                               .n_high = 19,
                               .revision = 2,
                               .final = true,
                               .parameters = "p1"};
}

static struct yk_kpi_row suppressed(void)
{
    struct yk_kpi_row row = footfall();
    strcpy(row.place, "plaza");
    strcpy(row.kpi, "device_visits");
    row.direction[0] = '\0';
    strcpy(row.unit, "devices");
    row.value = row.lower = row.upper = row.coverage = (double)NAN;
    row.basis = YK_BASIS_ESTIMATED;
    row.state = YK_STATE_SUPPRESSED;
    row.reason = YK_REASON_BELOW_K;
    row.n_low = row.n_high = -1;
    row.revision = 0;
    row.final = false;
    return row;
}

/* What a format makes of these rows; to be freed. */
static char *written(const char *format, const struct yk_kpi_row *rows, size_t count)
{
    const struct yk_exporter *exporter = yk_exporter_find(format);
    cr_assert_not_null(exporter);
    char *text = NULL;
    size_t size;
    struct yk_export_writer writer = {.to = open_memstream(&text, &size)};
    exporter->begin(&writer);
    for (size_t i = 0; i < count; i++)
        exporter->row(&writer, &rows[i]);
    exporter->end(&writer);
    fclose(writer.to);
    cr_assert_eq(writer.rows, count);
    return text;
}

#define HEADER                                                                                                \
    "district,place,kpi,direction,start,end,resolution,value,lower,upper,unit,coverage,basis,state,reason,n," \
    "revision,final,parameters\r\n"

Test(formats, csv, .init = setup)
{
    const struct yk_kpi_row rows[] = {footfall(), suppressed()};
    char *text = written("csv", rows, 2);
    cr_assert_str_eq(text,
                     HEADER "riverside,plaza/north,footfall,plus,2026-04-01T16:00:00+09:00,"
                            "2026-04-01T16:15:00+09:00,15m,12.5,-1.25,20,crossings,1,measured,ok,,10-19,2,true,p1\r\n"
                            "riverside,plaza,device_visits,,2026-04-01T16:00:00+09:00,2026-04-01T16:15:00+09:00,"
                            "15m,,,,devices,,estimated,suppressed,below_k,,0,false,p1\r\n");
    free(text);
}

Test(formats, csv_without_rows_is_its_header, .init = setup)
{
    char *text = written("csv", NULL, 0);
    cr_assert_str_eq(text, HEADER);
    free(text);
}

Test(formats, csv_quotes_and_disarms, .init = setup)
{
    struct yk_kpi_row row = footfall();
    strcpy(row.district, "=1+2");
    strcpy(row.place, "a,b");
    strcpy(row.kpi, "say \"hi\"");
    strcpy(row.unit, "@SUM(A1)");
    strcpy(row.parameters, "two\nlines");
    char *text = written("csv", &row, 1);
    cr_assert_not_null(strstr(text, "\r\n\"'=1+2\",\"a,b\",\"say \"\"hi\"\"\",plus,"));
    cr_assert_not_null(strstr(text, ",-1.25,20,\"'@SUM(A1)\",1,")); /* a number keeps its minus */
    cr_assert_not_null(strstr(text, ",true,\"two\nlines\"\r\n"));
    free(text);
}

Test(formats, json, .init = setup)
{
    const struct yk_kpi_row rows[] = {footfall(), suppressed()};
    char *text = written("json", rows, 2);
    cr_assert_str_eq(
        text,
        "{\"rows\":[\n"
        "{\"district\":\"riverside\",\"place\":\"plaza/north\",\"kpi\":\"footfall\",\"direction\":\"plus\","
        "\"start\":\"2026-04-01T16:00:00+09:00\",\"end\":\"2026-04-01T16:15:00+09:00\",\"resolution\":\"15m\","
        "\"value\":12.5,\"lower\":-1.25,\"upper\":20,\"unit\":\"crossings\",\"coverage\":1,\"basis\":\"measured\","
        "\"state\":\"ok\",\"reason\":null,\"n\":\"10-19\",\"revision\":2,\"final\":true,\"parameters\":\"p1\"},\n"
        "{\"district\":\"riverside\",\"place\":\"plaza\",\"kpi\":\"device_visits\",\"direction\":null,"
        "\"start\":\"2026-04-01T16:00:00+09:00\",\"end\":\"2026-04-01T16:15:00+09:00\",\"resolution\":\"15m\","
        "\"value\":null,\"lower\":null,\"upper\":null,\"unit\":\"devices\",\"coverage\":null,\"basis\":\"estimated\","
        "\"state\":\"suppressed\",\"reason\":\"below_k\",\"n\":null,\"revision\":0,\"final\":false,"
        "\"parameters\":\"p1\"}\n"
        "]}\n");
    free(text);
}

Test(formats, json_zero_is_a_number, .init = setup)
{
    struct yk_kpi_row row = footfall();
    row.value = row.lower = 0;
    char *text = written("json", &row, 1);
    cr_assert_not_null(strstr(text, "\"value\":0,\"lower\":0,\"upper\":20,"));
    free(text);
}

static void check_text(const char *in, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    yk_json_text_write(to, in);
    fclose(to);
    cr_assert_str_eq(text, expected, "%s instead of %s", text, expected);
    free(text);
}

Test(formats, json_text)
{
    check_text("", "\"\"");
    check_text("a\"b\\c", "\"a\\\"b\\\\c\"");
    check_text("line\nend\x01\x7f", "\"line\\u000aend\\u0001\\u007f\"");
    check_text("\xe5\xba\x83\xe5\xa0\xb4 \xf0\x9f\x9a\xb6", "\"\xe5\xba\x83\xe5\xa0\xb4 \xf0\x9f\x9a\xb6\"");
    check_text(
        "\xff|\xc0\xaf|\xed\xa0\x80|\xe5\xba",
        "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\"");
}

Test(registry, every_exporter_is_whole)
{
    cr_assert_eq(yk_exporter_count(), 2);
    for (size_t i = 0; i < yk_exporter_count(); i++) {
        const struct yk_exporter *e = yk_exporter_at(i);
        cr_assert(e->name && *e->name && e->file_extension && *e->file_extension);
        cr_assert(strchr(e->media_type, '/') && *e->summary);
        cr_assert(e->begin && e->row && e->end);
        cr_assert_eq(yk_exporter_find(e->name), e);
    }
    cr_assert_null(yk_exporter_find("xml"));
}
