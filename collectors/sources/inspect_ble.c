/* A recording's summary as JSON. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     { "link_type": 1002, "link_name": text, "packets": n, "adv_reports": n, "scan_responses": n,
 *       "addresses": { "total", "public", "random_static", "resolvable", "non_resolvable" },
 *       "payloads": { kind: n } of the adverts, those above 0,
 *       "rssi": { "min", "max" } or null, "first": RFC 3339 or null, "last": the same, "drops": { reason: n } }
 *
 * Only numbers arrive here: see decode/capture_summary.h. */
#include "sources/inspect_ble.h"

#include <stdio.h>
#include <time.h>

/* RFC 3339 in UTC, to the microsecond. */
static json_t *time_json(bool known, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    if (!known || !gmtime_r(&seconds, &tm))
        return json_null();
    char text[48];
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, sizeof text - n, ".%06dZ", (int)(time_us % 1000000));
    return json_string(text);
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
    json_object_set_new(object, key, json_integer((json_int_t)count));
}

static json_t *addresses_json(const uint64_t of[static YK_CLASS_COUNT])
{
    json_t *addresses = json_object();
    set_count(addresses, "total",
              of[YK_CLASS_PUBLIC] + of[YK_CLASS_STATIC] + of[YK_CLASS_RESOLVABLE] + of[YK_CLASS_NON_RESOLVABLE]);
    set_count(addresses, "public", of[YK_CLASS_PUBLIC]);
    set_count(addresses, "random_static", of[YK_CLASS_STATIC]);
    set_count(addresses, "resolvable", of[YK_CLASS_RESOLVABLE]);
    set_count(addresses, "non_resolvable", of[YK_CLASS_NON_RESOLVABLE]);
    return addresses;
}

static json_t *payloads_json(const uint64_t of[static YK_PAYLOAD_COUNT])
{
    json_t *object = json_object();
    for (size_t i = YK_PAYLOAD_none + 1; i < YK_PAYLOAD_COUNT; i++)
        if (of[i] > 0)
            set_count(object, yk_payload_kind_name((enum yk_payload_kind)i), of[i]);
    return object;
}

static json_t *drops_json(const struct yk_drops *drops)
{
    json_t *object = json_object();
    for (size_t i = 0; i < YK_DROP_COUNT; i++)
        if (drops->count[i] > 0)
            set_count(object, yk_drop_name((enum yk_drop)i), drops->count[i]);
    return object;
}

static json_t *summary_json(const struct yk_capture_summary *s)
{
    json_t *object = json_object();
    json_object_set_new(object, "link_type", json_integer(s->link_type));
    if (s->link_name)
        json_object_set_new(object, "link_name", json_string(s->link_name));
    set_count(object, "packets", s->packets);
    set_count(object, "adv_reports", s->adverts);
    set_count(object, "scan_responses", s->scan_responses);
    json_object_set_new(object, "addresses", addresses_json(s->addresses));
    json_object_set_new(object, "payloads", payloads_json(s->payloads));
    json_object_set_new(object, "rssi",
                        s->has_rssi ? json_pack("{s:i,s:i}", "min", s->rssi_min_dbm, "max", s->rssi_max_dbm)
                                    : json_null());
    json_object_set_new(object, "first", time_json(s->has_time, s->first_us));
    json_object_set_new(object, "last", time_json(s->has_time, s->last_us));
    json_object_set_new(object, "drops", drops_json(&s->drops));
    return object;
}

enum yk_status yk_inspect_ble(const char *path, yk_capture_progress_fn *progress, void *context,
                              const struct yk_capture_listener *listener, json_t **out, struct yk_error *err)
{
    struct yk_capture_summary summary;
    *out = NULL;
    enum yk_status status = yk_capture_summarise(path, progress, context, listener, &summary, err);
    if (summary.link_type >= 0)
        *out = summary_json(&summary);
    return status;
}
