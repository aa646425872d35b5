/* One line, drawn over. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/progress.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define WIDTH 30

static bool drawn;

void yk_progress_draw(const char *label, uint64_t done, uint64_t total)
{
    static struct yk_mono last;
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (!isatty(STDERR_FILENO) || (drawn && now.us - last.us < 100000))
        return;
    last = now;
    drawn = true;
    if (total == 0) {
        fprintf(stderr, "\r%s: %.1f MB\033[K", label, (double)done / 1e6);
        return;
    }
    if (done > total)
        done = total;
    int filled = (int)(done * WIDTH / total);
    fprintf(stderr, "\r%s [%.*s%*s] %3d %%\033[K", label, filled, "##############################", WIDTH - filled, "",
            (int)(done * 100 / total));
}

void yk_progress_clear(void)
{
    if (drawn)
        fprintf(stderr, "\r\033[K");
    drawn = false;
}
