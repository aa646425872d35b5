/* A simulated day of the example district, on one machine. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_BENCH_RECORDING_H
#define YK_BENCH_RECORDING_H

#include "measure.h"
#include "process.h"
#include "supervise/machine.h"

/* Made when it is asked for first. DIR/radio-1.pcap and radio-2.pcap are what its radios heard. */
struct yk_machine *yk_bench_recording(const struct yk_bench *bench);

#endif
