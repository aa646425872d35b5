/* Sealing keys of a collector, and the epoch keys that come for them. SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity/sealing.h"

#include "base/calendar.h"
#include "base/ram_folder.h"
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0  INT64_C(1774983600) /* 2026-04-01T04:00+09:00 */
#define DAY INT64_C(86400)

static char ram[64], inbox[100], folder[100];
static uint8_t edge_public[32], edge_secret[64], district_public[32], district_secret[64];
static struct yk_manual_clock time_of_day;
static struct yk_clock test_clock;
static struct yk_sealing *sealing;
static struct yk_identity *identity;
static struct yk_error err;

static void set_time(int64_t t_s)
{
    time_of_day.wall.us = t_s * 1000000;
}

static const char *in(const char *dir, const char *what, int64_t epoch_s, const char *suffix)
{
    static char paths[8][200];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, 200, "%s/%s%lld%s", dir, what, (long long)epoch_s, suffix);
    return path;
}

static const char *private_half(int64_t epoch_s)
{
    return in(folder, "", epoch_s, ".key");
}

static const char *sealing_message(int64_t epoch_s)
{
    return in(inbox, "sealing-", epoch_s, ".msg");
}

static const char *key_message(int64_t epoch_s)
{
    return in(inbox, "key-", epoch_s, ".msg");
}

