#include "benches.h"
void yk_bench_analyze_day(struct yk_bench *bench)
{
    (void)bench;
}
