/* Recorded scenes and their reference results, for the geometry tests. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The recordings are not in a camera dialect, so they are read here: obsmat tables (frame id x z y ...) and the
 * Edinburgh list of tracks. References: summary.json (line, zone, rates) and CSV files, by another program. */
#ifndef YK_TESTS_SCENE_H
#define YK_TESTS_SCENE_H

#include "config/config.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene_sample {
    long track, frame;
    double x, y;
};

struct scene {
    struct scene_sample *samples; /* by track, then frame; one per pair */
    size_t count;
    double fps;
    long frame0;
    struct yk_polygon line, zone;
    double hysteresis;
    json_t *summary;
};

static int scene_order(const void *left, const void *right)
{
    const struct scene_sample *a = left, *b = right;
    if (a->track != b->track)
        return a->track < b->track ? -1 : 1;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

static void scene_add(struct scene *scene, struct scene_sample sample)
{
    if ((scene->count & (scene->count - 1)) == 0)
        scene->samples = realloc(scene->samples, (scene->count ? 2 * scene->count : 1) * sizeof sample);
    scene->samples[scene->count++] = sample;
}

static void scene_points(const json_t *list, struct yk_polygon *out)
{
    out->count = json_array_size(list);
    for (size_t i = 0; i < out->count; i++)
        for (size_t k = 0; k < 2; k++)
            out->points[i][k] = json_number_value(json_array_get(json_array_get(list, i), k));
}

static void scene_read_samples(struct scene *scene, const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    char *text = NULL;
    size_t size = 0;
    while (getline(&text, &size, file) > 0) {
        double frame, id, x, z, y;
        long track;
        int at = 0;
        if (sscanf(text, " TRACK.R%ld=[%n", &track, &at) == 1 && at) {
            for (const char *p = strchr(text + at, '['); p; p = strchr(p + 1, '['))
                if (sscanf(p, "[%lf %lf %lf]", &x, &y, &frame) == 3)
                    scene_add(scene, (struct scene_sample){track, (long)frame, x, y});
        } else if (sscanf(text, "%lf %lf %lf %lf %lf", &frame, &id, &x, &z, &y) == 5) {
            scene_add(scene, (struct scene_sample){(long)id, (long)frame, x, y});
        }
    }
    free(text);
    fclose(file);
}

static void scene_open(struct scene *scene, const char *data, const char *tracks, const char *reference)
{
    char path[512];
    memset(scene, 0, sizeof *scene);
    snprintf(path, sizeof path, "%s/camera/reference/%s/summary.json", data, reference);
    scene->summary = json_load_file(path, 0, NULL);
    cr_assert_not_null(scene->summary, "%s", path);
    scene->fps = json_number_value(json_object_get(scene->summary, "fps"));
    scene->frame0 = (long)json_integer_value(json_object_get(scene->summary, "frame0"));
    scene->hysteresis = json_number_value(json_object_get(scene->summary, "hysteresis"));
    scene_points(json_object_get(scene->summary, "polygon"), &scene->zone);
    json_t *ends =
        json_pack("[O, O]", json_object_get(scene->summary, "line_A"), json_object_get(scene->summary, "line_B"));
    scene_points(ends, &scene->line);
    json_decref(ends);

    snprintf(path, sizeof path, "%s/camera/tracks/%s", data, tracks);
    scene_read_samples(scene, path);
    qsort(scene->samples, scene->count, sizeof *scene->samples, scene_order);
    size_t kept = 0;
    for (size_t i = 0; i < scene->count; i++)
        if (!kept || scene->samples[i].track != scene->samples[kept - 1].track ||
            scene->samples[i].frame != scene->samples[kept - 1].frame)
            scene->samples[kept++] = scene->samples[i];
    scene->count = kept;
    cr_assert_eq(kept, (size_t)json_integer_value(json_object_get(scene->summary, "samples")), "%s", tracks);
}

static void scene_close(struct scene *scene)
{
    json_decref(scene->summary);
    free(scene->samples);
}

static inline int64_t scene_time_us(const struct scene *scene, size_t i)
{
    return (int64_t)llround((double)(scene->samples[i].frame - scene->frame0) * 1e6 / scene->fps);
}

#endif
