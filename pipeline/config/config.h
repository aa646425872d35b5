/* The district's configuration, checked and in memory. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One YAML file per district (and one small one per edge, see yk_edge_config). Read with libyaml's document tree, whose
 * nodes know their line: every mistake, of form and of meaning, is reported at once as file:line:column with a way to
 * mend it. Scalars are validated here and strictly: "10abc" is not a number, an unknown key is a mistake.
 *
 * Identifiers are [a-z0-9-], 1 to 31 characters, not beginning or ending with '-'. Places, lines, zones and sensors may
 * be listed several times under one id with different valid_from: the newest one that is not after the event's time
 * holds. */
#ifndef YK_CONFIG_CONFIG_H
#define YK_CONFIG_CONFIG_H

#include "base/error.h"
#include "base/holidays.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define YK_ID_SIZE        32  /* with the NUL */
#define YK_NAME_SIZE      96  /* UTF-8, with the NUL */
#define YK_PATH_SIZE      256 /* with the NUL */
#define YK_OWN_SIZE       64  /* of a device's own name of a line or zone, with the NUL */
#define YK_POINTS_MAX     64  /* of a line, zone or polygon */
#define YK_EVENT_KPIS_MAX 8

struct yk_name {
    char en[YK_NAME_SIZE]; /* falls back to the id */
    char ja[YK_NAME_SIZE]; /* falls back to en */
};

struct yk_polygon {
    size_t count; /* 0: none */
    double points[YK_POINTS_MAX][2];
};

struct yk_line_config {
    char id[YK_ID_SIZE];
    struct yk_name name;
    /* Either points, 2 or more in the camera's units, with direction plus to the side where (B-A)x(P-A) > 0; or the
     * name under which the device counts at a line of its own, whose direction plus is the device's in. */
    struct yk_polygon points;
    char device[YK_OWN_SIZE];
    double hysteresis;  /* same units, >= 0 */
    int64_t valid_from; /* as it was written; the reader has already laid it out, see yk_sensor_config */
};

struct yk_zone_config {
    char id[YK_ID_SIZE];
    struct yk_name name;
    struct yk_polygon points; /* 3 or more; or none, and then */
    char device[YK_OWN_SIZE]; /* the device's own zone of that name */
    int64_t valid_from;       /* as it was written, see yk_sensor_config */
};

enum yk_family { YK_FAMILY_RADIO, YK_FAMILY_CAMERA, YK_FAMILY_COUNTER };

/* A version of a sensor. Where lines or zones carry a valid_from of their own, the reader makes a version of the sensor
 * for each span of time in which they stay the same: whoever asks yk_config_sensor_at finds exactly the lines and zones
 * that hold at that time, each id once. */
struct yk_sensor_config {
    char id[YK_ID_SIZE];
    size_t place;          /* index into yk_config.places: the place as it is when the version begins */
    char kind[YK_ID_SIZE]; /* name of a source: ble_*, camera_*, counter_* say the family */
    enum yk_family family;
    char input[YK_PATH_SIZE]; /* file or pipe, for *_capture and *_file; or as in config/endpoint.h; "" if none */
    char adapter[YK_ID_SIZE]; /* radio */
    char format[YK_ID_SIZE];  /* camera dialect: "deepstream", "mot", ...; "" = guess */
    char topic[YK_PATH_SIZE]; /* camera or counter over MQTT */
    /* Of what comes over a network: the file that holds user:password or a token. A name without '/' is looked for
     * where the keys are. */
    char secret[YK_PATH_SIZE];
    double fps;      /* camera; 0 = not given */
    double frame[2]; /* camera whose coordinates are parts of the picture: width and height that lines and zones
                               * are drawn on; 0 = they are drawn in parts too */
    /* Camera: row by row, from its picture (of the size `frame`, where that is given) to metres on the ground, x to the east
     * and y to the north or any other two that lie so. Lines, zones and hysteresis are in metres then. */
    bool has_homography;
    double homography[9];
    int rssi_min_dbm;   /* radio: weaker adverts are not taken; -128 = all */
    int rssi_offset_db; /* radio: added to every RSSI before that; -40 to 40 */
    int64_t valid_from; /* seconds UTC; INT64_MIN = always */
    struct yk_line_config *lines;
    size_t line_count;
    struct yk_zone_config *zones;
    size_t zone_count;
};

