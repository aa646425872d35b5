/* Listeners, doors, visitors. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libmicrohttpd's inner thread calls answer() with the headers, with each piece of the body and at its end; the sensors'
 * threads take. One lock per listener guards doors, queues and the list of connections.
 *
 * libmicrohttpd knows a time limit for silence only. A visitor who sends a byte now and then keeps a connection for hours,
 * in the headers or in the body; so each connection is noted with the time at which it began or its last request was
 * whole, and whoever waits at a door shuts those that take too long. Shutting is shutdown(2): libmicrohttpd sees an end and
 * clears up. */
#include "network/door.h"

#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64u
#define PER_ADDRESS_MAX 8u
#define SILENT_S        10u
#define WHOLE_MS        30000
#define HEADERS_MAX     16384
#define QUEUE_MAX       256
#define QUEUE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define DISCARD_MAX     ((size_t)4 * 1024 * 1024)
#define FIRST_CAPACITY  4096
#define TOKEN_MAX       1024
#define BACKLOG         128

struct message {
    char *bytes;
    size_t size;
};

struct yk_door {
    struct yk_door *next;
    struct listener *listener;
    char path[YK_PATH_SIZE];
    bool guarded, shut, gone;
    uint8_t token_hash[crypto_generichash_BYTES];
    struct message queue[QUEUE_MAX]; /* a ring */
    size_t first, count, bytes;
    uint64_t refused, too_long;
    pthread_cond_t some;
};

struct visitor {
    struct visitor *next, **link;
    int fd;
    struct yk_mono since;
};

struct listener {
    struct listener *next;
    char host[YK_PATH_SIZE];
    int port;
    size_t open; /* doors that are not gone; under the list's lock */
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    struct yk_door *doors;
    struct visitor *visitors;
    int64_t whole_us;
    struct yk_mono swept;
};

/* A request between its calls. */
struct request {
    struct yk_door *door;
    char *bytes;
    size_t size, capacity, discarded;
    bool too_long;
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct listener *listeners;

/* --- answering --- */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned code, const char *header, const char *value)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    if (header)
        (void)MHD_add_response_header(response, header, value);
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

/* The path is looked up without regard to who asks, and `gone` doors are not there. */
static struct yk_door *door_at(struct listener *listener, const char *path)
{
    struct yk_door *door = listener->doors;
    while (door && (door->gone || strcmp(door->path, path) != 0))
        door = door->next;
    return door;
}

static void hash_token(const char *token, size_t size, uint8_t out[static crypto_generichash_BYTES])
{
    crypto_generichash(out, crypto_generichash_BYTES, (const uint8_t *)token, size, NULL, 0);
}

static bool is_token(const struct yk_door *door, const char *token, size_t size)
{
    uint8_t hash[crypto_generichash_BYTES];
    if (size > TOKEN_MAX)
        return false;
    hash_token(token, size, hash);
    return sodium_memcmp(hash, door->token_hash, sizeof hash) == 0;
}

