/* Tables of what people counted. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A header, and a line for each window; every mistake is told with its line, all at once. */
#include "calibrate_private.h"

#include "base/calendar.h"
#include "config/mistakes.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 8

/* Without its end, and in line 1 without a spreadsheet's mark. */
static char *strip(char *text, int line)
{
    text[strcspn(text, "\r\n")] = '\0';
    return line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

bool yk_counts_are_of_lines(const char *path)
{
    FILE *file = fopen(path, "re");
    char text[128];
    bool lines = file && fgets(text, sizeof text, file) && strcmp(strip(text, 1), YK_COUNTS_OF_LINES) == 0;
    if (file)
        fclose(file);
    return lines;
}

static enum yk_status split(char *text, int line, const char *header, size_t count, yk_count_fn *take, void *context,
                            struct yk_mistake_list *mistakes)
{
    char *field[FIELDS_MAX], *rest = text;
    size_t fields = 0;
    while (rest && fields < count)
        field[fields++] = strsep(&rest, ",");
    if (fields == count && !rest)
        return take(context, field, line, mistakes);
    yk_mistake_add(mistakes, line, 0, "%s fields are expected: %s", count == 4 ? "four" : "five", header);
    return YK_OK;
}

enum yk_status yk_counts_read(const char *path, const char *header, size_t count, yk_count_fn *take, void *context,
                              struct yk_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return yk_error_errno(err, YK_ERR_NO_INPUT, "%s", path);
    struct yk_mistake_list mistakes = {0};
    enum yk_status status = YK_OK;
    char *text = NULL;
    size_t size = 0;
    for (int line = 1; status == YK_OK && getline(&text, &size, file) >= 0; line++) {
        char *from = strip(text, line);
        if (line == 1 && strcmp(from, header) != 0)
            yk_mistake_add(&mistakes, 1, 0,
                           "the first line has to be: " YK_COUNTS_OF_PLACES
                           " (persons at a place) or: " YK_COUNTS_OF_LINES " (beside a camera's line)");
        else if (line > 1 && *from)
            status = split(from, line, header, count, take, context, &mistakes);
    }
    free(text);
    fclose(file);
    struct yk_config_mistakes list;
    enum yk_status finished = yk_mistake_finish(&mistakes, path, &list, err);
    if (finished == YK_ERR_CONFIG) {
        yk_config_mistakes_print(path, &list, stderr);
        yk_config_mistakes_free(&list);
        return yk_error_set(err, YK_ERR_INPUT, "%s: nothing was calibrated", path);
    }
    return finished != YK_OK ? finished : status == YK_OK ? YK_OK : yk_error_set(err, status, "out of memory");
}

bool yk_counts_times(char *const *field, int line, int64_t *start_s, int64_t *end_s, struct yk_mistake_list *mistakes)
{
    char excerpt[YK_EXCERPT_SIZE];
    struct yk_wall wall[2];
    bool good = true;
    for (int i = 0; i < 2; i++)
        if (!yk_time_parse(field[i], &wall[i])) {
            yk_mistake_add(mistakes, line, 0,
                           "'%s' is no time; write 2026-04-01T10:00 (local) or 2026-04-01T10:00:00+09:00",
                           yk_excerpt(excerpt, field[i], strlen(field[i])));
            good = false;
        }
    if (good && wall[1].us <= wall[0].us) {
        yk_mistake_add(mistakes, line, 0, "the window ends before it begins");
        good = false;
    }
    if (good) {
        *start_s = wall[0].us / 1000000;
        *end_s = wall[1].us / 1000000;
    }
    return good;
}

bool yk_counts_has_place(const struct yk_config *config, const char *id)
{
    for (size_t i = 0; i < config->place_count; i++)
        if (strcmp(config->places[i].id, id) == 0)
            return true;
    return false;
}
