/* Small files that one program leaves for another. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A folder is where two programs of different users meet, so a name in it may be anything: a pipe that never ends, a
 * link to elsewhere, a file of a gigabyte. Reading takes regular files up to a bound and waits for nothing; writing
 * goes to a name beside it, which then takes the place in one step, so a reader sees all of it or none. Nothing is
 * synced: these folders live in memory. */
#ifndef YK_BASE_SMALL_FILE_H
#define YK_BASE_SMALL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* False with errno: ENOENT there is none, EINVAL no regular file, EFBIG more than capacity bytes. */
bool yk_small_file_read(int folder_fd, const char *name, uint8_t *out, size_t capacity, size_t *size);
/* The file has exactly this mode, whatever the umask is. False with errno; then nothing has changed. */
bool yk_small_file_write(int folder_fd, const char *name, const uint8_t *bytes, size_t size, mode_t mode);
/* "PREFIX<number>SUFFIX" with a number as "%lld" prints it; false if the name is anything else. */
bool yk_small_file_number(const char *name, const char *prefix, const char *suffix, int64_t *number);

#endif
