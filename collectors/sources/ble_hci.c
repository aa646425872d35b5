/* The source that listens with a Bluetooth adapter. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The adapter (hci_adapter.h) is made to listen and kept at it; each event is decoded and heard with the time at which it
 * was read. While the adapter listens, the sensor's time goes on whether anything is heard or not. While it does not
 * (unplugged, switched off, taken by another program), no time is told: it is lost coverage, and how many seconds it was
 * is in the next health observation, as the drop `deaf`. So is a time in which this process was held up for long. Events
 * for which the socket had no room meanwhile are the drop `overrun`. */
#include "sources/hci_adapter.h"
#include "sources/hearing.h"
#include "sources/source.h"

#include "base/text.h"

#include "decode/decoder.h"
#include "decode/hci.h"

#define STEP_MS  200
#define STALL_US 10000000

struct listening {
    struct yk_session *session;
    struct yk_hearing *hearing;
    const char *name;
    struct yk_adapter adapter;
    struct yk_mono told;
    struct yk_mono deaf;   /* since when it does not hear; us 0: it hears */
    struct yk_mono last;   /* when it was last known to hear */
    enum yk_status status; /* of a failure while hearing */
    struct yk_error *err;
    uint64_t deaf_s, lost;
};

/* From `last` on nothing is known to have been heard. */
static void pause_hearing(struct listening *l)
{
    l->status = yk_hearing_pause(l->hearing, l->err);
    l->deaf = l->last;
}

/* This process was held up, or the machine was: what waits in the socket came nobody knows when, and is a part of what
 * came. */
static bool stalled(struct listening *l)
{
    if (yk_mono_now(&yk_clock_boot).us - l->last.us <= STALL_US)
        return false;
    yk_adapter_again(&l->adapter);
    return true;
}

static void on_event(void *context, const uint8_t *event, size_t length)
{
    struct listening *l = context;
    if (l->deaf.us || l->status != YK_OK)
        return;
    if (stalled(l)) {
        pause_hearing(l);
        return;
    }
    yk_hci_event(yk_hearing_decoder(l->hearing), event, length, yk_wall_now(&yk_clock_system).us);
}

static void tell_state(struct listening *l, struct yk_mono now)
{
    if (now.us - l->told.us < STEP_MS * 1000)
        return;
    l->told = now;
    struct yk_adapter_status status = {
        .extended = l->adapter.extended, .coded = l->adapter.coded, .taken = l->adapter.taken, .deaf_s = l->deaf_s};
    if (l->deaf.us)
        status.deaf_s += (uint64_t)(now.us - l->deaf.us) / 1000000;
    yk_text_copy(status.adapter, sizeof status.adapter, l->name);
    yk_text_copy(status.adapter_state, sizeof status.adapter_state, yk_adapter_state_name(l->adapter.state));
    yk_session_adapter(l->session, &status);
    yk_session_progress(l->session, 0, 0); /* shows the drops */
}

static void count_lost(struct listening *l)
{
    yk_session_drops(l->session)->count[YK_DROP_overrun] += l->adapter.lost - l->lost;
    l->lost = l->adapter.lost;
}

static void hears_again(struct listening *l, struct yk_mono now)
{
    uint64_t seconds = (uint64_t)(now.us - l->deaf.us + 500000) / 1000000;
    yk_session_drops(l->session)->count[YK_DROP_deaf] += seconds;
    l->deaf_s += seconds;
    l->deaf.us = 0;
}

static enum yk_status listen(struct listening *l)
{
    l->last = l->deaf = yk_mono_now(&yk_clock_boot);
    while (l->status == YK_OK && !yk_session_stopping(l->session)) {
        bool hears = yk_adapter_step(&l->adapter, STEP_MS) && !stalled(l);
        if (l->status != YK_OK)
            break;
        struct yk_mono now = yk_mono_now(&yk_clock_boot);
        count_lost(l);
        if (!l->deaf.us && !hears)
            pause_hearing(l);
        l->last = now;
        if (hears && l->deaf.us)
            hears_again(l, now);
        if (l->status == YK_OK && hears) {
            int64_t now_us = yk_wall_now(&yk_clock_system).us;
            yk_decoder_pass(yk_hearing_decoder(l->hearing), now_us);
            l->status = yk_hearing_at(l->hearing, now_us, l->err);
        }
        yk_adapter_say(&l->adapter, yk_session_sensor(l->session)->id);
        tell_state(l, now);
    }
    return l->status;
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    struct listening l = {.session = session, .name = input, .err = err};
    enum yk_status status = yk_hearing_new(session, &l.hearing, err);
    if (status != YK_OK)
        return status;
    yk_adapter_init(&l.adapter, yk_adapter_number(input), on_event, &l);
    status = listen(&l);
    yk_adapter_stop(&l.adapter);
    count_lost(&l);
    enum yk_status finished = yk_hearing_finish(l.hearing, status == YK_OK ? err : NULL);
    yk_hearing_free(l.hearing);
    return status == YK_OK ? finished : status;
}

static bool takes(const char *input)
{
    return yk_adapter_number(input) >= 0;
}

const struct yk_source yk_source_ble_hci = {
    .name = "ble_hci",
    .summary = "Bluetooth LE advertisements, live, with an adapter of this machine (hci0)",
    .family = YK_FAMILY_RADIO,
    .takes = takes,
    .run = run,
};
