/* Status files, and what the doctor makes of any of them. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever the four readers take has to come out of findings, table and JSON without a fault, and as printable text: it
 * goes to somebody's terminal. */
#include "doctor/findings.h"
#include "doctor/show.h"

#include <stdlib.h>
#include <string.h>

static void examine(struct yk_checkup *c)
{
    struct yk_findings findings = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        abort();
    c->now_s = 1790000000;
    yk_findings_make(c, &findings);
    yk_doctor_show(to, c, &findings, false);
    if (!yk_doctor_show_json(to, c, &findings))
        abort();
    fclose(to);
    for (size_t i = 0; i < size; i++)
        if ((text[i] < ' ' && text[i] != '\n') || text[i] > '~')
            abort();
    free(text);
    yk_findings_clear(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct yk_checkup c;
    struct yk_error err;
    memset(&c, 0, sizeof c);
    if (yk_collect_status_read_bytes("x", bytes, length, &c.collect[0], &err) == YK_OK)
        c.collect_count = 1;
    if (yk_uplink_status_read_bytes("x", bytes, length, &c.uplink, &err) == YK_OK)
        c.uplink_read = YK_READ_OK;
    if (yk_analyze_status_read_bytes("x", bytes, length, &c.analyze, &err) == YK_OK)
        c.analyze_read = YK_READ_OK;
    if (yk_up_status_read_bytes("x", bytes, length, &c.up, &err) == YK_OK)
        c.up_read = YK_READ_OK;
    if (!yk_checkup_empty(&c))
        examine(&c);
    yk_checkup_clear(&c);
    return 0;
}
