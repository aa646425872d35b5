/* The dashboard's HTTP server. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds: THREADS threads; CONNECTIONS_MAX connections; 16 KiB for a request's line and headers (libmicrohttpd answers
 * 414 or 431 by itself), 2,048 bytes for a URL; a connection that says nothing for IDLE_S seconds is closed. Only GET
 * and HEAD; a request's body is never read.
 *
 * A change of the store is seen by asking for its generation in every tick. Events are spaced EVENT_GAP_US apart: while
 * history passes quickly the store commits many times a second. */
#include "server/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/listen.h"
#include "server/live_rows.h"
#include "server/request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS         2
#define CONNECTIONS_MAX 512
#define IDLE_S          15
#define URL_MAX         2048
#define HEADERS_MAX     16384
#define EVENT_GAP_US    1000000
#define HEARTBEAT_US    10000000 /* below IDLE_S */
#define LIVE_CLIENTS    200

struct yk_server {
    struct yk_site site;
    struct MHD_Daemon *daemon;
    char url[128];
    /* The watcher's own handle and what it saw last. */
    struct yk_store_handle watch;
    int64_t generation;
    bool dirty;
    int64_t last_event_us, last_beat_us;
    struct yk_log_once store_away;
};

/* What is known of a request between its calls, as one of these addresses: libmicrohttpd asks first when it has the
 * headers, and again when the body, which we refuse to have, is over. Answering the first time closes the connection.
 */
static char url_fine, url_too_long, headers_seen;

static void *see_url(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    return strlen(uri) > URL_MAX ? &url_too_long : &url_fine;
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
           (length && strcmp(length, "0") != 0);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    (void)upload_size;
    struct yk_request request = {.site = context, .connection = connection, .path = url};
    if (*state == &url_too_long)
        return yk_reply_error(&request, MHD_HTTP_URI_TOO_LONG, "the address is longer than %d bytes", URL_MAX);
    request.route = yk_route_find(url);
    if (*state == &headers_seen)
        return yk_routes[request.route].answer(&request);
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return yk_reply_error(&request, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD work here");
    if (has_body(connection))
        return yk_reply_error(&request, MHD_HTTP_BAD_REQUEST, "a request here has no body");
    *state = &headers_seen;
    return MHD_YES;
}

enum yk_status yk_server_start(const struct yk_server_options *options, struct yk_server **out, struct yk_error *err)
{
    *out = NULL;
    int fd = -1;
    bool loopback;
    struct yk_server *server = calloc(1, sizeof *server);
    if (!server)
        return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
    enum yk_status status = yk_listen(options->listen, &fd, server->url, sizeof server->url, &loopback, err);
    if (status != YK_OK)
        goto fail;
    server->site.options = *options;
    server->site.stores = yk_store_pool_new(options->store_path);
    server->site.live = yk_live_new(options->live_clients_max ? options->live_clients_max : LIVE_CLIENTS);
    if (!server->site.stores || !server->site.live) {
        status = yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        goto fail;
    }
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL, answer, &server->site,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADERS_MAX, MHD_OPTION_URI_LOG_CALLBACK, see_url, NULL, MHD_OPTION_END);
    if (!server->daemon) {
        status = yk_error_set(err, YK_ERR_INTERNAL, "the web server did not start");
        goto fail;
    }
    if (!loopback)
        yk_log(YK_LOG_INFO,
               "the dashboard can be reached from the network, without encryption: put a TLS proxy before it");
    *out = server;
    return YK_OK;
fail:
    if (fd >= 0)
        close(fd);
    yk_store_pool_free(server->site.stores);
    yk_live_free(server->site.live);
    free(server);
    return status;
}

const char *yk_server_url(const struct yk_server *server)
{
    return server->url;
}

/* Has the store changed since the last look? A handle of its own is kept, because the generation counts what other
 * connections did since this one looked. */
static enum yk_status look(struct yk_server *server, bool *changed, struct yk_error *err)
{
    struct yk_store_handle now;
    int64_t generation;
    /* Through the pool, which gives the same file or opens the new one. */
    enum yk_status status = yk_store_pool_take(server->site.stores, &now, err);
    if (status != YK_OK)
        return status;
    bool same_file = server->watch.store && server->watch.device == now.device && server->watch.inode == now.inode;
    if (same_file) {
        yk_store_pool_give(server->site.stores, now, YK_OK);
        status = yk_publish_generation(server->watch.store, &generation, err);
        *changed = status == YK_OK && generation != server->generation;
    } else {
        yk_publish_close(server->watch.store);
        server->watch = now;
        status = yk_publish_generation(now.store, &generation, err);
        *changed = true;
    }
    if (status == YK_OK) {
        server->generation = generation;
    } else {
        yk_publish_close(server->watch.store);
        server->watch.store = NULL;
    }
    return status;
}

void yk_server_tick(struct yk_server *server)
{
    struct yk_error err = {0};
    int64_t now_us = yk_mono_now(&yk_clock_system).us;
    bool changed = false;
    enum yk_status status = look(server, &changed, &err);
    server->dirty = server->dirty || changed;
    if (status == YK_OK && server->dirty &&
        (server->last_event_us == 0 || now_us - server->last_event_us >= EVENT_GAP_US)) {
        char *text;
        size_t size;
        status = yk_live_rows_event(server->watch.store, &text, &size, &err);
        if (status == YK_OK) {
            yk_live_send_take(server->site.live, text, size);
            server->dirty = false;
            server->last_event_us = now_us;
        }
    }
    if (status == YK_OK)
        yk_log_leave(&server->store_away, "the publish store can be read");
    else
        yk_log_enter(&server->store_away, "waiting for the publish store: %s", err.message);
    if (now_us - server->last_beat_us >= HEARTBEAT_US) {
        yk_live_heartbeat(server->site.live);
        server->last_beat_us = now_us;
    }
}

void yk_server_stop(struct yk_server *server)
{
    if (!server)
        return;
    yk_live_shutdown(server->site.live);
    MHD_stop_daemon(server->daemon);
    yk_publish_close(server->watch.store);
    yk_store_pool_free(server->site.stores);
    yk_live_free(server->site.live);
    free(server);
}
