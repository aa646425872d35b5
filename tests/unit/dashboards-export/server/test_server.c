/* The server over real sockets: answers, pages of rows, live events, and rude clients. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "base/calendar.h"
#include "server/server.h"
#include "support/public_rows.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define START 1775026800 /* 2026-04-01T16:00:00+09:00 */

static struct yk_line_config lines[] = {{.id = "north", .name = {"North gate", "北口"}}};
static struct yk_place_config places[] = {
    {.id = "plaza", .name = {"Plaza", "広場"}, .valid_from = INT64_MIN},
    {.id = "plaza", .name = {"New plaza", "新広場"}, .valid_from = START},
    {.id = "arcade", .name = {"Arcade", "アーケード"}},
};
static struct yk_sensor_config sensors[] = {
    {.id = "cam-1", .place = 0, .family = YK_FAMILY_CAMERA, .lines = lines, .line_count = 1},
    {.id = "cam-1", .place = 1, .family = YK_FAMILY_CAMERA, .lines = lines, .line_count = 1},
    {.id = "radio-1", .place = 2, .family = YK_FAMILY_RADIO},
};
static struct yk_config config = {
    .district = "riverside",
    .district_name = {"Riverside", "川辺"},
    .timezone = "Asia/Tokyo",
    .fiscal_year_start = 4,
    .places = places,
    .place_count = 3,
    .sensors = sensors,
    .sensor_count = 3,
    .privacy = {.epoch_hours = 24, .k = 10},
};

static const unsigned char page_bytes[] = "<html></html>", gzip_bytes[] = "not really gzip";
static const struct yk_asset assets[] = {
    {"/index.html", "text/html; charset=utf-8", "\"p1\"", page_bytes, 13, NULL, 0, false},
    {"/app-1.js", "text/javascript", "\"a1\"", page_bytes, 13, gzip_bytes, 15, true},
};

static char folder[64], store_path[96];
static struct yk_server *server;
static int port;

static void start_with(size_t live_clients_max)
{
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(yk_calendar_open("Asia/Tokyo", NULL), YK_OK);
    strcpy(folder, "/tmp/yukikai-server-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(store_path, sizeof store_path, "%s/p.db", folder);
    const struct yk_server_options options = {.config = &config,
                                              .store_path = store_path,
                                              .listen = "127.0.0.1:0",
                                              .version = "9.8.7",
                                              .assets = assets,
                                              .asset_count = 2,
                                              .live_clients_max = live_clients_max};
    struct yk_error err = {0};
    cr_assert_eq(yk_server_start(&options, &server, &err), YK_OK, "%s", err.message);
    cr_assert_eq(sscanf(yk_server_url(server), "http://127.0.0.1:%d/", &port), 1);
}

static void setup(void)
{
    start_with(0);
}

static void teardown(void)
{
    yk_server_stop(server);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

/* Commits `count` quarter hours of footfall from `first` on, with the value 100 + number of the window. */
static void commit_rows(int first, int count)
{
    struct yk_error err;
    struct yk_publish *store;
    cr_assert_eq(yk_publish_open(store_path, YK_PUBLISH_WRITE, &store, &err), YK_OK);
    cr_assert_eq(yk_publish_begin(store, &err), YK_OK);
    for (int i = first; i < first + count; i++) {
        struct yk_kpi_row row =
            yk_test_row("plaza", "footfall", "both", YK_RES_15M, START + i * 900, 100 + i, "crossings");
        cr_assert_eq(yk_test_put(store, &row, &err), YK_OK);
    }
    cr_assert_eq(yk_publish_set_as_of(store, START + (first + count) * 900, &err), YK_OK);
    cr_assert_eq(yk_publish_commit(store, &err), YK_OK);
    yk_publish_close(store);
}

static int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        ssize_t sent = send(fd, text, n, 0);
        if (sent <= 0)
            return; /* the server hung up: what it said before can still be read */
        text += sent;
        n -= (size_t)sent;
    }
}

