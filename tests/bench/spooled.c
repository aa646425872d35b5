/* Walking segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "spooled.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool walk_segment(const char *path, size_t size, yk_spooled_fn *fn, void *context)
{
    FILE *file = fopen(path, "r");
    uint8_t *bytes = malloc(size + 1);
    bool ok = file && bytes && fread(bytes, 1, size, file) == size;
    for (size_t at = 0; ok && at < size;) {
        struct yk_frame frame;
        ok = yk_frame_parse(bytes + at, size - at, &frame) == YK_FRAME_OK && fn(context, &frame);
        at += ok ? frame.size : 0;
    }
    free(bytes);
    if (file)
        fclose(file);
    return ok;
}

bool yk_spooled_walk(const char *spool, yk_spooled_fn *fn, void *context)
{
    char *const paths[] = {(char *)(uintptr_t)spool, NULL};
    FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    bool ok = fts != NULL;
    for (FTSENT *entry; ok && (entry = fts_read(fts));) {
        const char *dot = strrchr(entry->fts_name, '.');
        if (entry->fts_info == FTS_F && dot && strcmp(dot, ".seg") == 0)
            ok = walk_segment(entry->fts_path, (size_t)entry->fts_statp->st_size, fn, context);
        else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
            ok = false;
    }
    if (fts)
        fts_close(fts);
    return ok;
}

struct gathering {
    struct yk_spooled *to;
    size_t capacity;
    int group;
};

static bool gather(void *context, const struct yk_frame *frame)
{
    struct gathering *g = context;
    struct yk_spooled *to = g->to;
    if (g->group && (int)frame->header.group != g->group)
        return true;
    if (to->count == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : 1024;
        struct yk_frame *list = realloc(to->list, g->capacity * sizeof *list);
        if (!list)
            return false;
        to->list = list;
    }
    uint8_t *copy = malloc(frame->size);
    if (!copy)
        return false;
    memcpy(copy, frame->bytes, frame->size);
    struct yk_frame *taken = &to->list[to->count++];
    *taken = *frame;
    taken->bytes = copy;
    taken->body = copy + (frame->body - frame->bytes);
    to->observations += frame->header.records;
    to->bytes += frame->size;
    return true;
}

void yk_spooled_read(struct yk_spooled *spooled, const char *spool, int group)
{
    memset(spooled, 0, sizeof *spooled);
    if (yk_spooled_walk(spool, gather, &(struct gathering){.to = spooled, .group = group}) && spooled->count > 0)
        return;
    fprintf(stderr, "bench: %s does not hold the frames that it should\n", spool);
    exit(70);
}

void yk_spooled_clear(struct yk_spooled *spooled)
{
    for (size_t i = 0; i < spooled->count; i++)
        free((void *)(uintptr_t)spooled->list[i].bytes);
    free(spooled->list);
    memset(spooled, 0, sizeof *spooled);
}
