/* The simulator's files: the same every time, of the right form, streamed alike. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "small_district.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

static const char *const files[] = {"radio-1.pcap", "radio-2.pcap", "cam-1.jsonl", "cam-2.jsonl", "truth.json"};
enum { FILES = sizeof files / sizeof files[0] };

static bool same(const char *a, const char *b, const char *name)
{
    size_t size_a, size_b;
    uint8_t *bytes_a = slurp(a, name, &size_a), *bytes_b = slurp(b, name, &size_b);
    bool equal = size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return equal;
}

Test(simulate, same_seed_same_bytes_other_seed_others)
{
    struct district *d = district_new();
    char *a = folder_new(), *b = folder_new(), *c = folder_new();
    struct yk_simulate_options options = options_for("dirty", a);
    simulate(d, &options);
    options.out_dir = b;
    simulate(d, &options);
    options.out_dir = c;
    options.seed = 43;
    simulate(d, &options);
    for (int i = 0; i < FILES; i++) {
        cr_assert(same(a, b, files[i]), "%s differs under one seed", files[i]);
        cr_assert(!same(a, c, files[i]), "%s does not know the seed", files[i]);
    }
    folder_free(a);
    folder_free(b);
    folder_free(c);
    free(d);
}

/* Thinning takes adverts away and nothing else: cameras write the same, the same people and devices are there. */
Test(simulate, thinning_leaves_the_world_alone)
{
    struct district *d = district_new();
    char *a = folder_new(), *b = folder_new();
    struct yk_simulate_options options = options_for("short-stays", a);
    struct yk_simulate_summary real, thin;
    options.advert_interval_s = 0;
    real = simulate(d, &options);
    options.out_dir = b;
    options.advert_interval_s = 10;
    thin = simulate(d, &options);
    cr_assert(same(a, b, "cam-1.jsonl"));
    cr_assert_eq(real.persons, thin.persons);
    cr_assert_eq(real.devices, thin.devices);
    /* Mean of 1/interval: (1/0.2 - 1/2)/ln 10 = 1.954 a second against ln(1.2/0.8)/0.4/10 = 0.1014. */
    double ratio = (double)real.adverts / (double)thin.adverts;
    cr_assert_float_eq(ratio, 19.3, 1.5);
    folder_free(a);
    folder_free(b);
    free(d);
}

Test(simulate, file_headers)
{
    static const uint8_t pcap256[24] = {0xD4, 0xC3, 0xB2, 0xA1, 2,    0,    4, 0, 0, 0, 0, 0,
                                        0,    0,    0,    0,    0xFF, 0xFF, 0, 0, 0, 1, 0, 0};
    static const uint8_t pcap201[24] = {0xD4, 0xC3, 0xB2, 0xA1, 2,    0,    4, 0, 0,   0, 0, 0,
                                        0,    0,    0,    0,    0xFF, 0xFF, 0, 0, 201, 0, 0, 0};
    static const uint8_t btsnoop[16] = {'b', 't', 's', 'n', 'o', 'o', 'p', 0, 0, 0, 0, 1, 0, 0, 0x03, 0xEA};
    uint8_t out[24];
    cr_assert_eq(yk_packet_file_header(YK_BLE_PCAP256, out), 24);
    cr_assert_arr_eq(out, pcap256, 24);
    cr_assert_eq(yk_packet_file_header(YK_BLE_PCAP201, out), 24);
    cr_assert_arr_eq(out, pcap201, 24);
    cr_assert_eq(yk_packet_file_header(YK_BLE_BTSNOOP, out), 16);
    cr_assert_arr_eq(out, btsnoop, 16);
}