struct yk_place_config {
    char id[YK_ID_SIZE];
    struct yk_name name;
    struct yk_polygon polygon; /* longitude, latitude */
    double area_m2;            /* 0 = not given */
    int closed_from_s;         /* local time of day between which nobody visits: what is heard then is infrastructure */
    int closed_to_s;           /* may be less than from: over midnight; equal: there are no closed hours */
    int64_t valid_from;
};

enum yk_resolution { YK_RES_15M, YK_RES_1H, YK_RES_1D, YK_RES_COUNT };

struct yk_kpi_config {
    char id[YK_ID_SIZE];
    char kpi[YK_ID_SIZE];
    size_t place;
    enum yk_resolution resolution;
    double base, target; /* NAN = not given */
    int fiscal_year;     /* 0 = not given */
};

/* A local day that is not like others of its weekday. */
struct yk_special_day_config {
    int64_t start_s; /* its midnight */
    int like;        /* 0: a holiday; i: of the kind calendar.word[i - 1], on its own weekday */
};
#define YK_DAY_WORDS_MAX      4
#define YK_COVARIATES_COLUMNS 8

/* Something that may have brought more people, or fewer, to places that are followed. */
struct yk_event_config {
    char id[YK_ID_SIZE];
    struct yk_name name;
    int64_t from_s, to_s;           /* full hours, at most a week */
    size_t kpis[YK_EVENT_KPIS_MAX]; /* indices into yk_config.kpis: what it may have changed */
    size_t kpi_count;
    size_t compare[YK_EVENT_KPIS_MAX]; /* what it did not reach, and is compared with */
    size_t compare_count;
};

enum yk_direction { YK_BOTH_WAYS, YK_PLUS, YK_MINUS };

/* A line of a camera or counter, and which of its crossings are meant. */
struct yk_counted_line {
    char line[YK_ID_SIZE];
    enum yk_direction direction;
};

/* Who passes at one line, and who of them comes in at another. */
struct yk_turn_in_config {
    char id[YK_ID_SIZE];
    size_t place;
    struct yk_counted_line entries, passers;
};

/* A survey of foot traffic: which hours of which days. */
struct yk_survey_config {
    char id[YK_ID_SIZE];
    size_t place;
    char line[YK_ID_SIZE]; /* "": all lines of the place together */
    int from_s, to_s;      /* local time of day, full quarters of an hour; to up to 24:00 */
    int counted_s;         /* of each hour from from_s on its first so many seconds: 900, 1800, 2700 or 3600 */
    bool all_days, weekdays, weekends, holidays;
    int *dates; /* and these: 20270503 is 3 May 2027 */
    size_t date_count;
};

