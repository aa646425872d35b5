/* An edge: is it heard, and does it get away? SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/findings.h"
#include "doctor/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RADIO_SILENT_S   300
#define CAMERA_SILENT_S  600
#define DEVICE_CLOCK_S   60
#define AWAY_S           60
#define UNCONFIRMED_S    300
#define RATE_SPAN_MIN_S  600 /* shorter says little about how fast the spool fills */
#define DROPS_MIN        100
#define DROPS_SHARE_PART 10 /* one in ten */

static bool is_deaf(const struct yk_sensor_status *sensor)
{
    return sensor->adapter.adapter[0] &&
           strcmp(sensor->adapter.adapter_state, yk_adapter_state_name(YK_ADAPTER_listening)) != 0;
}

/* A radio that listens with an adapter of this machine: how that is, and what to do. */
static void of_adapter(struct yk_findings *f, const struct yk_sensor_status *sensor)
{
    static const char *const advice[YK_ADAPTER_STATE_COUNT] = {
        [YK_ADAPTER_absent] =
            "is it plugged in? hciconfig lists the adapters and dmesg says why one is missing; 'adapter' "
            "in the district file names the one to use",
        [YK_ADAPTER_down] =
            "bluetoothctl power on, or hciconfig hciN up, switches it on; rfkill list shows whether it is "
            "blocked",
        [YK_ADAPTER_no_right] = "the systemd unit gives it; for a start by hand: setcap cap_net_raw=ep on "
                                "yukikai-collect",
        [YK_ADAPTER_no_le] = "use another one, of Bluetooth 4.0 or later",
        [YK_ADAPTER_refuses] =
            "end that program (bluetoothctl scan off), then hciconfig hciN reset; an adapter of its own "
            "is best",
        [YK_ADAPTER_taken] = "end that program (bluetoothctl scan off), or give Yukikai an adapter of its own",
        [YK_ADAPTER_mute] = "unplug it and plug it in again, or hciconfig hciN reset; dmesg shows what the kernel says",
    };
    const struct yk_adapter_status *a = &sensor->adapter;
    char span[YK_WORDS_SIZE], count[YK_WORDS_SIZE];
    if (!a->adapter[0] || sensor->ended)
        return;
    for (int state = 0; state < YK_ADAPTER_STATE_COUNT && is_deaf(sensor); state++)
        if (advice[state] && strcmp(a->adapter_state, yk_adapter_state_name((enum yk_adapter_state)state)) == 0) {
            yk_words_span(span, (int64_t)a->deaf_s);
            yk_finding_add(f, YK_FINDING_FAULT, sensor->id,
                           "%s hears nothing: %s %s (%s without listening since the start): %s", sensor->id, a->adapter,
                           yk_adapter_state_text((enum yk_adapter_state)state), span, advice[state]);
        }
    if (is_deaf(sensor))
        return;
    yk_finding_add(f, YK_FINDING_NOTE, sensor->id, "%s listens with %s: %s", sensor->id, a->adapter,
                   a->coded      ? "legacy and extended advertisements, on the 1M and the coded PHY"
                   : a->extended ? "legacy and extended advertisements; the coded PHY is more than this adapter can"
                                 : "legacy advertisements; extended ones (Bluetooth 5) are more than this adapter can");
    if (a->taken > 0)
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id,
                       "another program made %s listen in another way, %s times since the start; that time is lost "
                       "coverage: end it (bluetoothctl scan off), or give Yukikai an adapter of its own",
                       a->adapter, yk_words_count(count, a->taken));
}

