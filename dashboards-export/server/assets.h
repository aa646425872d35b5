/* The page, bundled by web/build.mjs into the binary. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_SERVER_ASSETS_H
#define YK_SERVER_ASSETS_H

#include "server/server.h"

extern const struct yk_asset yk_assets[];
extern const size_t yk_asset_count;

#endif
