/* A small JSON file in which a part says how it is. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     SPOOL/<slot>.status.json     collect      status/collect_status.h
 *     SPOOL/uplink.status.json     uplink       status/uplink_status.h
 *     PUBLISH.status.json          analyze      status/analyze_status.h
 *     RUN/up.status.json           up           status/up_status.h
 *
 * Each part writes its own, at most every two seconds and at its end; `yukikai doctor` reads them all. A file is written
 * beside its place and renamed into it, so a reader sees a whole one, old or new. It is not synchronised to the disk: after
 * a power cut it may be missing or empty, and two seconds later it is there again. A status file that cannot be written
 * stops nobody's work.
 *
 * Every file begins with
 *
 *     "version": 1        a reader takes files with more fields, and refuses another version
 *     "part": "uplink"
 *     "at_s":             when it was written, seconds since 1970
 *     "started_s":        when the part was started: every count begins there
 *     "ended": false      true: the part has come to its end and this is its last word
 *
 * What stands in one: counts, sizes, times, states, and the ids that the configuration gives to edges and sensors. No
 * pseudonym, no address, no key, and no free text that could hold one. Mode 0644: who looks after the machine may read it
 * (the folder's own mode permitting). */
#ifndef YK_STATUS_STATUS_FILE_H
#define YK_STATUS_STATUS_FILE_H

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "status/fields.h"

#define YK_STATUS_EVERY_US  2000000
#define YK_STATUS_BYTES_MAX (16 * 1024 * 1024)

struct yk_status_head {
    char part[16];
    int64_t at_s, started_s;
    bool ended;
};
extern const struct yk_field yk_status_head_fields[4]; /* the head stands first in each record */

/* When a file was written last. Zero-initialised, plus the path. */
struct yk_status_file {
    char path[2 * YK_PATH_SIZE];
    struct yk_mono written; /* us = 0: never */
    bool failed;            /* said once */
};
/* True if it is time to write again. Asked before the figures are gathered. */
bool yk_status_due(const struct yk_status_file *file);
/* The head's part is set by the caller; at_s is now, started_s is set the first time, ended as given. */
void yk_status_stamp(struct yk_status_head *head, bool ended);
/* Adds the version, writes, and takes the object; NULL (no memory) is nothing written. */
void yk_status_write(struct yk_status_file *file, json_t *object);
/* A whole, bounded file of version 1 and that part. A file that is not there is YK_ERR_NO_INPUT. Free with json_decref. */
enum yk_status yk_status_read(const char *path, const char *part, json_t **out, struct yk_error *err) YK_MUST_CHECK;
enum yk_status yk_status_read_bytes(const char *path, const char *part, const void *bytes, size_t size, json_t **out,
                                    struct yk_error *err) YK_MUST_CHECK;

/* Room on the disk that holds a file or folder. */
struct yk_disk {
    uint64_t free_bytes, total_bytes; /* both 0: not known. Free: for programs that are not root's */
};
struct yk_disk yk_disk_of(const char *path);
/* Bytes of the files in a folder and in the folders below it, to a depth of three. */
uint64_t yk_folder_bytes(const char *path);

#endif
