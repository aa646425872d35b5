/* Programs whose wall clock is off. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Those started between _enter and _leave get integration/faults/clock_shim.c preloaded; what is written into *offset_s
 * holds for them at once. Their monotonic clocks stay true. */
#ifndef YK_TESTS_SUPPORT_CLOCK_H
#define YK_TESTS_SUPPORT_CLOCK_H

#include <stdint.h>

struct yk_test_clock {
    char path[192];
    int64_t *offset_s;
};

void yk_test_clock_open(struct yk_test_clock *clock, const char *dir);
void yk_test_clock_close(struct yk_test_clock *clock);
void yk_test_clock_enter(const struct yk_test_clock *clock);
void yk_test_clock_leave(const struct yk_test_clock *clock);

#endif
