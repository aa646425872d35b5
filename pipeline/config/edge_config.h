/* An edge device's configuration: which sensors it runs, and where it keeps things. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 *     version: 1
 *     edge: { id: edge-1, district: riverside }
 *     sensors: [radio-1, cam-1]
 *     spool: /var/lib/yukikai/spool            default run/spool
 *     spool_max_mib: 2048                      the most it may hold; when full, the oldest presence is given up
 *     redis: { url: "tcp://10.0.0.5:6379" }    default: the district's
 *     keys: /run/yukikai/keys                  default run/keys; on a file system in memory
 *     inbox: /run/yukikai/inbox                where epoch keys travel, on a RAM file system; default none: local keys
 *
 *     clock: network                           when this machine's clock is believed: system (default), or network
 *
 * What the sensors are is said once, in the district's file. */
#ifndef YK_CONFIG_EDGE_CONFIG_H
#define YK_CONFIG_EDGE_CONFIG_H

#include "config/config.h"

#define YK_EDGE_SENSORS_MAX 64

/* collectors/clock/known.h */
enum yk_clock_trust { YK_CLOCK_TRUST_SYSTEM, YK_CLOCK_TRUST_NETWORK };

struct yk_edge_sensor {
    char id[YK_ID_SIZE];
    int line, column; /* where it is named, for mistakes that only several files together show */
};

struct yk_edge_config {
    char path[YK_PATH_SIZE];
    char version_id[17]; /* as in yk_config */
    char id[YK_ID_SIZE];
    char district[YK_ID_SIZE];
    struct yk_edge_sensor sensors[YK_EDGE_SENSORS_MAX];
    size_t sensor_count;
    char spool[YK_PATH_SIZE];
    int spool_max_mib; /* 16 to 1,048,576 */
    char redis_url[YK_PATH_SIZE];
    char keys[YK_PATH_SIZE];
    char inbox[YK_PATH_SIZE]; /* "": none */
    enum yk_clock_trust clock;
};

/* As yk_config_read. With a district (which may be NULL) its id and the sensors' ids are checked against it. */
enum yk_status yk_edge_config_read(const char *path, const struct yk_config *district, struct yk_edge_config **out,
                                   struct yk_config_mistakes *mistakes, struct yk_error *err) YK_MUST_CHECK;
/* The same on bytes that are already in memory; path is for messages. */
enum yk_status yk_edge_config_read_bytes(const char *path, const void *bytes, size_t length,
                                         const struct yk_config *district, struct yk_edge_config **out,
                                         struct yk_config_mistakes *mistakes, struct yk_error *err) YK_MUST_CHECK;
/* What --edge of a program means: an id, which leaves *out NULL, or (there is a '.' or '/' in it) a file, which is read;
 * its mistakes are printed to stderr. */
enum yk_status yk_edge_config_named(const char *name, const struct yk_config *district, struct yk_edge_config **out,
                                    struct yk_error *err) YK_MUST_CHECK;
void yk_edge_config_free(struct yk_edge_config *config);

#endif
