/* One sensor's recording. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file cannot tell silence from an outage: whoever reads it takes the time from its first to its last record as
 * watched. So each part begins and ends with a record at the very time, a silent sensor records something idle every 10
 * s, and an outage ends the file: SENSOR.pcap, SENSOR.2.pcap, SENSOR.3.pcap ... A stream cannot be cut; there an outage
 * is plain silence, without idle records, and none is drawn unless it is asked for. MOT text has no idle record.
 *
 * Outages are drawn as a renewal process: exponential time between them, exponential length, at least a minute. */
#include "simulate/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_US    86400e6
#define MINUTE_US INT64_C(60000000)

static int by_start(const void *a, const void *b)
{
    const struct yk_outage *x = a, *y = b;
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static bool add(struct yk_recorder *recorder, size_t *capacity, struct yk_outage outage)
{
    if (recorder->outage_count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        struct yk_outage *grown = realloc(recorder->outages, *capacity * sizeof *grown);
        if (!grown)
            return false;
        recorder->outages = grown;
    }
    recorder->outages[recorder->outage_count++] = outage;
    return true;
}

enum yk_status yk_recorder_plan_outages(struct yk_recorder *recorder, const struct yk_scene *scene, uint64_t seed,
                                        int64_t from_us, int64_t to_us, const struct yk_outage *asked,
                                        size_t asked_count, struct yk_error *err)
{
    struct yk_rng rng = yk_rng_of(seed, 0x6F757461676573, 0);
    size_t capacity = 0;
    bool good = true;
    if (scene->outages_per_day > 0 && to_us != INT64_MAX && !recorder->stream) {
        int64_t t = from_us;
        for (;;) {
            t += (int64_t)fmin(1e17, yk_rng_exponential(&rng, DAY_US / scene->outages_per_day));
            int64_t length = MINUTE_US + (int64_t)yk_rng_exponential(&rng, scene->outage_mean_s * 1e6);
            if (t >= to_us)
                break;
            good = good && add(recorder, &capacity, (struct yk_outage){t, t + length});
            t += length;
        }
    }
    for (size_t i = 0; i < asked_count; i++)
        if (asked[i].from_us < to_us && asked[i].to_us > from_us && asked[i].to_us > asked[i].from_us)
            good = good && add(recorder, &capacity, asked[i]);
    if (!good)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for the outages of %s", recorder->sensor->id);
    if (recorder->outage_count == 0)
        return YK_OK;

    qsort(recorder->outages, recorder->outage_count, sizeof *recorder->outages, by_start);
    size_t kept = 0;
    for (size_t i = 0; i < recorder->outage_count; i++) {
        struct yk_outage o = recorder->outages[i], *last = kept ? &recorder->outages[kept - 1] : NULL;
        o.from_us = o.from_us < from_us ? from_us : o.from_us;
        o.to_us = o.to_us > to_us ? to_us : o.to_us;
        if (last && o.from_us <= last->to_us)
            last->to_us = o.to_us > last->to_us ? o.to_us : last->to_us;
        else
            recorder->outages[kept++] = o;
    }
    recorder->outage_count = kept;
    return YK_OK;
}

uint64_t yk_recorder_frame_after(const struct yk_recorder *recorder, int64_t time_us, int64_t *frame_us)
{
    double frame_us_f = recorder->frame_s * 1e6;
    int64_t n = (int64_t)((double)(time_us - recorder->frame0_us) / frame_us_f);
    n = n > 0 ? n - 1 : 0;
    while (recorder->frame0_us + (int64_t)((double)n * frame_us_f + 0.5) < time_us)
        n++;
    *frame_us = recorder->frame0_us + (int64_t)((double)n * frame_us_f + 0.5);
    return (uint64_t)n;
}

void yk_recorder_part_name(const struct yk_recorder *recorder, int part, char *out, size_t size)
{
    const char *suffix =
        recorder->radio ? yk_ble_format_suffix(recorder->ble_format) : yk_camera_format_suffix(recorder->text.format);
    if (part == 1)
        snprintf(out, size, "%s.%s", recorder->sensor->id, suffix);
    else
        snprintf(out, size, "%s.%d.%s", recorder->sensor->id, part, suffix);
}

static void part_path(const struct yk_recorder *recorder, int part, char *out, size_t size)
{
    char name[2 * YK_ID_SIZE];
    yk_recorder_part_name(recorder, part, name, sizeof name);
    snprintf(out, size, "%s/%s", recorder->dir, name);
}

static void record_idle(struct yk_recorder *recorder, int64_t time_us)
{
    if (recorder->radio) {
        uint8_t bytes[YK_PACKET_MAX];
        yk_sink_put(&recorder->sink, bytes, yk_packet_idle(recorder->ble_format, time_us, bytes));
    } else {
        int64_t unused;
        uint64_t frame = yk_recorder_frame_after(recorder, time_us, &unused);
        yk_camera_text_begin(&recorder->text, &recorder->sink, frame, time_us);
        yk_camera_text_end(&recorder->text, &recorder->sink);
    }
    recorder->last_us = time_us;
}

enum yk_status yk_recorder_begin(struct yk_recorder *recorder, int64_t time_us, struct yk_error *err)
{
    if (recorder->sink.fd < 0 && !recorder->sink.gone) {
        recorder->parts++;
        if (recorder->stream) {
            snprintf(recorder->path, sizeof recorder->path, "%s", recorder->stream);
        } else {
            part_path(recorder, recorder->parts, recorder->path, sizeof recorder->path);
        }
        enum yk_status status = yk_sink_open(&recorder->sink, recorder->path, err);
        if (status != YK_OK)
            return status;
        if (recorder->radio) {
            uint8_t header[24];
            yk_sink_put(&recorder->sink, header, yk_packet_file_header(recorder->ble_format, header));
        }
    }
    recorder->silent = false;
    record_idle(recorder, time_us);
    return YK_OK;
}

/* What an earlier run with more outages left in the folder would be read as part of this one. */
static void remove_later_parts(const struct yk_recorder *recorder)
{
    char path[sizeof recorder->path];
    int part = recorder->parts;
    do
        part_path(recorder, ++part, path, sizeof path);
    while (unlink(path) == 0);
}

void yk_recorder_pause(struct yk_recorder *recorder, int64_t time_us, bool end)
{
    if (!recorder->silent && time_us > recorder->last_us)
        record_idle(recorder, time_us);
    recorder->silent = true;
    if (!recorder->stream || end)
        yk_sink_close(&recorder->sink);
    if (end && !recorder->stream)
        remove_later_parts(recorder);
}

void yk_recorder_idle(struct yk_recorder *recorder, int64_t time_us)
{
    if (!recorder->silent && time_us - recorder->last_us >= YK_RECORDER_IDLE_US)
        record_idle(recorder, time_us);
}

void yk_recorder_free(struct yk_recorder *recorder)
{
    yk_sink_free(&recorder->sink);
    free(recorder->outages);
    recorder->outages = NULL;
}
