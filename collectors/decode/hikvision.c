/* Hikvision's people counting alerts (ISAPI EventNotificationAlert), XML. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     --boundary
 *     Content-Type: application/xml; charset="UTF-8"
 *
 *     <?xml version="1.0" encoding="UTF-8"?>
 *     <EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
 *       <channelID>1</channelID><dateTime>2020-07-09T12:15:00+08:00</dateTime><eventType>PeopleCounting</eventType>
 *       <peopleCounting><statisticalMethods>timeRange</statisticalMethods>
 *         <TimeRange><startTime>2020-07-09T12:00:00+08:00</startTime><endTime>2020-07-09T12:15:00+08:00</endTime></TimeRange>
 *         <enter>7</enter><exit>5</exit><regionsID>1</regionsID>
 *       </peopleCounting><isDataRetransmission>false</isDataRetransmission>
 *     </EventNotificationAlert>
 *
 * Taken: enter and exit of peopleCounting, which are plus and minus. With `timeRange` they are those of the range; with
 * `realTime` those since a reset, read at RealTime/time or else dateTime. Children, who are counted in a part of their own,
 * are in these numbers already; names, addresses and passers-by are not looked at. What was sent again
 * (isDataRetransmission) needs no look either: a bin that was told is known. The line is called by the channel, "1", or
 * where a device counts in several regions by channel and region, "1/2".
 *
 * Documents come one behind the other, within multipart bodies or not, in messages or lines of a file. What stands between
 * them is skipped; what breaks off or is no XML is counted, and the next document counts again, or the next message or
 * line that begins with one where a comment or value without end has swallowed it.
 *
 * Devices have been seen that write local time with the label of another zone. A message that has just come tells: where
 * its dateTime is right as the district's local time and wrong as it is labelled, labels are not believed until one is
 * right again.
 *
 * Bounds: DEPTH_MAX levels, no document type, TEXT_MAX bytes of a value, DOCUMENT_MAX of a document. */
#include "decode/camera_dialect.h"
#include "decode/decimal.h"
#include "decode/device_time.h"
#include "decode/json_record.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX    32
#define TEXT_MAX     63
#define DOCUMENT_MAX 65536 /* expat looks at a token from its beginning whenever a piece of it comes */
#define DECLARATION  "<?xml"
#define RIGHT_US     INT64_C(600000000) /* a message is that long under way at the most */
#define MOMENT       19                 /* characters of yyyy-mm-ddThh:mm:ss */
#define ROOT_NAME    "EventNotificationAlert"

enum node {
    ELSEWHERE,
    ROOT,
    COUNTING,
    REAL_TIME,
    TIME_RANGE,
    FIRST_VALUE,
    TYPE = FIRST_VALUE,
    SENT,
    CHANNEL,
    METHOD,
    ENTER,
    EXIT,
    REGION,
    READ_AT,
    START,
    END,
    NODES
};

static const struct {
    const char *name;
    enum node parent, node;
} tree[] = {
    {"eventType", ROOT, TYPE},
    {"dateTime", ROOT, SENT},
    {"channelID", ROOT, CHANNEL},
    {"peopleCounting", ROOT, COUNTING},
    {"statisticalMethods", COUNTING, METHOD},
    {"enter", COUNTING, ENTER},
    {"exit", COUNTING, EXIT},
    {"regionsID", COUNTING, REGION},
    {"RealTime", COUNTING, REAL_TIME},
    {"TimeRange", COUNTING, TIME_RANGE},
    {"time", REAL_TIME, READ_AT},
    {"startTime", TIME_RANGE, START},
    {"endTime", TIME_RANGE, END},
};

struct value {
    bool there, too_long;
    size_t length;
    char text[TEXT_MAX + 1];
};

