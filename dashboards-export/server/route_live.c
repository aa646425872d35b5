/* GET /api/v1/live: server-sent events, see live.h. SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/request.h"

enum MHD_Result yk_route_live(struct yk_request *request)
{
    struct MHD_Response *response = yk_live_connect(request->site->live, request->connection);
    if (!response)
        return yk_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "too many live streams are open; try again later");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* a proxy must pass events on at once */
    return yk_reply(request, MHD_HTTP_OK, response);
}
