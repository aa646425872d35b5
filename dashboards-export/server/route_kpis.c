/* GET /api/v1/kpis: rows. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * {"rows":[...],"next":null}, or "next":"..." when more rows are there: the same request with after=NEXT goes on. An
 * answer holds at most limit rows, so its memory is bounded. */
#include "exporters/json_row.h"
#include "server/kpi_query.h"
#include "server/request.h"

#include <stdlib.h>

struct params {
    struct yk_param list[YK_KPI_QUERY_PARAMS_MAX];
    size_t count;
    bool too_many;
};

static enum MHD_Result add_param(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct params *params = context;
    params->too_many = params->count == YK_KPI_QUERY_PARAMS_MAX;
    if (params->too_many)
        return MHD_NO;
    params->list[params->count++] = (struct yk_param){key, value};
    return MHD_YES;
}

struct body {
    FILE *to;
    size_t rows;
};

static void write_row(void *context, const struct yk_kpi_row *row)
{
    struct body *body = context;
    fputs(body->rows++ ? ",\n" : "", body->to);
    yk_json_row_write(body->to, row);
}

static enum yk_status write_rows(struct yk_site *site, const struct yk_row_query *query, struct body *body,
                                 struct yk_error *err)
{
    struct yk_store_handle handle;
    enum yk_status status = yk_store_pool_take(site->stores, &handle, err);
    if (status != YK_OK)
        return status;
    char next[YK_QUERY_NEXT_SIZE];
    fputs("{\"rows\":[", body->to);
    status = yk_publish_query(handle.store, query, write_row, body, next, err);
    yk_store_pool_give(site->stores, handle, status);
    if (status != YK_OK)
        return status;
    fputs("],\"next\":", body->to);
    if (next[0])
        yk_json_text_write(body->to, next);
    else
        fputs("null", body->to);
    fputs("}\n", body->to);
    return YK_OK;
}

enum MHD_Result yk_route_kpis(struct yk_request *request)
{
    struct params params = {.count = 0};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_param, &params);
    if (params.too_many)
        return yk_reply_error(request, MHD_HTTP_BAD_REQUEST, "too many parameters");
    struct yk_error err = {0};
    struct yk_row_query query;
    if (yk_kpi_query_parse(params.list, params.count, &query, &err) != YK_OK)
        return yk_reply_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.message);

    char *text = NULL;
    size_t size = 0;
    struct body body = {.to = open_memstream(&text, &size)};
    if (!body.to)
        return yk_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
    enum yk_status status = write_rows(request->site, &query, &body, &err);
    bool written = !ferror(body.to);
    if (fclose(body.to) != 0 || !written || status != YK_OK) {
        free(text);
        return status != YK_OK ? yk_reply_store_error(request, &err)
                               : yk_reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
    }
    atomic_fetch_add_explicit(&request->site->metrics.rows_served, body.rows, memory_order_relaxed);
    return yk_reply_take(request, MHD_HTTP_OK, "application/json", text, size);
}
