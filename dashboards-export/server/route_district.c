/* GET /api/v1/district: what the page needs to know before it asks for rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The district's and its places' names, its time zone, the KPIs with targets, k, and as_of: the time of the newest
 * event that the rows take in (null while there is no data). Where sensors stand and what they are is not told. */
#include "base/calendar.h"
#include "server/request.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *name_json(const struct yk_name *name)
{
    return json_pack("{s:s, s:s}", "en", name->en, "ja", name->ja);
}

static bool has_id(const json_t *list, const char *id)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i,
                       entry) if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0) return true;
    return false;
}

/* "PLACE/PART" as in a row's place, once for each id however often it is listed with other dates. */
static void add_part(json_t *list, const char *place, const char *id, const struct yk_name *name)
{
    char whole[2 * YK_ID_SIZE];
    snprintf(whole, sizeof whole, "%s/%s", place, id);
    if (!has_id(list, whole))
        json_array_append_new(list, json_pack("{s:s, s:o}", "id", whole, "name", name_json(name)));
}

static json_t *place_json(const struct yk_config *config, const char *id, const struct yk_name *name)
{
    json_t *lines = json_array(), *zones = json_array();
    bool camera = false, radio = false;
    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct yk_sensor_config *sensor = &config->sensors[i];
        if (strcmp(config->places[sensor->place].id, id) != 0)
            continue;
        camera = camera || sensor->family == YK_FAMILY_CAMERA;
        radio = radio || sensor->family == YK_FAMILY_RADIO;
        for (size_t j = 0; j < sensor->line_count; j++)
            add_part(lines, id, sensor->lines[j].id, &sensor->lines[j].name);
        for (size_t j = 0; j < sensor->zone_count; j++)
            add_part(zones, id, sensor->zones[j].id, &sensor->zones[j].name);
    }
    return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o}", "id", id, "name", name_json(name), "radio", radio, "camera",
                     camera, "lines", lines, "zones", zones);
}

static json_t *places_json(const struct yk_config *config)
{
    json_t *places = json_array();
    for (size_t i = 0; i < config->place_count; i++) {
        const struct yk_place_config *place = &config->places[i];
        for (size_t j = i + 1; j < config->place_count; j++)
            if (strcmp(config->places[j].id, config->places[i].id) == 0 &&
                config->places[j].valid_from > place->valid_from)
                place = &config->places[j];
        if (!has_id(places, place->id))
            json_array_append_new(places, place_json(config, place->id, &place->name));
    }
    return places;
}

static json_t *number_json(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *kpis_json(const struct yk_config *config)
{
    json_t *kpis = json_array();
    for (size_t i = 0; i < config->kpi_count; i++) {
        const struct yk_kpi_config *kpi = &config->kpis[i];
        json_array_append_new(kpis, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", kpi->id, "kpi", kpi->kpi,
                                              "place", config->places[kpi->place].id, "resolution",
                                              yk_resolution_name(kpi->resolution), "base", number_json(kpi->base),
                                              "target", number_json(kpi->target), "fiscal_year",
                                              kpi->fiscal_year ? json_integer(kpi->fiscal_year) : json_null()));
    }
    return kpis;
}

static json_t *as_of_json(struct yk_site *site)
{
    struct yk_store_handle handle;
    int64_t as_of = 0;
    if (yk_store_pool_take(site->stores, &handle, NULL) != YK_OK)
        return json_null();
    enum yk_status status = yk_publish_as_of(handle.store, &as_of, NULL);
    yk_store_pool_give(site->stores, handle, status);
    char text[YK_TIME_TEXT_MAX];
    return status == YK_OK && as_of > 0 ? json_string(yk_time_format(text, as_of)) : json_null();
}

enum MHD_Result yk_route_district(struct yk_request *request)
{
    const struct yk_config *config = request->site->options.config;
    json_t *district =
        json_pack("{s:s, s:o, s:s, s:i, s:i, s:i, s:o, s:o, s:o}", "id", config->district, "name",
                  name_json(&config->district_name), "timezone", config->timezone, "fiscal_year_start",
                  config->fiscal_year_start, "k", config->privacy.k, "epoch_hours", config->privacy.epoch_hours,
                  "places", places_json(config), "kpis", kpis_json(config), "as_of", as_of_json(request->site));
    char *text = district ? json_dumps(district, JSON_COMPACT) : NULL;
    json_decref(district);
    if (!text)
        return yk_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
    return yk_reply_take(request, MHD_HTTP_OK, "application/json", text, strlen(text));
}
