/* Refused frames into a stream of their own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/quarantine.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EVERY_US ((int64_t)30 * 1000000)
#define HOUR_US  ((int64_t)3600 * 1000000)

void yk_quarantine_note(struct yk_quarantine *quarantine, unsigned reason, const char *text, const char *edge,
                        const uint8_t *bytes, size_t size, struct yk_mono now)
{
    struct yk_quarantine_entry *entry = &quarantine->entries[reason];
    if (entry->waiting || (entry->sent.us != 0 && now.us - entry->sent.us < EVERY_US))
        return;
    entry->waiting = true;
    entry->reason = text;
    entry->size = size;
    entry->kept = size < sizeof entry->bytes ? size : sizeof entry->bytes;
    yk_text_copy(entry->edge, sizeof entry->edge, edge);
    if (entry->kept)
        memcpy(entry->bytes, bytes, entry->kept);
}

static enum yk_status add(struct yk_consumer *consumer, const struct yk_quarantine_entry *entry, struct yk_wall wall,
                          struct yk_error *err)
{
    char oldest[32], size[24];
    snprintf(oldest, sizeof oldest, "%" PRId64, wall.us / 1000 - (int64_t)YK_QUARANTINE_HOURS * 3600 * 1000);
    snprintf(size, sizeof size, "%zu", entry->size);
    const char *argv[] = {"XADD",
                          NULL,
                          "MINID",
                          oldest,
                          "*",
                          "edge",
                          entry->edge,
                          "reason",
                          entry->reason,
                          "size",
                          size,
                          "frame",
                          (const char *)entry->bytes};
    size_t lengths[sizeof argv / sizeof argv[0]];
    for (size_t i = 0; i + 1 < sizeof argv / sizeof argv[0]; i++)
        lengths[i] = argv[i] ? strlen(argv[i]) : 0;
    lengths[sizeof argv / sizeof argv[0] - 1] = entry->kept;
    return yk_consumer_quarantine(consumer, (int)(sizeof argv / sizeof argv[0]), argv, lengths, err);
}

enum yk_status yk_quarantine_send(struct yk_quarantine *quarantine, struct yk_consumer *consumer, struct yk_mono now,
                                  struct yk_wall wall, struct yk_error *err)
{
    bool young = false;
    for (unsigned i = 0; i < YK_QUARANTINE_REASONS; i++) {
        struct yk_quarantine_entry *entry = &quarantine->entries[i];
        if (entry->waiting) {
            enum yk_status status = add(consumer, entry, wall, err);
            if (status != YK_OK)
                return status;
            entry->waiting = false;
            entry->sent = quarantine->swept = now;
        }
        young |= entry->sent.us != 0 && now.us - entry->sent.us <= (YK_QUARANTINE_HOURS + 2) * HOUR_US;
    }
    if (!young || now.us - quarantine->swept.us < HOUR_US)
        return YK_OK;
    /* Entries go when another comes; when none comes, an empty one does it. */
    static const struct yk_quarantine_entry sweep = {.reason = "old entries were let go"};
    quarantine->swept = now;
    return add(consumer, &sweep, wall, err);
}