struct decoder {
    XML_Parser parser;
    bool inside, done, again, mislabelled;
    int64_t fed;     /* bytes of the document, up to the piece that is being parsed */
    int64_t stop_at; /* where the document ended, or another began in it */
    int64_t near_us; /* time of the message before */
    unsigned depth;
    enum node path[DEPTH_MAX + 1];
    struct value values[NODES];
};

/* --- a document --- */

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct decoder *d = context;
    const char *colon = strrchr(name, ':');
    const char *local = colon ? colon + 1 : name;
    (void)attributes;
    if (d->depth == DEPTH_MAX) {
        XML_StopParser(d->parser, XML_FALSE);
        return;
    }
    enum node node = ELSEWHERE;
    bool is_root = strcmp(local, ROOT_NAME) == 0;
    if (d->depth == 0 && is_root)
        node = ROOT;
    if (d->depth > 0 && is_root) { /* the one before broke off */
        d->again = true;
        d->stop_at = XML_GetCurrentByteIndex(d->parser);
        XML_StopParser(d->parser, XML_FALSE);
        return;
    }
    for (size_t i = 0; d->depth > 0 && i < sizeof tree / sizeof *tree; i++)
        if (tree[i].parent == d->path[d->depth] && strcmp(tree[i].name, local) == 0)
            node = tree[i].node;
    if (node >= FIRST_VALUE) {
        if (d->values[node].there)
            node = ELSEWHERE; /* the first one stands */
        else
            d->values[node].there = true;
    }
    d->path[++d->depth] = node;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
    struct decoder *d = context;
    struct value *value = &d->values[d->path[d->depth]];
    if (d->depth == 0 || d->path[d->depth] < FIRST_VALUE)
        return;
    for (int i = 0; i < length; i++) {
        if (value->length == 0 && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t'))
            continue;
        if (value->length == TEXT_MAX) {
            value->too_long = true;
            return;
        }
        value->text[value->length++] = text[i];
    }
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct decoder *d = context;
    (void)name;
    struct value *value = &d->values[d->path[d->depth]];
    while (value->length > 0 && strchr(" \n\t\r", value->text[value->length - 1]))
        value->length--;
    value->text[value->length] = '\0';
    if (--d->depth > 0)
        return;
    d->done = true;
    d->stop_at = XML_GetCurrentByteIndex(d->parser) + XML_GetCurrentByteCount(d->parser);
    XML_StopParser(d->parser, XML_FALSE);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                               int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    XML_StopParser(((struct decoder *)context)->parser, XML_FALSE);
}

static void begin(struct decoder *d)
{
    XML_ParserReset(d->parser, NULL);
    XML_SetUserData(d->parser, d);
    XML_SetElementHandler(d->parser, on_start, on_end);
    XML_SetCharacterDataHandler(d->parser, on_text);
    XML_SetStartDoctypeDeclHandler(d->parser, on_doctype);
    memset(d->values, 0, sizeof d->values);
    d->path[0] = ELSEWHERE;
    d->inside = true;
    d->done = d->again = false;
    d->fed = 0;
    d->depth = 0;
}

/* --- what it says --- */

static bool says(const struct value *value, const char *word)
{
    return value->there && !value->too_long && strcasecmp(value->text, word) == 0;
}

/* Without the label of its zone. */
static size_t unlabelled(const struct value *value)
{
    size_t i = value->length < MOMENT ? value->length : MOMENT;
    while (i < value->length && (value->text[i] == '.' || (value->text[i] >= '0' && value->text[i] <= '9')))
        i++;
    return i;
}

