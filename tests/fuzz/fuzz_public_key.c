/* Any bytes as a device's edge.pub. SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zero[32];
    struct yk_public_file file;
    bool ok = yk_keys_parse_public_file(data, size, &file);
    if (ok && (size < 64 || size > 64 + 2 + 6 + 64 + 2 || (size > 66) != file.has_redis))
        abort();
    if (ok && !file.has_redis && memcmp(file.redis_sha256, zero, sizeof zero) != 0)
        abort();
    return 0;
}
