/* Commit, crash and reopen; epochs that end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/state_store.h"

#include "support/scratch.h"

#include <criterion/criterion.h>

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define W0    INT64_C(1774987200)
#define EPOCH INT64_C(1774983600)

static struct yk_state_store *store;
static struct yk_error err;

static void reopen(void)
{
    yk_state_close(store);
    cr_assert_eq(yk_state_open(scratch, &store, &err), YK_OK, "%s", err.message);
}

static void start(void)
{
    scratch_make();
    reopen();
}

static void stop(void)
{
    yk_state_close(store);
    scratch_remove();
}
TestSuite(state_store, .init = start, .fini = stop);

static struct yk_frame_header frame_of(enum yk_group group, int64_t epoch_s, uint64_t sequence)
{
    return (struct yk_frame_header){.group = group,
                                    .incarnation = 3,
                                    .sequence = sequence,
                                    .epoch_s = epoch_s,
                                    .edge = "edge-1",
                                    .sensor = "radio-1",
                                    .told_from_s = EPOCH + 60 * (int64_t)sequence - 60,
                                    .told_to_s = EPOCH + 60 * (int64_t)sequence,
                                    .lane_from_s = EPOCH};
}

static void mark(enum yk_group group, int64_t epoch_s, uint64_t sequence, bool elsewhere)
{
    struct yk_frame_header h = frame_of(group, epoch_s, sequence);
    cr_assert_eq(yk_state_mark(store, &h, sequence, elsewhere), YK_OK);
}

static bool has(enum yk_group group, int64_t epoch_s, uint64_t sequence)
{
    struct yk_frame_header h = frame_of(group, epoch_s, sequence);
    return yk_state_has(store, &h, sequence);
}

static void cross(const char *key, int64_t window_s, uint64_t plus)
{
    struct yk_cell *cell;
    cr_assert_eq(yk_state_cell(store, YK_CELL_CROSSING, key, window_s, 0, &cell), YK_OK);
    cell->as.crossing.plus += plus;
}

static void hear(int64_t epoch_s, const char *place, int64_t window_s, uint64_t pseudonym)
{
    struct yk_cell *cell;
    struct yk_presence p = {.pseudonym = pseudonym, .tick = window_s / 10, .adverts = 1};
    cr_assert_eq(yk_state_cell(store, YK_CELL_PRESENCE, place, window_s, epoch_s, &cell), YK_OK);
    cr_assert_eq(yk_cell_hear(cell, 1, &p), YK_OK);
}

static void commit(const char *id)
{
    struct yk_position position = {"edge-1", id};
    cr_assert_eq(yk_state_commit(store, &position, 1, &err), YK_OK, "%s", err.message);
}

struct sum {
    uint64_t plus, devices, adverts, cells;
    char keys[400];
};

static enum yk_status add(void *context, struct yk_cell *cell, struct yk_error *e)
{
    (void)e;
    struct sum *sum = context;
    sum->cells++;
    if (cell->kind == YK_CELL_CROSSING)
        sum->plus += cell->as.crossing.plus;
    for (size_t i = 0; cell->kind == YK_CELL_PRESENCE && i < cell->as.devices.count; i++) {
        sum->devices++;
        sum->adverts += cell->as.devices.list[i].adverts;
    }
    size_t n = strlen(sum->keys);
    snprintf(sum->keys + n, sizeof sum->keys - n, "%s@%d ", cell->key, (int)((cell->window_s - W0) / 900));
    return YK_OK;
}

static struct sum read_all(enum yk_cell_kind kind, int64_t epoch_s, const char *key, int64_t from_s, int64_t to_s)
{
    struct sum sum = {0};
    cr_assert_eq(yk_state_read(store, kind, epoch_s, key, from_s, to_s, add, &sum, &err), YK_OK, "%s", err.message);
    return sum;
}

static void expect_position(const char *expected)
{
    char id[44];
    cr_assert_eq(yk_state_position(store, "edge-1", id, &err), YK_OK);
    cr_expect_str_eq(id, expected);
}

Test(state_store, what_was_not_committed_never_happened)
{
    expect_position("0-0");
    cross("plaza/north", W0, 5);
    hear(EPOCH, "plaza", W0, 1);
    mark(YK_GROUP_PLAIN, 0, 1, false);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    yk_state_note(store, "first_s", 5, YK_FACT_MIN);
    cr_expect(has(YK_GROUP_PLAIN, 0, 1), "known at once, so that a duplicate in one batch is met");
    cr_expect(has(YK_GROUP_PRESENCE, EPOCH, 1));
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).cells, 0, "committed cells only");
    reopen(); /* a crash */
    cr_expect_not(has(YK_GROUP_PLAIN, 0, 1));
    cr_expect_not(has(YK_GROUP_PRESENCE, EPOCH, 1));
    cr_expect_eq(yk_state_fact(store, "first_s", 77), 77);
    commit("9-1");
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).cells, 0);
    cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH, NULL, 0, INT64_MAX).cells, 0);
}

