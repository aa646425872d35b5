/* yukikai serve: the dashboard and the API. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/calendar.h"
#include "base/log.h"
#include "base/notify.h"
#include "config/config.h"
#include "server/assets.h"
#include "server/server.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <sysexits.h>
#include <time.h>

const char *argp_program_version = "yukikai-serve " YK_VERSION;

static const char doc[] =
    "Serve the dashboard, the API and the live stream of one district.\v"
    "It reads the publish store and nothing else, and writes nothing. The store may come later: until then the page "
    "says "
    "that it waits. Without --listen the configuration's serve.listen holds, by default 127.0.0.1:8080: this machine "
    "only. Stop with Ctrl-C or SIGTERM.\n"
    "\n"
    "  /                     the dashboard\n"
    "  /api/v1/kpis          rows; place, kpi, direction, resolution, from, to, limit, after\n"
    "  /api/v1/district      names, places, targets\n"
    "  /api/v1/live          server-sent events\n"
    "  /healthz /readyz /metrics\n"
    "\n"
    "Example:\n"
    "  yukikai serve district.yaml --store run/publish.db --listen 127.0.0.1:8080\n"
    "  curl 'http://127.0.0.1:8080/api/v1/kpis?place=plaza&kpi=footfall&resolution=1h&from=2026-04-01'\n";

enum { OPT_STORE = 256, OPT_LISTEN };

static const struct argp_option options[] = {
    {"store", OPT_STORE, "PUBLISH.db", 0, "The publish store to read", 0},
    {"listen", OPT_LISTEN, "ADDR:PORT", 0, "Where to listen; port 0 takes any free one", 0},
    {0},
};

struct arguments {
    const char *config, *store, *listen;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct arguments *a = state->input;
    if (key == OPT_STORE)
        a->store = value;
    else if (key == OPT_LISTEN)
        a->listen = value;
    else if (key == ARGP_KEY_ARG && !a->config)
        a->config = value;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument '%s'", value);
    else if (key == ARGP_KEY_END && !a->config)
        argp_error(state, "which district? Give its configuration, DISTRICT.yaml");
    else if (key == ARGP_KEY_END && !a->store)
        argp_error(state, "which store? Give --store PUBLISH.db");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* Ticks twice a second until a signal asks to stop. */
static void run(struct yk_server *server, const sigset_t *stop)
{
    const struct timespec half_a_second = {0, 500000000};
    do {
        yk_server_tick(server);
        yk_notify_alive();
        yk_notify_ready();
    } while (sigtimedwait(stop, NULL, &half_a_second) < 0 && (errno == EAGAIN || errno == EINTR));
}

int main(int argc, char **argv)
{
    yk_log_start("serve");
    argp_err_exit_status = EX_USAGE;
    struct arguments arguments = {0};
    const struct argp argp = {options, parse_option, "DISTRICT.yaml", doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    /* Blocked before any thread starts, so that only run() sees them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);

    struct yk_error err = {0};
    struct yk_config *config = NULL;
    struct yk_config_mistakes mistakes = {0};
    struct yk_server *server = NULL;
    enum yk_status status = yk_config_read(arguments.config, &config, &mistakes, &err);
    if (status != YK_OK)
        yk_config_mistakes_print(arguments.config, &mistakes, stderr);
    if (status == YK_OK)
        status = yk_calendar_open(config->timezone, &err);
    if (status == YK_OK) {
        const struct yk_server_options server_options = {
            .config = config,
            .store_path = arguments.store,
            .listen = arguments.listen ? arguments.listen : config->serve.listen,
            .version = YK_VERSION,
            .assets = yk_assets,
            .asset_count = yk_asset_count,
        };
        status = yk_server_start(&server_options, &server, &err);
    }
    if (status == YK_OK) {
        printf("Dashboard: %s\n", yk_server_url(server));
        fflush(stdout);
        run(server, &stop);
        yk_notify_stopping();
        yk_log(YK_LOG_INFO, "stopping");
    } else {
        fprintf(stderr, "yukikai serve: %s\n", err.message);
    }
    yk_server_stop(server);
    yk_config_mistakes_free(&mistakes);
    yk_config_free(config);
    return yk_status_exit_code(status);
}
