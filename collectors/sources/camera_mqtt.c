/* A camera or counter that publishes to an MQTT broker. SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     input: mqtt://HOST[:1883] or mqtts://HOST[:8883]      topic: cameras/plaza, + and # allowed
 *     secret: a file with USER:PASSWORD
 *     in the folder of keys, for mqtts:   mqtt-ca.crt       who may sign the broker's certificate; needed
 *                                         mqtt.crt, .key    presented if both are there
 *
 * MQTT 3.1.1, QoS 1, a session that the broker keeps (client id yukikai-DISTRICT-EDGE-SENSOR): what a camera publishes with
 * QoS 1 while this program or the network is away waits at the broker and comes later, with its own time. libmosquitto
 * acknowledges a message before it hands it over, so a collector that is killed loses the one at hand, as it loses what
 * lies in open frames. Each connection is a client of its own, so renewed passwords and certificates are taken up.
 *
 * Retained messages are of the past, nobody knows of when: one that comes because we subscribed is the drop `duplicate`. A
 * topic that the broker still remembers from an older configuration is `refused`. libmosquitto takes a message into memory
 * whole, up to the protocol's 256 MiB: what is longer than MESSAGE_MAX is dropped afterwards, and only the broker can
 * refuse it before (mosquitto: message_size_limit). */
#include "config/endpoint.h"
#include "link/resolve.h"
#include "network/backoff.h"
#include "network/secret.h"
#include "sources/camera_feed.h"
#include "sources/source.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <mosquitto.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MESSAGE_MAX (1024 * 1024)
#define KEEPALIVE_S 30
#define STEP_MS     100
#define ANSWER_US   10000000 /* name, connection, handshake and CONNACK together */
#define STOOD_US    10000000 /* a connection that stood so long was no accident: the next wait is short again */
#define REFUSED_BIT 0x80     /* SUBACK */
#define CLIENT_ID   (sizeof "yukikai---" + 3 * YK_ID_SIZE)

struct listening {
    struct yk_session *session;
    struct yk_camera_feed *feed;
    struct yk_endpoint at;
    struct mosquitto *client;
    const char *input;
    bool connected, ended;
    struct yk_mono since; /* of the connection */
    char why[256];        /* it ended, or was never there */
    struct yk_log_once away, no_topic;
    enum yk_status status; /* of the feed */
    struct yk_error *err;
};

static const char *topic_of(const struct listening *l)
{
    return yk_session_sensor(l->session)->topic;
}

/* --- what libmosquitto tells, in this thread --- */

static void on_connect(struct mosquitto *client, void *context, int code)
{
    struct listening *l = context;
    if (code != 0) {
        l->ended = true;
        snprintf(l->why, sizeof l->why, "it refuses us: %s", mosquitto_connack_string(code));
        return;
    }
    l->connected = true;
    l->since = yk_mono_now(&yk_clock_boot);
    yk_log_leave(&l->away, "sensor %s: connected to %s", yk_session_sensor(l->session)->id, l->input);
    int result = mosquitto_subscribe(client, NULL, topic_of(l), 1);
    if (result != MOSQ_ERR_SUCCESS) {
        l->ended = true;
        yk_text_copy(l->why, sizeof l->why, mosquitto_strerror(result));
    }
}

static void on_subscribe(struct mosquitto *client, void *context, int id, int count, const int *granted)
{
    struct listening *l = context;
    (void)client;
    (void)id;
    if (count > 0 && (granted[0] & REFUSED_BIT))
        yk_log_enter(&l->no_topic,
                     "sensor %s: the broker at %s does not let it read topic '%s': does its ACL allow it?",
                     yk_session_sensor(l->session)->id, l->input, topic_of(l));
    else
        yk_log_leave(&l->no_topic, "sensor %s: the broker lets it read its topic", yk_session_sensor(l->session)->id);
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    struct listening *l = context;
    struct yk_drops *drops = yk_session_drops(l->session);
    bool ours = false;
    (void)client;
    if (l->status != YK_OK)
        return;
    if (message->payloadlen > MESSAGE_MAX) {
        yk_drop(drops, YK_DROP_too_long);
    } else if (message->retain) {
        yk_drop(drops, YK_DROP_duplicate);
    } else if (mosquitto_topic_matches_sub(topic_of(l), message->topic, &ours) != MOSQ_ERR_SUCCESS || !ours) {
        yk_drop(drops, YK_DROP_refused);
    } else {
        const char *text = message->payloadlen > 0 ? message->payload : "";
        l->status = yk_camera_feed_message(l->feed, text, (size_t)message->payloadlen, l->err);
    }
}

