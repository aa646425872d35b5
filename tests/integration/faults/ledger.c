/* Following segments. SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger.h"

#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCHES_MAX 65536
#define OPEN_MAX    8192
#define TABLE       (1u << 18)

struct watch {
    int edge; /* -1: none */
    bool is_spool;
    char path[300];
};

struct followed {
    int fd, edge;
    ino_t inode;
    dev_t device;
    size_t read;
    bool removed;
    char path[400];
};

static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    int fd;
    bool ending, running;
    struct watch *watches; /* by descriptor */
    struct followed *open;
    size_t open_count;
    struct yk_ledger_frame *frames;
    size_t count, capacity;
    uint32_t *table; /* number + 1, open addressing */
} ledger = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool same_place(const struct yk_ledger_frame *a, int edge, const struct yk_frame_header *b)
{
    const struct yk_frame_header *h = &a->header;
    return a->edge == edge && h->incarnation == b->incarnation && h->sequence == b->sequence && h->group == b->group &&
           h->lane == b->lane && h->stream == b->stream && strcmp(h->sensor, b->sensor) == 0;
}

static uint32_t hash(int edge, const struct yk_frame_header *h)
{
    uint64_t x = h->incarnation ^
                 (h->sequence + (uint64_t)h->group * 131071 + (uint64_t)edge * 8191) * UINT64_C(0x9e3779b97f4a7c15);
    for (const char *p = h->sensor; *p; p++)
        x = (x ^ (uint64_t)*p) * UINT64_C(0x100000001b3);
    return (uint32_t)(x ^ x >> 32);
}

static void add(const struct followed *from, const struct yk_frame *frame)
{
    bool tombstone = frame->header.flags & YK_FRAME_TOMBSTONE;
    uint32_t slot = hash(from->edge, &frame->header) % TABLE;
    for (; ledger.table[slot]; slot = (slot + 1) % TABLE) {
        struct yk_ledger_frame *known = &ledger.frames[ledger.table[slot] - 1];
        if (!same_place(known, from->edge, &frame->header) || tombstone != !!(known->header.flags & YK_FRAME_TOMBSTONE))
            continue;
        if (known->size == frame->size && memcmp(known->bytes, frame->bytes, frame->size) == 0) {
            known->removed &= from->removed;
            return;
        }
        if (!tombstone) /* of them there may be several, each reaching further */
            yk_fault_wrong("two frames of one number: sensor %s, incarnation %016llx, group %d, sequence %llu",
                           frame->header.sensor, (unsigned long long)frame->header.incarnation, frame->header.group,
                           (unsigned long long)frame->header.sequence);
    }
    if (ledger.count == ledger.capacity) {
        ledger.capacity = ledger.capacity ? 2 * ledger.capacity : 4096;
        ledger.frames = realloc(ledger.frames, ledger.capacity * sizeof *ledger.frames);
    }
    uint8_t *copy = malloc(frame->size);
    if (!ledger.frames || !copy || ledger.count >= TABLE / 2)
        yk_fault_fail("the ledger is too large");
    memcpy(copy, frame->bytes, frame->size);
    struct yk_ledger_frame *made = &ledger.frames[ledger.count];
    *made = (struct yk_ledger_frame){.edge = from->edge,
                                     .bytes = copy,
                                     .size = frame->size,
                                     .header = frame->header,
                                     .last = frame->header.sequence,
                                     .removed = from->removed};
    if (tombstone && !yk_frame_tombstone(frame, &made->last))
        yk_fault_wrong("a tombstone in %s that says nothing", from->path);
    ledger.table[slot] = (uint32_t)++ledger.count;
}

/* Whole frames from where reading stopped. A torn tail is left, and passed over once nothing can follow it. */
static void take(struct followed *f, bool to_the_end)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0 || (size_t)st.st_size <= f->read)
        return;
    size_t size = (size_t)st.st_size - f->read, at = 0;
    uint8_t *bytes = malloc(size);
    ssize_t got = bytes ? pread(f->fd, bytes, size, (off_t)f->read) : 0;
    size = got > 0 ? (size_t)got : 0;
    while (at < size) {
        struct yk_frame frame;
        if (yk_frame_parse(bytes + at, size - at, &frame) == YK_FRAME_OK) {
            add(f, &frame);
            at += frame.size;
            continue;
        }
        const uint8_t *next = to_the_end ? memmem(bytes + at + 1, size - at - 1, "YKFR", 4) : NULL;
        if (!next)
            break;
        at = (size_t)(next - bytes);
    }
    f->read += at;
    free(bytes);
}