struct yk_config {
    char path[YK_PATH_SIZE];
    char version_id[17]; /* 16 hex digits of the BLAKE2b hash of the file; rows carry it */
    char district[YK_ID_SIZE];
    struct yk_name district_name;
    char timezone[64];
    int fiscal_year_start; /* month 1..12, default 4 */
    struct yk_place_config *places;
    size_t place_count;
    struct yk_sensor_config *sensors;
    size_t sensor_count;
    uint32_t *places_by_id, *sensors_by_id; /* in the order of their ids; NULL: they are looked for one by one */
    struct yk_kpi_config *kpis;
    size_t kpi_count;
    struct yk_event_config *events;
    size_t event_count;
    struct {
        enum yk_holidays holidays; /* default: Japan's where the time zone is Asia/Tokyo, none elsewhere */
        struct yk_special_day_config *days;
        size_t day_count;
        char word[YK_DAY_WORDS_MAX][YK_ID_SIZE];
        int word_count;
    } calendar;
    struct {
        char file[YK_PATH_SIZE]; /* "": none. A path that is not absolute begins at the folder of this file */
        char date[YK_NAME_SIZE]; /* columns, as the file's first line names them */
        char column[YK_COVARIATES_COLUMNS][YK_NAME_SIZE];
        unsigned column_count;
    } covariates;
    struct yk_turn_in_config *turn_ins;
    size_t turn_in_count;
    struct yk_survey_config *surveys;
    size_t survey_count;
    struct {
        int epoch_hours;   /* divisor of 24; default 24 */
        int epoch_start_s; /* local time of day, default 04:00 */
        int grace_hours;   /* presence is accepted this long after its epoch; default 6 */
        int k;             /* fewest devices shown; default 10 */
        int line_k;        /* fewest crossings shown; default 0: published as they are */
    } privacy;
    struct {
        char space[YK_ID_SIZE]; /* names of tables, see analytics/estimate/level_of_service.h; default "hcm-space" */
        char flow[YK_ID_SIZE];  /* default "hcm-flow" */
    } los;
    struct {
        int stop_s;              /* a device visit as long as this is a stop; default 180 */
        char preset[YK_ID_SIZE]; /* a named practice, see analytics/estimate/stay_presets.h; default "": none */
    } dwell;
    struct {
        int rows_days;  /* published rows; default 3650 */
        int plain_days; /* horizon of crossings, counts and health; default 14 */
    } retention;
    struct {
        char url[YK_PATH_SIZE]; /* "unix:PATH", "tcp://HOST:PORT" or "tls://HOST:PORT"; default "unix:run/redis.sock" */
    } redis;
    struct {
        char listen[64]; /* address:port of the dashboard; default "127.0.0.1:8080" */
    } serve;
};

/* One mistake: line and column from 1 (0: the file as a whole). */
struct yk_config_mistake {
    int line, column;
    char text[240];
};

struct yk_config_mistakes {
    struct yk_config_mistake *list; /* sorted by line */
    size_t count;
};

/* Reads and checks path (1 MiB at the most). Sets the process's time zone to the district's, see base/calendar.h: a
 * bare date in valid_from is local midnight. A file that cannot be read is YK_ERR_NO_INPUT. On YK_ERR_CONFIG *mistakes
 * holds every mistake and err the first with the number of the others. On YK_OK *out is to be freed with
 * yk_config_free. `mistakes` may be NULL; otherwise free it with yk_config_mistakes_free. */
enum yk_status yk_config_read(const char *path, struct yk_config **out, struct yk_config_mistakes *mistakes,
                              struct yk_error *err) YK_MUST_CHECK;
/* The same on bytes that are already in memory; path is for messages. */
enum yk_status yk_config_read_bytes(const char *path, const void *bytes, size_t length, struct yk_config **out,
                                    struct yk_config_mistakes *mistakes, struct yk_error *err) YK_MUST_CHECK;
/* For programs: as yk_config_read, with every mistake printed on stderr. */
enum yk_status yk_config_load(const char *path, struct yk_config **out, struct yk_error *err) YK_MUST_CHECK;
void yk_config_free(struct yk_config *config);
void yk_config_mistakes_free(struct yk_config_mistakes *mistakes);
/* "FILE:LINE:COLUMN: text" a line each. */
void yk_config_mistakes_print(const char *path, const struct yk_config_mistakes *mistakes, FILE *to);

/* The entry with that id that holds at time t (seconds UTC), or NULL. */
const struct yk_sensor_config *yk_config_sensor_at(const struct yk_config *config, const char *id, int64_t t);
const struct yk_place_config *yk_config_place_at(const struct yk_config *config, const char *id, int64_t t);
/* Any entry with that id, the newest first; NULL if there is none. */
const struct yk_sensor_config *yk_config_sensor(const struct yk_config *config, const char *id);

/* True if the district keeps that local date as a public holiday. */
bool yk_config_day_is_holiday(const struct yk_config *config, int year, int month, int day);

/* "15m", "1h", "1d"; YK_RES_COUNT if the text is none of them. */
const char *yk_resolution_name(enum yk_resolution resolution);
enum yk_resolution yk_resolution_parse(const char *text);

#endif
