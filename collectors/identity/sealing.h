/* The collector's end of the epoch keys. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For each epoch to come (the next one and the one after it) the collector makes an X25519 pair and leaves the public
 * half, signed, in the inbox. The uplink carries it to the district and brings back the epoch's key, which only the
 * private half opens. Private halves lie in a folder in RAM (base/ram_folder.h), so that a collector that is started again
 * can open its key again, and are overwritten and unlinked when their epoch has ended: from then on the message, whoever
 * kept it, opens nothing. No epoch key is ever in a file.
 *
 *     INBOX/sealing-EPOCH.msg   public, signed: for the uplink        EPOCH: its start, seconds since 1970
 *     INBOX/key-EPOCH.msg       signed and sealed: from the uplink
 *     FOLDER/EPOCH.key          private: secret (32), made at (8)
 *
 * A key is asked for once, when the epoch's first advert is heard. If it has not come by then, or cannot be opened, the
 * epoch has a local key to its end, also if the district's comes a minute later: a change of keys in mid-epoch would give
 * every device that is present a second pseudonym, which inflates visitors and cuts stays in two; a whole epoch that
 * says "local" misleads nobody. The epoch that runs when a collector is set up has no sealing key and is local too. */
#ifndef YK_IDENTITY_SEALING_H
#define YK_IDENTITY_SEALING_H

#include "base/clock.h"
#include "frame/epoch_key.h"
#include "identity/identity.h"

struct yk_sealing;

struct yk_sealing_options {
    const char *inbox;  /* NULL: local keys only */
    const char *folder; /* of private halves */
    const char *district, *edge;
    const uint8_t *edge_secret;     /* YK_FRAME_KEY_SIZE; must outlive this, as the clock */
    const uint8_t *district_public; /* YK_FRAME_PUBLIC_SIZE; copied */
    int epoch_hours, epoch_start_s;
    const struct yk_clock *clock;
};

/* A folder that cannot hold secrets is said once in the log, and leaves local keys. */
enum yk_status yk_sealing_new(const struct yk_sealing_options *options, struct yk_sealing **out,
                              struct yk_error *err) YK_MUST_CHECK;
void yk_sealing_free(struct yk_sealing *sealing);
/* Makes what is missing and destroys what has ended; looks at the folders every 10 s of the clock only, so it may be
 * called often. */
void yk_sealing_tick(struct yk_sealing *sealing);

/* For yk_identity_provider: opens keys, and logs which key an epoch has and when it was destroyed. Thread-safe. */
struct yk_key_provider yk_sealing_provider(struct yk_sealing *sealing);

struct yk_sealing_figures {
    uint64_t district_epochs, local_epochs; /* begun by this process */
    uint64_t refused[YK_KEY_FAULT_COUNT];   /* messages, by reason */
};
void yk_sealing_figures(struct yk_sealing *sealing, struct yk_sealing_figures *out);

#endif