/* One advert in each format, spelled by hand from the formats' descriptions. */
Test(simulate, records)
{
    static const uint8_t address[6] = {0x11, 0x22, 0x33, 0x44, 0x55, 0xC6};
    static const uint8_t ad[] = {2, 1, 6, 3, 3, 0x0D, 0x18, 3, 0x19, 0xC0, 0};
    int64_t t = INT64_C(1775012400) * 1000000 + 250;
    struct yk_packet packet;
    yk_packet_build(&packet, YK_BLE_PCAP256, YK_CLASS_STATIC, address);
    yk_packet_stamp(&packet, YK_BLE_PCAP256, packet.bytes, t, 1, -70);
    static const uint8_t sniffer[] = {0x30, 0x8A, 0xCC, 0x69, 250,  0,  0,    0,    36,   0,    0,    0,    36,
                                      0,    0,    0,    12,   0xBA, 0,  0,    0xD6, 0xBE, 0x89, 0x8E, 0x13, 0x0C,
                                      0xD6, 0xBE, 0x89, 0x8E, 0x40, 17, 0x11, 0x22, 0x33, 0x44, 0x55, 0xC6};
    cr_assert_eq(packet.length, 16 + 36);
    cr_assert_eq(sizeof sniffer + sizeof ad + 3, packet.length);
    cr_assert_arr_eq(packet.bytes, sniffer, sizeof sniffer);
    cr_assert_arr_eq(packet.bytes + sizeof sniffer, ad, sizeof ad);

    static const uint8_t event[] = {0x04, 0x3E, 23, 0x02, 1, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x55, 0xC6, 11};
    yk_packet_build(&packet, YK_BLE_PCAP201, YK_CLASS_STATIC, address);
    yk_packet_stamp(&packet, YK_BLE_PCAP201, packet.bytes, t, 0, -70);
    static const uint8_t host[] = {0x30, 0x8A, 0xCC, 0x69, 250, 0, 0, 0, 30, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 1};
    cr_assert_eq(packet.length, 16 + 30);
    cr_assert_arr_eq(packet.bytes, host, sizeof host);
    cr_assert_arr_eq(packet.bytes + 20, event, sizeof event);
    cr_assert_arr_eq(packet.bytes + 34, ad, sizeof ad);
    cr_assert_eq(packet.bytes[45], 0xBA);

    /* btsnoop counts from 719,540 days before 1970 (0x00dcddb30f2f8000 microseconds). */
    yk_packet_build(&packet, YK_BLE_BTSNOOP, YK_CLASS_STATIC, address);
    yk_packet_stamp(&packet, YK_BLE_BTSNOOP, packet.bytes, t, 0, -70);
    static const uint8_t snoop[] = {0, 0, 0, 26, 0, 0, 0, 26, 0, 0, 0, 3, 0, 0, 0, 0};
    uint64_t stamp = 0;
    for (int i = 0; i < 8; i++)
        stamp = stamp << 8 | packet.bytes[16 + i];
    cr_assert_eq(packet.length, 24 + 26);
    cr_assert_arr_eq(packet.bytes, snoop, sizeof snoop);
    cr_assert_eq(stamp, (UINT64_C(719540) * 86400 + 1775012400) * 1000000 + 250);
    cr_assert_arr_eq(packet.bytes + 24, event, sizeof event);
    cr_assert_eq(packet.bytes[49], 0xBA);
}

/* --- Outages ----------------------------------------------------------------------------------------------------- */

