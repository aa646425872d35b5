/* A binary heap of events. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounds: grows by doubling; 16 bytes an event. */
#include "simulate/queue.h"

#include <stdlib.h>

static void sift_down(struct yk_queue *queue, struct yk_event event)
{
    struct yk_event *heap = queue->heap;
    size_t at = 0, n = queue->count;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            break;
        child += child + 1 < n && heap[child + 1].time_us < heap[child].time_us;
        if (heap[child].time_us >= event.time_us)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = event;
}

bool yk_queue_push(struct yk_queue *queue, struct yk_event event)
{
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? 2 * queue->capacity : 256;
        struct yk_event *heap = realloc(queue->heap, capacity * sizeof *heap);
        if (!heap)
            return false;
        queue->heap = heap;
        queue->capacity = capacity;
    }
    size_t at = queue->count++;
    while (at > 0 && queue->heap[(at - 1) / 2].time_us > event.time_us) {
        queue->heap[at] = queue->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->heap[at] = event;
    return true;
}

void yk_queue_pop(struct yk_queue *queue)
{
    queue->count--;
    if (queue->count > 0)
        sift_down(queue, queue->heap[queue->count]);
}

void yk_queue_replace(struct yk_queue *queue, struct yk_event event)
{
    sift_down(queue, event);
}

void yk_queue_free(struct yk_queue *queue)
{
    free(queue->heap);
    *queue = (struct yk_queue){0};
}
