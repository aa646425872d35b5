/* A district that does not exist, as real recordings with known truth. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * docs/SIMULATOR.md tells the model and defines the truth. One seed, one configuration and one set of options give the
 * same bytes in every run. */
#ifndef YK_SIMULATE_SIMULATE_H
#define YK_SIMULATE_SIMULATE_H

#include "base/error.h"
#include "config/config.h"
#include "simulate/camera_text.h"
#include "simulate/packet.h"
#include "simulate/scene.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Names point into the caller's memory. */
struct yk_simulate_stream {
    const char *sensor;
    const char *path; /* a FIFO or a file */
};
struct yk_simulate_outage {
    const char *sensor;
    int64_t from_us, to_us;
};

struct yk_simulate_options {
    const struct yk_scene *scene;
    uint64_t seed;
    int64_t from_us;
    int64_t to_us; /* INT64_MAX: until told to stop */
    enum yk_ble_format ble_format;
    enum yk_camera_format camera_format;
    double advert_interval_s; /* 0: real intervals */
    double camera_fps;        /* frames per second, > 0 */
    bool camera_fps_given;    /* otherwise MOT text follows the sensor's own fps, which its reader counts on */
    int beacons;              /* per place; -1: the scene's */
    const char *out_dir;      /* exists */
    const struct yk_simulate_stream *streams;
    size_t stream_count;
    const struct yk_simulate_outage *outages;
    size_t outage_count;
    bool realtime;
    bool truth_addresses;
    const volatile sig_atomic_t *stop;                /* number of signals to end so far; may be NULL */
    void (*progress)(void *context, int64_t time_us); /* now and then; may be NULL */
    void *progress_context;
};

struct yk_simulate_summary {
    int64_t to_us; /* the real end */
    uint64_t persons, devices, adverts, bytes;
    bool stopped; /* by a signal */
};

/* yk_calendar_open must have been called. Writes the recordings and truth.json into out_dir. */
enum yk_status yk_simulate_run(const struct yk_config *config, const struct yk_simulate_options *options,
                               struct yk_simulate_summary *summary, struct yk_error *err) YK_MUST_CHECK;

#endif
