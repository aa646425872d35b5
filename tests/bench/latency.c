#include "benches.h"
void yk_bench_latency(struct yk_bench *bench)
{
    (void)bench;
}
