/* The headers of every answer, and errors as JSON. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page needs nothing from anywhere else and no inline script or style: the content policy says so, and a text that
 * got into the page by mistake could not run. Answers of the API are never cached; routes that allow it set
 * Cache-Control themselves before they come here. */
#include "exporters/json_row.h"
#include "server/request.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const headers[][2] = {
    {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                                "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

enum MHD_Result yk_reply(struct yk_request *request, unsigned code, struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (!MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    enum MHD_Result result = MHD_queue_response(request->connection, code, response);
    MHD_destroy_response(response);
    if (result == MHD_YES)
        yk_metrics_count(&request->site->metrics, request->route, code);
    return result;
}

enum MHD_Result yk_reply_take(struct yk_request *request, unsigned code, const char *media_type, char *body,
                              size_t size)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, media_type);
    return yk_reply(request, code, response);
}

enum MHD_Result yk_reply_error(struct yk_request *request, unsigned code, const char *fmt, ...)
{
    char message[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);

    char *body = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&body, &size);
    if (!to)
        return MHD_NO;
    fputs("{\"error\":", to);
    yk_json_text_write(to, message);
    fputs("}\n", to);
    if (fclose(to) != 0) {
        free(body);
        return MHD_NO;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "5");
    return yk_reply(request, code, response);
}

enum MHD_Result yk_reply_store_error(struct yk_request *request, const struct yk_error *err)
{
    if (err->status == YK_ERR_USAGE)
        return yk_reply_error(request, MHD_HTTP_BAD_REQUEST, "%s", err->message);
    /* The message names a path of the server: that is for its operator (log, /readyz), not for every visitor. */
    return yk_reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "%s",
                          err->status == YK_ERR_NO_INPUT ? "there is no data yet; try again in a while"
                                                         : "the data cannot be read right now; try again in a while");
}
