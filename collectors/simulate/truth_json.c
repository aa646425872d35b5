/* truth.json. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Written by hand: ids are [a-z0-9-] and everything else is a number, so there is nothing to escape, and a year of
 * windows need not stand in memory twice. The file is written beside its place and renamed, so that nobody reads half
 * of it. The layout is defined in docs/SIMULATOR.md. */
#include "simulate/world.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const resolutions[YK_TRUTH_RESOLUTIONS] = {"15m", "1h", "1d"};
static const char *const groups[YK_TRUTH_GROUPS] = {"public", "static", "resolvable", "non_resolvable",
                                                    "infrastructure"};

/* {"total":...} of people's devices, then each class, then infrastructure, which is in no total. */
static void write_groups(FILE *f, const char *key, const uint32_t counts[YK_TRUTH_GROUPS])
{
    uint32_t total = 0;
    for (int g = 0; g < YK_CLASS_COUNT; g++)
        total += counts[g];
    fprintf(f, ",\"%s\":{\"total\":%" PRIu32, key, total);
    for (int g = 0; g < YK_TRUTH_GROUPS; g++)
        fprintf(f, ",\"%s\":%" PRIu32, groups[g], counts[g]);
    fputc('}', f);
}

static void write_span(FILE *f, const struct yk_world *world, int64_t start_s, int64_t end_s, int64_t to_us)
{
    bool partial = start_s * 1000000 < world->options->from_us || end_s * 1000000 > to_us;
    fprintf(f, "{\"start\":%" PRId64 ",\"end\":%" PRId64 ",\"partial\":%s", start_s, end_s, partial ? "true" : "false");
}

static void write_place(FILE *f, const struct yk_world *world, size_t i, int64_t to_us)
{
    const struct yk_truth_place *place = &world->truth.places[i];
    fprintf(f, "{\"id\":\"%s\",\"role\":\"%s\",\"visits_ended\":%" PRIu64 ",\"stay_mean_s\":%.3f,\"rotation\":{",
            world->places[i].id, world->places[i].plaza ? "plaza" : "street", place->visits_ended,
            place->visits_ended ? place->stay_s / (double)place->visits_ended : 0);
    for (int c = YK_CLASS_RESOLVABLE; c <= YK_CLASS_NON_RESOLVABLE; c++)
        fprintf(f, "%s\"%s\":{\"device_s\":%.3f,\"rotations\":%" PRIu64 "}", c == YK_CLASS_RESOLVABLE ? "" : ",",
                groups[c], place->device_s[c], place->rotations[c]);
    fprintf(f, "},\"windows\":{");
    for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++) {
        const struct yk_truth_series *series = &place->series[r];
        fprintf(f, "%s\"%s\":[", r ? "," : "", resolutions[r]);
        for (size_t n = 0; n < series->count; n++) {
            const struct yk_truth_window *w = &series->windows[n];
            fputs(n ? ",\n" : "\n", f);
            write_span(f, world, w->start_s, w->end_s, to_us);
            fprintf(f, ",\"persons\":%" PRIu32 ",\"persons_arrived\":%" PRIu32, w->persons, w->persons_arrived);
            write_groups(f, "present", w->present);
            write_groups(f, "arrived", w->arrived);
            write_groups(f, "device_visits", w->heard);
            write_groups(f, "addresses", w->addresses);
            fputc('}', f);
        }
        fputs("]", f);
    }
    fputs("}}", f);
}

static void write_cameras(FILE *f, const struct yk_world *world, int64_t to_us, bool zones)
{
    const struct yk_truth *truth = &world->truth;
    bool first = true;
    for (size_t i = 0; i < world->recorder_count; i++) {
        const struct yk_recorder *recorder = &world->recorders[i];
        size_t count = zones ? recorder->sensor->zone_count : recorder->sensor->line_count;
        for (size_t n = 0; !recorder->radio && n < count; n++) {
            if ((zones ? recorder->sensor->zones[n].points.count : recorder->sensor->lines[n].points.count) == 0)
                continue; /* the device's own: nothing is simulated there */
            fprintf(f, "%s{\"sensor\":\"%s\",\"place\":\"%s\",\"id\":\"%s\",\"windows\":{\"15m\":[",
                    first ? "\n" : ",\n", recorder->sensor->id, world->recorders[i].place_id,
                    zones ? recorder->sensor->zones[n].id : recorder->sensor->lines[n].id);
            first = false;
            for (size_t q = 0; q < truth->quarters; q++) {
                int64_t start = truth->quarter0_s + (int64_t)q * YK_WINDOW_S;
                fputs(q ? ",\n" : "\n", f);
                write_span(f, world, start, start + YK_WINDOW_S, to_us);
                if (zones) {
                    const struct yk_truth_zone *z = &truth->zones[world->cameras[i].first_zone + n];
                    int64_t from_us = start * 1000000, end_us = from_us + YK_WINDOW_S * INT64_C(1000000);
                    from_us = from_us < world->options->from_us ? world->options->from_us : from_us;
                    end_us = end_us > to_us ? to_us : end_us;
                    double seconds = (double)(end_us - from_us) * 1e-6;
                    fprintf(f,
                            ",\"person_s\":%.3f,\"mean\":%.6f,\"max\":%" PRIu32 ",\"max_in_second\":%" PRIu32
                            ",\"entered\":%" PRIu32 "}",
                            z->person_s[q], seconds > 0 ? z->person_s[q] / seconds : 0, z->max[q], z->max_in_second[q],
                            z->entered[q]);
                } else {
                    const uint32_t *counts = truth->lines[world->cameras[i].first_line + n].counts[q];
                    fprintf(f, ",\"plus\":%" PRIu32 ",\"minus\":%" PRIu32 "}", counts[0], counts[1]);
                }
            }
            fputs("]}}", f);
        }
    }
}