/* Reads until the text holds `until`, or to the end when that is NULL; false when it does not come. */
static bool hear(int fd, char *text, size_t size, const char *until)
{
    size_t n = 0;
    text[0] = '\0';
    while (n + 1 < size && !(until && strstr(text, until))) {
        struct pollfd wait = {fd, POLLIN, 0};
        if (poll(&wait, 1, 10000) != 1)
            return false;
        ssize_t got = recv(fd, text + n, size - 1 - n, 0);
        if (got <= 0)
            return until == NULL;
        n += (size_t)got;
        text[n] = '\0';
    }
    return true;
}

static char answer[1 << 18];

/* One request on a connection of its own: the status code; `answer` holds headers and body. */
static int ask_with(const char *method, const char *path, const char *headers)
{
    char request[4096];
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", method, path,
             headers);
    int fd = dial();
    say(fd, request);
    cr_assert(hear(fd, answer, sizeof answer, NULL), "no answer to %s %s", method, path);
    close(fd);
    int code = 0;
    sscanf(answer, "HTTP/1.1 %d", &code);
    return code;
}

static int ask(const char *path)
{
    return ask_with("GET", path, "");
}

static const char *body(void)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end ? end + 4 : "";
}

static json_t *ask_json(const char *path)
{
    cr_assert_eq(ask(path), 200, "%s: %s", path, answer);
    json_t *json = json_loads(body(), 0, NULL);
    cr_assert_not_null(json, "not JSON: %s", body());
    return json;
}

Test(server, waits_for_its_store, .init = setup, .fini = teardown)
{
    cr_assert_eq(ask("/healthz"), 200);
    cr_assert_eq(ask("/readyz"), 503);
    cr_assert_not_null(strstr(body(), "p.db"));
    cr_assert_eq(ask("/api/v1/kpis"), 503);
    cr_assert_not_null(strstr(body(), "{\"error\":\"there is no data yet"));
    cr_assert_null(strstr(body(), folder), "visitors need not know the server's paths");
    json_t *district = ask_json("/api/v1/district");
    cr_assert(json_is_null(json_object_get(district, "as_of")));
    json_decref(district);
    yk_server_tick(server);
    commit_rows(0, 1);
    cr_assert_eq(ask("/readyz"), 200);
    cr_assert_eq(ask("/api/v1/kpis"), 200);
}

Test(server, rows_and_pages, .init = setup, .fini = teardown)
{
    commit_rows(0, 5);
    char path[512] = "/api/v1/kpis?place=plaza&kpi=footfall&resolution=15m&from=2026-04-01&to=2026-04-02&limit=2";
    double expected = 100;
    int pages = 0;
    for (bool more = true; more; pages++) {
        json_t *page = ask_json(path);
        size_t i;
        json_t *row;
        json_array_foreach(json_object_get(page, "rows"), i, row)
            cr_assert_eq(json_number_value(json_object_get(row, "value")), expected++);
        const char *next = json_string_value(json_object_get(page, "next"));
        more = next != NULL;
        if (more)
            snprintf(path, sizeof path, "/api/v1/kpis?place=plaza&kpi=footfall&resolution=15m&limit=2&after=%s", next);
        json_decref(page);
    }
    cr_assert_eq(pages, 3);
    cr_assert_eq(expected, 105);

    json_t *none = ask_json("/api/v1/kpis?place=nowhere");
    cr_assert_eq(json_array_size(json_object_get(none, "rows")), 0);
    json_decref(none);
}

Test(server, district, .init = setup, .fini = teardown)
{
    commit_rows(0, 1);
    json_t *d = ask_json("/api/v1/district");
    cr_assert_str_eq(json_string_value(json_object_get(d, "as_of")), "2026-04-01T16:15:00+09:00");
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(d, "name"), "ja")), "川辺");
    json_t *list = json_object_get(d, "places");
    cr_assert_eq(json_array_size(list), 2, "a place listed twice is one place");
    json_t *plaza = json_array_get(list, 0);
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(plaza, "name"), "en")), "New plaza");
    json_t *its_lines = json_object_get(plaza, "lines");
    cr_assert_eq(json_array_size(its_lines), 1);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(its_lines, 0), "id")), "plaza/north");
    cr_assert(json_is_true(json_object_get(plaza, "camera")) && json_is_false(json_object_get(plaza, "radio")));
    cr_assert_null(strstr(body(), "cam-1"), "sensors are nobody's business");
    json_decref(d);
}

