/* Names of the reasons. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/drops.h"

static const char *const names[] = {
#define X(name, text) #name,
    YK_DROP_REASONS(X)
#undef X
};

static const char *const texts[] = {
#define X(name, text) text,
    YK_DROP_REASONS(X)
#undef X
};

const char *yk_drop_name(enum yk_drop reason)
{
    return names[reason];
}

const char *yk_drop_text(enum yk_drop reason)
{
    return texts[reason];
}
