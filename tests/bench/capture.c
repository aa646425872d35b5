/* collect.capture_vs_pcap_loop: capture file to presence frames, against libpcap that reads the file and does nothing.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "benches.h"
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>

void yk_bench_capture(struct yk_bench *bench)
{
    double ours[YK_BENCH_RUNS_MAX], loop[YK_BENCH_RUNS_MAX];
    char line[64] = "", recording[YK_BENCH_PATH], input[YK_BENCH_PATH + 16], reference[YK_BENCH_PATH];
    struct yk_machine *machine = yk_bench_recording(bench);
    size_t runs = (size_t)bench->runs;
    yk_bench_beside(reference, "bench_pcap_loop");
    snprintf(recording, sizeof recording, "%s/radio-2.pcap", bench->dir);
    snprintf(input, sizeof input, "radio-2=%s", recording);
    const char *argv[] = {reference, recording, NULL};
    for (size_t i = 0; i < runs; i++) {
        loop[i] = yk_bench_run(argv, line, sizeof line);
        yk_bench_remove(machine->spool);
        struct yk_child child;
        yk_machine_collect(machine, &child, "radio");
        yk_child_args(&child, "--bulk", "--quiet", "--input", input, NULL);
        ours[i] = yk_bench_run(child.argv, NULL, 0);
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
}
