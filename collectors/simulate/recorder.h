/* One sensor's recording: its parts, its outages. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_RECORDER_H
#define YK_SIMULATE_RECORDER_H

#include "config/config.h"
#include "simulate/camera_text.h"
#include "simulate/packet.h"
#include "simulate/rng.h"
#include "simulate/scene.h"
#include "simulate/sink.h"

struct yk_outage {
    int64_t from_us, to_us;
};

struct yk_recorder {
    const struct yk_sensor_config *sensor;
    const char *place_id;
    bool radio; /* otherwise a camera */
    enum yk_ble_format ble_format;
    const char *dir;    /* of the files */
    const char *stream; /* the FIFO in place of files, or NULL */
    struct yk_sink sink;
    struct yk_camera_text text;
    int parts;
    bool silent;               /* before the beginning, in an outage, after the end */
    int64_t last_us;           /* of the last record */
    struct yk_outage *outages; /* in order, apart from each other */
    size_t outage_count;
    size_t next_outage; /* under way or ahead */
    double frame_s;     /* cameras */
    int64_t frame0_us;
    char path[YK_PATH_SIZE + 2 * YK_ID_SIZE];
};

#define YK_RECORDER_IDLE_US INT64_C(10000000) /* no recording is silent for longer */

/* Draws the sensor's outages for [from_us, to_us) and adds the ones asked for; joins those that touch. to_us may be
 * INT64_MAX: then none are drawn. */
enum yk_status yk_recorder_plan_outages(struct yk_recorder *recorder, const struct yk_scene *scene, uint64_t seed,
                                        int64_t from_us, int64_t to_us, const struct yk_outage *asked,
                                        size_t asked_count, struct yk_error *err) YK_MUST_CHECK;
/* Opens the next part (a stream: the only one) and records that the sensor runs. */
enum yk_status yk_recorder_begin(struct yk_recorder *recorder, int64_t time_us, struct yk_error *err) YK_MUST_CHECK;
/* Records that the sensor ran until time_us and closes the part; a stream stays open unless it is the end. */
void yk_recorder_pause(struct yk_recorder *recorder, int64_t time_us, bool end);
/* Records that the sensor runs, if nothing was recorded for a while. */
void yk_recorder_idle(struct yk_recorder *recorder, int64_t time_us);
/* Name of part n (from 1), without its folder. */
void yk_recorder_part_name(const struct yk_recorder *recorder, int part, char *out, size_t size);
void yk_recorder_free(struct yk_recorder *recorder);

/* Number and time of the first frame at or after time_us. */
uint64_t yk_recorder_frame_after(const struct yk_recorder *recorder, int64_t time_us, int64_t *frame_us);

#endif
