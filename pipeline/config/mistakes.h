/* Collects the mistakes of one file. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_CONFIG_MISTAKES_H
#define YK_CONFIG_MISTAKES_H

#include "config/config.h"

/* A file that is wrong in more ways is the wrong file: the rest is not kept. */
#define YK_MISTAKES_MAX 200

struct yk_mistake_list {
    struct yk_config_mistakes found;
    size_t capacity;
    bool cut;           /* there were more than YK_MISTAKES_MAX */
    bool out_of_memory; /* a mistake could not be kept */
};

void yk_mistake_add(struct yk_mistake_list *list, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool yk_mistake_any(const struct yk_mistake_list *list);
/* Sorts, and turns the list into a status: YK_OK, YK_ERR_CONFIG with err as config.h says, or YK_ERR_MEMORY. `mistakes`
 * (may be NULL) takes the list; otherwise it is freed. */
enum yk_status yk_mistake_finish(struct yk_mistake_list *list, const char *path, struct yk_config_mistakes *mistakes,
                                 struct yk_error *err);

/* True if the UTF-8 character at `at` is one that steers a terminal (C0, DEL, C1). */
bool yk_is_control(const char *at);

#define YK_EXCERPT_SIZE 48
/* Foreign text made fit for a message: at most 40 bytes, cut between characters, control characters as '?'. Returns
 * out. */
const char *yk_excerpt(char out[static YK_EXCERPT_SIZE], const char *text, size_t length);

#endif