static void of_silence(struct yk_findings *f, const struct yk_collect_status *collect,
                       const struct yk_sensor_status *sensor, int64_t age_s)
{
    bool radio = strcmp(sensor->family, "radio") == 0;
    if (sensor->ended || sensor->silent_s == YK_NONE || is_deaf(sensor))
        return;
    int64_t silent_s = sensor->silent_s + age_s;
    if (silent_s < (radio ? RADIO_SILENT_S : CAMERA_SILENT_S))
        return;
    char span[YK_WORDS_SIZE];
    yk_words_span(span, silent_s);
    const char *advice = radio ? "is the Bluetooth adapter there (hciconfig), and does what writes its input still run?"
                               : "is the camera's stream running, and does what writes its events still run? (At night "
                                 "there may be nobody to see.)";
    if (sensor->last_event_s == YK_NONE)
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id,
                       "%s has not been heard once since collect (%s) was started %s ago: %s", sensor->id,
                       collect->slot, span, advice);
    else
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id, "%s has not been heard for %s: %s", sensor->id, span, advice);
}

/* Records that cannot be read are ordinary in the air and a defect in a camera's messages. */
static void of_drops(struct yk_findings *f, const struct yk_sensor_status *sensor)
{
    static const struct {
        const char *name, *what;
    } reasons[] = {
        {"bad_json", "is not JSON: is the input the right one, and its 'format' in the district file?"},
        {"bad_schema", "lacks a field or has one of the wrong kind: is 'format' in the district file the camera's?"},
        {"bad_time", "has a time that cannot be right: is the clock of what writes it set?"},
        {"out_of_order", "is older than what was closed: do two writers share this input, or did their clock step?"},
        {"table_full", "found its table full: there are more devices or tracks at once than a sensor can hold"},
        {"overrun",
         "came while the collector was held up, by a slow disk above all: packaging/sysctl.d gives its socket "
         "more room"},
        {"too_long", "is longer than the limit: is the input the right one?"},
        {"bad_xml", "is not XML: is the input the right one, and its 'format' in the district file?"},
        {"refused",
         "came without the sensor's token, or from a topic that it does not read: is 'secret' the device's?"},
        {"untracked", "has no track id: switch the camera's tracker on"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        uint64_t count = yk_tally_count(&sensor->drops, reasons[i].name);
        if (count < DROPS_MIN || count < (sensor->observations + count) / DROPS_SHARE_PART)
            continue;
        char words[YK_WORDS_SIZE];
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id, "%s of what %s reads are dropped (%s): each of them %s",
                       yk_words_count(words, count), sensor->id, reasons[i].name, reasons[i].what);
    }
}

/* What a camera's stamps say against this machine's clock, with the time that its messages are under way. */
static void of_device_clock(struct yk_findings *f, const struct yk_sensor_status *sensor)
{
    if (sensor->ended || !isfinite(sensor->clock_lag_s) || fabs(sensor->clock_lag_s) <= DEVICE_CLOCK_S)
        return;
    char span[YK_WORDS_SIZE];
    yk_words_span(span, (int64_t)llround(fabs(sensor->clock_lag_s)));
    if (sensor->clock_lag_s > 0)
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id,
                       "what %s sends is stamped %s before it comes: the device's clock is behind (give it an NTP "
                       "server, and look at its time zone), or its messages wait that long under way",
                       sensor->id, span);
    else
        yk_finding_add(
            f, YK_FINDING_FAULT, sensor->id,
            "what %s sends is stamped %s after it comes: the device's clock is ahead (give it an NTP server, "
            "and look at its time zone), or this machine's is behind",
            sensor->id, span);
}

/* Before the clock is known nothing can be told, and some of it may be lost for good. */
static void of_held(struct yk_findings *f, const struct yk_sensor_status *sensor)
{
    char count[YK_WORDS_SIZE];
    uint64_t lost = yk_tally_count(&sensor->drops, "undated");
    if (sensor->held > 0)
        yk_finding_add(f, YK_FINDING_FAULT, sensor->id,
                       "%s observations of %s are held until this machine's clock is known, and are lost if it is "
                       "started again before: timedatectl shows why it is not; systemd-timesyncd or chrony sets it",
                       yk_words_count(count, sensor->held), sensor->id);
    if (lost > 0)
        yk_finding_add(f, YK_FINDING_NOTE, sensor->id,
                       "%s observations of %s were heard before this machine's clock was known and are lost: it was "
                       "started again, or it took too long. A battery for its clock would keep them",
                       yk_words_count(count, lost), sensor->id);
}

