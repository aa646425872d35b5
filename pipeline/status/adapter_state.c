/* Names and words of adapters' states. SPDX-License-Identifier: GPL-3.0-or-later */
#include "status/adapter_state.h"

const char *yk_adapter_state_name(enum yk_adapter_state state)
{
    static const char *const names[] = {
#define X(name, text) #name,
        YK_ADAPTER_STATES(X)
#undef X
    };
    return names[state];
}

const char *yk_adapter_state_text(enum yk_adapter_state state)
{
    static const char *const texts[] = {
#define X(name, text) text,
        YK_ADAPTER_STATES(X)
#undef X
    };
    return texts[state];
}
