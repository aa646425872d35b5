/* Any bytes as a district's and as an edge's file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"
#include "config/edge_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What config.h promises of an outcome. */
static void check_outcome(enum yk_status status, const void *out, struct yk_config_mistakes *mistakes)
{
    if ((status == YK_OK) != (out != NULL) || (status == YK_ERR_CONFIG) != (mistakes->count > 0))
        abort();
    for (size_t i = 0; i < mistakes->count; i++)
        if (mistakes->list[i].text[0] == '\0' || (i > 0 && mistakes->list[i].line < mistakes->list[i - 1].line))
            abort();
    yk_config_mistakes_free(mistakes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yk_config *config;
    struct yk_edge_config *edge;
    struct yk_config_mistakes mistakes;
    enum yk_status status = yk_config_read_bytes("fuzz", data, size, &config, &mistakes, NULL);
    check_outcome(status, config, &mistakes);
    for (size_t i = 0; config && i < config->sensor_count; i++) {
        const struct yk_sensor_config *s = &config->sensors[i];
        if (s->place >= config->place_count || yk_config_sensor_at(config, s->id, s->valid_from) != s)
            abort();
    }
    status = yk_edge_config_read_bytes("fuzz", data, size, config, &edge, &mistakes, NULL);
    check_outcome(status, edge, &mistakes);
    yk_edge_config_free(edge);
    yk_config_free(config);
    return 0;
}
