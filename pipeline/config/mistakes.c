/* Collects the mistakes of one file. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person who mends a file wants to hear everything at once, in the order of the lines, and not the same thing twice.
 * The readers find mistakes in the order of their own work; they are sorted here, stably, when all is read. */
#include "config/mistakes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void yk_mistake_add(struct yk_mistake_list *list, int line, int column, const char *fmt, ...)
{
    if (list->found.count == YK_MISTAKES_MAX) {
        list->cut = true;
        return;
    }
    if (list->found.count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        /* One more than counted: room for the line that says that there were more. */
        void *bigger = realloc(list->found.list, (capacity + 1) * sizeof *list->found.list);
        if (!bigger) {
            list->out_of_memory = true;
            return;
        }
        list->found.list = bigger;
        list->capacity = capacity;
    }
    struct yk_config_mistake *mistake = &list->found.list[list->found.count++];
    mistake->line = line;
    mistake->column = column;
    va_list args;
    va_start(args, fmt);
    vsnprintf(mistake->text, sizeof mistake->text, fmt, args);
    va_end(args);
}

bool yk_mistake_any(const struct yk_mistake_list *list)
{
    return list->found.count > 0 || list->out_of_memory;
}

static bool after(const struct yk_config_mistake *a, const struct yk_config_mistake *b)
{
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* Insertion: the list is short, nearly sorted, and equal places keep their order. */
static void sort(struct yk_config_mistakes *found)
{
    for (size_t i = 1; i < found->count; i++) {
        struct yk_config_mistake moved = found->list[i];
        size_t j = i;
        for (; j > 0 && after(&found->list[j - 1], &moved); j--)
            found->list[j] = found->list[j - 1];
        found->list[j] = moved;
    }
}

enum yk_status yk_mistake_finish(struct yk_mistake_list *list, const char *path, struct yk_config_mistakes *mistakes,
                                 struct yk_error *err)
{
    if (list->out_of_memory) {
        yk_config_mistakes_free(&list->found);
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory while reading %.200s", path);
    }
    if (list->found.count == 0)
        return YK_OK;
    sort(&list->found);
    if (list->cut) {
        memmove(list->found.list + 1, list->found.list, list->found.count * sizeof *list->found.list);
        list->found.list[0] = (struct yk_config_mistake){0};
        snprintf(list->found.list[0].text, sizeof list->found.list[0].text,
                 "more than %d mistakes; these are the first that were found", YK_MISTAKES_MAX);
        list->found.count++;
    }
    const struct yk_config_mistake *first = &list->found.list[0];
    char others[48] = "";
    if (list->found.count > 1)
        snprintf(others, sizeof others, " (and %zu more mistake%s)", list->found.count - 1,
                 list->found.count == 2 ? "" : "s");
    if (first->line > 0)
        yk_error_set(err, YK_ERR_CONFIG, "%.160s:%d:%d: %s%s", path, first->line, first->column, first->text, others);
    else
        yk_error_set(err, YK_ERR_CONFIG, "%.160s: %s%s", path, first->text, others);
    if (mistakes)
        *mistakes = list->found;
    else
        yk_config_mistakes_free(&list->found);
    list->found = (struct yk_config_mistakes){0};
    return YK_ERR_CONFIG;
}

void yk_config_mistakes_free(struct yk_config_mistakes *mistakes)
{
    free(mistakes->list);
    *mistakes = (struct yk_config_mistakes){0};
}

void yk_config_mistakes_print(const char *path, const struct yk_config_mistakes *mistakes, FILE *to)
{
    for (size_t i = 0; i < mistakes->count; i++) {
        const struct yk_config_mistake *mistake = &mistakes->list[i];
        if (mistake->line > 0)
            fprintf(to, "%s:%d:%d: %s\n", path, mistake->line, mistake->column, mistake->text);
        else
            fprintf(to, "%s: %s\n", path, mistake->text);
    }
}

bool yk_is_control(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7F ||
           (first == 0xC2 && (unsigned char)at[1] >= 0x80 && (unsigned char)at[1] <= 0x9F);
}

const char *yk_excerpt(char out[static YK_EXCERPT_SIZE], const char *text, size_t length)
{
    const size_t most = 40;
    size_t kept = length;
    if (length > most) {
        kept = most;
        while (kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
            kept--;
    }
    size_t used = 0;
    for (size_t i = 0; i < kept; i++) {
        bool control = yk_is_control(text + i);
        i += control && (unsigned char)text[i] == 0xC2;
        out[used++] = control ? '?' : text[i];
    }
    memcpy(out + used, kept < length ? "..." : "\0\0\0", 4);
    return out;
}