static void of_collector(const struct yk_checkup *c, struct yk_findings *f, const struct yk_collect_status *collect)
{
    char name[64], unit[96], count[YK_WORDS_SIZE];
    snprintf(name, sizeof name, "collect (%s)", collect->slot);
    snprintf(unit, sizeof unit, "yukikai-collect-%s@%s", collect->slot, collect->edge);
    if (collect->head.ended && collect->complete) {
        yk_finding_add(f, YK_FINDING_NOTE, collect->slot, "%s has read its files to their end", name);
    } else if (!yk_finding_part(c, f, &collect->head, name, unit)) {
        for (size_t i = 0; i < collect->sensor_count; i++) {
            of_silence(f, collect, &collect->sensors[i], yk_status_age(c, &collect->head));
            of_adapter(f, &collect->sensors[i]);
            of_drops(f, &collect->sensors[i]);
            of_device_clock(f, &collect->sensors[i]);
            of_held(f, &collect->sensors[i]);
        }
    }
    if (collect->given_up > 0) {
        bool away = c->uplink_read == YK_READ_OK && !c->uplink.connected;
        yk_finding_add(f, away ? YK_FINDING_FAULT : YK_FINDING_NOTE, collect->slot,
                       "%s frames of %s were given up for want of room or because of their age; the tables show their "
                       "time as lost coverage, or as sums where these could be made. %s",
                       yk_words_count(count, collect->given_up), name,
                       away ? "It goes on until Redis can be reached"
                            : "Nothing is given up while Redis can be reached");
    }
}

/* "the spool has room for 9 days", from how fast it filled since the oldest frame that waits. */
static void say_room(const struct yk_checkup *c, char *out, size_t size)
{
    uint64_t bytes = 0, room = c->uplink.free_bytes;
    for (size_t i = 0; i < c->collect_count; i++) { /* each collector tells of the whole spool */
        const struct yk_collect_status *collect = &c->collect[i];
        bytes = collect->spool_bytes > bytes ? collect->spool_bytes : bytes;
        if (collect->spool_max_bytes > 0) {
            uint64_t left = collect->spool_max_bytes > bytes ? collect->spool_max_bytes - bytes : 0;
            room = left < room ? left : room;
        }
    }
    char words[YK_WORDS_SIZE];
    int64_t span = c->uplink.oldest_s != YK_NONE ? c->now_s - c->uplink.oldest_s : 0;
    if (c->uplink.total_bytes == 0)
        out[0] = '\0';
    else if (bytes > 0 && span >= RATE_SPAN_MIN_S) {
        double room_s = (double)room / (double)bytes * (double)span;
        snprintf(out, size, ", the spool has room for %s",
                 yk_words_span(words, room_s < 1e12 ? (int64_t)room_s : (int64_t)1e12));
    } else
        snprintf(out, size, ", the spool has room for %s", yk_words_size(words, room));
}

