/* GET /metrics: Prometheus' text format, version 0.0.4. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"
#include "server/request.h"

#include <stdlib.h>

static void write_requests(FILE *to, struct yk_metrics *metrics)
{
    fputs("# HELP yukikai_http_requests_total Requests answered, by route and code.\n"
          "# TYPE yukikai_http_requests_total counter\n",
          to);
    for (size_t route = 0; route < yk_route_count(); route++)
        for (size_t i = 0; i < YK_METRICS_CODES; i++) {
            uint64_t n = atomic_load_explicit(&metrics->requests[route][i], memory_order_relaxed);
            if (n == 0)
                continue;
            char code[16] = "other";
            if (yk_metrics_code(i))
                snprintf(code, sizeof code, "%u", yk_metrics_code(i));
            fprintf(to, "yukikai_http_requests_total{route=\"%s\",code=\"%s\"} %llu\n", yk_routes[route].name, code,
                    (unsigned long long)n);
        }
}

static void write_store(FILE *to, struct yk_site *site)
{
    struct yk_store_handle handle;
    int64_t as_of = 0;
    enum yk_status status = yk_store_pool_take(site->stores, &handle, NULL);
    if (status == YK_OK) {
        status = yk_publish_as_of(handle.store, &as_of, NULL);
        yk_store_pool_give(site->stores, handle, status);
    }
    fprintf(to,
            "# HELP yukikai_store_up Whether the publish store can be read.\n"
            "# TYPE yukikai_store_up gauge\n"
            "yukikai_store_up %d\n",
            status == YK_OK);
    if (status != YK_OK || as_of <= 0)
        return;
    fprintf(to,
            "# HELP yukikai_as_of_timestamp_seconds Time of the newest event that the rows take in.\n"
            "# TYPE yukikai_as_of_timestamp_seconds gauge\n"
            "yukikai_as_of_timestamp_seconds %lld\n"
            "# HELP yukikai_as_of_age_seconds How far the rows are behind the clock.\n"
            "# TYPE yukikai_as_of_age_seconds gauge\n"
            "yukikai_as_of_age_seconds %lld\n",
            (long long)as_of, (long long)(yk_wall_now(&yk_clock_system).us / 1000000 - as_of));
}

enum MHD_Result yk_route_metrics(struct yk_request *request)
{
    struct yk_site *site = request->site;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return MHD_NO;
    fprintf(to,
            "# HELP yukikai_build_info The running version.\n"
            "# TYPE yukikai_build_info gauge\n"
            "yukikai_build_info{version=\"%s\"} 1\n",
            site->options.version);
    write_requests(to, &site->metrics);
    fprintf(to,
            "# HELP yukikai_rows_served_total KPI rows given by the API.\n"
            "# TYPE yukikai_rows_served_total counter\n"
            "yukikai_rows_served_total %llu\n"
            "# HELP yukikai_live_clients Live streams open now.\n"
            "# TYPE yukikai_live_clients gauge\n"
            "yukikai_live_clients %zu\n",
            (unsigned long long)atomic_load_explicit(&site->metrics.rows_served, memory_order_relaxed),
            yk_live_client_count(site->live));
    write_store(to, site);
    if (fclose(to) != 0) {
        free(text);
        return MHD_NO;
    }
    return yk_reply_take(request, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, size);
}
