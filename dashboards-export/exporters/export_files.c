/* Rows into files, each whole or not at all. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file is written beside its place under a name that begins with a dot, forced to the disk (fsync), and only then
 * given its name (rename), so that whoever reads DIR/kpis.csv reads the old table or the new one. The folder is forced
 * to disk last: after that the new names survive a power cut. A crash can leave a ".kpis.csv.XXXXXX" behind, never a
 * half table. */
#include "exporters/export_files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    const struct yk_exporter *format;
    struct yk_export_writer writer;
    char temporary[PATH_MAX]; /* "" when there is none to remove */
    char path[PATH_MAX];
};

struct files {
    struct file file[YK_EXPORT_FORMATS_MAX];
    size_t count;
    int write_errno; /* of the first write that failed, 0 while all is well */
};

/* The status for a failed write: no room (disk, quota, size limit) is told apart, because another disk helps there. */
static enum yk_status write_failed(int errnum, const char *path, struct yk_error *err)
{
    errno = errnum;
    if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
        return yk_error_errno(err, YK_ERR_FULL, "no room to write %s; free some space or choose another --out", path);
    return yk_error_errno(err, YK_ERR_IO, "cannot write %s", path);
}

static enum yk_status open_file(struct file *file, const char *dir, struct yk_error *err)
{
    const char *extension = file->format->file_extension;
    int n = snprintf(file->path, sizeof file->path, "%s/kpis.%s", dir, extension);
    if (n < 0 || (size_t)n >= sizeof file->path - 8)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", dir);
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s/.kpis.%s.XXXXXX", dir, extension) >= (int)sizeof name)
        return yk_error_set(err, YK_ERR_USAGE, "the folder's name is too long: %s", dir);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return write_failed(errno, file->path, err);
    memcpy(file->temporary, name, sizeof name);
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0 || !(file->writer.to = fdopen(fd, "w"))) {
        int errnum = errno;
        close(fd);
        return write_failed(errnum, file->path, err);
    }
    return YK_OK;
}

static void write_row(void *context, const struct yk_kpi_row *row)
{
    struct files *files = context;
    for (size_t i = 0; i < files->count && files->write_errno == 0; i++) {
        errno = 0;
        files->file[i].format->row(&files->file[i].writer, row);
        if (ferror(files->file[i].writer.to))
            files->write_errno = errno ? errno : EIO;
    }
}

/* Flushes, forces to disk, names. */
static enum yk_status finish_file(struct file *file, struct yk_error *err)
{
    errno = 0;
    file->format->end(&file->writer);
    FILE *to = file->writer.to;
    bool written = fflush(to) == 0 && !ferror(to) && fsync(fileno(to)) == 0;
    int errnum = errno ? errno : EIO;
    file->writer.to = NULL;
    if (fclose(to) != 0 && written) {
        written = false;
        errnum = errno;
    }
    if (!written)
        return write_failed(errnum, file->path, err);
    if (rename(file->temporary, file->path) != 0)
        return write_failed(errno, file->path, err);
    file->temporary[0] = '\0';
    return YK_OK;
}

static enum yk_status sync_folder(const char *dir, struct yk_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return yk_error_errno(err, YK_ERR_IO, "cannot open folder %s", dir);
    enum yk_status status = YK_OK;
    if (fsync(fd) != 0 && errno != EINVAL) /* EINVAL: a file system that has no such thing */
        status = yk_error_errno(err, YK_ERR_IO, "cannot force folder %s to disk", dir);
    close(fd);
    return status;
}

enum yk_status yk_export_files(struct yk_publish *store, const struct yk_row_query *query,
                               const struct yk_exporter *const *formats, size_t count, const char *dir, uint64_t *rows,
                               struct yk_error *err)
{
    assert(count > 0 && count <= YK_EXPORT_FORMATS_MAX);
    struct files files = {.count = 0};
    enum yk_status status = YK_OK;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return write_failed(errno, dir, err);

    for (; status == YK_OK && files.count < count; files.count++) {
        struct file *file = &files.file[files.count];
        *file = (struct file){.format = formats[files.count]};
        status = open_file(file, dir, err);
        if (status == YK_OK)
            file->format->begin(&file->writer);
    }
    if (status == YK_OK)
        status = yk_publish_query(store, query, write_row, &files, NULL, err);
    if (status == YK_OK && files.write_errno)
        status = write_failed(files.write_errno, dir, err);
    if (status == YK_OK && rows)
        *rows = files.file[0].writer.rows;
    for (size_t i = 0; i < files.count && status == YK_OK; i++)
        status = finish_file(&files.file[i], err);
    if (status == YK_OK)
        status = sync_folder(dir, err);

    for (size_t i = 0; i < files.count; i++) {
        if (files.file[i].writer.to)
            fclose(files.file[i].writer.to);
        if (files.file[i].temporary[0])
            unlink(files.file[i].temporary);
    }
    return status;
}