Test(simulate, an_outage_cuts_the_recording)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("short-stays", dir);
    struct yk_simulate_outage outages[] = {
        {"radio-1", NOON_US + 20 * 60000000, NOON_US + 30 * 60000000 + 500},
        {"cam-1", NOON_US + 10 * 60000000, NOON_US + 15 * 60000000},
        {"radio-1", NOON_US + 25 * 60000000, NOON_US + 28 * 60000000}, /* inside the first */
    };
    options.outages = outages;
    options.outage_count = 3;
    simulate(d, &options);

    size_t size;
    int64_t first, last;
    uint8_t *bytes = slurp(dir, "radio-1.pcap", &size);
    cr_assert_gt(read_256(bytes, size, NULL, &first, &last), 100);
    cr_assert_eq(first, NOON_US);
    cr_assert_eq(last, outages[0].from_us);
    free(bytes);
    bytes = slurp(dir, "radio-1.2.pcap", &size);
    cr_assert_gt(read_256(bytes, size, NULL, &first, &last), 100);
    cr_assert_eq(first, outages[0].to_us);
    cr_assert_eq(last, NOON_US + HOUR_US);
    free(bytes);
    cr_assert(!exists(dir, "radio-1.3.pcap"));
    cr_assert(!exists(dir, "radio-2.2.pcap"));
    bytes = slurp(dir, "cam-1.jsonl", &size);
    cr_assert(strstr((char *)bytes, "\"2026-04-01T03:10:00.000Z\""));
    cr_assert(!strstr((char *)bytes, "T03:10:00.2"));
    free(bytes);
    bytes = slurp(dir, "cam-1.2.jsonl", &size);
    cr_assert_eq(memcmp(strstr((char *)bytes, "@timestamp") + 13, "2026-04-01T03:15:00.000Z", 24), 0);
    free(bytes);

    json_t *truth = truth_of(dir), *radio = by_id(json_object_get(truth, "sensors"), "radio-1");
    cr_assert_eq(json_array_size(json_object_get(radio, "files")), 2);
    json_t *told = json_object_get(radio, "outages");
    cr_assert_eq(json_array_size(told), 1);
    cr_assert_float_eq(json_number_value(json_object_get(json_array_get(told, 0), "to")), outages[0].to_us * 1e-6,
                       1e-6);
    json_decref(truth);
    folder_free(dir);
    free(d);
}

Test(simulate, an_unknown_sensor_is_a_mistake)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("short-stays", dir);
    struct yk_simulate_stream stream = {"radio-9", "/dev/null"};
    struct yk_simulate_summary summary;
    struct yk_error err;
    options.streams = &stream;
    options.stream_count = 1;
    cr_assert_eq(yk_simulate_run(&d->config, &options, &summary, &err), YK_ERR_USAGE);
    cr_assert(strstr(err.message, "radio-9"));
    folder_free(dir);
    free(d);
}

/* --- Streams ----------------------------------------------------------------------------------------------------- */

struct reader {
    char path[512];
    size_t limit; /* closes after so many bytes */
    uint8_t *bytes;
    size_t size;
    pthread_t thread;
};

static void *read_fifo(void *argument)
{
    struct reader *reader = argument;
    int fd = open(reader->path, O_RDONLY);
    size_t capacity = 1 << 16;
    reader->bytes = malloc(capacity);
    for (;;) {
        if (reader->size == capacity)
            reader->bytes = realloc(reader->bytes, capacity *= 2);
        ssize_t n = read(fd, reader->bytes + reader->size, capacity - reader->size);
        if (n <= 0 || (reader->size += (size_t)n) >= reader->limit)
            break;
    }
    close(fd);
    return NULL;
}

static void start_reader(struct reader *reader, const char *dir, const char *name, size_t limit)
{
    snprintf(reader->path, sizeof reader->path, "%s/%s", dir, name);
    cr_assert_eq(mkfifo(reader->path, 0600), 0);
    reader->limit = limit;
    cr_assert_eq(pthread_create(&reader->thread, NULL, read_fifo, reader), 0);
}