static bool time_of(const struct decoder *d, const struct value *value, int64_t near_us, int64_t *out_us)
{
    size_t length = d->mislabelled ? unlabelled(value) : value->length;
    return value->there && !value->too_long && yk_device_time(value->text, length, near_us, out_us);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

static void judge_labels(struct decoder *d, int64_t arrived_us)
{
    const struct value *sent = &d->values[SENT];
    int64_t labelled_us, local_us;
    if (arrived_us == 0 || !sent->there || sent->too_long)
        return;
    if (yk_device_time(sent->text, sent->length, arrived_us, &labelled_us) &&
        distance(labelled_us, arrived_us) <= RIGHT_US)
        d->mislabelled = false;
    else if (yk_device_time(sent->text, unlabelled(sent), arrived_us, &local_us) &&
             distance(local_us, arrived_us) <= RIGHT_US)
        d->mislabelled = true;
}

static bool name_line(const struct decoder *d, struct yk_device_name *out)
{
    const struct value *channel = &d->values[CHANNEL], *region = &d->values[REGION];
    char text[2 * TEXT_MAX + 2];
    if (channel->too_long || region->too_long)
        return false;
    const char *by = channel->length ? channel->text : "1";
    int n = snprintf(text, sizeof text, region->length ? "%s/%s" : "%s", by, region->text);
    return yk_device_name_set(out, text, (size_t)n);
}

/* Digits; a number below zero is none of persons. */
static enum yk_drop number_of(const struct value *value, uint64_t *out)
{
    if (!value->there || value->length == 0)
        return YK_DROP_bad_schema;
    if (value->too_long || value->text[0] == '-')
        return YK_DROP_malformed;
    return yk_digits_parse(value->text, value->length, out) ? YK_DROP_COUNT : YK_DROP_bad_schema;
}

static enum yk_drop read_counts(struct decoder *d, int64_t near_us, struct yk_device_count *count)
{
    const struct value *v = d->values;
    enum yk_drop bad = number_of(&v[ENTER], &count->plus);
    if (bad == YK_DROP_COUNT)
        bad = number_of(&v[EXIT], &count->minus);
    if (bad != YK_DROP_COUNT)
        return bad;
    if (!name_line(d, &count->line))
        return YK_DROP_bad_schema;
    count->cumulative = says(&v[METHOD], "realTime");
    if (!count->cumulative && !says(&v[METHOD], "timeRange"))
        return v[METHOD].there ? YK_DROP_unsupported : YK_DROP_bad_schema;
    count->from_us = YK_COUNT_SINCE_UNKNOWN;
    bool dated = count->cumulative
                     ? time_of(d, &v[v[READ_AT].there ? READ_AT : SENT], near_us, &count->to_us)
                     : time_of(d, &v[START], near_us, &count->from_us) && time_of(d, &v[END], near_us, &count->to_us);
    if (!dated)
        return YK_DROP_bad_time;
    return !count->cumulative && count->from_us > count->to_us ? YK_DROP_malformed : YK_DROP_COUNT;
}

static enum yk_status tell(struct decoder *d, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct yk_device_count count = {.cumulative = false};
    if (!d->values[TYPE].there) {
        yk_drop(sink->drops, YK_DROP_bad_schema);
        return YK_OK;
    }
    judge_labels(d, sink->arrived_us);
    if (!says(&d->values[TYPE], "PeopleCounting")) { /* other alerts, and heartbeats */
        yk_drop(sink->drops, YK_DROP_unsupported);
        return YK_OK;
    }
    enum yk_drop bad = read_counts(d, sink->arrived_us ? sink->arrived_us : d->near_us, &count);
    if (bad != YK_DROP_COUNT) {
        yk_drop(sink->drops, bad);
        return YK_OK;
    }
    d->near_us = count.to_us;
    return sink->count ? sink->count(sink->context, &count, err) : YK_OK;
}

/* --- documents in text --- */

static bool starts(const char *text, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - text) >= length && memcmp(text, with, length) == 0;
}

static const char *find_start(const char *text, const char *end)
{
    for (const char *at = text; (at = memchr(at, '<', (size_t)(end - at))); at++)
        if (starts(at, end, DECLARATION) || starts(at, end, "<" ROOT_NAME))
            return at;
    return NULL;
}