Test(state_store, commits_add_up_over_restarts)
{
    for (unsigned i = 0; i < 40; i++) { /* more parts than are kept apart */
        cross("plaza/north", W0, 1);
        cross("plaza/north", W0 + 900, 100);
        cross("plaza/south", W0, 10000);
        hear(EPOCH, "plaza", W0, i % 10);
        mark(YK_GROUP_PLAIN, 0, 1 + i, false);
        mark(YK_GROUP_PRESENCE, EPOCH, 1 + 2 * i, false);
        char id[20];
        snprintf(id, sizeof id, "%u-0", i);
        commit(id);
        if (i % 7 == 0)
            reopen();
        if (i % 11 == 0)
            cr_assert_eq(read_all(YK_CELL_CROSSING, 0, "plaza/north", 0, INT64_MAX).plus, 101u * (i + 1));
    }
    for (int again = 0; again < 3; again++) { /* reading merges parts, and changes nothing */
        struct sum all = read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX);
        cr_expect_eq(all.plus, 40u * 10101);
        cr_expect_str_eq(all.keys, "plaza/north@0 plaza/north@1 plaza/south@0 ");
        cr_expect_eq(read_all(YK_CELL_CROSSING, 0, "plaza/north", W0 + 1, INT64_MAX).plus, 4000);
        cr_expect_eq(read_all(YK_CELL_CROSSING, 0, "plaza/north", W0, W0 + 900).plus, 40);
        struct sum devices = read_all(YK_CELL_PRESENCE, EPOCH, "plaza", 0, INT64_MAX);
        cr_expect_eq(devices.devices, 10);
        cr_expect_eq(devices.adverts, 40);
        cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH + 86400, NULL, 0, INT64_MAX).cells, 0);
        reopen();
    }
    expect_position("39-0");
    for (unsigned i = 1; i <= 80; i++) {
        cr_assert_eq(has(YK_GROUP_PLAIN, 0, i), i <= 40);
        cr_assert_eq(has(YK_GROUP_PRESENCE, EPOCH, i), i % 2 == 1);
    }
    cr_expect_not(has(YK_GROUP_PRESENCE, EPOCH + 86400, 1), "the marks of one epoch");
    struct yk_received received = {0};
    cr_assert_eq(yk_state_received(store, "edge-1", &received), YK_OK);
    cr_expect_eq(received.count, 2, "both lanes, out of two files");
    yk_received_clear(&received);
    cr_assert_eq(yk_state_received(store, "edge-2", &received), YK_OK);
    cr_expect_eq(received.count, 0);
}

static bool there(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return access(path, F_OK) == 0;
}