/* --- a connection --- */

/* Looked up in a thread of its own, so that being asked to end does not wait for a name server; libmosquitto asks again. */
static enum yk_status look_up(const struct listening *l, struct yk_error *err)
{
    struct yk_address address = {.kind = YK_ADDRESS_TCP, .numeric = l->at.ipv6};
    struct addrinfo *list = NULL;
    yk_text_copy(address.host, sizeof address.host, l->at.host);
    snprintf(address.port, sizeof address.port, "%d", l->at.port);
    enum yk_status status =
        yk_resolve(&address, (struct yk_mono){yk_mono_now(&yk_clock_system).us + ANSWER_US / 2}, &list, err);
    if (list)
        freeaddrinfo(list);
    return status;
}

static enum yk_status set_user(struct listening *l, const char *keys, struct yk_error *err)
{
    struct yk_credential secret;
    const char *user = NULL, *password = NULL;
    enum yk_status status = yk_secret_read(yk_session_sensor(l->session), keys, &secret, err);
    if (status != YK_OK || !secret.bytes)
        return status;
    status = yk_secret_user(&secret, &user, &password, err);
    if (status == YK_OK && mosquitto_username_pw_set(l->client, user, password) != MOSQ_ERR_SUCCESS)
        status = yk_error_set(err, YK_ERR_INPUT, "%s: user and password have to be UTF-8", secret.path);
    yk_credential_wipe(&secret);
    return status;
}

/* The path under which there is such a file, or "". */
static enum yk_status find(const char *keys, const char *name, bool is_secret, char path[static YK_CREDENTIAL_PATH],
                           struct yk_error *err)
{
    struct yk_credential file;
    enum yk_status status = yk_credential_read(keys, name, is_secret, &file, err);
    path[0] = '\0';
    if (status == YK_OK && file.bytes)
        memcpy(path, file.path, YK_CREDENTIAL_PATH);
    yk_credential_wipe(&file);
    return status;
}

static enum yk_status set_tls(struct listening *l, const char *keys, struct yk_error *err)
{
    char authority[YK_CREDENTIAL_PATH], certificate[YK_CREDENTIAL_PATH], key[YK_CREDENTIAL_PATH];
    enum yk_status status = find(keys, "mqtt-ca.crt", false, authority, err);
    if (status == YK_OK)
        status = find(keys, "mqtt.crt", false, certificate, err);
    if (status == YK_OK)
        status = find(keys, "mqtt.key", true, key, err);
    if (status != YK_OK)
        return status;
    if (!authority[0])
        return yk_error_set(err, YK_ERR_NO_INPUT,
                            "there is no mqtt-ca.crt in %s: mqtts:// needs the certificate of who signed the broker's",
                            keys);
    bool both = certificate[0] && key[0];
    int result = mosquitto_tls_set(l->client, authority, NULL, both ? certificate : NULL, both ? key : NULL, NULL);
    return result == MOSQ_ERR_SUCCESS
               ? YK_OK
               : yk_error_set(err, YK_ERR_INPUT, "mqtt-ca.crt, mqtt.crt or mqtt.key in %s cannot be used: %s", keys,
                              mosquitto_strerror(result));
}

