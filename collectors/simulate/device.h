/* A device that advertises, from its owner's coming to going. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SIMULATE_DEVICE_H
#define YK_SIMULATE_DEVICE_H

#include "simulate/packet.h"
#include "simulate/rng.h"
#include "simulate/scene.h"

#define YK_TRUTH_RESOLUTIONS 3 /* 15 minutes, hour, day */

struct yk_device {
    int64_t arrives_us, leaves_us;
    int64_t rotate_us;   /* next change of address; INT64_MAX: never */
    int64_t interval_us; /* from advert to advert, before the random delay */
    double period_us;    /* mean rotation period */
    double jitter;       /* of each period, a share */
    uint64_t mix;        /* splitmix64 state: addresses and periods */
    uint32_t place;
    uint32_t heard_in[YK_TRUTH_RESOLUTIONS];  /* number of the window in which it was last counted as heard */
    uint32_t listed_in[YK_TRUTH_RESOLUTIONS]; /* the same of its present address */
    uint8_t address_class;
    int8_t rssi_dbm; /* mean at the sensor */
    bool infrastructure;
    bool listed; /* the present address is in the list of addresses */
    uint8_t address[6];
    struct yk_packet packet;
};

/* Draws a device. arrives_us and leaves_us are the visit; the rotation is in a random phase at arrival.
 * advert_interval_s 0: real intervals. */
void yk_device_draw(struct yk_device *device, const struct yk_scene *scene, enum yk_ble_format format,
                    double advert_interval_s, struct yk_rng *rng, int64_t arrives_us, int64_t leaves_us);
/* An infrastructure beacon: public or static address, present in [from_us, to_us). */
void yk_device_draw_beacon(struct yk_device *device, enum yk_ble_format format, double advert_interval_s,
                           struct yk_rng *rng, int64_t from_us, int64_t to_us);
/* A new address now, and the time of the next. */
void yk_device_rotate(struct yk_device *device, enum yk_ble_format format);

static inline bool yk_device_rotates(const struct yk_device *device)
{
    return device->address_class == YK_CLASS_RESOLVABLE || device->address_class == YK_CLASS_NON_RESOLVABLE;
}

#endif
