/* The page's files, from inside the binary. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file whose name carries a hash of its content can be kept for ever; the page itself is asked for each time and
 * answered with 304 when it is still the same. Files were compressed when the program was built. */
#include "server/request.h"

#include <string.h>
#include <strings.h>

static const struct yk_asset *find(const struct yk_server_options *options, const char *path)
{
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    for (size_t i = 0; i < options->asset_count; i++)
        if (strcmp(options->assets[i].path, path) == 0)
            return &options->assets[i];
    return NULL;
}

/* "gzip" among the accepted codings, and not with weight 0. */
static bool accepts_gzip(struct MHD_Connection *connection)
{
    const char *list = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    const char *at = list ? strcasestr(list, "gzip") : NULL;
    if (!at)
        return false;
    at += strlen("gzip");
    return strncasecmp(at, ";q=0", 4) != 0 || strchr("123456789", at[4] == '.' ? at[5] : 'x') != NULL;
}

enum MHD_Result yk_route_assets(struct yk_request *request)
{
    const struct yk_asset *asset = find(&request->site->options, request->path);
    if (!asset)
        return yk_reply_error(request, MHD_HTTP_NOT_FOUND, "there is nothing at this address");

    const char *known =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    bool same = known && strstr(known, asset->etag) != NULL;
    bool gzip = asset->gzip && accepts_gzip(request->connection);
    size_t size = same ? 0 : gzip ? asset->gzip_size : asset->size;
    /* libmicrohttpd takes a pointer without const and only reads it. */
    const union {
        const void *ours;
        void *theirs;
    } pointer = {.ours = gzip ? asset->gzip : asset->bytes};
    struct MHD_Response *response = MHD_create_response_from_buffer(size, pointer.theirs, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, asset->etag);
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (!same) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, asset->media_type);
        if (gzip)
            MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    }
    return yk_reply(request, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}