static enum yk_status make_client(struct listening *l, struct yk_error *err)
{
    const struct yk_session_home *home = yk_session_home(l->session);
    char id[CLIENT_ID];
    snprintf(id, sizeof id, "yukikai-%s-%s-%s", home->district, home->edge, yk_session_sensor(l->session)->id);
    l->client = mosquitto_new(id, false, l);
    if (!l->client)
        return yk_error_set(err, YK_ERR_MEMORY, "no memory for an MQTT client");
    mosquitto_int_option(l->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
    mosquitto_connect_callback_set(l->client, on_connect);
    mosquitto_subscribe_callback_set(l->client, on_subscribe);
    mosquitto_message_callback_set(l->client, on_message);
    enum yk_status status = set_user(l, home->keys, err);
    if (status == YK_OK && l->at.tls)
        status = set_tls(l, home->keys, err);
    return status == YK_OK ? look_up(l, err) : status;
}

/* Every step of the waiting and of the listening. */
static void tell(struct listening *l)
{
    if (l->status == YK_OK)
        l->status = l->connected ? yk_camera_feed_idle(l->feed, l->err) : yk_camera_feed_turn(l->feed, l->err);
    yk_session_progress(l->session, 0, 0); /* shows the drops */
}

/* Until the connection is lost, or was never there: then l->why says why. */
static void attend(struct listening *l)
{
    struct yk_mono begun = yk_mono_now(&yk_clock_boot);
    int result = mosquitto_connect_async(l->client, l->at.host, l->at.port, KEEPALIVE_S);
    while (result == MOSQ_ERR_SUCCESS && l->status == YK_OK && !l->ended && !yk_session_stopping(l->session)) {
        errno = 0;
        result = mosquitto_loop(l->client, STEP_MS, 1);
        tell(l);
        if (!l->connected && yk_mono_now(&yk_clock_boot).us - begun.us > ANSWER_US) {
            yk_text_copy(l->why, sizeof l->why, "it does not answer");
            break;
        }
    }
    if (result == MOSQ_ERR_ERRNO && errno != 0)
        yk_text_copy(l->why, sizeof l->why, strerror(errno));
    else if (result != MOSQ_ERR_SUCCESS && !l->ended)
        yk_text_copy(l->why, sizeof l->why, mosquitto_strerror(result));
}

static void wait_ms(struct listening *l, unsigned ms)
{
    for (unsigned step = 0; ms > 0 && l->status == YK_OK && !yk_session_stopping(l->session); ms -= step) {
        step = ms > STEP_MS ? STEP_MS : ms;
        nanosleep(&(struct timespec){.tv_nsec = (long)step * 1000000}, NULL);
        tell(l);
    }
}

static enum yk_status meet(struct listening *l, struct yk_error *err)
{
    l->connected = l->ended = false;
    yk_text_copy(l->why, sizeof l->why, "the connection ended");
    enum yk_status status = make_client(l, err);
    if (status == YK_OK) {
        attend(l);
        mosquitto_disconnect(l->client);
        status = yk_error_set(err, YK_ERR_UNAVAILABLE, "no connection to %s: %s", l->input, l->why);
    }
    mosquitto_destroy(l->client);
    l->client = NULL;
    return status;
}

/* Meets the broker again and again. What keeps it from that, a missing file too, may be mended while we wait. */
static void go_on(struct listening *l)
{
    struct yk_backoff backoff = {0};
    while (l->status == YK_OK && !yk_session_stopping(l->session)) {
        struct yk_error err;
        (void)meet(l, &err);
        bool stood = l->connected && yk_mono_now(&yk_clock_boot).us - l->since.us > STOOD_US;
        if (l->status != YK_OK || yk_session_stopping(l->session))
            break;
        if (l->connected)
            l->status = yk_camera_feed_pause(l->feed, l->err);
        l->connected = false;
        backoff.ms = stood ? 0 : backoff.ms;
        yk_log_enter(&l->away, "sensor %s: %s; it is tried again", yk_session_sensor(l->session)->id, err.message);
        wait_ms(l, yk_backoff_next(&backoff));
    }
}

static void init_library(void)
{
    mosquitto_lib_init();
}

static enum yk_status run(struct yk_session *session, const char *input, struct yk_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct listening l = {.session = session, .input = input, .err = err};
    if (!yk_endpoint_parse(input, &l.at) || l.at.kind != YK_ENDPOINT_MQTT)
        return yk_error_set(err, YK_ERR_CONFIG, "this is no broker: %s is expected",
                            yk_endpoint_form(YK_ENDPOINT_MQTT));
    if (!yk_endpoint_topic(topic_of(&l)))
        return yk_error_set(err, YK_ERR_CONFIG, "it has no 'topic' in the district file to read at %s", input);
    enum yk_status status = yk_camera_feed_new(session, &l.feed, err);
    if (status != YK_OK)
        return status;
    pthread_once(&once, init_library);
    go_on(&l);
    status = l.status == YK_OK ? yk_camera_feed_end(l.feed, err) : l.status;
    yk_camera_feed_free(l.feed);
    return status;
}

static bool takes(const char *input)
{
    return yk_endpoint_kind(input) == YK_ENDPOINT_MQTT;
}

const struct yk_source yk_source_camera_mqtt = {
    .name = "camera_mqtt",
    .summary = "records of a camera or counter from an MQTT broker",
    .family = YK_FAMILY_CAMERA,
    .takes = takes,
    .run = run,
};