/* "USER:TOKEN" in base64. */
static bool is_basic(const struct yk_door *door, const char *text)
{
    char plain[TOKEN_MAX];
    size_t size = 0;
    if (sodium_base642bin((uint8_t *)plain, sizeof plain, text, strlen(text), " \t", &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    const char *colon = memchr(plain, ':', size);
    bool ok = colon && is_token(door, colon + 1, (size_t)(plain + size - colon) - 1);
    sodium_memzero(plain, sizeof plain);
    return ok;
}

static bool may_enter(const struct yk_door *door, struct MHD_Connection *connection)
{
    if (!door->guarded)
        return true;
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    if (header && strncasecmp(header, "Bearer ", 7) == 0)
        return is_token(door, header + 7, strlen(header + 7));
    if (header && strncasecmp(header, "Basic ", 6) == 0)
        return is_basic(door, header + 6);
    const char *query = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token");
    return query && is_token(door, query, strlen(query));
}

/* Bytes that the headers promise; 0 if they do not say. */
static size_t promised(struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long length = text ? strtoull(text, NULL, 10) : 0;
    return length > SIZE_MAX ? SIZE_MAX : (size_t)length;
}

/* The headers are there. An answer now closes the connection without reading the body. */
static enum MHD_Result begin(struct listener *listener, struct MHD_Connection *connection, const char *path,
                             const char *method, void **state)
{
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW, "POST");
    pthread_mutex_lock(&listener->lock);
    struct yk_door *door = door_at(listener, path);
    bool stranger = door && !may_enter(door, connection), shut = door && door->shut;
    size_t size = promised(connection);
    bool too_long = door && !stranger && size > YK_DOOR_MESSAGE_MAX;
    if (stranger)
        door->refused++;
    if (too_long)
        door->too_long++;
    pthread_mutex_unlock(&listener->lock);
    if (!door)
        return reply(connection, MHD_HTTP_NOT_FOUND, NULL, NULL);
    if (stranger)
        return reply(connection, MHD_HTTP_UNAUTHORIZED, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"yukikai\"");
    if (too_long)
        return reply(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL, NULL);
    if (shut)
        return reply(connection, MHD_HTTP_SERVICE_UNAVAILABLE, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return MHD_NO;
    request->door = door;
    request->capacity = size > 0 ? size : FIRST_CAPACITY;
    *state = request;
    return MHD_YES;
}

static bool grow(struct request *request, size_t wanted)
{
    size_t capacity = request->capacity;
    while (capacity < wanted)
        capacity *= 2;
    if (request->bytes && capacity == request->capacity)
        return true;
    char *bytes = realloc(request->bytes, capacity);
    if (!bytes)
        return false;
    request->bytes = bytes;
    request->capacity = capacity;
    return true;
}

static enum MHD_Result take_piece(struct request *request, const char *piece, size_t size)
{
    if (!request->too_long && request->size + size <= YK_DOOR_MESSAGE_MAX) {
        if (!grow(request, request->size + size))
            return MHD_NO;
        memcpy(request->bytes + request->size, piece, size);
        request->size += size;
        return MHD_YES;
    }
    if (!request->too_long) { /* a body that did not say how long it would be */
        request->too_long = true;
        free(request->bytes);
        request->bytes = NULL;
        pthread_mutex_lock(&request->door->listener->lock);
        request->door->too_long++;
        pthread_mutex_unlock(&request->door->listener->lock);
    }
    request->discarded += size;
    return request->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

/* True if the queue has taken the bytes. */
static bool hand_in(struct request *request)
{
    struct yk_door *door = request->door;
    pthread_mutex_lock(&door->listener->lock);
    bool room = !door->shut && door->count < QUEUE_MAX && door->bytes + request->size <= QUEUE_BYTES_MAX;
    if (room) {
        door->queue[(door->first + door->count++) % QUEUE_MAX] = (struct message){request->bytes, request->size};
        door->bytes += request->size;
        request->bytes = NULL;
        pthread_cond_signal(&door->some);
    }
    pthread_mutex_unlock(&door->listener->lock);
    return room;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state)
{
    struct request *request = *state;
    (void)version;
    if (!request)
        return begin(context, connection, url, method, state);
    if (*upload_size > 0) {
        enum MHD_Result result = take_piece(request, upload, *upload_size);
        *upload_size = 0;
        return result;
    }
    if (request->too_long)
        return reply(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL, NULL);
    if (request->size == 0)
        return reply(connection, MHD_HTTP_BAD_REQUEST, NULL, NULL);
    if (!hand_in(request))
        return reply(connection, MHD_HTTP_SERVICE_UNAVAILABLE, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    return reply(connection, MHD_HTTP_NO_CONTENT, NULL, NULL);
}

/* --- connections --- */

static void notify(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_ConnectionNotificationCode code)
{
    struct listener *listener = context;
    struct visitor *visitor = *state;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        visitor = info ? malloc(sizeof *visitor) : NULL;
        *state = visitor;
        if (!visitor)
            return;
        *visitor = (struct visitor){.fd = info->connect_fd, .since = yk_mono_now(&yk_clock_system)};
        pthread_mutex_lock(&listener->lock);
        visitor->next = listener->visitors;
        visitor->link = &listener->visitors;
        if (visitor->next)
            visitor->next->link = &visitor->next;
        listener->visitors = visitor;
        pthread_mutex_unlock(&listener->lock);
    } else if (visitor) {
        pthread_mutex_lock(&listener->lock);
        *visitor->link = visitor->next;
        if (visitor->next)
            visitor->next->link = visitor->link;
        pthread_mutex_unlock(&listener->lock);
        free(visitor);
    }
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    struct listener *listener = context;
    struct request *request = *state;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct visitor *visitor = info ? info->socket_context : NULL;
    (void)code;
    if (visitor) {
        pthread_mutex_lock(&listener->lock);
        visitor->since = yk_mono_now(&yk_clock_system);
        pthread_mutex_unlock(&listener->lock);
    }
    if (request)
        free(request->bytes);
    free(request);
    *state = NULL;
}

/* With the lock held. */
static void sweep(struct listener *listener)
{
    struct yk_mono now = yk_mono_now(&yk_clock_system);
    if (now.us - listener->swept.us < listener->whole_us / 30)
        return;
    listener->swept = now;
    for (struct visitor *visitor = listener->visitors; visitor; visitor = visitor->next)
        if (now.us - visitor->since.us > listener->whole_us)
            (void)shutdown(visitor->fd, SHUT_RDWR);
}

/* --- listeners --- */

static enum yk_status listen_on(const struct yk_endpoint *at, int *out, struct yk_error *err)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)at->port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)at->port)};
    int yes = 1;
    if (inet_pton(at->ipv6 ? AF_INET6 : AF_INET, at->host,
                  at->ipv6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
        return yk_error_set(err, YK_ERR_CONFIG, "'%s' is no address", at->host);
    int fd = socket(at->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
              bind(fd, at->ipv6 ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                   at->ipv6 ? sizeof six : sizeof four) == 0 &&
              listen(fd, BACKLOG) == 0;
    *out = fd;
    if (ok)
        return YK_OK;
    enum yk_status status = yk_error_errno(err, YK_ERR_UNAVAILABLE, "cannot listen on %s port %d", at->host, at->port);
    if (fd >= 0)
        close(fd);
    return status;
}

static enum yk_status new_listener(const struct yk_endpoint *at, int whole_ms, struct listener **out,
                                   struct yk_error *err)
{
    struct listener *listener = calloc(1, sizeof *listener);
    *out = listener;
    if (!listener)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for a listener");
    yk_text_copy(listener->host, sizeof listener->host, at->host);
    listener->port = at->port;
    listener->whole_us = (whole_ms > 0 ? whole_ms : WHOLE_MS) * INT64_C(1000);
    pthread_mutex_init(&listener->lock, NULL);
    listener->next = listeners;
    listeners = listener;
    return YK_OK;
}

static enum yk_status start_listener(const struct yk_endpoint *at, struct listener *listener, struct yk_error *err)
{
    int fd = -1;
    enum yk_status status = listen_on(at, &fd, err);
    if (status != YK_OK)
        return status;
    listener->daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, listener,
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT, PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, SILENT_S,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX, MHD_OPTION_NOTIFY_CONNECTION, notify,
                         listener, MHD_OPTION_NOTIFY_COMPLETED, completed, listener, MHD_OPTION_END);
    if (listener->daemon)
        return YK_OK;
    close(fd);
    return yk_error_set(err, YK_ERR_UNAVAILABLE, "the HTTP listener on %s port %d did not start", at->host, at->port);
}

static void empty(struct yk_door *door)
{
    for (; door->count > 0; door->count--, door->first = (door->first + 1) % QUEUE_MAX)
        free(door->queue[door->first].bytes);
    door->bytes = 0;
}

static void free_listener(struct listener *listener)
{
    if (listener->daemon)
        MHD_stop_daemon(listener->daemon); /* ends its connections, which are told */
    while (listener->doors) {
        struct yk_door *door = listener->doors;
        listener->doors = door->next;
        empty(door);
        pthread_cond_destroy(&door->some);
        free(door);
    }
    pthread_mutex_destroy(&listener->lock);
    free(listener);
}

/* --- doors --- */

static struct yk_door *new_door(struct listener *listener, const char *path, const char *token)
{
    struct yk_door *door = calloc(1, sizeof *door);
    pthread_condattr_t attributes;
    if (!door)
        return NULL;
    door->listener = listener;
    yk_text_copy(door->path, sizeof door->path, path);
    door->guarded = token != NULL;
    if (token)
        hash_token(token, strlen(token), door->token_hash);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&door->some, &attributes);
    pthread_condattr_destroy(&attributes);
    return door;
}

