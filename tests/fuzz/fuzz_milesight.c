/* Milesight counters from the outside. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return camera_lines(&yk_camera_milesight, data, size);
}
