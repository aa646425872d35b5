/* getaddrinfo in a thread. SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/resolve.h"

#include "base/stop.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SLICE_MS 50

struct lookup {
    struct yk_address address;
    pthread_mutex_t mutex;
    pthread_cond_t change;
    bool done, left; /* answered; nobody waits any more */
    int code;
    struct addrinfo *list;
};

static int ask(const struct yk_address *address, struct addrinfo **list)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    hints.ai_flags = AI_NUMERICSERV | (address->numeric ? AI_NUMERICHOST : 0);
    return getaddrinfo(address->host, address->port, &hints, list);
}

static void forget(struct lookup *lookup)
{
    pthread_cond_destroy(&lookup->change);
    pthread_mutex_destroy(&lookup->mutex);
    free(lookup);
}

static void *look_up(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo *list = NULL;
    int code = ask(&lookup->address, &list);
    pthread_mutex_lock(&lookup->mutex);
    bool left = lookup->left;
    lookup->done = true;
    lookup->code = code;
    lookup->list = list;
    pthread_cond_signal(&lookup->change);
    pthread_mutex_unlock(&lookup->mutex);
    if (left) {
        if (code == 0)
            freeaddrinfo(list);
        forget(lookup);
    }
    return NULL;
}

static bool start(struct lookup *lookup)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a new thread starts with its maker's mask */
    bool ok = pthread_create(&thread, &attributes, look_up, lookup) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return ok;
}

/* True once it is done; false: left, and the thread frees it. */
static bool wait_for(struct lookup *lookup, struct yk_mono deadline)
{
    pthread_mutex_lock(&lookup->mutex);
    while (!lookup->done && !yk_stop && yk_mono_now(&yk_clock_system).us < deadline.us) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SLICE_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        pthread_cond_clockwait(&lookup->change, &lookup->mutex, CLOCK_MONOTONIC, &until);
    }
    bool done = lookup->done;
    lookup->left = !done;
    pthread_mutex_unlock(&lookup->mutex);
    return done;
}

enum yk_status yk_resolve(const struct yk_address *address, struct yk_mono deadline, struct addrinfo **out,
                          struct yk_error *err)
{
    int code;
    *out = NULL;
    if (address->numeric) {
        code = ask(address, out);
    } else {
        struct lookup *lookup = calloc(1, sizeof *lookup);
        if (!lookup)
            return yk_error_set(err, YK_ERR_MEMORY, "out of memory");
        lookup->address = *address;
        pthread_mutex_init(&lookup->mutex, NULL);
        pthread_cond_init(&lookup->change, NULL);
        if (!start(lookup)) {
            forget(lookup);
            return yk_error_set(err, YK_ERR_MEMORY, "no thread to look up '%s' in", address->host);
        }
        if (!wait_for(lookup, deadline))
            return yk_error_set(err, YK_ERR_UNAVAILABLE,
                                yk_stop ? "'%s' was not looked up: ended on request"
                                        : "no name server told in time where '%s' is",
                                address->host);
        code = lookup->code;
        *out = lookup->list;
        forget(lookup);
    }
    if (code != 0)
        return yk_error_set(err, YK_ERR_UNAVAILABLE, "where is '%s'? %s", address->host, gai_strerror(code));
    return YK_OK;
}