/* Feeds one document from *at on, and moves behind what it took. */
static enum yk_status feed(struct decoder *d, const char **at, const char *end, const struct yk_camera_sink *sink,
                           struct yk_error *err)
{
    bool fresh = d->fed == 0;
    while (*at < end) {
        int64_t room = DOCUMENT_MAX - d->fed;
        if (room == 0) {
            yk_drop(sink->drops, YK_DROP_too_long);
            d->inside = false;
            return YK_OK;
        }
        int length = (int)(end - *at < room ? end - *at : room);
        bool good = XML_Parse(d->parser, *at, length, XML_FALSE) == XML_STATUS_OK;
        if (good) {
            d->fed += length;
            *at += length;
            continue;
        }
        int64_t stop = d->done || d->again ? d->stop_at : XML_GetCurrentByteIndex(d->parser);
        int64_t taken = stop - d->fed < 0 ? 0 : stop - d->fed > length ? length : stop - d->fed;
        *at += fresh && taken == 0 ? 1 : taken; /* a document that is none from its first byte on is behind us */
        d->inside = false;
        if (d->done)
            return tell(d, sink, err);
        yk_drop(sink->drops, YK_DROP_bad_xml);
        return YK_OK;
    }
    return YK_OK;
}

/* The record begins another document while one is open. A declaration stands before its document, in a line of its own. */
static bool breaks_off(const struct decoder *d, const char *text, const char *end)
{
    return starts(text, end, DECLARATION) || (d->depth > 0 && starts(text, end, "<" ROOT_NAME));
}

static enum yk_status record(void *state, const char *text, size_t length, const struct yk_camera_sink *sink,
                             struct yk_error *err)
{
    struct decoder *d = state;
    const char *at = text, *end = text + length;
    enum yk_status status = YK_OK;
    if (d->inside && breaks_off(d, text, end)) {
        yk_drop(sink->drops, YK_DROP_bad_xml);
        d->inside = false;
    }
    bool any = d->inside;
    while (at < end && status == YK_OK) {
        if (!d->inside) {
            at = find_start(at, end);
            if (!at)
                break;
            any = true;
            begin(d);
        }
        status = feed(d, &at, end, sink, err);
    }
    if (status != YK_OK)
        return status;
    if (sink->arrived_us > 0 && (d->inside || !any)) { /* a message is whole */
        yk_drop(sink->drops, YK_DROP_bad_xml);
        d->inside = false;
    }
    const char *line_break = "\n"; /* which the reader of lines has taken away */
    return d->inside ? feed(d, &line_break, line_break + 1, sink, err) : YK_OK;
}

static enum yk_status end_of_input(void *state, const struct yk_camera_sink *sink, struct yk_error *err)
{
    struct decoder *d = state;
    (void)err;
    if (d->inside)
        yk_drop(sink->drops, YK_DROP_bad_xml);
    d->inside = false;
    return YK_OK;
}

static bool guess(const char *text, size_t length)
{
    return memmem(text, length, "<" ROOT_NAME, sizeof ROOT_NAME) != NULL;
}

static enum yk_status open_state(const struct yk_camera_options *options, void **state, struct yk_error *err)
{
    (void)options;
    struct decoder *d = *state = calloc(1, sizeof *d);
    if (d)
        d->parser = XML_ParserCreate("UTF-8");
    if (d && d->parser)
        return YK_OK;
    free(d);
    *state = NULL;
    return yk_error_set(err, YK_ERR_MEMORY, "no memory for the Hikvision decoder");
}

static void close_state(void *state)
{
    struct decoder *d = state;
    XML_ParserFree(d->parser);
    free(d);
}

const struct yk_camera_dialect yk_camera_hikvision = {
    .name = "hikvision",
    .summary = "Hikvision people counting, ISAPI alerts as XML",
    .dated = true,
    .whole = true,
    .pace = YK_PACE_BINS,
    .guess = guess,
    .open = open_state,
    .record = record,
    .end = end_of_input,
    .close = close_state,
};
