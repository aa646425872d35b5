/* The canary: known addresses in, nothing of them out. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The simulator says every address that it put into its recordings. The whole way runs on them, part by part, and after
 * each step everything that exists is searched for each address in all its forms (support/needles.h): the spool before
 * the uplink has it, Redis' memory as a dump while the frames are in it, state store and write-ahead logs, publish
 * store, tables, the API's answers, what inspect says, and everything that the programs said. A chance hit on random
 * bytes is less likely than the bound that the test prints and asserts. Controls plant an address in each form, and see
 * that each is found.
 *
 * A passing search of a tree that nothing was written to would mean nothing, so the sizes of what was searched are
 * asserted. */
#include "fetch.h"
#include "support/digests.h"
#include "support/frames.h"
#include "support/needles.h"
#include "support/rig.h"
#include "support/table.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t load(struct yk_needles *needles, const char *truth_file, uint8_t (**addresses)[6])
{
    json_t *truth = yk_truth_read(truth_file);
    const json_t *list = json_object_get(truth, "addresses");
    size_t count = json_array_size(list);
    cr_assert_gt(count, 100, "the truth names %zu addresses", count);
    *addresses = calloc(count, 6);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        cr_assert_eq(sodium_hex2bin((*addresses)[i], 6, text, 12, NULL, NULL, NULL), 0, "'%s'", text);
        yk_needles_add_address(needles, (*addresses)[i], (uint32_t)i);
    }
    yk_needles_ready(needles);
    json_decref(truth);
    return count;
}

static void expect_found(struct yk_needles *needles, const char *path, const void *bytes, size_t size, const char *what)
{
    uint8_t file[256];
    cr_assert_lt(size, 200);
    randombytes_buf(file, sizeof file);
    memcpy(file + 23, bytes, size);
    yk_rig_write(path, file, sizeof file);
    struct yk_needle_hits hits = {0};
    size_t length;
    char *content = yk_rig_read(path, &length);
    yk_needles_search(needles, content, length, &hits);
    free(content);
    cr_assert_gt(hits.count, 0, "%s: planted and not found", what);
}

static void spell(char out[static 18], const uint8_t a[static 6], const char *digits, const char *separator)
{
    for (int i = 0; i < 6; i++) {
        *out++ = digits[a[i] >> 4];
        *out++ = digits[a[i] & 15];
        if (i < 5 && *separator)
            *out++ = *separator;
    }
    *out = '\0';
}

/* The search is able to fail: each form, made here in another way than the needles are, is found. */
static void check_controls(struct yk_needles *needles, const uint8_t a[static 6], const char *path)
{
    uint8_t reversed[6], digest[64];
    char text[64], wide[64];
    for (int i = 0; i < 6; i++)
        reversed[i] = a[5 - i];
    expect_found(needles, path, a, 6, "raw");
    expect_found(needles, path, reversed, 6, "raw, reversed");
    static const struct {
        const char *digits, *separator;
    } forms[] = {{"0123456789abcdef", ""},  {"0123456789ABCDEF", ""},  {"0123456789abcdef", ":"},
                 {"0123456789ABCDEF", ":"}, {"0123456789abcdef", "-"}, {"0123456789ABCDEF", "-"}};
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        spell(text, a, forms[f].digits, forms[f].separator);
        expect_found(needles, path, text, strlen(text), text);
        crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
        if (f < 4)
            expect_found(needles, path, digest, 32, "SHA-256 of text");
        spell(text, reversed, forms[f].digits, forms[f].separator);
        expect_found(needles, path, text, strlen(text), text);
    }
    for (size_t before = 0; before < 3; before++) { /* inside a longer base64 text, at each alignment */
        uint8_t longer[16];
        randombytes_buf(longer, sizeof longer);
        memcpy(longer + 3 + before, a, 6);
        sodium_bin2base64(wide, sizeof wide, longer, sizeof longer, sodium_base64_VARIANT_ORIGINAL);
        expect_found(needles, path, wide, strlen(wide), "base64");
    }
    yk_test_md5(a, 6, digest);
    expect_found(needles, path, digest, 16, "MD5");
    yk_test_sha1(a, 6, digest);
    sodium_bin2hex(text, sizeof text, digest, 20);
    expect_found(needles, path, text, 40, "SHA-1 in hex");
    static const uint8_t zero[16];
    crypto_shorthash_siphash24(digest, reversed, 6, zero);
    expect_found(needles, path, digest, 8, "SipHash under a zero key");
    uint8_t message[7] = {2};
    memcpy(message + 1, reversed, 6);
    crypto_shorthash_siphash24(digest, message, 7, zero); /* what a pseudonym would be without a key */
    uint64_t word;
    memcpy(&word, digest, 8);
    word = __builtin_bswap64(word);
    expect_found(needles, path, &word, 8, "an unkeyed pseudonym");
    cr_assert_eq(unlink(path), 0);
}

