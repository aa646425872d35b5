/* What the doctor says: for a person, and as data. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DOCTOR_SHOW_H
#define YK_DOCTOR_SHOW_H

#include "doctor/findings.h"

#include <stdio.h>

/* Aligned columns, then the findings; colour: with escape sequences of a terminal. */
void yk_doctor_show(FILE *to, const struct yk_checkup *checkup, const struct yk_findings *findings, bool colour);
/* The same as one JSON object. False if memory ran out. */
bool yk_doctor_show_json(FILE *to, const struct yk_checkup *checkup, const struct yk_findings *findings);

#endif
