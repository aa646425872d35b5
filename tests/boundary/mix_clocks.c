/* A time of the day where a span of time is measured. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

struct yk_mono yk_boundary(void);
struct yk_mono yk_boundary(void)
{
#ifdef YK_CONTROL
    struct yk_mono now = yk_mono_now(&yk_clock_system);
#else
    struct yk_mono now = yk_wall_now(&yk_clock_system);
#endif
    return now;
}