static void search(struct yk_needles *needles, const char *dir, uint64_t at_least, const char *when)
{
    struct yk_needle_hits hits = {0};
    uint64_t before = needles->searched;
    yk_needles_search_tree(needles, dir, &hits);
    uint64_t searched = needles->searched - before;
    printf("%-46s %9llu bytes searched, %zu hits\n", when, (unsigned long long)searched, hits.count);
    cr_assert_gt(searched, at_least, "%s: there was hardly anything to search", when);
    cr_assert_eq(hits.count, 0, "%s: an address got out: %s", when, hits.first_form);
}

struct wait {
    struct yk_redis *redis;
    struct yk_rig *rig;
    const char *url, *log;
    const struct yk_test_frames *frames;
    size_t entries;
};

static bool redis_has_all(void *context)
{
    struct wait *w = context;
    return yk_test_redis_length(w->redis, "local") >= w->entries;
}

static bool is_covered(void *context)
{
    struct wait *w = context;
    return yk_test_covered(w->url, w->rig->keys, w->frames) == w->frames->count;
}

static bool is_serving(void *context)
{
    struct wait *w = context;
    return yk_rig_file_says(w->log, "Dashboard: http://127.0.0.1:");
}

Test(canary, digests_are_what_they_say, .timeout = 10)
{
    static const char *const md5 = "900150983cd24fb0d6963f7d28e17f72";          /* RFC 1321, A.5 */
    static const char *const sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d"; /* FIPS 180, "abc" */
    uint8_t digest[20];
    char hex[41];
    yk_test_md5("abc", 3, digest);
    cr_expect_str_eq(sodium_bin2hex(hex, sizeof hex, digest, 16), md5);
    yk_test_sha1("abc", 3, digest);
    cr_expect_str_eq(sodium_bin2hex(hex, sizeof hex, digest, 20), sha1);
}