Test(state_store, a_closed_epoch_leaves_its_marks_only)
{
    for (int e = 0; e < 3; e++) {
        hear(EPOCH + e * 86400, "plaza", W0 + e * 86400, 1);
        mark(YK_GROUP_PRESENCE, EPOCH + e * 86400, 10u + (unsigned)e, false);
    }
    commit("1-0");
    const int64_t *epochs;
    cr_assert_eq(yk_state_epochs(store, &epochs), 3);
    cr_expect(epochs[0] == EPOCH && epochs[1] == EPOCH + 86400 && epochs[2] == EPOCH + 2 * 86400);
    cr_expect(there("epoch-1774983600.db"));
    cr_assert_eq(yk_state_close_epoch(store, EPOCH, &err), YK_OK, "%s", err.message);
    for (int turn = 0; turn < 2; turn++) {
        cr_expect_not(there("epoch-1774983600.db"));
        cr_expect_not(there("epoch-1774983600.db-wal"));
        cr_expect_not(there("epoch-1774983600.db-shm"));
        cr_expect(there("epoch-1775070000.db"));
        cr_expect(yk_state_epoch_closed(store, EPOCH));
        cr_expect_not(yk_state_epoch_closed(store, EPOCH + 86400));
        cr_expect(has(YK_GROUP_PRESENCE, EPOCH, 10), "or it would be taken again");
        cr_expect(has(YK_GROUP_PRESENCE, EPOCH + 86400, 11));
        cr_expect_eq(yk_state_epochs(store, &epochs), 2);
        cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH, NULL, 0, INT64_MAX).cells, 0);
        cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH + 86400, NULL, 0, INT64_MAX).devices, 1);
        reopen();
    }
    cr_assert_eq(yk_state_close_epoch(store, EPOCH + 9 * 86400, &err), YK_OK, "one without a file");
    cr_expect(yk_state_epoch_closed(store, EPOCH + 9 * 86400));
}

static size_t open_epoch_files(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char name[40], path[300];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(name, path, sizeof path - 1);
        if (length <= 0)
            continue;
        path[length] = '\0';
        size_t tail = strlen(path) > 3 ? strlen(path) - 3 : 0;
        count += strstr(path, "/epoch-") && strcmp(path + tail, ".db") == 0;
    }
    return count;
}

/* A history of a year comes in before its first epoch is closed. */
Test(state_store, a_long_history_keeps_few_files_open)
{
    enum { DAYS = 60 };
    for (int round = 0; round < 3; round++) {
        for (int e = 0; e < DAYS; e++) {
            hear(EPOCH + e * 86400, "plaza", W0 + e * 86400, (unsigned)(e * 3 + round + 1));
            mark(YK_GROUP_PRESENCE, EPOCH + e * 86400, (unsigned)(e * 3 + round + 1), false);
            if (round == 1 || e % 7 == 0) /* one day at a time, and a week at a time */
                commit("1-0");
        }
        commit("1-0");
        cr_expect_leq(open_epoch_files(), 4);
    }
    for (int turn = 0; turn < 2; turn++) {
        for (int e = DAYS; e-- > 0;) {
            cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH + e * 86400, NULL, 0, INT64_MAX).devices, 3);
            for (int round = 0; round < 3; round++)
                cr_expect(has(YK_GROUP_PRESENCE, EPOCH + e * 86400, (unsigned)(e * 3 + round + 1)));
        }
        cr_expect_leq(open_epoch_files(), 4);
        reopen();
        cr_expect_leq(open_epoch_files(), 4);
    }
    cr_expect_eq(yk_state_close_epoch(store, EPOCH, &err), YK_OK);
    cr_expect_not(there("epoch-1774983600.db"));
}

/* A folder in the way of its name stands for whatever keeps a file from being erased. */
Test(state_store, an_epoch_that_cannot_be_erased_is_tried_again)
{
    char path[300];
    hear(EPOCH, "plaza", W0, 1);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    commit("1-0");
    snprintf(path, sizeof path, "%s/epoch-1774983600.db-shm", scratch);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(yk_state_close_epoch(store, EPOCH, &err), YK_OK);
    cr_expect(there("epoch-1774983600.db-shm"));
    commit("2-0");
    cr_expect(there("epoch-1774983600.db-shm"));
    cr_assert_eq(rmdir(path), 0);
    FILE *file = fopen(path, "w"); /* now it can be */
    cr_assert_not_null(file);
    fclose(file);
    commit("3-0");
    cr_expect_not(there("epoch-1774983600.db-shm"));
}