static void write_sensors(FILE *f, const struct yk_world *world, int64_t to_us)
{
    for (size_t i = 0; i < world->recorder_count; i++) {
        const struct yk_recorder *r = &world->recorders[i];
        fprintf(f, "%s{\"id\":\"%s\",\"place\":\"%s\",\"format\":\"%s\",\"files\":[", i ? ",\n" : "\n", r->sensor->id,
                world->recorders[i].place_id,
                r->radio ? yk_ble_format_name(r->ble_format) : yk_camera_format_name(r->text.format));
        for (int part = 1; !r->stream && part <= r->parts; part++) {
            char name[2 * YK_ID_SIZE];
            yk_recorder_part_name(r, part, name, sizeof name);
            fprintf(f, "%s\"%s\"", part > 1 ? "," : "", name);
        }
        fprintf(f, "],\"streamed\":%s,\"outages\":[", r->stream ? "true" : "false");
        for (size_t k = 0; k < r->outage_count && r->outages[k].from_us < to_us; k++) {
            int64_t end = r->outages[k].to_us < to_us ? r->outages[k].to_us : to_us;
            fprintf(f, "%s{\"from\":%.6f,\"to\":%.6f}", k ? "," : "", (double)r->outages[k].from_us * 1e-6,
                    (double)end * 1e-6);
        }
        fputs("]}", f);
    }
}

/* Over all places and both rotating classes. */
static void write_rotation(FILE *f, const struct yk_world *world)
{
    double device_s = 0;
    uint64_t rotations = 0;
    for (size_t i = 0; i < world->place_count; i++)
        for (int c = YK_CLASS_RESOLVABLE; c <= YK_CLASS_NON_RESOLVABLE; c++) {
            device_s += world->truth.places[i].device_s[c];
            rotations += world->truth.places[i].rotations[c];
        }
    fprintf(f,
            "\"rotation\":{\"mean_period_s\":%.3f,\"device_s\":%.3f,\"rotations\":%" PRIu64
            ",\"observed_period_s\":%.3f}",
            yk_scene_mean_period(world->scene), device_s, rotations, rotations ? device_s / (double)rotations : 0);
}

static void write_all(FILE *f, const struct yk_world *world, const struct yk_config *config, int64_t to_us)
{
    const struct yk_simulate_options *options = world->options;
    fprintf(f, "{\"district\":\"%s\",\"scene\":\"%s\",\"seed\":%" PRIu64 ",\"from\":%.6f,\"to\":%.6f,\n",
            config->district, world->scene->name, options->seed, (double)options->from_us * 1e-6, (double)to_us * 1e-6);
    fprintf(f, "\"advert_interval_s\":%.6g,\"thinned\":%s,\n", options->advert_interval_s,
            options->advert_interval_s > 0 ? "true" : "false");
    fprintf(f, "\"persons\":%" PRIu64 ",\"devices\":%" PRIu64 ",\"adverts\":%" PRIu64 ",\n", world->total_persons,
            world->total_devices, world->total_adverts);
    write_rotation(f, world);
    fputs(",\n\"sensors\":[", f);
    write_sensors(f, world, to_us);
    fputs("],\n\"places\":[", f);
    for (size_t i = 0; i < world->place_count; i++) {
        fputs(i ? ",\n" : "\n", f);
        write_place(f, world, i, to_us);
    }
    fputs("],\n\"lines\":[", f);
    write_cameras(f, world, to_us, false);
    fputs("],\n\"zones\":[", f);
    write_cameras(f, world, to_us, true);
    fputc(']', f);
    if (options->truth_addresses) {
        fputs(",\n\"addresses\":[", f);
        for (size_t i = 0; i < world->truth.address_count; i++) {
            const uint8_t *a = world->truth.addresses[i];
            fprintf(f, "%s\"%02x%02x%02x%02x%02x%02x\"", i ? ",\n" : "\n", a[5], a[4], a[3], a[2], a[1], a[0]);
        }
        fputc(']', f);
    }
    fputs("}\n", f);
}

enum yk_status yk_truth_write(const struct yk_world *world, const struct yk_config *config, int64_t to_us,
                              const char *path, struct yk_error *err)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return yk_error_set(err, YK_ERR_USAGE, "the path %s is too long", path);
    FILE *f = fopen(part, "we");
    if (!f)
        return yk_error_errno(err, YK_ERR_IO, "cannot write %s", part);
    write_all(f, world, config, to_us);
    bool good = !ferror(f);
    good = fclose(f) == 0 && good;
    if (!good || rename(part, path) != 0) {
        enum yk_status status = yk_error_errno(err, YK_ERR_IO, "writing %s failed", path);
        unlink(part);
        return status;
    }
    return YK_OK;
}