Test(canary, no_address_gets_out, .timeout = 200)
{
    static struct yk_rig rig;
    yk_rig_open(&rig);
    cr_assert_geq(sodium_init(), 0);
    const char *rec = yk_rig_path(&rig, "rec"), *run = yk_rig_path(&rig, "run");
    cr_assert_eq(mkdir(run, 0700), 0);
    cr_assert_eq(yk_rig_run(&rig, yk_rig_path(&rig, "simulate.log"), "simulate", rig.district, "--out", rec, "--scene",
                            "dirty", "--duration", "40m", "--from", "2026-10-01T12:00", "--truth-addresses", NULL),
                 0);
    struct yk_needles needles = {0};
    uint8_t(*addresses)[6];
    size_t count = load(&needles, yk_rig_text(&rig, "%s/truth.json", rec), &addresses);
    printf("%zu addresses, %zu needles\n", count, needles.count);
    check_controls(&needles, addresses[count / 2], yk_rig_path(&rig, "control"));
    struct yk_needle_hits in_recordings = {0};
    yk_needles_search_tree(&needles, rec, &in_recordings);
    cr_assert_gt(in_recordings.count, 10 * count, "the recordings hold the addresses");
    needles.searched = 0; /* the bound speaks of what follows */

    /* What each program says goes below run/ too. */
    const char *spool = yk_rig_text(&rig, "%s/spool", run), *state = yk_rig_text(&rig, "%s/state", run);
    const char *publish = yk_rig_text(&rig, "%s/publish.db", run), *tables = yk_rig_text(&rig, "%s/tables", run);
    const char *inputs[] = {yk_rig_text(&rig, "%s/radio-1.pcap", rec), yk_rig_text(&rig, "%s/radio-2.pcap", rec)};
#define LOG(name) yk_rig_text(&rig, "%s/%s.log", run, name)
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(yk_rig_run(&rig, LOG("inspect"), "inspect", inputs[i], NULL), 0);
        cr_assert_eq(yk_rig_run(&rig, LOG("inspect"), "inspect", "--json", inputs[i], NULL), 0);
    }
    cr_assert_eq(yk_rig_run(&rig, LOG("collect"), "collect", rig.district, "--keys", rig.keys, "--spool", spool,
                            "--bulk", "--input", yk_rig_text(&rig, "radio-1=%s", inputs[0]), "--input",
                            yk_rig_text(&rig, "radio-2=%s", inputs[1]), NULL),
                 0);
    /* A file that can't be read to its end: the message about it must not quote it. */
    size_t size;
    char *bytes = yk_rig_read(inputs[0], &size);
    memset(bytes + 24 + 8, 0xff, 4);
    yk_rig_write(yk_rig_path(&rig, "corrupt.pcap"), bytes, size);
    free(bytes);
    cr_assert_eq(yk_rig_run(&rig, LOG("corrupt"), "collect", rig.district, "--keys", rig.keys, "--spool",
                            yk_rig_text(&rig, "%s/spool-2", run), "--input",
                            yk_rig_text(&rig, "radio-1=%s", yk_rig_path(&rig, "corrupt.pcap")), NULL),
                 65);
    struct yk_test_frames frames;
    yk_test_frames_read(&frames, spool);
    uint64_t *pseudonyms;
    cr_assert_gt(yk_test_pseudonyms(&frames, &pseudonyms), count / 2, "the spool holds what was heard");
    free(pseudonyms);
    search(&needles, run, 30000, "spool, before the uplink");
    struct yk_needle_hits inside = {0}; /* bodies are packed on the disk; what is in them is looked at too */
    uint64_t searched = needles.searched;
    for (size_t i = 0; i < frames.count; i++)
        yk_needles_search(&needles, frames.list[i].body, frames.list[i].body_size, &inside);
    cr_assert_gt(needles.searched - searched, 30000);
    cr_assert_eq(inside.count, 0, "in a frame's body: an address got out: %s", inside.first_form);

    struct yk_private_redis redis;
    struct yk_child uplink, analyze, serve;
    yk_rig_redis(&redis, run);
    yk_rig_start(&rig, &uplink, LOG("uplink"), "uplink", rig.district, "--keys", rig.keys, "--spool", spool, "--redis",
                 redis.url, "--drain", NULL);
    struct wait wait = {yk_test_redis_connect(redis.url), &rig, redis.url, LOG("serve"), &frames, frames.count};
    cr_assert(yk_rig_until(redis_has_all, &wait, 60));
    /* Compressed strings would hide what is in them. */
    freeReplyObject(yk_test_redis_do(wait.redis, "CONFIG", "SET", "rdbcompression", "no", NULL));
    freeReplyObject(yk_test_redis_do(wait.redis, "SAVE", NULL));
    yk_redis_free(wait.redis);
    struct stat dump;
    cr_assert_eq(stat(yk_rig_text(&rig, "%s/dump.rdb", run), &dump), 0);
    cr_assert_gt(dump.st_size, 30000, "the dump holds the frames");
    search(&needles, run, 60000, "Redis, with all frames in it");

    yk_rig_start(&rig, &analyze, LOG("analyze"), "analyze", rig.district, "--keys", rig.keys, "--state", state,
                 "--publish", publish, "--redis", redis.url, "--history", NULL);
    cr_assert(yk_rig_until(is_covered, &wait, 60));
    cr_assert_eq(yk_rig_wait(&uplink), 0);
    search(&needles, run, 60000, "state store, with its write-ahead log");
    yk_rig_kill(&analyze, SIGTERM);
    yk_rig_kill(&redis.child, SIGTERM);
    cr_assert_eq(yk_rig_run(&rig, LOG("finish"), "analyze", rig.district, "--keys", rig.keys, "--state", state,
                            "--publish", publish, "--finish", "all", NULL),
                 0);
    cr_assert_eq(
        yk_rig_run(&rig, LOG("export"), "export", "--store", publish, "--config", rig.district, "--out", tables, NULL),
        0);
    yk_rig_start(&rig, &serve, wait.log, "serve", rig.district, "--store", publish, "--listen", "127.0.0.1:0", NULL);
    cr_assert(yk_rig_until(is_serving, &wait, 60));
    char *said = yk_rig_read(wait.log, NULL);
    int port = atoi(strstr(said, "127.0.0.1:") + strlen("127.0.0.1:"));
    free(said);
    static const char *const paths[] = {"/",      "/api/v1/kpis?limit=1000", "/api/v1/district", "/metrics", "/healthz",
                                        "/readyz"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        fetch(port, paths[i], yk_rig_text(&rig, "%s/answer-%zu", run, i));
    yk_rig_kill(&serve, SIGTERM);
    cr_assert(yk_rig_file_says(yk_rig_text(&rig, "%s/answer-1", run), "device_visits"), "the API answered with rows");
    cr_assert(yk_rig_file_says(yk_rig_text(&rig, "%s/kpis.csv", tables), "device_visits"));
    search(&needles, run, 100000, "everything, at the end");
    search(&needles, rig.keys, 100, "keys");
    printf("by chance, a hit is less likely than %.1g\n", yk_needles_chance(&needles));
    cr_assert_lt(yk_needles_chance(&needles), 1e-3);
    yk_test_frames_free(&frames);
    yk_needles_free(&needles);
    free(addresses);
    yk_rig_close(&rig);
}