Test(simulate, streams_carry_the_bytes_of_the_files)
{
    signal(SIGPIPE, SIG_IGN);
    struct district *d = district_new();
    char *a = folder_new(), *b = folder_new();
    struct yk_simulate_options options = options_for("busy", a);
    simulate(d, &options);

    struct reader readers[3] = {0};
    start_reader(&readers[0], b, "one", SIZE_MAX);
    start_reader(&readers[1], b, "two", 5000); /* goes away soon */
    start_reader(&readers[2], b, "three", SIZE_MAX);
    struct yk_simulate_stream streams[] = {
        {"radio-1", readers[0].path}, {"radio-2", readers[1].path}, {"cam-1", readers[2].path}};
    options.out_dir = b;
    options.streams = streams;
    options.stream_count = 3;
    simulate(d, &options);
    static const char *const names[] = {"radio-1.pcap", NULL, "cam-1.jsonl"};
    for (int i = 0; i < 3; i++) {
        pthread_join(readers[i].thread, NULL);
        if (names[i]) {
            size_t size;
            uint8_t *bytes = slurp(a, names[i], &size);
            cr_assert_eq(size, readers[i].size);
            cr_assert_arr_eq(bytes, readers[i].bytes, size);
            cr_assert_not(exists(b, names[i]));
            free(bytes);
        }
        free(readers[i].bytes);
    }
    cr_assert(same(a, b, "cam-2.jsonl"));
    folder_free(a);
    folder_free(b);
    free(d);
}

/* --- The end ----------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop;

static void stop_soon(void *context, int64_t time_us)
{
    if (time_us >= *(int64_t *)context)
        stop = 1;
}

Test(simulate, a_signal_ends_it_cleanly)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("short-stays", dir);
    int64_t end = NOON_US + 17 * 60000000;
    options.to_us = INT64_MAX;
    options.stop = &stop;
    options.progress = stop_soon;
    options.progress_context = &end;
    struct yk_simulate_summary summary = simulate(d, &options);
    cr_assert(summary.stopped);
    cr_assert_eq(summary.to_us, end);
    size_t size;
    int64_t last;
    uint8_t *bytes = slurp(dir, "radio-1.pcap", &size);
    read_256(bytes, size, NULL, NULL, &last);
    cr_assert_eq(last, end);
    free(bytes);
    json_t *truth = truth_of(dir);
    json_t *windows = windows_of(by_id(json_object_get(truth, "places"), "street"), "15m");
    cr_assert_eq(json_array_size(windows), 2);
    cr_assert(json_is_false(json_object_get(json_array_get(windows, 0), "partial")));
    cr_assert(json_is_true(json_object_get(json_array_get(windows, 1), "partial")));
    json_decref(truth);
    folder_free(dir);
    free(d);
}

static int64_t mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

Test(simulate, realtime_keeps_the_clock_and_the_bytes)
{
    struct district *d = district_new();
    char *a = folder_new(), *b = folder_new();
    struct yk_simulate_options options = options_for("busy", a);
    options.to_us = options.from_us + 1200000;
    options.advert_interval_s = 0;
    simulate(d, &options);
    options.out_dir = b;
    options.realtime = true;
    int64_t begin = mono_us();
    simulate(d, &options);
    cr_assert_geq(mono_us() - begin, 1200000);
    for (int i = 0; i < FILES; i++)
        cr_assert(same(a, b, files[i]), "%s", files[i]);
    folder_free(a);
    folder_free(b);
    free(d);
}

/* What the device counts by itself is in no truth, and a camera that sees through a homography is not simulated. */
Test(simulate, what_is_not_simulated)
{
    struct district *d = district_new();
    char *dir = folder_new();
    struct yk_simulate_options options = options_for("district", dir);
    strcpy(d->lines[1].device, "door");
    d->lines[1].points.count = 0;
    d->sensors[3].has_homography = true;
    simulate(d, &options);
    json_t *truth = truth_of(dir), *line;
    json_t *lines = json_object_get(truth, "lines");
    size_t i, seen = 0;
    json_array_foreach(lines, i, line)
    {
        cr_expect_str_eq(json_string_value(json_object_get(line, "id")), "north");
        seen++;
    }
    cr_expect_eq(seen, 1);
    cr_expect(exists(dir, "cam-1.jsonl"));
    cr_expect_not(exists(dir, "cam-2.jsonl"));
    json_decref(truth);
    folder_free(dir);
    free(d);
}