/* The power goes between the note that an epoch is closed and its end: opening finishes the work. */
Test(state_store, an_epoch_that_was_closed_but_not_erased)
{
    hear(EPOCH, "plaza", W0, 1);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    commit("1-0");
    char command[200], path[200];
    snprintf(command, sizeof command, "cp %s/epoch-1774983600.db %s/saved", scratch, scratch);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(yk_state_close_epoch(store, EPOCH, &err), YK_OK);
    yk_state_close(store);
    store = NULL;
    snprintf(command, sizeof command, "cp %s/saved %s/epoch-1774983600.db", scratch, scratch);
    cr_assert_eq(system(command), 0);
    reopen();
    snprintf(path, sizeof path, "%s/epoch-1774983600.db", scratch);
    cr_expect_neq(access(path, F_OK), 0);
    const int64_t *epochs;
    cr_expect_eq(yk_state_epochs(store, &epochs), 0);
}

Test(state_store, late_marks_go_to_the_plain_file)
{
    cr_assert_eq(yk_state_close_epoch(store, EPOCH, &err), YK_OK);
    mark(YK_GROUP_PRESENCE, EPOCH, 4, true);
    commit("1-0");
    cr_expect_not(there("epoch-1774983600.db"), "a late frame must not bring an erased epoch back");
    reopen();
    cr_expect(has(YK_GROUP_PRESENCE, EPOCH, 4));
}