static void of_redis(const struct yk_checkup *c, struct yk_findings *f)
{
    const struct yk_uplink_status *u = &c->uplink;
    char span[YK_WORDS_SIZE], count[YK_WORDS_SIZE], room[96];
    int64_t since = u->since_s != YK_NONE ? c->now_s - u->since_s : 0;
    yk_words_span(span, since);
    yk_words_count(count, u->waiting);
    say_room(c, room, sizeof room);
    if (!u->connected && since >= AWAY_S) {
        if (strcmp(u->reason, "refused") == 0)
            yk_finding_add(
                f, YK_FINDING_FAULT, "redis",
                "Redis has refused %s for %s: %s frames wait%s. Has the server loaded the newest ACL file, and "
                "is the password here the one that the edge was enrolled with?",
                u->edge, span, count, room);
        else if (strcmp(u->reason, "full") == 0)
            yk_finding_add(
                f, YK_FINDING_FAULT, "redis",
                "Redis has been out of memory for %s: %s frames wait%s. Is analyze running on the server? It "
                "makes room by taking what is there",
                span, count, room);
        else
            yk_finding_add(f, YK_FINDING_FAULT, "redis",
                           "Redis has been away for %s: %s frames wait%s. Is the network up, and does Redis run on the "
                           "server? Nothing is lost as long as there is room",
                           span, count, room);
        return;
    }
    int64_t oldest = u->oldest_s != YK_NONE ? c->now_s - u->oldest_s : 0;
    if (u->connected && u->waiting > 0 && oldest >= UNCONFIRMED_S && since >= UNCONFIRMED_S) {
        if (u->unsent > 0)
            yk_finding_add(f, YK_FINDING_NOTE, "redis",
                           "a backlog is being sent: %s frames wait, the oldest is %s old%s", count,
                           yk_words_span(span, oldest), room);
        else
            yk_finding_add(
                f, YK_FINDING_FAULT, "redis",
                "Redis takes the frames and the district does not confirm them: %s frames wait, the oldest is "
                "%s old%s. Is analyze running on the server, and does it know this edge? There, yukikai doctor "
                "says why",
                count, yk_words_span(span, oldest), room);
    }
}

/* Which of the two clocks is wrong nobody here can know. */
static void of_skew(const struct yk_checkup *c, struct yk_findings *f)
{
    const struct yk_uplink_status *u = &c->uplink;
    if (!isfinite(u->skew_s) || !isfinite(u->skew_error_s) || fabs(u->skew_s) - u->skew_error_s < YK_SKEW_MAX_S)
        return;
    char span[YK_WORDS_SIZE];
    yk_finding_add(
        f, YK_FINDING_FAULT, "clock",
        "the clock of this machine is %s %s that of Redis' machine: what is heard here is put into the wrong "
        "minutes, if it is this one that is wrong. timedatectl on both shows which, and why",
        yk_words_span(span, (int64_t)llround(fabs(u->skew_s))), u->skew_s > 0 ? "ahead of" : "behind");
}

static bool is_run(const struct yk_checkup *c, const char *sensor)
{
    for (size_t s = 0; s < c->collect_count; s++)
        for (size_t i = 0; i < c->collect[s].sensor_count; i++)
            if (strcmp(c->collect[s].sensors[i].id, sensor) == 0)
                return true;
    return false;
}

void yk_findings_of_edge(const struct yk_checkup *c, struct yk_findings *f)
{
    for (size_t i = 0; i < c->collect_count; i++)
        of_collector(c, f, &c->collect[i]);
    for (size_t i = 0; c->edge && c->spool[0] && i < c->edge->sensor_count; i++)
        if (!is_run(c, c->edge->sensors[i].id))
            yk_finding_add(f, YK_FINDING_FAULT, c->edge->sensors[i].id,
                           "%s is a sensor of %s, and no collector that writes into %s runs it", c->edge->sensors[i].id,
                           c->edge->id, c->spool);
    if (c->uplink_read != YK_READ_OK) {
        if (c->uplink_read == YK_READ_MISSING && c->collect_count > 0 && !yk_checkup_up_gone(c))
            yk_finding_add(f, YK_FINDING_FAULT, "uplink",
                           "collect writes into the spool and no uplink has ever sent from it: systemctl start "
                           "yukikai-uplink@%s",
                           c->collect[0].edge);
        return;
    }
    char unit[64], count[YK_WORDS_SIZE];
    snprintf(unit, sizeof unit, "yukikai-uplink@%s", c->uplink.edge);
    if (!yk_finding_part(c, f, &c->uplink.head, "uplink", unit)) {
        of_redis(c, f);
        of_skew(c, f);
    }
    if (c->uplink.damaged > 0)
        yk_finding_add(
            f, YK_FINDING_NOTE, "spool",
            "%s stretches of the spool hold no whole frame: the power went while one was written, or the disk "
            "is failing (dmesg tells)",
            yk_words_count(count, c->uplink.damaged));
}