/* With the list's lock held. */
static enum yk_status add_door(struct listener *listener, const char *path, const char *token, struct yk_door **out,
                               struct yk_error *err)
{
    struct yk_door *door = new_door(listener, path, token);
    if (!door)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for %s", path);
    pthread_mutex_lock(&listener->lock);
    bool taken = door_at(listener, path) != NULL;
    if (!taken) {
        door->next = listener->doors;
        listener->doors = door;
    }
    pthread_mutex_unlock(&listener->lock);
    if (taken) {
        pthread_cond_destroy(&door->some);
        free(door);
        return yk_error_set(err, YK_ERR_CONFIG, "another sensor has %s on %s port %d: give it another path", path,
                            listener->host, listener->port);
    }
    *out = door;
    return YK_OK;
}

/* One door less; with the list's lock held. */
static void leave(struct listener *listener)
{
    if (--listener->open > 0)
        return;
    struct listener **at = &listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    free_listener(listener);
}

enum yk_status yk_door_open(const struct yk_endpoint *at, const char *path, const char *token, int whole_ms,
                            struct yk_door **out, struct yk_error *err)
{
    *out = NULL;
    if (!token && !at->loopback)
        return yk_error_set(err, YK_ERR_CONFIG,
                            "%s can be reached from the network, and the sensor has no token: write one into a file "
                            "(mode 600) and name it with 'secret', or listen on 127.0.0.1",
                            at->host);
    if (sodium_init() < 0)
        return yk_error_set(err, YK_ERR_INTERNAL, "libsodium cannot be used");
    enum yk_status status = YK_OK;
    pthread_mutex_lock(&list_lock);
    struct listener *listener = listeners;
    while (listener && (listener->port != at->port || strcmp(listener->host, at->host) != 0))
        listener = listener->next;
    if (!listener)
        status = new_listener(at, whole_ms, &listener, err);
    if (status == YK_OK) {
        listener->open++; /* this call's own */
        status = add_door(listener, path, token, out, err);
        if (status == YK_OK && !listener->daemon) /* who comes at once finds the door */
            status = start_listener(at, listener, err);
        if (status != YK_OK) { /* its first door goes with it */
            *out = NULL;
            leave(listener);
        }
    }
    pthread_mutex_unlock(&list_lock);
    return status;
}

