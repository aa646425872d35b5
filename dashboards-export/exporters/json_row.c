/* One row as a JSON object. SPDX-License-Identifier: GPL-3.0-or-later */
#include "exporters/json_row.h"

#include <stdint.h>

/* Length of the well-formed UTF-8 sequence at p (Unicode table 3-7), 0 if there is none. p ends with a NUL, which is no
 * continuation byte, so that nothing behind it is read. */
static size_t sequence_length(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    size_t length;
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        length = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        length = 3;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;  /* no over-long forms */
        high = p[0] == 0xED ? 0x9F : 0xBF; /* no surrogates */
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        length = 4;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF; /* no more than U+10FFFF */
    } else {
        return 0;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return length;
}

void yk_json_text_write(FILE *to, const char *text)
{
    putc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t length = sequence_length(p);
        if (length == 0) {
            fputs("\xEF\xBF\xBD", to);
            p++;
        } else if (*p == '"' || *p == '\\') {
            fprintf(to, "\\%c", *p++);
        } else if (*p < 0x20 || *p == 0x7F) {
            fprintf(to, "\\u%04x", *p++);
        } else {
            fwrite(p, 1, length, to);
            p += length;
        }
    }
    putc('"', to);
}

void yk_json_row_write(FILE *to, const struct yk_kpi_row *row)
{
    struct yk_kpi_row_text text;
    yk_kpi_row_text(row, &text);
    for (size_t i = 0; i < YK_KPI_ROW_KEYS; i++) {
        fprintf(to, "%c\"%s\":", i ? ',' : '{', yk_kpi_row_keys[i]);
        if (text.field[i][0] == '\0')
            fputs("null", to);
        else if (text.is_number[i] || text.is_bool[i])
            fputs(text.field[i], to);
        else
            yk_json_text_write(to, text.field[i]);
    }
    putc('}', to);
}
