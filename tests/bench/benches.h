/* The benches: each file measures one thing and may tell several figures of it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef YK_BENCH_BENCHES_H
#define YK_BENCH_BENCHES_H

#include "measure.h"

void yk_bench_camera(struct yk_bench *bench);
void yk_bench_capture(struct yk_bench *bench);
void yk_bench_rows(struct yk_bench *bench);
void yk_bench_stream(struct yk_bench *bench);
void yk_bench_verify(struct yk_bench *bench);
void yk_bench_analyze_day(struct yk_bench *bench);
void yk_bench_duckdb(struct yk_bench *bench);
void yk_bench_linear(struct yk_bench *bench);
void yk_bench_reconnect(struct yk_bench *bench);
void yk_bench_latency(struct yk_bench *bench);

#endif
