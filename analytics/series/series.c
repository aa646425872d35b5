/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "series/series.h"

#include <stdlib.h>

void yk_series_clear(struct yk_series *series)
{
    free(series->value);
    *series = (struct yk_series){0};
}
