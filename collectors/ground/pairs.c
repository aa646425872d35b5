/* Places that are known twice. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The file is what a spreadsheet saves: commas or semicolons between four numbers with a decimal point, perhaps a byte
 * order mark, CRLF, and a line of headings; headings are not looked at, the order is what counts. Bounds: lines of 255
 * bytes, YK_GROUND_PAIRS_MAX pairs: somebody has stood at each of them. */
#include "ground/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 1e9
#define LINE_SIZE  256

/* A number behind blanks, and blanks behind it; *text moves on. */
static bool number(const char **text, double *out)
{
    char *end;
    *out = strtod(*text, &end);
    if (end == *text || !(fabs(*out) <= NUMBER_MAX))
        return false;
    *text = end + strspn(end, " \t");
    return true;
}

static bool pair_of(const char *text, const char between[static 3], struct yk_ground_pair *out)
{
    double value[4];
    for (int i = 0; i < 4; i++) {
        if (!number(&text, &value[i]) || (i < 3 && *text++ != between[i]))
            return false;
    }
    *out = (struct yk_ground_pair){.picture = {value[0], value[1]}, .ground = {value[2], value[3]}};
    return *text == '\0';
}

bool yk_ground_pair_parse(const char *text, struct yk_ground_pair *out)
{
    return pair_of(text, ",=,", out);
}

/* The line's text without its end, a mark at its beginning and blanks before it. */
static char *trimmed(char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    return line + strspn(line, " \t");
}

/* Not one of the characters that a number is made of. */
static bool is_words(const char *line)
{
    return *line && !strchr("+-.0123456789", *line);
}

enum yk_status yk_ground_pairs_read(const char *path, struct yk_ground_pairs *out, struct yk_error *err)
{
    char buffer[LINE_SIZE];
    enum yk_status status = YK_OK;
    bool first = true;
    FILE *file = fopen(path, "re");
    if (!file)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "cannot open %.200s", path);
    for (int n = 1; status == YK_OK && fgets(buffer, sizeof buffer, file); n++) {
        const char *line = trimmed(buffer);
        bool heading = first && is_words(line);
        if (*line == '\0' || *line == '#')
            continue;
        first = false;
        if (heading)
            continue;
        if (out->count == YK_GROUND_PAIRS_MAX)
            status = yk_error_set(err, YK_ERR_INPUT, "%.200s:%d: more than %d pairs; leave some out", path, n,
                                  YK_GROUND_PAIRS_MAX);
        else if (pair_of(line, ",,,", &out->list[out->count]) || pair_of(line, ";;;", &out->list[out->count]))
            out->count++;
        else
            status = yk_error_set(err, YK_ERR_INPUT,
                                  "%.200s:%d: a pair is four numbers, x_px,y_px,x_m,y_m: 412,903,3.5,-1.2", path, n);
    }
    if (status == YK_OK && ferror(file))
        status = yk_error_errno(err, YK_ERR_NO_INPUT, "cannot read %.200s", path);
    fclose(file);
    return status;
}