static size_t read_file(const char *path, uint8_t *out, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s is not there", path);
    size_t size = fread(out, 1, capacity, file);
    fclose(file);
    return size;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static void open_sealing(const char *private_folder)
{
    struct yk_sealing_options options = {.inbox = inbox,
                                         .folder = private_folder,
                                         .district = "riverside",
                                         .edge = "edge-1",
                                         .edge_secret = edge_secret,
                                         .district_public = district_public,
                                         .epoch_hours = 24,
                                         .epoch_start_s = 4 * 3600,
                                         .clock = &test_clock};
    cr_assert_eq(yk_sealing_new(&options, &sealing, &err), YK_OK, "%s", err.message);
    static struct yk_config config;
    config.privacy.epoch_hours = 24;
    config.privacy.epoch_start_s = 4 * 3600;
    cr_assert_eq(yk_identity_new(&config, &identity, &err), YK_OK);
    struct yk_key_provider provider = yk_sealing_provider(sealing);
    yk_identity_provider(identity, &provider);
    yk_sealing_tick(sealing);
}

static void close_sealing(void)
{
    yk_identity_free(identity);
    yk_sealing_free(sealing);
}

static void start(void)
{
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", &err), YK_OK);
    scratch_make();
    strcpy(ram, "/dev/shm/yk-test-XXXXXX");
    cr_assert_not_null(mkdtemp(ram));
    snprintf(inbox, sizeof inbox, "%s/inbox", ram);
    snprintf(folder, sizeof folder, "%s/inbox/collector", ram);
    crypto_sign_keypair(edge_public, edge_secret);
    crypto_sign_keypair(district_public, district_secret);
    int fd;
    if (yk_ram_folder_open(ram, &fd, &err) != YK_OK)
        cr_skip_test("%s", err.message); /* a machine that swaps has no place for these keys */
    close(fd);
    test_clock = yk_clock_manual(&time_of_day);
    set_time(T0 + 7200);
}

static void stop(void)
{
    scratch_remove();
    nftw(ram, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
TestSuite(sealing, .init = start, .fini = stop);

static const struct yk_epoch *epoch_at(int64_t t_s)
{
    const struct yk_epoch *epoch;
    cr_assert_eq(yk_identity_epoch(identity, t_s, &epoch, &err), YK_OK);
    return epoch;
}

static struct yk_sealing_figures figures(void)
{
    struct yk_sealing_figures f;
    yk_sealing_figures(sealing, &f);
    return f;
}

/* What the district answers to the sealing key that lies in the inbox. */
static void answer_as(int64_t epoch_s, const char *edge, int64_t scope_s, const uint8_t *signer, uint64_t key_id,
                      uint8_t out[static YK_EPOCH_KEY_MESSAGE_SIZE])
{
    uint8_t bytes[300];
    size_t size = read_file(sealing_message(epoch_s), bytes, sizeof bytes);
    struct yk_key_scope scope = {"riverside", "edge-1", epoch_s, epoch_s + DAY};
    struct yk_sealing_key key;
    cr_assert_eq(yk_sealing_key_read(bytes, size, &scope, edge_public, &key), YK_KEY_OK);
    struct yk_epoch_secret secret = {.key_id = key_id};
    memset(secret.key, (int)(key_id & 0xFF), sizeof secret.key);
    struct yk_key_scope to = {"riverside", edge, scope_s, scope_s + DAY};
    cr_assert(yk_epoch_key_seal(&to, &secret, key.public_key, signer, out));
}

static void answer(int64_t epoch_s, uint64_t key_id)
{
    uint8_t message[YK_EPOCH_KEY_MESSAGE_SIZE];
    answer_as(epoch_s, "edge-1", epoch_s, district_secret, key_id, message);
    write_file(key_message(epoch_s), message, sizeof message);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

Test(sealing, pairs_are_made_for_the_next_two_epochs)
{
    struct stat st;
    open_sealing(folder);
    cr_expect_not(is_there(sealing_message(T0)), "the present epoch is not asked for");
    cr_expect_not(is_there(private_half(T0)));
    for (int64_t e = T0 + DAY; e <= T0 + 2 * DAY; e += DAY) {
        uint8_t bytes[300];
        struct yk_sealing_key key;
        struct yk_key_scope scope = {"riverside", "edge-1", e, e + DAY};
        size_t size = read_file(sealing_message(e), bytes, sizeof bytes);
        cr_expect_eq(yk_sealing_key_read(bytes, size, &scope, edge_public, &key), YK_KEY_OK);
        cr_expect_eq(key.made_s, T0 + 7200);
        cr_assert_eq(stat(private_half(e), &st), 0);
        cr_expect_eq(st.st_mode & 07777, 0600);
        uint8_t half[100], public_half[32];
        cr_expect_eq(read_file(private_half(e), half, sizeof half), 40);
        crypto_scalarmult_base(public_half, half);
        cr_expect_arr_eq(public_half, key.public_key, 32);
    }
    cr_expect_not(is_there(sealing_message(T0 + 3 * DAY)));
    cr_assert_eq(stat(folder, &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0700);

    uint8_t before[300], after[300];
    size_t size = read_file(sealing_message(T0 + DAY), before, sizeof before);
    close_sealing();
    set_time(T0 + 7300);
    open_sealing(folder);
    cr_expect_eq(read_file(sealing_message(T0 + DAY), after, sizeof after), size);
    cr_expect_arr_eq(before, after, size, "a second start keeps the pair");
    cr_assert_eq(unlink(sealing_message(T0 + DAY)), 0);
    set_time(T0 + 7400);
    yk_sealing_tick(sealing);
    cr_expect_eq(read_file(sealing_message(T0 + DAY), after, sizeof after), size);
    cr_expect_arr_eq(before, after, size, "and publishes it again");
    close_sealing();
}

Test(sealing, the_districts_key_is_used_when_it_has_come)
{
    open_sealing(folder);
    answer(T0 + DAY, 77);
    set_time(T0 + DAY + 1);
    const struct yk_epoch *epoch = epoch_at(T0 + DAY + 1);
    uint8_t expected[16];
    memset(expected, 77, sizeof expected);
    cr_expect_not(epoch->local);
    cr_expect_eq(epoch->key_id, 77);
    cr_expect_arr_eq(epoch->key, expected, 16);
    cr_expect_eq(figures().district_epochs, 1);
    /* A message that displaces it changes nothing: it is asked for once. */
    write_file(key_message(T0 + DAY), "YKEK", 4);
    cr_expect_eq(epoch_at(T0 + DAY + 500)->key_id, 77);
    close_sealing();
    set_time(T0 + DAY + 900);
    open_sealing(folder);
    answer(T0 + 2 * DAY, 78);
    cr_expect(epoch_at(T0 + DAY + 901)->local, "after a new start the displaced one is all there is");
    cr_expect_eq(figures().refused[YK_KEY_LENGTH], 1);
    close_sealing();
}

Test(sealing, a_second_start_opens_the_same_key)
{
    open_sealing(folder);
    answer(T0 + DAY, 77);
    set_time(T0 + DAY + 3600);
    cr_expect_eq(epoch_at(T0 + DAY + 3600)->key_id, 77);
    close_sealing();
    open_sealing(folder);
    cr_expect_eq(epoch_at(T0 + DAY + 3600)->key_id, 77);
    close_sealing();
}

Test(sealing, without_a_key_in_time_the_epoch_is_local_to_its_end)
{
    open_sealing(folder);
    const struct yk_epoch *first = epoch_at(T0 + 7200);
    cr_expect(first->local, "nobody could have sent one");
    set_time(T0 + DAY);
    const struct yk_epoch *epoch = epoch_at(T0 + DAY);
    cr_expect(epoch->local);
    uint64_t id = epoch->key_id;
    cr_expect(id != 0 && id != first->key_id);
    answer(T0 + DAY, 77); /* a minute too late */
    set_time(T0 + DAY + 60);
    yk_sealing_tick(sealing);
    cr_expect_eq(epoch_at(T0 + DAY + 60), epoch);
    cr_expect_eq(epoch->key_id, id);
    answer(T0 + 2 * DAY, 78);
    cr_expect_not(epoch_at(T0 + 2 * DAY)->local, "the next one is not");
    cr_expect_eq(figures().local_epochs, 2);
    cr_expect_eq(figures().district_epochs, 1);
    close_sealing();
}

Test(sealing, every_wrong_message_is_counted_and_leaves_a_local_key)
{
    static const enum yk_key_fault expected[] = {YK_KEY_LENGTH, YK_KEY_MAGIC,     YK_KEY_NEWER, YK_KEY_DISTRICT,
                                                 YK_KEY_EDGE,   YK_KEY_SIGNATURE, YK_KEY_EPOCH, YK_KEY_SEALED};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int64_t e = T0 + DAY;
        uint8_t message[YK_EPOCH_KEY_MESSAGE_SIZE];
        size_t size = sizeof message;
        set_time(T0 + 7200);
        open_sealing(folder);
        answer_as(e, expected[i] == YK_KEY_EDGE ? "edge-2" : "edge-1", e,
                  expected[i] == YK_KEY_SIGNATURE ? edge_secret : district_secret, 77, message);
        if (expected[i] == YK_KEY_LENGTH)
            size--;
        if (expected[i] == YK_KEY_MAGIC)
            message[0]++;
        if (expected[i] == YK_KEY_NEWER)
            message[4]++;
        if (expected[i] == YK_KEY_DISTRICT)
            message[5]++;
        if (expected[i] == YK_KEY_EPOCH) /* the next day's, or yesterday's, under this day's name */
            answer_as(e + DAY, "edge-1", e + DAY, district_secret, 77, message);
        if (expected[i] == YK_KEY_SEALED) /* made for the next day's pair, signed for this day */
            answer_as(e + DAY, "edge-1", e, district_secret, 77, message);
        write_file(key_message(e), message, size);
        set_time(e);
        cr_expect(epoch_at(e)->local);
        for (int fault = 0; fault < YK_KEY_FAULT_COUNT; fault++)
            cr_expect_eq(figures().refused[fault], fault == (int)expected[i], "%s",
                         yk_key_fault_text((enum yk_key_fault)fault));
        close_sealing();
    }
}

Test(sealing, what_lies_in_the_inbox_may_be_anything)
{
    int64_t e = T0 + DAY;
    open_sealing(folder);
    cr_assert_eq(mkfifo(key_message(e), 0600), 0); /* would block a careless reader for ever */
    set_time(e);
    cr_expect(epoch_at(e)->local);
    close_sealing();
    cr_assert_eq(unlink(key_message(e)), 0);
    open_sealing(folder);
    cr_assert_eq(symlink(private_half(e), key_message(e)), 0);
    cr_expect(epoch_at(e)->local);
    close_sealing();
    cr_assert_eq(unlink(key_message(e)), 0);
    static uint8_t large[5000];
    open_sealing(folder);
    write_file(key_message(e), large, sizeof large);
    cr_expect(epoch_at(e)->local);
    close_sealing();
}

/* What an ended epoch leaves behind: nothing that opens its message. */
Test(sealing, yesterdays_message_and_todays_disk_open_nothing)
{
    int64_t e = T0 + DAY;
    uint8_t message[300], half[100], second[100];
    open_sealing(folder);
    answer(e, 77);
    size_t size = read_file(key_message(e), message, sizeof message);
    read_file(private_half(e), half, sizeof half);
    cr_assert_eq(link(private_half(e), in(ram, "link", 0, "")), 0); /* sees what becomes of the bytes */
    set_time(e + 10);
    const struct yk_epoch *epoch = epoch_at(e + 10);
    cr_expect_not(epoch->local);
    yk_identity_release(identity, epoch);
    set_time(e + DAY - 11);
    yk_sealing_tick(sealing);
    cr_expect(is_there(private_half(e)));
    set_time(e + DAY);
    yk_identity_forget(identity, e + DAY);
    yk_sealing_tick(sealing);
    cr_expect_not(is_there(private_half(e)));
    cr_expect_not(is_there(sealing_message(e)));
    cr_expect_not(is_there(key_message(e)));
    cr_assert_eq(read_file(in(ram, "link", 0, ""), second, sizeof second), 40);
    for (int i = 0; i < 40; i++)
        cr_expect_eq(second[i], 0, "overwritten before it was unlinked");
    write_file(key_message(e), message, size); /* played again */
    cr_expect(epoch_at(e + 10)->local);
    close_sealing();
    open_sealing(folder); /* and to a new process */
    write_file(key_message(e), message, size);
    cr_expect(epoch_at(e + 10)->local);
    cr_expect_neq(epoch_at(e + 10)->key_id, 77);
    close_sealing();
}

Test(sealing, a_folder_on_a_disk_holds_nothing)
{
    char on_disk[100];
    snprintf(on_disk, sizeof on_disk, "%s/keys", scratch);
    int fd;
    enum yk_status status = yk_ram_folder_open(scratch, &fd, &err);
    cr_assert_eq(status, YK_ERR_REFUSED, "/tmp is in memory here: this test needs a disk");
    open_sealing(on_disk);
    cr_expect_not(is_there(sealing_message(T0 + DAY)));
    cr_expect_eq(rmdir(on_disk), 0, "nothing was written");
    set_time(T0 + DAY);
    cr_expect(epoch_at(T0 + DAY)->local);
    close_sealing();
}

Test(sealing, a_folder_open_to_others_holds_nothing)
{
    cr_assert_eq(mkdir(inbox, 0700), 0);
    cr_assert_eq(mkdir(folder, 0700), 0);
    cr_assert_eq(chmod(folder, 0750), 0);
    open_sealing(folder);
    cr_expect_not(is_there(private_half(T0 + DAY)));
    close_sealing();
    cr_assert_eq(rmdir(folder), 0);
    cr_assert_eq(symlink(scratch, folder), 0);
    open_sealing(folder);
    cr_expect_not(is_there(private_half(T0 + DAY)));
    close_sealing();
    cr_assert_eq(unlink(folder), 0);
}

Test(sealing, without_an_inbox_all_is_local)
{
    struct yk_sealing_options options = {
        .district = "riverside", .edge = "edge-1", .epoch_hours = 24, .epoch_start_s = 4 * 3600, .clock = &test_clock};
    cr_assert_eq(yk_sealing_new(&options, &sealing, &err), YK_OK);
    yk_sealing_tick(sealing);
    struct yk_key_provider provider = yk_sealing_provider(sealing);
    struct yk_epoch epoch = {.start_s = T0, .end_s = T0 + DAY};
    cr_expect_not(provider.key(provider.context, &epoch));
    cr_expect_eq(figures().local_epochs, 1);
    yk_sealing_free(sealing);
}

Test(ram_folder, swap_is_seen)
{
    static const char heading[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    char text[400];
    cr_expect_not(yk_swaps_to_disk(heading));
    cr_expect_not(yk_swaps_to_disk(""));
    snprintf(text, sizeof text, "%s/dev/zram0                              partition\t1\t0\t100\n", heading);
    cr_expect_not(yk_swaps_to_disk(text), "compressed memory is memory");
    snprintf(text + strlen(text), 100, "/var/swap                               file\t102396\t0\t-2\n");
    cr_expect(yk_swaps_to_disk(text));
    snprintf(text, sizeof text, "%s/dev/dm-1                               partition\t1\t0\t-2\n", heading);
    cr_expect(yk_swaps_to_disk(text));
}

Test(ram_folder, noswap_is_read_from_its_own_mount)
{
    static const char mounts[] = "24 30 0:22 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=1k,mode=755\n"
                                 "25 30 0:23 / /run/noswap rw,noexec shared:6 - tmpfs noswap rw,size=1k\n"
                                 "26 30 0:24 / /run/keys rw shared:7 - tmpfs tmpfs rw,noswap,size=1k\n"
                                 "27 30 0:25 / /run/last rw - tmpfs tmpfs rw,noswap";
    cr_expect_not(yk_mount_is_noswap(mounts, 24));
    cr_expect_not(yk_mount_is_noswap(mounts, 25));
    cr_expect(yk_mount_is_noswap(mounts, 26));
    cr_expect(yk_mount_is_noswap(mounts, 27));
    cr_expect_not(yk_mount_is_noswap(mounts, 2));
    cr_expect_not(yk_mount_is_noswap("", 0));
}
