/* What the parts of the fault harness share; main.c says what it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     DIR/district.yaml               a district of 24 edges and 36 sensors, made here
 *     DIR/recordings/SENSOR.pcap      what they hear and see, by `yukikai simulate`
 *     DIR/edges/EDGE/keys, spool      one device; spools of some edges are small file systems of their own
 *     DIR/edges/EDGE/SENSOR.fifo      the recording, paced
 *     DIR/backups/EDGE                its disk at an earlier time
 *     DIR/server/                     keys, state, publish store, logs of the worker that is hindered
 *     DIR/quiet/                      the same of the one that is not
 *
 * All of it stays behind when a check failed. */
#ifndef YK_TESTS_FAULTS_H
#define YK_TESTS_FAULTS_H

#include "config/config.h"
#include "supervise/child.h"
#include "support/secure_redis.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EDGES        24
#define SENSORS_EACH 2
#define PLACES       (EDGES / 2)

/* --- support.c: failing, files, numbers from the seed ------------------------------------------------------------- */

/* Ends the children and the program with 1; the folder stays. */
_Noreturn void yk_fault_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Says so, counts it, and goes on: several checks may tell more than one. */
void yk_fault_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
unsigned yk_fault_wrongs(void);

double yk_fault_now_s(void); /* monotonic */
void yk_fault_wait_ms(unsigned ms);

/* splitmix64 (Steele, Lea and Flood 2014). */
struct yk_dice {
    uint64_t state;
};
uint64_t yk_dice_u64(struct yk_dice *dice);
unsigned yk_dice_below(struct yk_dice *dice, unsigned n);
double yk_dice_between(struct yk_dice *dice, double low, double high);

char *yk_fault_read(const char *path, size_t *size); /* NUL-terminated; NULL if it is not there */
void yk_fault_write(const char *path, const void *bytes, size_t size);
void yk_fault_mkdir(const char *path);
void yk_fault_remove(const char *path);                                          /* with all in it */
void yk_fault_copy(const char *from, const char *to);                            /* folders and plain files */
unsigned yk_fault_segments(const char *spool, char (*paths)[300], unsigned max); /* *.seg below it */
/* Runs a program of this build to its end, with arguments up to NULL; it has to exit with 0. */
void yk_fault_run(const char *log, const char *verb, ...) __attribute__((sentinel));

/* --- district.c: the devices and the server ------------------------------------------------------------------------- */

/* What else may happen to an edge, beside what may happen to each. Never two of them to one: what a restored disk
 * forgot of the frames that another fault took away, nobody could know. */
enum yk_fate { YK_FATE_PLAIN, YK_FATE_RESTORED, YK_FATE_ROBBED, YK_FATE_SMALL_DISK };

struct yk_feed;

struct yk_edge {
    int number;
    char id[YK_ID_SIZE], dir[160], keys[176], spool[176], url[64];
    enum yk_fate fate;
    bool has_filler;
    bool down;                             /* somebody works on its disk: nothing of it is started */
    struct yk_child uplink, collectors[2]; /* radio, camera */
    bool has[2];
    char logs[3][200], inputs[SENSORS_EACH][256];
    int64_t *clock_s; /* what its wall clock is off by; read by the shim in its processes */
    char clock_path[200];
    struct yk_feed *feeds[SENSORS_EACH];
    unsigned sensor_count;
};

struct yk_fault_district {
    char dir[100];
    char yaml[128], server[128], keys[140];
    bool mounts; /* small disks are real ones */
    int64_t from_s, to_s;
    struct yk_edge edges[EDGES];
    struct yk_secure_redis redis;
    struct yk_secure_redis_options redis_options;
    char acl[160];
    int64_t redis_clock_s; /* what its clock is off by when it is started: stream ids are times */
    struct yk_child worker;
    char state[150], publish[150], worker_log[150];
    struct yk_config *config;
};

const char *yk_fault_sensor_id(int edge, int sensor, char out[static YK_ID_SIZE]);
void yk_district_make(struct yk_fault_district *d, uint64_t seed, int64_t span_s);
void yk_district_start_redis(struct yk_fault_district *d);
void yk_district_start_worker(struct yk_fault_district *d);
void yk_district_start_uplink(struct yk_fault_district *d, struct yk_edge *edge);
void yk_district_start_collector(struct yk_fault_district *d, struct yk_edge *edge, int family, double event_s);
void yk_district_kill(struct yk_child *child);                 /* SIGKILL, and reaped */
void yk_district_end(struct yk_child *child, const char *log); /* SIGTERM; has to exit with 0 */

/* --- feed.c: a recording into a pipe, at its pace --------------------------------------------------------------------- */

struct yk_feed *yk_feed_open(const char *recording, const char *fifo, bool radio);
/* A new pipe, from event time on: what nobody listened to is gone. */
void yk_feed_begin(struct yk_feed *feed, double event_s);
/* Writes what is due by then, as far as the pipe takes it; true when the recording is at its end. */
bool yk_feed_pump(struct yk_feed *feed, double event_s);
void yk_feed_end(struct yk_feed *feed); /* closes the pipe */
void yk_feed_free(struct yk_feed *feed);

/* --- proxy.c: the links ------------------------------------------------------------------------------------------------ */

void yk_proxy_start(const char *host, const char *port, int ports[static EDGES]);
void yk_proxy_cut(int edge, double seconds);   /* resets what is open, and who comes in that time */
void yk_proxy_stall(int edge, double seconds); /* no byte passes */
void yk_proxy_delay(int edge, double seconds, unsigned ms);
void yk_proxy_heal(void);
void yk_proxy_end(void);

#endif
