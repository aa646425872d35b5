/* Runs a fuzz target over its corpus without a fuzzer. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every file as it is, every prefix of it (a parser must bear any cut), and every single flipped bit of small files.
 * Inputs are copied to memory of exactly their size, so that the address sanitizer sees the first byte read beyond. A
 * corpus without a file is a failure: a test that tests nothing must not pass. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX   (256 * 1024)
#define PREFIX_MAX 4096 /* bytes of a file of which every prefix is run */
#define FLIP_MAX   512  /* size of a file of which every bit is flipped */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void run(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        abort();
    if (length)
        memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static int run_file(const char *path)
{
    static uint8_t bytes[FILE_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    run(bytes, length);
    for (size_t n = 0; n < length && n < PREFIX_MAX; n++)
        run(bytes, n);
    for (size_t bit = 0; length <= FLIP_MAX && bit < length * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        run(bytes, length);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 64;
    }
    DIR *folder = opendir(argv[1]);
    if (!folder) {
        perror(argv[1]);
        return 66;
    }
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (run_file(path) != 0)
            return 66;
        files++;
    }
    closedir(folder);
    printf("%d files with their prefixes\n", files);
    return files > 0 ? 0 : 66;
}
