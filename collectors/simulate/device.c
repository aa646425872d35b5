/* Drawing devices: class, address, rotation, interval, distance. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rotation. A device has a mean period b, drawn from its population; half of the devices vary each period, uniformly in
 * b (1 +- jitter). Who walks in is somewhere inside a period: the period in progress is drawn in proportion to its
 * length (rejection) and the rest of it uniformly, which is the equilibrium of the renewal process. So rotations are
 * met at the rate 1/b from the first second on.
 *
 * Addresses (wire order, least significant byte first). Random ones have the top bits of their class: 11 static, 01
 * resolvable, 00 non-resolvable. Public ones have the locally administered bit set, so that they are no maker's.
 *
 * Adverts. Log-uniform intervals from 0.2 to 2 s, which is where phones and wearables are found; a given interval S
 * (thinning) becomes S (1 +- 0.2), drawn per device. The random delay of 0-10 ms per advert is the radio's.
 *
 * Signal. -59 dBm at 1 m, path loss exponent 2.2, uniform over a disc of 12 m, and 3 dB (sigma) between devices:
 * nearly all are above -90 dBm nearly always, where districts cut off the next street. */
#include "simulate/device.h"

#define RADIUS_M 12.0

static void new_address(struct yk_device *device, enum yk_ble_format format)
{
    static const uint8_t top_bits[YK_CLASS_COUNT] = {
        [YK_CLASS_STATIC] = 0xC0, [YK_CLASS_RESOLVABLE] = 0x40, [YK_CLASS_NON_RESOLVABLE] = 0x00};
    uint64_t bits = yk_splitmix(&device->mix);
    for (int i = 0; i < 6; i++)
        device->address[i] = (uint8_t)(bits >> (8 * i));
    if (device->address_class == YK_CLASS_PUBLIC)
        device->address[5] = (uint8_t)((device->address[5] & 0xFC) | 0x02);
    else
        device->address[5] = (uint8_t)((device->address[5] & 0x3F) | top_bits[device->address_class]);
    for (int r = 0; r < YK_TRUTH_RESOLUTIONS; r++)
        device->listed_in[r] = 0;
    device->listed = false;
    yk_packet_build(&device->packet, format, (enum yk_address_class)device->address_class, device->address);
}

void yk_device_rotate(struct yk_device *device, enum yk_ble_format format)
{
    new_address(device, format);
    double u = yk_unit_of(yk_splitmix(&device->mix));
    device->rotate_us += (int64_t)(device->period_us * (1 + device->jitter * (2 * u - 1)));
}

static int draw_index(struct yk_rng *rng, const double *weights, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += weights[i];
    double at = yk_rng_unit(rng) * sum;
    int chosen = -1;
    for (int i = 0; i < n; i++) {
        if (weights[i] <= 0)
            continue;
        chosen = i;
        if ((at -= weights[i]) < 0)
            break;
    }
    return chosen;
}

static void draw_radio(struct yk_device *device, double advert_interval_s, struct yk_rng *rng)
{
    double u = yk_rng_unit(rng);
    double interval_s = advert_interval_s > 0 ? advert_interval_s * (0.8 + 0.4 * u) : 0.2 * pow(10, u);
    device->interval_us = (int64_t)(interval_s * 1e6) - 5000; /* the delay's mean */
    if (device->interval_us < 10000)
        device->interval_us = 10000;
    double distance_m = fmax(1, RADIUS_M * sqrt(yk_rng_unit(rng)));
    double rssi = -59 - 22 * log10(distance_m) + 3 * yk_rng_normal(rng);
    device->rssi_dbm = (int8_t)fmin(-35, fmax(-95, round(rssi)));
}

void yk_device_draw(struct yk_device *device, const struct yk_scene *scene, enum yk_ble_format format,
                    double advert_interval_s, struct yk_rng *rng, int64_t arrives_us, int64_t leaves_us)
{
    *device = (struct yk_device){.arrives_us = arrives_us, .leaves_us = leaves_us, .rotate_us = INT64_MAX};
    device->address_class = (uint8_t)draw_index(rng, scene->class_weight, YK_CLASS_COUNT);
    draw_radio(device, advert_interval_s, rng);
    device->mix = yk_rng_next(rng);

    double weights[YK_SCENE_PERIODS];
    for (int i = 0; i < YK_SCENE_PERIODS; i++)
        weights[i] = scene->periods[i].weight;
    int population = draw_index(rng, weights, YK_SCENE_PERIODS);
    if (yk_device_rotates(device) && population >= 0) {
        const struct yk_scene_period *p = &scene->periods[population];
        device->period_us = 1e6 * yk_rng_between(rng, p->low_s, p->high_s);
        device->jitter = yk_rng_unit(rng) < 0.5 ? p->jitter : 0;
        double length;
        do
            length = 1 + device->jitter * yk_rng_between(rng, -1, 1);
        while (yk_rng_unit(rng) * (1 + device->jitter) > length);
        device->rotate_us = arrives_us + (int64_t)(device->period_us * length * yk_rng_unit(rng));
    }
    new_address(device, format);
}

void yk_device_draw_beacon(struct yk_device *device, enum yk_ble_format format, double advert_interval_s,
                           struct yk_rng *rng, int64_t from_us, int64_t to_us)
{
    *device =
        (struct yk_device){.arrives_us = from_us, .leaves_us = to_us, .rotate_us = INT64_MAX, .infrastructure = true};
    device->address_class = yk_rng_unit(rng) < 0.5 ? YK_CLASS_PUBLIC : YK_CLASS_STATIC;
    draw_radio(device, advert_interval_s, rng);
    device->mix = yk_rng_next(rng);
    new_address(device, format);
}
