/* The figures of a recording as JSON and as text. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_RECORDING_REPORT_H
#define YK_RECORDING_REPORT_H

#include "recording/estimate.h"

#include <jansson.h>
#include <stdio.h>

/* To be given back with json_decref. */
json_t *yk_recording_json(const struct yk_recording_figures *figures);
void yk_recording_print(const struct yk_recording_figures *figures, FILE *to);

#endif
