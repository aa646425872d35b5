/* What happens next: a heap of events in the order of time. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each device, camera and sensor has at most a few events in it, so its size follows the number of people present and
 * not the length of the simulated time. Events of the same microsecond come in an order that depends on nothing but the
 * calls made before, and is therefore the same in every run. */
#ifndef YK_SIMULATE_QUEUE_H
#define YK_SIMULATE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yk_event {
    int64_t time_us;
    uint32_t kind;
    uint32_t index; /* of the device, place or sensor */
};

struct yk_queue {
    struct yk_event *heap;
    size_t count, capacity;
};

/* False if memory is out. */
bool yk_queue_push(struct yk_queue *queue, struct yk_event event);
/* The earliest; the queue must not be empty. */
static inline const struct yk_event *yk_queue_top(const struct yk_queue *queue)
{
    return &queue->heap[0];
}
void yk_queue_pop(struct yk_queue *queue);
/* Pop and push in one: the usual end of an advert, which only moves to its next time. */
void yk_queue_replace(struct yk_queue *queue, struct yk_event event);
void yk_queue_free(struct yk_queue *queue);

#endif
