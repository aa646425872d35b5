/* One calibration as JSON, and its id. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the file is made of: calibrations.h. Private to this folder. */
#ifndef YK_CALIBRATIONS_ENTRY_H
#define YK_CALIBRATIONS_ENTRY_H

#include "calibrations/calibrations.h"
#include "config/mistakes.h"

#include <jansson.h>

/* for_people: with the id, times as text. Otherwise what the id is made of. A new reference; NULL: out of memory. */
json_t *yk_calibration_entry_json(const struct yk_calibration_entry *entry, bool for_people);
/* The entry at that place of the list, from 1; its mistakes are added, and then it is not to be used. */
void yk_calibration_entry_read(const json_t *object, size_t number, struct yk_calibration_entry *e,
                               struct yk_mistake_list *mistakes);
/* 8 hex digits of the text's hash. */
void yk_calibration_hash(const char *text, char id[static YK_CALIBRATION_ID_SIZE]);

#endif
