/* Each program carries what it needs and nothing else. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A program that does not hold the name of a function cannot call it: names of imported functions stand in every
 * dynamic executable, also in a stripped one, and names of our own in those that are not stripped. What serves and
 * exports has no way to the state store; an edge carries no database and no web server; the uplink cannot make a
 * pseudonym; the collector has no Redis and no network, and is replaced by another program where a camera comes over one.
 * Each name is also looked for where it has to be: a name that nobody has would
 * prove nothing. */
#include "support/rig.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool holds(const char *program, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/yukikai-%s", YK_BIN_DIR, program);
    size_t size;
    char *bytes = yk_rig_read(path, &size);
    bool found = memmem(bytes, size, name, strlen(name) + 1) != NULL;
    free(bytes);
    return found;
}

Test(programs, carry_what_they_need)
{
    static const struct {
        const char *name, *has[4], *has_not[6];
    } rules[] = {
        {"yk_state_open", {"analyze"}, {"serve", "export", "collect", "uplink"}},
        {"sqlite3_open_v2", {"analyze", "serve", "export"}, {"collect", "collect-network", "uplink"}},
        {"MHD_start_daemon", {"serve", "collect-network"}, {"collect", "uplink", "analyze", "export"}},
        {"mosquitto_connect_async", {"collect-network"}, {"collect", "uplink", "analyze", "serve", "export"}},
        {"crypto_shorthash_siphash24", {"collect"}, {"capture", "uplink", "analyze", "serve", "export"}},
        {"pcap_next_ex", {"collect"}, {"uplink", "analyze", "serve", "export"}},
        {"pcap_activate", {"capture"}, {"collect", "uplink", "analyze", "serve", "export"}},
        {"redisReaderGetReply", {"uplink", "analyze", "collect-network"}, {"collect", "serve", "export"}},
        {"SSL_do_handshake", {"uplink", "analyze", "collect-network"}, {"collect", "serve", "export"}},
        {"crypto_sign_detached", {"collect"}, {"capture", "serve", "export"}},
        {"crypto_box_seal_open", {"collect"}, {"keys", "uplink", "analyze", "serve", "export"}},
        {"gsl_linalg_SV_decomp", {"homography"}, {"collect", "capture", "uplink", "serve", "export"}},
        {"crypto_box_seal", {"keys"}, {"collect", "uplink", "analyze", "serve", "export"}},
    };
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
        for (const char *const *p = rules[r].has; *p; p++)
            cr_expect(holds(*p, rules[r].name), "yukikai-%s has no %s: this test looks for the wrong name", *p,
                      rules[r].name);
        for (const char *const *p = rules[r].has_not; *p; p++)
            cr_expect_not(holds(*p, rules[r].name), "yukikai-%s can call %s", *p, rules[r].name);
    }
}
