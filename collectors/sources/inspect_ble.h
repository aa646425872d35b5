/* What `yukikai inspect` says about a radio recording. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SOURCES_INSPECT_BLE_H
#define YK_SOURCES_INSPECT_BLE_H

#include "decode/capture_summary.h"

#include <jansson.h>

/* `listener` hears the same adverts (NULL: nobody). *out: an object with the keys of the manual, whatever could be read also after an error; NULL when nothing could. To
 * be given back with json_decref. */
enum yk_status yk_inspect_ble(const char *path, yk_capture_progress_fn *progress, void *context,
                              const struct yk_capture_listener *listener, json_t **out,
                              struct yk_error *err) YK_MUST_CHECK;

#endif