/* yukikai-collect as another user, reading a pipe that stays open. */
struct live {
    pid_t pid;
    int pipe_fd;
};

#define NOBODY 65534

static void start_live(struct yk_rig *rig, struct live *live, const char *sensor, const char *spool, const char *log)
{
    int fds[2];
    cr_assert_eq(pipe2(fds, O_CLOEXEC), 0); /* the other collector must not hold this one open */
    const char *program = yk_rig_program(rig, "collect"), *input = yk_rig_text(rig, "%s=-", sensor);
    live->pid = fork();
    cr_assert_geq(live->pid, 0);
    if (live->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(fds[0], STDIN_FILENO);
        close(fds[0]);
        close(fds[1]);
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        close(fd);
        if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(126);
        execl(program, program, rig->district, "--keys", rig->keys, "--spool", spool, "--input", input, NULL);
        _exit(127);
    }
    close(fds[0]);
    live->pipe_fd = fds[1];
}

static char *proc_text(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return yk_rig_read(path, NULL);
}

/* The kernel gives /proc/PID of a process that may not be dumped to root, whoever runs it. */
static bool belongs_to_root(const struct live *live)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)live->pid);
    cr_assert_eq(stat(path, &st), 0, "the collector ended");
    return st.st_uid == 0;
}

static bool hidden(void *context)
{
    return belongs_to_root(context);
}

struct growth {
    const char *dir;
    uint64_t bytes;
};

static void add_size(void *context, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        ((struct growth *)context)->bytes += (uint64_t)st.st_size;
}

static bool has_frames(void *context)
{
    struct growth *growth = context;
    growth->bytes = 0;
    yk_rig_each_file(growth->dir, add_size, growth);
    return growth->bytes > 400;
}

/* Sockets among the descriptors that are listed in /proc/PID/net/NAME. */
static int internet_sockets(pid_t pid, int *sockets)
{
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "udplite", "udplite6", "packet"};
    char path[300], target[64];
    int found = 0;
    *sockets = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    cr_assert(dir, "cannot read %s", path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)pid, entry->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        unsigned long inode;
        target[n > 0 ? n : 0] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) != 1)
            continue;
        ++*sockets;
        char needle[32];
        snprintf(needle, sizeof needle, " %lu ", inode);
        for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
            snprintf(path, sizeof path, "/proc/%d/net/%s", (int)pid, tables[t]);
            found += access(path, R_OK) == 0 && yk_rig_file_says(path, needle);
        }
    }
    closedir(dir);
    return found;
}