static void damage(const char *sql, const char *file)
{
    yk_state_close(store);
    store = NULL;
    char path[200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/%s", scratch, file);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

Test(state_store, damaged_parts_and_marks_are_errors)
{
    cross("plaza/north", W0, 5);
    hear(EPOCH, "plaza", W0, 1);
    mark(YK_GROUP_PLAIN, 0, 1, false);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    commit("1-0");
    damage("UPDATE part SET bytes=x'ffffff'", "state.db");
    cr_assert_eq(yk_state_open(scratch, &store, &err), YK_OK);
    struct sum sum = {0};
    cr_expect_eq(yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, add, &sum, &err), YK_ERR_INPUT);
    cr_expect_not_null(strstr(err.message, "plaza/north"));
    damage("UPDATE part SET bytes=substr(bytes,1,length(bytes)-1)", "epoch-1774983600.db");
    cr_assert_eq(yk_state_open(scratch, &store, &err), YK_OK);
    cr_expect_eq(yk_state_read(store, YK_CELL_PRESENCE, EPOCH, NULL, 0, INT64_MAX, add, &sum, &err), YK_ERR_INPUT);
    cr_expect_eq(sum.cells, 0);
    damage("UPDATE received SET bytes=x'05'", "state.db");
    cr_expect_eq(yk_state_open(scratch, &store, &err), YK_ERR_INPUT);
    cr_expect_null(store);
}

Test(state_store, facts_and_changes)
{
    int64_t plain, presence;
    bool any;
    yk_state_take_changed(store, &plain, &presence);
    cr_expect(plain == INT64_MIN && presence == INT64_MIN, "everything after opening");
    yk_state_take_changed(store, &plain, &presence);
    cr_expect(plain == INT64_MAX && presence == INT64_MAX);
    static const int64_t given[] = {5, 3, 9, 4};
    for (int i = 0; i < 4; i++) {
        yk_state_note(store, "least", given[i], YK_FACT_MIN);
        yk_state_note(store, "most", given[i], YK_FACT_MAX);
        yk_state_note(store, "last", given[i], YK_FACT_SET);
    }
    cross("plaza/north", W0 + 900, 1);
    cross("plaza/north", W0, 1);
    hear(EPOCH, "plaza", W0 + 2700, 1);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    commit("1-0");
    yk_state_take_changed(store, &plain, &presence);
    cr_expect_eq(plain, W0);
    cr_expect_eq(presence, W0 + 2700);
    reopen();
    cr_expect_eq(yk_state_fact(store, "least", 0), 3);
    cr_expect_eq(yk_state_fact(store, "most", 0), 9);
    cr_expect_eq(yk_state_fact(store, "last", 0), 4);
    cr_expect_eq(yk_state_fact(store, "none", -8), -8);
    cr_assert_eq(yk_state_any(store, YK_CELL_CROSSING, "plaza/north", W0, W0 + 1, &any, &err), YK_OK);
    cr_expect(any);
    cr_assert_eq(yk_state_any(store, YK_CELL_CROSSING, "plaza/north", W0 + 1, W0 + 900, &any, &err), YK_OK);
    cr_expect_not(any);
    cr_assert_eq(yk_state_any(store, YK_CELL_CROSSING, "plaza/nor", W0, W0 + 1, &any, &err), YK_OK);
    cr_expect_not(any, "a key is matched whole");
    cr_assert_eq(yk_state_any(store, YK_CELL_HEALTH, "radio-1", W0, W0 + 9000, &any, &err), YK_OK);
    cr_expect_not(any);
}

/* A commit that cannot write keeps the changes, takes more, and tells everything once when it can. */
Test(state_store, a_commit_that_failed_can_be_tried_again)
{
    sqlite3 *other;
    char path[200];
    for (unsigned i = 0; i < 3; i++)
        hear(EPOCH, "plaza", W0, i);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    cross("plaza/north", W0, 1);
    mark(YK_GROUP_PLAIN, 0, 1, false);
    static const char *const locked[] = {"epoch-1774983600.db", "state.db"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", scratch, locked[i]);
        cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
        cr_assert_eq(sqlite3_exec(other,
                                  "CREATE TRIGGER no BEFORE INSERT ON received BEGIN SELECT RAISE(ABORT, 'no'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
        struct yk_position position = {"edge-1", "2-0"};
        cr_expect_neq(yk_state_commit(store, &position, 1, &err), YK_OK);
        for (unsigned p = 0; p < 30; p++)
            hear(EPOCH, "plaza", W0, 3 + p + 30u * (unsigned)i);
        mark(YK_GROUP_PRESENCE, EPOCH, 2u + (unsigned)i, false);
        cross("plaza/north", W0, 1);
        cr_assert_eq(sqlite3_exec(other, "DROP TRIGGER no", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(other);
    }
    expect_position("0-0");
    commit("3-0");
    reopen();
    struct sum sum = read_all(YK_CELL_PRESENCE, EPOCH, NULL, 0, INT64_MAX);
    cr_expect_eq(sum.devices, 63);
    cr_expect_eq(sum.adverts, 63, "none twice");
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 3);
    expect_position("3-0");
}

static sqlite3 *open_beside(const char *name)
{
    char path[200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static int parts_in(const char *name)
{
    sqlite3 *db = open_beside(name);
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_prepare_v2(db, "SELECT COUNT(*) FROM part", -1, &s, NULL), SQLITE_OK, "%s: %s", name,
                 sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    int count = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return count;
}

/* More than eight are written back as one, whether a cell is asked for by name or with others. */
Test(state_store, many_parts_become_one)
{
    for (unsigned i = 0; i < 9; i++) {
        cross("plaza/north", W0, 1);
        if (i < 8)
            cross("plaza/south", W0, 1);
        hear(EPOCH, "plaza", W0, 100 - i);
        mark(YK_GROUP_PRESENCE, EPOCH, 1 + i, false);
        commit("1-0");
    }
    cr_assert_eq(parts_in("state.db"), 17);
    cr_assert_eq(parts_in("epoch-1774983600.db"), 9);
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 17);
    cr_expect_eq(parts_in("state.db"), 1 + 8);
    cr_expect_eq(read_all(YK_CELL_PRESENCE, EPOCH, "plaza", 0, INT64_MAX).devices, 9);
    cr_expect_eq(parts_in("epoch-1774983600.db"), 1);
    cross("plaza/south", W0, 1);
    commit("2-0");
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, "plaza/south", 0, INT64_MAX).plus, 9);
    cr_expect_eq(parts_in("state.db"), 2);
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 18);
    /* They came as 100, 99, ...; what is kept of them says so no more. */
    sqlite3 *db = open_beside("epoch-1774983600.db");
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_prepare_v2(db, "SELECT bytes FROM part", -1, &s, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    struct yk_cell cell;
    cr_assert_eq(yk_cell_init(&cell, YK_CELL_PRESENCE, "plaza", W0), YK_OK);
    cr_assert_eq(yk_cell_merge(&cell, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)), YK_OK);
    for (unsigned i = 0; i < 9; i++)
        cr_expect_eq(cell.as.devices.list[i].pseudonym, 92 + i);
    yk_cell_clear(&cell);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

struct stopping {
    unsigned cells, at;
};

static enum yk_status stop_at(void *context, struct yk_cell *cell, struct yk_error *e)
{
    (void)cell;
    struct stopping *stopping = context;
    return ++stopping->cells == stopping->at ? yk_error_set(e, YK_ERR_FULL, "enough") : YK_OK;
}

static enum yk_status read_within(void *context, struct yk_cell *cell, struct yk_error *e)
{
    (void)cell;
    return yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, add, context, e);
}

Test(state_store, reading_goes_on_after_one_that_failed)
{
    for (int64_t i = 0; i < 5; i++)
        cross("plaza/north", W0 + 900 * i, 1);
    commit("1-0");
    struct stopping stopping = {.at = 2};
    struct sum sum = {0};
    for (int again = 0; again < 2; again++) {
        stopping.cells = 0;
        cr_expect_eq(yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, stop_at, &stopping, &err),
                     YK_ERR_FULL);
        cr_expect_eq(stopping.cells, 2);
        cr_expect_eq(yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, read_within, &sum, &err),
                     YK_ERR_INTERNAL, "not half of them");
        cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 5);
    }
    sqlite3 *db = open_beside("state.db");
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE part SET bytes=x'ffff' WHERE window=%lld", (long long)W0 + 1800);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    stopping = (struct stopping){.at = 100};
    cr_expect_eq(yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, stop_at, &stopping, &err), YK_ERR_INPUT);
    cr_expect_eq(stopping.cells, 2, "the two before it");
    cr_expect(strstr(err.message, "a state of plaza/north is damaged"), "%s", err.message);
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, W0 + 1800).plus, 2);
    sqlite3_close(db);
}

