/* What spool.c and spool_room.c share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_FRAME_SPOOL_PRIVATE_H
#define YK_FRAME_SPOOL_PRIVATE_H

#include "base/clock.h"
#include "base/log.h"
#include "frame/spool.h"

#include <pthread.h>

#define SEGMENT_MAX (8 * 1024 * 1024)
#define DAY_S       86400
#define GROUPS      YK_GROUP_COUNT

struct segment {
    int fd; /* -1: none open */
    int64_t period_s;
    size_t size;
};

/* The last frame of a lane, as it stands in the slot's file: where the next incarnation finds its predecessor. */
struct lane {
    uint8_t group, lane;
    char sensor[YK_ID_SIZE];
    uint64_t incarnation, sequence;
    int64_t from_s, to_s;
    int64_t wrote_s;                            /* by this machine's clock, whatever the sensor's own says */
    uint64_t predecessor, predecessor_sequence; /* not in the file: what stood there when we started */
    int64_t predecessor_from_s, predecessor_to_s;
};

#define LANE_RECORD 128 /* bytes in the file; a power of two, so that one never lies on two blocks of the disk */
#define LANE_BYTES  74  /* of it used: group, lane, sensor, incarnation, sequence, from, to, wrote */
#define LANE_SUM    8   /* after them: the first bytes of their BLAKE2b */
#define LANES_MAX   2048

struct yk_spool {
    pthread_mutex_t lock;
    char dir[YK_PATH_SIZE];
    char district[YK_ID_SIZE], edge[YK_ID_SIZE];
    const uint8_t *secret_key;
    uint8_t *tag_key; /* in locked memory; NULL: none */
    uint64_t config_id;
    bool sync;
    int slot_fd; /* <slot>.lanes, locked: one collector per slot */
    int wake_fd;
    uint64_t incarnation;
    struct lane *lanes;
    size_t lane_count;
    uint64_t segments;
    _Atomic uint64_t frames, given_up; /* also read without the lock */
    uint64_t max_bytes, bytes;         /* bound (0: none), and about how much is there: measured anew when it matters */
    size_t segment_max;
    struct yk_log_once no_sync, no_room;
    struct yk_mono full_since; /* us = 0: there is room */
    struct segment open[GROUPS];
    uint8_t buffer[YK_FRAME_SIZE_MAX];
};

/* The rest is called with the lock held. */

/* Makes room for more bytes by giving up the oldest presence; YK_ERR_FULL if there is nothing that may be given up. own:
 * also what we are writing now, when nothing older is left: for our own bound, not for a disk that others have filled
 * and may clear. */
enum yk_status yk_spool_make_room(struct yk_spool *spool, bool own, struct yk_error *err) YK_MUST_CHECK;
/* True if the next frame of that size would go over the bound. */
bool yk_spool_over(struct yk_spool *spool, size_t size);
/* Gives up every frame of a segment: tombstones for them are appended, the file is unlinked. Returns how many frames. */
uint64_t yk_spool_give_up(struct yk_spool *spool, const char *path);

/* Appends a sealed frame from spool->buffer to the open segment of that group and period. */
enum yk_status yk_spool_write(struct yk_spool *spool, enum yk_group group, int64_t period_s, size_t size,
                              struct yk_error *err) YK_MUST_CHECK;
void yk_spool_close_segment(struct segment *segment);

#endif