static void end_live(struct live *live)
{
    int status;
    close(live->pipe_fd);
    cr_assert_eq(waitpid(live->pid, &status, 0), live->pid);
}

/* The process that sees raw addresses: no memory for others to read, no core, no Internet socket. A camera's collector
 * is the control: it may be dumped. */
Test(canary, the_radio_process_keeps_to_itself, .timeout = 60)
{
    static struct yk_rig rig;
    static struct live radio, camera;
    yk_rig_open(&rig);
    const char *rec = yk_rig_path(&rig, "rec");
    cr_assert_eq(yk_rig_run(&rig, yk_rig_path(&rig, "simulate.log"), "simulate", rig.district, "--out", rec, "--scene",
                            "clean", "--duration", "10m", "--until", "now", NULL),
                 0);
    struct growth growth[2] = {{yk_rig_path(&rig, "spool-radio"), 0}, {yk_rig_path(&rig, "spool-camera"), 0}};
    if (geteuid() == 0) {
        cr_assert_eq(chmod(rig.dir, 0755), 0);
        cr_assert_eq(chown(rig.keys, NOBODY, NOBODY), 0);
        cr_assert_eq(chown(yk_rig_path(&rig, "keys/edge.key"), NOBODY, NOBODY), 0);
        for (int i = 0; i < 2; i++)
            cr_assert(mkdir(growth[i].dir, 0700) == 0 && chown(growth[i].dir, NOBODY, NOBODY) == 0);
    }
    start_live(&rig, &radio, "radio-1", growth[0].dir, yk_rig_path(&rig, "radio.log"));
    start_live(&rig, &camera, "cam-1", growth[1].dir, yk_rig_path(&rig, "camera.log"));
    const char *files[] = {"radio-1.pcap", "cam-1.jsonl"};
    struct live *both[] = {&radio, &camera};
    for (int i = 0; i < 2; i++) {
        size_t size;
        char *bytes = yk_rig_read(yk_rig_text(&rig, "%s/%s", rec, files[i]), &size);
        for (size_t at = 0; at < size;) {
            ssize_t n = write(both[i]->pipe_fd, bytes + at, size - at);
            cr_assert_gt(n, 0, "the collector of %s ended; see %s", files[i], rig.dir);
            at += (size_t)n;
        }
        free(bytes);
        /* It has heard devices, and is waiting for more. */
        cr_assert(yk_rig_until(has_frames, &growth[i], 30), "no frames of %s", files[i]);
    }
    cr_assert(yk_rig_until(hidden, &radio, 10), "the radio's collector may be dumped");
    char *limits = proc_text(radio.pid, "limits");
    const char *core = strstr(limits, "Max core file size");
    cr_assert(core);
    unsigned long soft = 1, hard = 1;
    cr_expect_eq(sscanf(core, "Max core file size %lu %lu", &soft, &hard), 2, "%.60s", core);
    cr_expect_eq(soft, 0);
    cr_expect_eq(hard, 0);
    free(limits);
    if (geteuid() == 0) {
        cr_expect_not(belongs_to_root(&camera), "the control: a camera's collector may be dumped");
        int sockets;
        cr_expect_eq(internet_sockets(radio.pid, &sockets), 0, "the radio's collector has an Internet socket");
        printf("radio's collector: %d sockets, none of them of the Internet\n", sockets);
        int fd = socket(AF_INET, SOCK_STREAM, 0); /* the control: ours is found */
        struct sockaddr_in any = {.sin_family = AF_INET};
        cr_assert(bind(fd, (struct sockaddr *)&any, sizeof any) == 0 && listen(fd, 1) == 0);
        cr_expect_eq(internet_sockets(getpid(), &sockets), 1);
        close(fd);
    } else {
        fprintf(stderr, "SKIPPED: only root can look at the descriptors of a process that may not be dumped\n");
    }
    end_live(&radio);
    end_live(&camera);
    yk_rig_close(&rig);
}
