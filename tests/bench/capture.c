/* collect.*: what a capture file costs on its way to presence frames. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same file is read by libpcap, which does nothing with it, and once by tshark, which prints the address of each
 * packet: that takes ten times as long as all turns of the others together. */
#include "benches.h"
#include "recording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TSHARK       "collect.capture_vs_tshark"
#define ADDRESS_SIZE 17 /* characters of a printed address */

/* Packets per CPU second. */
static double tshark(const char *recording, double packets)
{
    char line[64] = "";
    const char *argv[] = {"tshark", "-r", recording, "-T", "fields", "-e", "btle.advertising_address", NULL};
    fprintf(stderr, "tshark reads the recording: some minutes\n");
    double seconds = yk_bench_run(argv, line, sizeof line);
    if (strspn(line, "0123456789abcdef:") != ADDRESS_SIZE)
        yk_bench_give_up("tshark told no address", NULL);
    return packets / seconds;
}

void yk_bench_capture(struct yk_bench *bench)
{
    double ours[YK_BENCH_RUNS_MAX], loop[YK_BENCH_RUNS_MAX], peak_mib = 0;
    char line[64] = "", recording[YK_BENCH_PATH], input[YK_BENCH_PATH + 16], reference[YK_BENCH_PATH];
    struct yk_machine *machine = yk_bench_recording(bench);
    size_t runs = (size_t)bench->runs;
    yk_bench_beside(reference, "bench_pcap_loop");
    snprintf(recording, sizeof recording, "%s/radio-2.pcap", bench->dir);
    snprintf(input, sizeof input, "radio-2=%s", recording);
    const char *argv[] = {reference, recording, NULL};
    for (size_t i = 0; i < runs; i++) {
        double peak;
        loop[i] = yk_bench_run(argv, line, sizeof line);
        yk_bench_remove(machine->spool);
        struct yk_child child;
        yk_machine_collect(machine, &child, "radio");
        yk_child_args(&child, "--bulk", "--quiet", "--input", input, NULL);
        ours[i] = yk_bench_run_peak(child.argv, NULL, 0, &peak);
        peak_mib = peak > peak_mib ? peak : peak_mib;
    }
    double packets = strtod(line, NULL);
    for (size_t i = 0; i < runs; i++) {
        ours[i] = packets / ours[i];
        loop[i] = packets / loop[i];
    }
    yk_bench_report_turns(bench,
                          &(struct yk_figure){.id = "collect.capture_vs_pcap_loop",
                                              .unit = "packets per CPU second",
                                              .goal_is = YK_GOAL_RATIO_MIN,
                                              .goal = 0.5,
                                              .runs = bench->runs},
                          ours, loop);
    yk_bench_report(bench, &(struct yk_figure){.id = "collect.rss_mib",
                                               .unit = "MiB",
                                               .value = peak_mib,
                                               .reference = (double)NAN,
                                               .goal_is = YK_GOAL_VALUE_MAX,
                                               .goal = 32,
                                               .runs = bench->runs});
    if (yk_bench_wants(bench, TSHARK, false))
        yk_bench_report(bench, &(struct yk_figure){.id = TSHARK,
                                                   .unit = "packets per CPU second",
                                                   .value = yk_median(ours, runs),
                                                   .reference = tshark(recording, packets),
                                                   .goal_is = YK_GOAL_RATIO_MIN,
                                                   .goal = 100,
                                                   .runs = 1});
    printf("  of %.0f adverts in one file\n", packets);
}
