/* The calibrations file: what was accepted, by whom, from when to when it holds. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One JSON document, made to be read: {"version": 1, "district": ID, "calibrations": [...]}. There are two kinds of entries: persons
 * per device of a place, and what the counts of a camera's line are multiplied by. An entry is never changed or removed; a new
 * one of the same place, or line and direction, takes over from its valid_from on, which begins an epoch (of a line: a local day)
 * that had not begun when it was accepted, so that published rows stay as they are. The fit stands there as it was made; what places say of each other
 * (estimate/pooling.h) is worked out from the entries in force whenever it is needed. */
#ifndef YK_CALIBRATIONS_CALIBRATIONS_H
#define YK_CALIBRATIONS_CALIBRATIONS_H

#include "config/config.h"
#include "estimate/calibration.h"
#include "estimate/pooling.h"
#include "estimate/ratio.h"

#include <stdbool.h>

#define YK_CALIBRATION_ID_SIZE 9 /* 8 hex digits: the head of the BLAKE2b hash of what the entry says */
#define YK_CALIBRATION_BY_SIZE 121
#define YK_CALIBRATIONS_MAX    4096
#define YK_CALIBRATION_YEAR_S  ((int64_t)365 * 86400)

enum yk_calibration_kind { YK_CALIBRATION_OF_DEVICES, YK_CALIBRATION_OF_LINE };

struct yk_line_fit {
    struct yk_ratio ratio;
    int64_t from_s, to_s; /* of the sessions */
};

struct yk_calibration_entry {
    char id[YK_CALIBRATION_ID_SIZE];
    enum yk_calibration_kind kind;
    char place[YK_ID_SIZE];
    char line[YK_ID_SIZE];           /* of a line: its id; otherwise "" */
    char direction[8];               /* of a line: "plus", "minus", or "both", which holds for either */
    char by[YK_CALIBRATION_BY_SIZE]; /* who accepted it, free text */
    int64_t accepted_s;
    int64_t valid_from_s, expires_s; /* holds in [from, expires) */
    struct yk_calibration fit;       /* of devices */
    struct yk_line_fit line_fit;     /* of a line */
};

struct yk_calibrations {
    char district[YK_ID_SIZE];
    struct yk_calibration_entry *list; /* in the order of acceptance */
    size_t count;
};

/* Every mistake with its entry (mistakes may be NULL: then err tells the first, and how many). A file that does not exist is
 * YK_ERR_NO_INPUT. Whatever it returns, free with yk_calibrations_clear. */
enum yk_status yk_calibrations_read(const char *path, const char *district, struct yk_calibrations *out,
                                    struct yk_config_mistakes *mistakes, struct yk_error *err) YK_MUST_CHECK;
void yk_calibrations_clear(struct yk_calibrations *calibrations);
/* Adds the entries to the file, which is made if it does not exist, in one step and durably; their ids are filled in. YK_ERR_REFUSED
 * if one has the id of an entry that is there, or takes over before that begins to hold. Two at once wait for each other
 * (lock.h); YK_ERR_UNAVAILABLE if the other one does not end. */
enum yk_status yk_calibrations_accept(const char *path, const char *district, struct yk_calibration_entry *entries,
                                      size_t count, struct yk_error *err) YK_MUST_CHECK;
/* id of what the entry says. */
void yk_calibration_entry_id(const struct yk_calibration_entry *entry, char id[static YK_CALIBRATION_ID_SIZE]);

enum yk_calibration_basis {
    YK_CALIBRATED_NOT,    /* no calibration of the place, and not enough of others */
    YK_CALIBRATED_OWN,    /* the place's own, drawn towards the others if there are any */
    YK_CALIBRATED_POOLED, /* from the other places of the district */
};

struct yk_calibration_in_force {
    enum yk_calibration_basis basis;
    struct yk_calibration calibration;
    const struct yk_calibration_entry *own; /* NULL unless basis is OWN */
    size_t places;                          /* whose entries are in it */
    char id[YK_CALIBRATION_ID_SIZE];        /* of the set of entries in it: what a row's parameters name */
};

/* What holds at a place at time t (the start of an epoch: rows of one epoch have one set of parameters). */
enum yk_calibration_basis yk_calibrations_in_force(const struct yk_calibrations *calibrations, const char *place,
                                                   int64_t t_s, struct yk_calibration_in_force *out);

#endif
