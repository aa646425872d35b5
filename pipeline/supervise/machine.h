/* One machine that is edge and server at once: what replay, up and demo share. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 *     RUN/keys         district and edge keys, enrolment      RUN/spool       frames that wait
 *     RUN/state        the state store                        RUN/publish.db  rows behind the gate
 *     RUN/redis.sock   a private Redis                        RUN/NAME.log    what a part said
 *     in RAM           the inbox of epoch keys, if any (supervise/inbox.h)
 *
 * The edge is called `local` and is enrolled for every sensor of the district. */
#ifndef YK_SUPERVISE_MACHINE_H
#define YK_SUPERVISE_MACHINE_H

#include "config/config.h"
#include "supervise/private_redis.h"

struct yk_machine {
    const struct yk_config *config;
    const char *district; /* path of its YAML file */
    char run[YK_PATH_SIZE];
    char keys[YK_PATH_SIZE], spool[YK_PATH_SIZE], state[YK_PATH_SIZE], publish[YK_PATH_SIZE];
    char calibrations[YK_PATH_SIZE];
    char inbox[YK_PATH_SIZE]; /* "": local epoch keys only, as it is after opening */
    bool own_redis;           /* otherwise the configuration names one elsewhere */
    struct yk_private_redis redis;
};

/* Makes RUN and the keys if they are not there. config and district are kept by pointer. */
enum yk_status yk_machine_open(struct yk_machine *machine, const struct yk_config *config, const char *district,
                               const char *run, struct yk_error *err) YK_MUST_CHECK;
/* The address that the parts are to use. */
const char *yk_machine_redis_url(const struct yk_machine *machine);

/* Children with the arguments that every mode has in common; the caller adds its own. */
void yk_machine_collect(struct yk_machine *machine, struct yk_child *child, const char *family);
void yk_machine_uplink(struct yk_machine *machine, struct yk_child *child);
void yk_machine_analyze(struct yk_machine *machine, struct yk_child *child);
void yk_machine_serve(struct yk_machine *machine, struct yk_child *child);
void yk_machine_keys(struct yk_machine *machine, struct yk_child *child); /* keys run */
void yk_machine_export(struct yk_machine *machine, struct yk_child *child);

/* Brings what lies in the spool into the state store: a worker that takes history, an uplink until all is covered.
 * Redis and the worker are started again when they die, which costs time and nothing else. */
enum yk_status yk_machine_take_history(struct yk_machine *machine, bool quiet, const volatile sig_atomic_t *stop,
                                       struct yk_error *err) YK_MUST_CHECK;

#endif