Test(server, refusals, .init = setup, .fini = teardown)
{
    commit_rows(0, 1);
    cr_assert_eq(ask("/api/v1/kpis?resolution=5m"), 400);
    cr_assert_str_eq(body(), "{\"error\":\"resolution is one of 15m, 1h, 1d\"}\n");
    cr_assert_eq(ask("/api/v1/kpis?after=nonsense"), 400);
    cr_assert_eq(ask("/api/v1/kpis?place=%22%3E%3Cscript%3E"), 400);
    cr_assert_eq(ask("/api/v1/kpis?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1"), 400);
    cr_assert_eq(ask("/nothing"), 404);
    cr_assert_eq(ask("/../etc/passwd"), 404);
    cr_assert_eq(ask_with("POST", "/api/v1/kpis", "Content-Length: 0\r\n"), 405);
    cr_assert_not_null(strstr(answer, "Allow: GET, HEAD"));
    cr_assert_eq(ask_with("DELETE", "/", ""), 405);
    cr_assert_eq(ask_with("GET", "/healthz", "Content-Length: 5\r\n"), 400);
    cr_assert_eq(ask_with("HEAD", "/api/v1/kpis", ""), 200);
    cr_assert_str_eq(body(), "");
}

Test(server, page_headers_and_caches, .init = setup, .fini = teardown)
{
    cr_assert_eq(ask("/"), 200);
    cr_assert_str_eq(body(), "<html></html>");
    cr_assert_not_null(
        strstr(answer, "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"));
    cr_assert_not_null(strstr(answer, "X-Content-Type-Options: nosniff"));
    cr_assert_not_null(strstr(answer, "Referrer-Policy: no-referrer"));
    cr_assert_not_null(strstr(answer, "Cache-Control: no-cache"));
    cr_assert_eq(ask_with("GET", "/", "If-None-Match: \"p1\"\r\n"), 304);
    cr_assert_eq(ask_with("GET", "/app-1.js", "Accept-Encoding: br, gzip\r\n"), 200);
    cr_assert_not_null(strstr(answer, "Content-Encoding: gzip"));
    cr_assert_not_null(strstr(answer, "immutable"));
    cr_assert_str_eq(body(), "not really gzip");
    cr_assert_eq(ask_with("GET", "/app-1.js", "Accept-Encoding: gzip;q=0\r\n"), 200);
    cr_assert_str_eq(body(), "<html></html>");
}

Test(server, metrics, .init = setup, .fini = teardown)
{
    commit_rows(0, 3);
    ask("/api/v1/kpis");
    ask("/api/v1/kpis?limit=0");
    cr_assert_eq(ask("/metrics"), 200);
    cr_assert_not_null(strstr(body(), "yukikai_build_info{version=\"9.8.7\"} 1\n"));
    cr_assert_not_null(strstr(body(), "yukikai_http_requests_total{route=\"kpis\",code=\"200\"} 1\n"));
    cr_assert_not_null(strstr(body(), "yukikai_http_requests_total{route=\"kpis\",code=\"400\"} 1\n"));
    cr_assert_not_null(strstr(body(), "yukikai_rows_served_total 3\n"));
    cr_assert_not_null(strstr(body(), "yukikai_store_up 1\n"));
    cr_assert_not_null(strstr(body(), "yukikai_as_of_timestamp_seconds 1775029500\n"));
}

static int open_stream(void)
{
    int fd = dial();
    say(fd, "GET /api/v1/live HTTP/1.1\r\nHost: test\r\n\r\n");
    return fd;
}

Test(server, live_events_after_a_commit, .init = setup, .fini = teardown)
{
    char text[1 << 14];
    commit_rows(0, 2);
    yk_server_tick(server);
    int one = open_stream(), two = open_stream();
    cr_assert(hear(one, text, sizeof text, "\"value\":101"), "the newest closed window comes at once: %s", text);
    cr_assert_not_null(strstr(text, "Content-Type: text/event-stream"));
    cr_assert_not_null(strstr(text, "retry: 3000\n"));
    cr_assert_not_null(strstr(text, "event: rows\ndata: {\"as_of\":\"2026-04-01T16:30:00+09:00\",\"rows\":["));
    cr_assert_null(strstr(text, "\"value\":100"), "an older window of the same series is not in it");
    cr_assert(hear(two, text, sizeof text, "\"value\":101"));

    commit_rows(2, 1);
    /* Events are at least a second apart: tick until this one has come. */
    struct pollfd wait = {one, POLLIN, 0};
    for (int i = 0; i < 100; i++) {
        yk_server_tick(server);
        if (poll(&wait, 1, 100) == 1)
            break;
    }
    cr_assert(hear(one, text, sizeof text, "\"value\":102"));
    cr_assert(hear(two, text, sizeof text, "\"value\":102"));
    close(one);
    /* The other stream is still open and quiet when the server stops. */
}