Test(state_store, parts_stay_when_they_cannot_be_written_back)
{
    for (unsigned i = 0; i < 10; i++) {
        cross("plaza/north", W0, 1);
        commit("1-0");
    }
    sqlite3 *db = open_beside("state.db");
    cr_assert_eq(sqlite3_exec(db, "CREATE TRIGGER no BEFORE INSERT ON part BEGIN SELECT RAISE(ABORT, 'no'); END", NULL,
                              NULL, NULL),
                 SQLITE_OK);
    struct sum sum = {0};
    cr_expect_neq(yk_state_read(store, YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX, add, &sum, &err), YK_OK);
    cr_expect_eq(parts_in("state.db"), 10);
    cr_assert_eq(sqlite3_exec(db, "DROP TRIGGER no", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 10);
    cr_expect_eq(parts_in("state.db"), 1);
    cross("plaza/north", W0, 1);
    commit("2-0");
    cr_expect_eq(read_all(YK_CELL_CROSSING, 0, NULL, 0, INT64_MAX).plus, 11);
}

Test(state_store, what_is_too_old_is_deleted)
{
    cross("plaza/north", W0 - 900, 1);
    cross("plaza/north", W0, 2);
    cr_assert_eq(yk_state_commit(store, NULL, 0, &err), YK_OK);
    cr_assert_eq(yk_state_expire(store, W0, &err), YK_OK);
    bool any;
    cr_assert_eq(yk_state_any(store, YK_CELL_CROSSING, "plaza/north", W0 - 900, W0, &any, &err), YK_OK);
    cr_expect_not(any);
    cr_assert_eq(yk_state_any(store, YK_CELL_CROSSING, "plaza/north", W0, W0 + 1, &any, &err), YK_OK);
    cr_expect(any);
}

static void give_up(enum yk_group group, int64_t epoch_s, uint64_t first, uint64_t last)
{
    struct yk_frame_header h = frame_of(group, epoch_s, first);
    h.flags = YK_FRAME_TOMBSTONE;
    h.told_to_s = EPOCH + 60 * (int64_t)last;
    cr_assert_eq(yk_state_mark(store, &h, last, true), YK_OK);
}

static bool has_run(enum yk_group group, int64_t epoch_s, uint64_t first, uint64_t last)
{
    struct yk_frame_header h = frame_of(group, epoch_s, first);
    h.flags = YK_FRAME_TOMBSTONE;
    return yk_state_has(store, &h, last);
}

static void list(void *context, int64_t from_s, int64_t to_s)
{
    char *text = context;
    size_t n = strlen(text);
    snprintf(text + n, 200 - n, "%d-%d ", (int)((from_s - EPOCH) / 60), (int)((to_s - EPOCH) / 60));
}

/* Minutes of the epoch that are lost, as text. */
static void expect_lost(const char *sensor, enum yk_group group, const char *expected)
{
    char text[200] = "";
    cr_assert_eq(yk_state_lost(store, sensor, group, list, text), YK_OK);
    cr_expect_str_eq(text, expected);
}

/* One lane over two epochs, a tombstone in a third file: what is lost is read off all of them together, and stays the
 * same when an epoch is closed and its marks move. */
Test(state_store, lost_time_over_all_files)
{
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    mark(YK_GROUP_PRESENCE, EPOCH, 2, false);
    mark(YK_GROUP_PRESENCE, EPOCH + 86400, 3, false);
    mark(YK_GROUP_PRESENCE, EPOCH + 86400, 6, false);
    give_up(YK_GROUP_PRESENCE, EPOCH + 86400, 7, 9);
    mark(YK_GROUP_PLAIN, 0, 2, false);
    expect_lost("radio-1", YK_GROUP_PRESENCE, "3-5 6-9 ");
    expect_lost("radio-1", YK_GROUP_PLAIN, "0-1 ");
    expect_lost("radio-2", YK_GROUP_PRESENCE, "");
    struct yk_frame_header other = frame_of(YK_GROUP_PRESENCE, EPOCH, 2);
    snprintf(other.edge, sizeof other.edge, "edge-2"); /* the sensor was moved to another edge */
    other.incarnation = 4;
    other.lane_from_s = EPOCH + 60 * 20;
    other.told_from_s = EPOCH + 60 * 22;
    other.told_to_s = EPOCH + 60 * 23;
    cr_assert_eq(yk_state_mark(store, &other, 2, false), YK_OK);
    commit("1-0");
    for (int turn = 0; turn < 4; turn++) {
        char text[200] = "";
        cr_assert_eq(yk_state_lost(store, "radio-1", YK_GROUP_PRESENCE, list, text), YK_OK);
        cr_expect(strcmp(text, "3-5 6-9 20-22 ") == 0 || strcmp(text, "20-22 3-5 6-9 ") == 0, "turn %d: %s", turn,
                  text);
        expect_lost("radio-1", YK_GROUP_PLAIN, "0-1 ");
        if (turn == 0)
            reopen();
        else if (turn < 3)
            cr_assert_eq(yk_state_close_epoch(store, EPOCH + (turn - 1) * 86400, &err), YK_OK);
    }
    mark(YK_GROUP_PRESENCE, EPOCH + 2 * 86400, 5, false); /* it came after all */
    mark(YK_GROUP_PRESENCE, EPOCH + 2 * 86400, 8, false);
    char text[200] = "";
    cr_assert_eq(yk_state_lost(store, "radio-1", YK_GROUP_PRESENCE, list, text), YK_OK);
    cr_expect(strstr(text, "3-4 ") && strstr(text, "6-7 ") && strstr(text, "8-9 ") && strlen(text) == 12 + 6, "%s",
              text);
}

/* What was given up is not received: the frame is still taken if it comes, and its tombstone not twice. */
Test(state_store, given_up_is_not_taken)
{
    give_up(YK_GROUP_PRESENCE, EPOCH, 4, 6);
    commit("1-0");
    reopen();
    cr_expect(has_run(YK_GROUP_PRESENCE, EPOCH, 4, 6));
    cr_expect(has_run(YK_GROUP_PRESENCE, EPOCH, 5, 5));
    cr_expect_not(has_run(YK_GROUP_PRESENCE, EPOCH, 4, 7));
    cr_expect_not(there("epoch-1774983600.db"), "a tombstone has no effect on its epoch");
    for (uint64_t i = 3; i <= 7; i++)
        cr_expect_not(has(YK_GROUP_PRESENCE, EPOCH, i));
    mark(YK_GROUP_PRESENCE, EPOCH, 5, false);
    commit("2-0");
    reopen();
    cr_expect(has(YK_GROUP_PRESENCE, EPOCH, 5));
    struct yk_received received = {0};
    cr_assert_eq(yk_state_received(store, "edge-1", &received), YK_OK);
    for (uint64_t i = 3; i <= 7; i++) {
        struct yk_frame_header h = frame_of(YK_GROUP_PRESENCE, EPOCH, i);
        cr_expect_eq(yk_received_covers(&received, &h), i >= 4 && i <= 6);
    }
    yk_received_clear(&received);
    expect_lost("radio-1", YK_GROUP_PRESENCE, "0-4 5-6 ");
}

/* Pruning forgets lanes of state.db that ended before; it goes to the disk with the next marks. */
Test(state_store, prune_forgets_old_lanes)
{
    mark(YK_GROUP_PLAIN, 0, 1, false);
    mark(YK_GROUP_PLAIN, 0, 3, false);
    struct yk_frame_header later = frame_of(YK_GROUP_PLAIN, 0, 1);
    later.incarnation = 5;
    later.told_from_s = later.lane_from_s = EPOCH + 600;
    later.told_to_s = EPOCH + 660;
    cr_assert_eq(yk_state_mark(store, &later, 1, false), YK_OK);
    mark(YK_GROUP_PRESENCE, EPOCH, 1, false);
    commit("1-0");
    yk_state_prune(store, EPOCH + 180);
    cr_expect(has(YK_GROUP_PLAIN, 0, 3), "it ended at that second");
    yk_state_prune(store, EPOCH + 181);
    cr_expect_not(has(YK_GROUP_PLAIN, 0, 1));
    cr_expect_not(has(YK_GROUP_PLAIN, 0, 3));
    cr_expect(yk_state_has(store, &later, 1));
    cr_expect(has(YK_GROUP_PRESENCE, EPOCH, 1), "marks of an epoch go with it");
    expect_lost("radio-1", YK_GROUP_PLAIN, "");
    later.sequence = 2;
    cr_assert_eq(yk_state_mark(store, &later, 2, false), YK_OK);
    commit("2-0");
    reopen();
    cr_expect_not(has(YK_GROUP_PLAIN, 0, 3));
    cr_expect(yk_state_has(store, &later, 2));
}

/* A store of another version is neither read nor changed. */
Test(state_store, another_versions_layout)
{
    char path[600];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/state.db", scratch);
    yk_state_close(store);
    store = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "PRAGMA user_version=1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    cr_expect_eq(yk_state_open(scratch, &store, &err), YK_ERR_CONFIG);
    cr_expect(strstr(err.message, "another version"), "%s", err.message);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "PRAGMA user_version=2", NULL, NULL, NULL), SQLITE_OK); /* as this one writes it */
    sqlite3_close(db);
    reopen();
}
