/* Server-sent events to many clients. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every client gets the newest event, not every event: one that reads slowly skips what it missed, so that a client
 * costs a pointer into a message that all share (counted references) and never a queue. A client with nothing to send
 * is suspended in libmicrohttpd and costs no time either; sending resumes it.
 *
 * Order of locks: ours, then libmicrohttpd's (inside suspend and resume). The reader callback runs without any of
 * libmicrohttpd's daemon locks. A connection may be suspended only while the stream is not closing, so that after
 * yk_live_shutdown none is suspended: MHD_stop_daemon ends the process if it finds one. */
#include "server/live.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct message {
    size_t references;
    size_t size;
    char *text;
};

struct client {
    struct yk_live *live;
    struct MHD_Connection *connection;
    struct message *message; /* being sent, NULL between messages */
    size_t offset;
    uint64_t event_seen, beat_seen;
    bool suspended;
    struct client *next, **at; /* at: the pointer that points here */
};

struct yk_live {
    pthread_mutex_t lock;
    struct client *clients;
    size_t client_count, clients_max;
    struct message *newest; /* NULL before the first event */
    struct message hello, beat;
    uint64_t event, beats;
    bool closing;
};

static char hello_text[] = "retry: 3000\n: connected\n\n";
static char beat_text[] = ": still here\n\n";

struct yk_live *yk_live_new(size_t clients_max)
{
    struct yk_live *live = calloc(1, sizeof *live);
    if (!live)
        return NULL;
    pthread_mutex_init(&live->lock, NULL);
    live->clients_max = clients_max;
    /* One reference of our own keeps these two from ever being freed. */
    live->hello = (struct message){1, sizeof hello_text - 1, hello_text};
    live->beat = (struct message){1, sizeof beat_text - 1, beat_text};
    return live;
}

static void let_go(struct message *message)
{
    if (!message || --message->references > 0)
        return;
    free(message->text);
    free(message);
}

void yk_live_free(struct yk_live *live)
{
    if (!live)
        return;
    let_go(live->newest);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

/* What to send next, NULL if nothing. */
static struct message *next_message(struct yk_live *live, struct client *client)
{
    struct message *message = NULL;
    if (live->newest && client->event_seen != live->event)
        message = live->newest;
    else if (client->beat_seen != live->beats)
        message = &live->beat;
    client->event_seen = live->event;
    client->beat_seen = live->beats;
    return message;
}

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t size)
{
    (void)position;
    struct client *client = context;
    struct yk_live *live = client->live;
    ssize_t given = 0;
    pthread_mutex_lock(&live->lock);
    if (!client->message && (client->message = next_message(live, client))) {
        client->message->references++;
        client->offset = 0;
    }
    if (live->closing) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (client->message) {
        size_t left = client->message->size - client->offset;
        size_t n = left < size ? left : size;
        memcpy(to, client->message->text + client->offset, n);
        client->offset += n;
        given = (ssize_t)n;
        if (n == left) {
            let_go(client->message);
            client->message = NULL;
        }
    } else {
        client->suspended = true;
        MHD_suspend_connection(client->connection);
    }
    pthread_mutex_unlock(&live->lock);
    return given;
}

static void forget_client(void *context)
{
    struct client *client = context;
    struct yk_live *live = client->live;
    pthread_mutex_lock(&live->lock);
    *client->at = client->next;
    if (client->next)
        client->next->at = client->at;
    live->client_count--;
    let_go(client->message);
    pthread_mutex_unlock(&live->lock);
    free(client);
}

struct MHD_Response *yk_live_connect(struct yk_live *live, struct MHD_Connection *connection)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    *client = (struct client){.live = live, .connection = connection};
    pthread_mutex_lock(&live->lock);
    bool room = !live->closing && live->client_count < live->clients_max;
    if (room) {
        client->message = &live->hello;
        live->hello.references++;
        client->event_seen = live->event - 1; /* the newest event comes first */
        client->beat_seen = live->beats;
        client->next = live->clients;
        client->at = &live->clients;
        if (client->next)
            client->next->at = &client->next;
        live->clients = client;
        live->client_count++;
    }
    pthread_mutex_unlock(&live->lock);
    if (!room) {
        free(client);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, client, forget_client);
    if (!response)
        forget_client(client);
    return response;
}

size_t yk_live_client_count(struct yk_live *live)
{
    pthread_mutex_lock(&live->lock);
    size_t count = live->client_count;
    pthread_mutex_unlock(&live->lock);
    return count;
}

/* With the lock held. */
static void wake_all(struct yk_live *live)
{
    for (struct client *client = live->clients; client; client = client->next)
        if (client->suspended) {
            client->suspended = false;
            MHD_resume_connection(client->connection);
        }
}

void yk_live_send_take(struct yk_live *live, char *text, size_t size)
{
    struct message *message = malloc(sizeof *message);
    if (!message) { /* the next event will say it */
        free(text);
        return;
    }
    *message = (struct message){1, size, text};
    pthread_mutex_lock(&live->lock);
    let_go(live->newest);
    live->newest = message;
    live->event++;
    wake_all(live);
    pthread_mutex_unlock(&live->lock);
}

void yk_live_heartbeat(struct yk_live *live)
{
    pthread_mutex_lock(&live->lock);
    live->beats++;
    wake_all(live);
    pthread_mutex_unlock(&live->lock);
}

void yk_live_shutdown(struct yk_live *live)
{
    pthread_mutex_lock(&live->lock);
    live->closing = true;
    wake_all(live);
    pthread_mutex_unlock(&live->lock);
}
