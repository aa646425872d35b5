/* GET /healthz and /readyz, for whoever supervises the server. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * healthz: the process answers. readyz: the store opens and can be read; before that 503 with the reason. */
#include "server/request.h"

#include <string.h>

static enum MHD_Result reply_text(struct yk_request *request, unsigned code, const char *text)
{
    char *body = strdup(text);
    return body ? yk_reply_take(request, code, "text/plain; charset=utf-8", body, strlen(body)) : MHD_NO;
}

enum MHD_Result yk_route_healthz(struct yk_request *request)
{
    return reply_text(request, MHD_HTTP_OK, "ok\n");
}

enum MHD_Result yk_route_readyz(struct yk_request *request)
{
    struct yk_error err = {0};
    struct yk_store_handle handle;
    enum yk_status status = yk_store_pool_take(request->site->stores, &handle, &err);
    if (status == YK_OK) {
        int64_t as_of;
        status = yk_publish_as_of(handle.store, &as_of, &err);
        yk_store_pool_give(request->site->stores, handle, status);
    }
    if (status == YK_OK)
        return reply_text(request, MHD_HTTP_OK, "ready\n");
    char text[600];
    snprintf(text, sizeof text, "not ready: %s\n", err.message);
    return reply_text(request, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}