void yk_door_shut(struct yk_door *door)
{
    pthread_mutex_lock(&door->listener->lock);
    door->shut = true;
    pthread_mutex_unlock(&door->listener->lock);
}

/* A request that is under way may still hold the door, so it stays until the listener ends. */
void yk_door_free(struct yk_door *door)
{
    if (!door)
        return;
    struct listener *listener = door->listener;
    pthread_mutex_lock(&list_lock);
    pthread_mutex_lock(&listener->lock);
    door->shut = door->gone = true;
    empty(door);
    pthread_mutex_unlock(&listener->lock);
    leave(listener);
    pthread_mutex_unlock(&list_lock);
}

bool yk_door_take(struct yk_door *door, int ms, char **bytes, size_t *size)
{
    struct listener *listener = door->listener;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&listener->lock);
    sweep(listener);
    int code = 0;
    while (door->count == 0 && code == 0 && ms > 0)
        code = pthread_cond_timedwait(&door->some, &listener->lock, &until);
    bool some = door->count > 0;
    if (some) {
        *bytes = door->queue[door->first].bytes;
        *size = door->queue[door->first].size;
        door->first = (door->first + 1) % QUEUE_MAX;
        door->count--;
        door->bytes -= *size;
    }
    pthread_mutex_unlock(&listener->lock);
    return some;
}

void yk_door_drops(struct yk_door *door, struct yk_drops *drops)
{
    pthread_mutex_lock(&door->listener->lock);
    drops->count[YK_DROP_refused] += door->refused;
    drops->count[YK_DROP_too_long] += door->too_long;
    door->refused = door->too_long = 0;
    pthread_mutex_unlock(&door->listener->lock);
}