static void let_go(size_t i)
{
    take(&ledger.open[i], true);
    close(ledger.open[i].fd);
    ledger.open[i] = ledger.open[--ledger.open_count];
}

static void follow(int edge, const char *folder, const char *name)
{
    const char *dot = strrchr(name, '.');
    char path[400];
    struct stat st;
    if (!dot || strcmp(dot, ".seg") != 0)
        return;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (size_t i = 0; i < ledger.open_count; i++)
        if (ledger.open[i].inode == st.st_ino && ledger.open[i].device == st.st_dev) {
            close(fd);
            return;
        }
    if (ledger.open_count == OPEN_MAX)
        yk_fault_fail("more than %d segments at once", OPEN_MAX);
    struct followed *f = &ledger.open[ledger.open_count++];
    *f = (struct followed){.fd = fd, .edge = edge, .inode = st.st_ino, .device = st.st_dev};
    memcpy(f->path, path, sizeof path);
}

/* The watch first and the look after it: between them nothing is missed. */
static void watch(int edge, const char *path, bool is_spool)
{
    int wd = inotify_add_watch(ledger.fd, path,
                               is_spool ? IN_CREATE | IN_ONLYDIR : IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
    if (wd < 0 || wd >= WATCHES_MAX)
        return; /* gone already */
    ledger.watches[wd].edge = edge;
    ledger.watches[wd].is_spool = is_spool;
    snprintf(ledger.watches[wd].path, sizeof ledger.watches[wd].path, "%s", path);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char below[300];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof below, "%.200s/%.90s", path, entry->d_name);
        if (!is_spool)
            follow(edge, path, entry->d_name);
        else if (strchr(entry->d_name, '-'))
            watch(edge, below, false);
    }
    if (dir)
        closedir(dir);
}

static void happened(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        yk_fault_fail("too much happens in the spools at once");
    if (event->wd < 0 || event->wd >= WATCHES_MAX || ledger.watches[event->wd].edge < 0 || event->len == 0)
        return;
    const struct watch *w = &ledger.watches[event->wd];
    char path[400];
    snprintf(path, sizeof path, "%s/%.90s", w->path, event->name);
    if (w->is_spool && (event->mask & IN_ISDIR)) {
        int edge = w->edge;
        watch(edge, path, false);
    } else if (!w->is_spool && (event->mask & (IN_MOVED_TO | IN_CREATE))) {
        follow(w->edge, w->path, event->name);
    } else if (!w->is_spool && (event->mask & IN_DELETE)) {
        struct stat st;
        for (size_t i = ledger.open_count; i-- > 0;)
            if (strcmp(ledger.open[i].path, path) == 0 && fstat(ledger.open[i].fd, &st) == 0 && st.st_nlink == 0)
                let_go(i);
    }
}

static void read_events(void)
{
    char buffer[65536] __attribute__((aligned(8)));
    ssize_t n;
    while ((n = read(ledger.fd, buffer, sizeof buffer)) > 0)
        for (char *p = buffer; p < buffer + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)p;
            happened(event);
            p += sizeof *event + event->len;
        }
}

static void *run(void *unused)
{
    (void)unused;
    setpriority(PRIO_PROCESS, 0, -15); /* of this thread; if it may not, it is as fast as the others */
    for (;;) {
        struct pollfd wait = {.fd = ledger.fd, .events = POLLIN};
        poll(&wait, 1, 50);
        pthread_mutex_lock(&ledger.lock);
        read_events();
        bool ending = ledger.ending;
        pthread_mutex_unlock(&ledger.lock);
        if (ending)
            return NULL;
    }
}

void yk_ledger_start(void)
{
    struct rlimit files = {OPEN_MAX + 1024, OPEN_MAX + 1024};
    setrlimit(RLIMIT_NOFILE, &files);
    ledger.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    ledger.watches = calloc(WATCHES_MAX, sizeof *ledger.watches);
    ledger.open = calloc(OPEN_MAX, sizeof *ledger.open);
    ledger.table = calloc(TABLE, sizeof *ledger.table);
    if (ledger.fd < 0 || !ledger.watches || !ledger.open || !ledger.table)
        yk_fault_fail("cannot watch folders: %s", strerror(errno));
    for (size_t i = 0; i < WATCHES_MAX; i++)
        ledger.watches[i].edge = -1;
    if (pthread_create(&ledger.thread, NULL, run, NULL) != 0)
        yk_fault_fail("cannot start a thread");
    ledger.running = true;
}

