/* What a source is: a const descriptor and one line in sources.def. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_SOURCE_H
#define YK_SOURCES_SOURCE_H

#include "session.h"

struct yk_source {
    const char *name;    /* the sensor's `kind` in the configuration */
    const char *summary; /* one line for --help */
    enum yk_family family;
    /* Whether `input` is one of its own, such as an adapter's name; what is not is read as a file. NULL: all are files. */
    bool (*takes)(const char *input);
    /* Reads `input` (a path, or "-" for standard input) until its end or until yk_session_stopping, emitting into the
     * session. YK_OK at the end of the input, also of one that ends in the middle of a record (counted as a drop). */
    enum yk_status (*run)(struct yk_session *session, const char *input, struct yk_error *err);
};

/* NULL if there is none with that name. */
const struct yk_source *yk_source_find(const char *name);
/* What reads this input of the sensor. A radio: the source of its kind, or the one that reads recordings (ble_capture). A
 * camera or a counter: the source for such an input, camera_mqtt, camera_http or camera_redis, and camera_file for the
 * rest. NULL: it comes over a network, and this program has no such source (yukikai-collect-network has them). */
const struct yk_source *yk_source_for(const struct yk_sensor_config *sensor, const char *input);
/* Number of registered sources, and the i-th. */
size_t yk_source_count(void);
const struct yk_source *yk_source_at(size_t i);

#endif
