/* A recording into a pipe, at its pace. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pipe is made anew for each start of its collector and holds only records of after that: a device that is down
 * hears nothing. A collector that falls behind (no room, a stopped disk) is waited for, as a radio's buffer would. */
#include "faults.h"

#include "base/calendar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCAP_HEAD   24
#define PCAP_RECORD 16

struct record {
    size_t at, size;
    double t_s;
};

struct yk_feed {
    char fifo[200];
    char *bytes;
    struct record *records;
    size_t count, next, capacity;
    size_t head; /* bytes that each pipe begins with */
    const char *pending;
    size_t pending_size;
    int fd;
};

static void add(struct yk_feed *feed, size_t at, size_t size, double t_s)
{
    if (feed->count == feed->capacity) {
        feed->capacity = feed->capacity ? 2 * feed->capacity : 4096;
        feed->records = realloc(feed->records, feed->capacity * sizeof *feed->records);
        if (!feed->records)
            yk_fault_fail("out of memory");
    }
    feed->records[feed->count++] = (struct record){at, size, t_s};
}

static uint32_t le32(const char *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value); /* the simulator writes in the host's order, and so do we read */
    return value;
}

static void read_pcap(struct yk_feed *feed, size_t size)
{
    feed->head = PCAP_HEAD;
    for (size_t at = PCAP_HEAD; at + PCAP_RECORD <= size;) {
        size_t length = PCAP_RECORD + le32(feed->bytes + at + 8);
        add(feed, at, length, le32(feed->bytes + at) + le32(feed->bytes + at + 4) / 1e6);
        at += length;
    }
}

static void read_lines(struct yk_feed *feed, size_t size)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(feed->bytes + at, '\n', size - at);
        const char *stamp = strstr(feed->bytes + at, "\"@timestamp\":\"");
        size_t length = end ? (size_t)(end - feed->bytes) + 1 - at : size - at;
        struct yk_wall wall = {0};
        char text[32] = "";
        if (stamp && stamp < feed->bytes + at + length)
            memccpy(text, stamp + 14, '"', sizeof text - 1);
        char *quote = strchr(text, '"');
        if (quote)
            *quote = '\0';
        if (!yk_time_parse(text, &wall))
            yk_fault_fail("no time stamp in a line for %s", feed->fifo);
        add(feed, at, length, (double)wall.us / 1e6);
        at += length;
    }
}

struct yk_feed *yk_feed_open(const char *recording, const char *fifo, bool radio)
{
    struct yk_feed *feed = calloc(1, sizeof *feed);
    size_t size;
    if (!feed || !(feed->bytes = yk_fault_read(recording, &size)))
        yk_fault_fail("cannot read %s", recording);
    snprintf(feed->fifo, sizeof feed->fifo, "%s", fifo);
    feed->fd = -1;
    if (radio)
        read_pcap(feed, size);
    else
        read_lines(feed, size);
    return feed;
}

void yk_feed_end(struct yk_feed *feed)
{
    if (feed->fd >= 0)
        close(feed->fd);
    feed->fd = -1;
}

void yk_feed_free(struct yk_feed *feed)
{
    if (!feed)
        return;
    yk_feed_end(feed);
    free(feed->records);
    free(feed->bytes);
    free(feed);
}

void yk_feed_begin(struct yk_feed *feed, double event_s)
{
    yk_feed_end(feed);
    unlink(feed->fifo);
    /* Open for reading too, so that it opens at once and survives its reader. */
    if (mkfifo(feed->fifo, 0600) != 0 || (feed->fd = open(feed->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
        yk_fault_fail("cannot make %s: %s", feed->fifo, strerror(errno));
    while (feed->next < feed->count && feed->records[feed->next].t_s < event_s)
        feed->next++;
    feed->pending = feed->bytes;
    feed->pending_size = feed->head;
}

bool yk_feed_pump(struct yk_feed *feed, double event_s)
{
    while (feed->fd >= 0) {
        if (feed->pending_size == 0) {
            if (feed->next == feed->count || feed->records[feed->next].t_s > event_s)
                break;
            feed->pending = feed->bytes + feed->records[feed->next].at;
            feed->pending_size = feed->records[feed->next++].size;
        }
        ssize_t n = write(feed->fd, feed->pending, feed->pending_size);
        if (n < 0)
            break; /* full: the collector waits for something */
        feed->pending += n;
        feed->pending_size -= (size_t)n;
    }
    return feed->fd >= 0 && feed->next == feed->count && feed->pending_size == 0;
}
