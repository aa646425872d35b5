/* Times, counts and sizes as a person says them. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DOCTOR_WORDS_H
#define YK_DOCTOR_WORDS_H

#include <stdint.h>

#define YK_WORDS_SIZE 32

/* "45 s", "12 min", "3 h 10 min", "9 days"; negative is "0 s". Returns out. */
const char *yk_words_span(char out[static YK_WORDS_SIZE], int64_t seconds);
/* A span that may be short, rounded up: "1 ms", "250 ms", "1.3 s", and from 10 s on as above. */
const char *yk_words_short(char out[static YK_WORDS_SIZE], double seconds);
/* "1,240" */
const char *yk_words_count(char out[static YK_WORDS_SIZE], uint64_t count);
/* "512 B", "1.5 kB", "20 MB", "1.2 GB": decimal, as disks are sold. */
const char *yk_words_size(char out[static YK_WORDS_SIZE], uint64_t bytes);

#endif
