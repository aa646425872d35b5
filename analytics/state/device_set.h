/* A set of devices keyed by (key id, pseudonym), merged on insertion. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_STATE_DEVICE_SET_H
#define YK_STATE_DEVICE_SET_H

#include "state/cell.h"

void yk_devices_clear(struct yk_devices *set);
/* Makes room for that many more, so that merging them grows the set at most once. */
enum yk_status yk_devices_reserve(struct yk_devices *set, size_t more) YK_MUST_CHECK;
/* Merges one device state: OR of ticks, earliest first, latest last, sums of the rest. */
enum yk_status yk_devices_merge(struct yk_devices *set, const struct yk_device *from) YK_MUST_CHECK;
/* Puts the list in order of (key_id, pseudonym), which no longer tells in which order the devices came. A device merged
 * afterwards costs the table anew. */
void yk_devices_sort(struct yk_devices *set);

#endif
