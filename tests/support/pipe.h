/* Live inputs: a recording that somebody writes into a pipe, and what comes of it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_PIPE_H
#define YK_TESTS_SUPPORT_PIPE_H

#include "support/rig.h"

/* A copy of the rig's district whose epoch began eleven to twelve hours ago, so that none ends while a test runs.
 * Returns when the next one begins. */
int64_t yk_test_mid_epoch(struct yk_rig *rig);

/* Writes a whole file into a pipe that somebody reads. */
void yk_test_pipe_feed(const char *pipe, const char *recording);

/* Waits until a sensor's health later than last_s lies in the spool: what it heard before lies there, too. */
void yk_test_until_told(const char *spool, int64_t last_s);

#endif