void yk_ledger_watch(int edge, const char *spool)
{
    pthread_mutex_lock(&ledger.lock);
    watch(edge, spool, true);
    pthread_mutex_unlock(&ledger.lock);
}

static struct yk_ledger_frame *find(int edge, const struct yk_frame_header *h)
{
    for (uint32_t slot = hash(edge, h) % TABLE; ledger.table[slot]; slot = (slot + 1) % TABLE) {
        struct yk_ledger_frame *known = &ledger.frames[ledger.table[slot] - 1];
        if (same_place(known, edge, h) && ((known->header.flags ^ h->flags) & YK_FRAME_TOMBSTONE) == 0)
            return known;
    }
    return NULL;
}

void yk_ledger_removing(const char *path)
{
    pthread_mutex_lock(&ledger.lock);
    read_events();
    for (size_t i = 0; i < ledger.open_count; i++) {
        struct followed *f = &ledger.open[i];
        struct stat st;
        if (strncmp(f->path, path, strlen(path)) != 0 || fstat(f->fd, &st) != 0 || st.st_nlink == 0)
            continue;
        take(f, true);
        uint8_t *bytes = malloc((size_t)st.st_size + 1);
        ssize_t size = bytes ? pread(f->fd, bytes, (size_t)st.st_size, 0) : 0;
        for (ssize_t at = 0; at < size;) {
            struct yk_frame frame;
            if (yk_frame_parse(bytes + at, (size_t)(size - at), &frame) != YK_FRAME_OK)
                break; /* a torn tail */
            struct yk_ledger_frame *known = find(f->edge, &frame.header);
            if (known)
                known->removed = true;
            at += (ssize_t)frame.size;
        }
        free(bytes);
    }
    pthread_mutex_unlock(&ledger.lock);
}

size_t yk_ledger_pick(int edge, struct yk_dice *dice, size_t max, uint8_t **bytes, size_t *sizes)
{
    size_t count = 0, seen = 0;
    pthread_mutex_lock(&ledger.lock);
    for (size_t i = 0; i < ledger.open_count; i++)
        if (ledger.open[i].edge == edge)
            take(&ledger.open[i], false);
    for (size_t i = 0; i < ledger.count; i++) { /* reservoir sampling, so every frame is as likely */
        const struct yk_ledger_frame *f = &ledger.frames[i];
        if (f->edge != edge)
            continue;
        size_t place = seen++ < max ? count++ : (size_t)(yk_dice_u64(dice) % seen);
        if (place >= max)
            continue;
        if (seen > max)
            free(bytes[place]);
        bytes[place] = malloc(f->size);
        if (!bytes[place])
            yk_fault_fail("out of memory");
        memcpy(bytes[place], f->bytes, f->size);
        sizes[place] = f->size;
    }
    pthread_mutex_unlock(&ledger.lock);
    for (size_t i = count; i > 1; i--) { /* and in any order */
        size_t k = (size_t)(yk_dice_u64(dice) % i), size = sizes[k];
        uint8_t *one = bytes[k];
        bytes[k] = bytes[i - 1];
        sizes[k] = sizes[i - 1];
        bytes[i - 1] = one;
        sizes[i - 1] = size;
    }
    return count;
}

struct yk_ledger_frame *yk_ledger_finish(size_t *count)
{
    if (ledger.running) {
        pthread_mutex_lock(&ledger.lock);
        ledger.ending = true;
        pthread_mutex_unlock(&ledger.lock);
        pthread_join(ledger.thread, NULL);
        ledger.running = false;
        while (ledger.open_count > 0)
            let_go(ledger.open_count - 1);
    }
    *count = ledger.count;
    return ledger.frames;
}

void yk_ledger_free(void)
{
    for (size_t i = 0; i < ledger.count; i++)
        free(ledger.frames[i].bytes);
    free(ledger.frames);
    free(ledger.watches);
    free(ledger.open);
    free(ledger.table);
    close(ledger.fd);
}
