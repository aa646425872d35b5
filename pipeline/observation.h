/* The only record that leaves a collector. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounded numbers, no strings, no free text: there is no field in which an address, a name or a plate could travel.
 * Which sensor an observation belongs to is said by the frame that carries it (pipeline/frame/frame.h). */
#ifndef YK_OBSERVATION_H
#define YK_OBSERVATION_H

#include "base/drops.h"
#include "lag_histogram.h"
#include "lives/sums.h"

#include <stdbool.h>
#include <stdint.h>

#define YK_TICK_S       10                        /* presence is told on the UTC grid of 10 s */
#define YK_WINDOW_S     900                       /* states are kept per 15 minutes */
#define YK_WINDOW_TICKS (YK_WINDOW_S / YK_TICK_S) /* 90 */

enum yk_kind {
    YK_KIND_PRESENCE = 1,
    YK_KIND_CROSSING = 2,
    YK_KIND_ZONE = 3,
    YK_KIND_COUNT = 4,
    YK_KIND_SIGHTING = 5,
    YK_KIND_HEALTH = 6,
    YK_KIND_SUMS = 7,
};

/* One pseudonym heard by one sensor in one tick. A gap is the time from one advert to the next of the same pseudonym
 * and is counted in the tick in which it ends, also when it began in an earlier one; gaps above the merge gap
 * (YK_MERGE_GAP_S) are the end of one life and the birth of the next and are counted nowhere. */
struct yk_presence {
    uint64_t pseudonym;
    int64_t tick;          /* seconds since 1970 / YK_TICK_S */
    uint8_t address_class; /* enum yk_address_class */
    uint16_t adverts;      /* 1..65535, saturating */
    int32_t rssi_sum_dbm;  /* over the adverts that have an RSSI */
    uint16_t rssi_count;   /* of them; 0: none had one */
    int8_t rssi_max_dbm;   /* 127 if none had one */
    uint8_t first_ds;      /* first advert in the tick, 0..99 tenths of a second */
    uint8_t last_ds;       /* last advert, >= first_ds */
    uint32_t gap_ds;       /* sum G of the gaps that end in this tick, tenths of a second */
    uint32_t gap_sq_ds2;   /* sum G^2; a gap is at most YK_MERGE_GAP_S = 6000 ds, its square fits */
};

#define YK_MERGE_GAP_S 600 /* silence longer than this ends a life: Japanese practice, 'detections < 10 min apart' */

/* Closed hours of a place whose configuration does not say otherwise: 1:00 to 5:00 of the local clock. */
#define YK_CLOSED_FROM_S 3600
#define YK_CLOSED_TO_S   (5 * 3600)

struct yk_crossing {
    int64_t t_ms;     /* milliseconds since 1970 */
    uint8_t line;     /* index into the sensor's lines as configured at t */
    int8_t direction; /* +1 or -1 */
};

/* A slice of one track's stay in a zone. The edge cuts slices at every full minute, so a slice never crosses a window's
 * border and a track that is lost with its collector loses less than a minute. */
struct yk_zone_slice {
    int64_t from_ms; /* from <= to, in the same minute (to may be its end) */
    int64_t to_ms;
    uint32_t inside_ms; /* time inside, 0..60000 */
    uint8_t zone;       /* index into the sensor's zones */
    bool entered;       /* the track entered at from_ms (otherwise it goes on from the slice before) */
    bool left;          /* the track left or ended at to_ms */
};

/* Persons counted by a counter or a survey over an interval. */
struct yk_count {
    int64_t from_ms, to_ms;
    uint32_t plus, minus;
    uint8_t line;
};

/* The sensor ran from t0 to t1 (whole seconds): without it silence cannot be told from an outage. Sent once a minute.
 */
struct yk_health {
    int64_t t0_s, t1_s;    /* t0 < t1; t1 - t0 <= 3600 */
    uint64_t records;      /* observations sent in it, by this sensor, health excluded */
    struct yk_drops drops; /* since the previous health */
    bool has_lags;
    struct yk_lag_histogram lags[YK_ROTATING_COUNT]; /* radio sensors only */
};

/* Presence that could not be sent within its epoch and grace, reduced: what the estimators need of one window, and no
 * pseudonym. The same window is told at several lengths, since sums over an hour are not the sum over its quarters. */
struct yk_presence_sums {
    int64_t start_s;    /* of the window: a full quarter of an hour */
    uint32_t length_s;  /* a quarter, an hour of the district's clock (or what lies of it in the epoch), or an epoch */
    uint32_t covered_s; /* seconds of it that the reduced frames told of, at most length_s */
    struct yk_radio_sums radio; /* no number negative, none above YK_SUMS_MAX */
};
#define YK_SUMS_LENGTH_MAX_S (7 * 86400)
#define YK_SUMS_MAX          (INT64_C(1) << 56)

struct yk_observation {
    enum yk_kind kind;
    union {
        struct yk_presence presence;
        struct yk_crossing crossing;
        struct yk_zone_slice zone;
        struct yk_count count;
        struct yk_health health;
        struct yk_presence_sums sums;
    } as;
};

#endif