Test(server, live_streams_are_bounded)
{
    start_with(3);
    char text[4096];
    int open[3];
    for (int i = 0; i < 3; i++) {
        open[i] = open_stream();
        cr_assert(hear(open[i], text, sizeof text, "retry: 3000"));
    }
    cr_assert_eq(ask("/api/v1/live"), 503);
    cr_assert_not_null(strstr(body(), "too many live streams"));
    ask("/metrics");
    cr_assert_not_null(strstr(body(), "yukikai_live_clients 3\n"));
    for (int i = 0; i < 3; i++)
        close(open[i]);
    teardown();
}

Test(server, huge_requests, .init = setup, .fini = teardown)
{
    static char path[200000];
    path[0] = '/';
    memset(path + 1, 'a', 3000);
    int fd = dial();
    say(fd, "GET ");
    say(fd, path);
    say(fd, " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    cr_assert(hear(fd, answer, sizeof answer, "HTTP/1.1 414"), "%s", answer);
    close(fd);

    /* Longer than any buffer, then headers without end: an error or a closed connection, and the server lives on. */
    memset(path + 1, 'a', sizeof path - 2);
    fd = dial();
    say(fd, "GET ");
    say(fd, path);
    cr_assert(hear(fd, answer, sizeof answer, "414") || strlen(answer) < 1000);
    close(fd);
    fd = dial();
    say(fd, "GET / HTTP/1.1\r\nX-Long: ");
    say(fd, path);
    (void)hear(fd, answer, sizeof answer, "431");
    close(fd);
    fd = dial();
    say(fd, "\x16\x03\x01 what is this?\r\n\r\n");
    (void)hear(fd, answer, sizeof answer, "400");
    close(fd);
    cr_assert_eq(ask("/healthz"), 200);
}

Test(server, two_hundred_connections, .init = setup, .fini = teardown)
{
    int slow[200];
    for (int i = 0; i < 200; i++) {
        slow[i] = dial();
        say(slow[i], i % 2 ? "GET /healthz HT" : "");
    }
    cr_assert_eq(ask("/healthz"), 200, "half-said requests do not keep others out");
    for (int i = 1; i < 200; i += 2)
        say(slow[i], "TP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    for (int i = 1; i < 200; i += 2)
        cr_assert(hear(slow[i], answer, sizeof answer, "\r\n\r\nok\n"));
    for (int i = 0; i < 200; i++)
        close(slow[i]);
    cr_assert_eq(ask("/healthz"), 200);
}

Test(server, a_replaced_store_is_seen, .init = setup, .fini = teardown)
{
    commit_rows(0, 3);
    json_decref(ask_json("/api/v1/kpis"));
    cr_assert_eq(unlink(store_path), 0);
    char other[128];
    snprintf(other, sizeof other, "%s-wal", store_path);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", store_path);
    unlink(other);
    cr_assert_eq(ask("/readyz"), 503);
    commit_rows(7, 1);
    json_t *page = ask_json("/api/v1/kpis");
    cr_assert_eq(json_array_size(json_object_get(page, "rows")), 1);
    json_decref(page);
}

Test(listen, wrong_addresses)
{
    static const char *const wrong[] = {
        "", "8080", ":8080", "localhost:80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:8a", "[::1:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct yk_error err = {0};
        const struct yk_server_options options = {
            .config = &config, .store_path = "/nowhere", .listen = wrong[i], .version = "1"};
        struct yk_server *none;
        cr_assert_eq(yk_server_start(&options, &none, &err), YK_ERR_USAGE, "'%s' was taken", wrong[i]);
        cr_assert_null(none);
    }
}
