/* The door, from both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include "network/door.h"

#include "support/cameras.h"
#include "support/post.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static struct yk_endpoint here;
static struct yk_door *door;
static struct yk_drops drops;
static int port;

static void start(void)
{
    char url[64];
    port = yk_test_port(3);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    cr_assert(yk_endpoint_parse(url, &here));
    memset(&drops, 0, sizeof drops);
    struct yk_error err = {0};
    cr_assert_eq(yk_door_open(&here, "/cam", "the token", 0, &door, &err), YK_OK, "%s", err.message);
}

static void stop(void)
{
    yk_door_free(door);
}

TestSuite(door, .init = start, .fini = stop, .timeout = 60);

#define BEARER "Authorization: Bearer the token\r\n"

static void expect_message(const void *bytes, size_t size)
{
    char *got;
    size_t got_size;
    cr_assert(yk_door_take(door, 5000, &got, &got_size), "nothing came");
    cr_expect(got_size == size && memcmp(got, bytes, size) == 0, "%zu bytes, not %zu", got_size, size);
    free(got);
}

/* A body is handed on as it came, boundaries and NULs and all. */
Test(door, bodies_pass_whole)
{
    static const char multipart[] =
        "--b\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n--b\r\n\r\n\0\xff\r\n--b--\r\n";
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER "Content-Type: multipart/form-data; boundary=b\r\n",
                           multipart, sizeof multipart - 1),
                 204);
    expect_message(multipart, sizeof multipart - 1);
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER "Content-Type: application/x-www-form-urlencoded\r\n",
                           "a=b&c=%20", 9),
                 204);
    expect_message("a=b&c=%20", 9);

    /* In pieces that are told one by one. */
    static const char chunked[] = "POST /cam HTTP/1.1\r\nHost: a\r\n" BEARER
                                  "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
    int fd = post_connect("127.0.0.1", port);
    for (size_t i = 0; i < sizeof chunked - 1; i++)
        cr_assert(post_write(fd, chunked + i, 1));
    cr_expect_eq(post_answer(fd), 204);
    expect_message("{\"a\":1}", 7);
    /* Who asks first whether it may. */
    static const char asking[] =
        "POST /cam HTTP/1.1\r\nHost: a\r\n" BEARER "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    cr_assert(post_write(fd, asking, sizeof asking - 1));
    cr_expect_eq(post_answer(fd), 100);
    cr_assert(post_write(fd, "{}", 2));
    cr_expect_eq(post_answer(fd), 204);
    expect_message("{}", 2);
    close(fd);
}

Test(door, the_largest_and_one_more)
{
    size_t size = YK_DOOR_MESSAGE_MAX;
    char *body = malloc(size + 1);
    memset(body, 'x', size + 1);
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER, body, size), 204);
    expect_message(body, size);
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER, body, size + 1), 413);
    free(body);
    yk_door_drops(door, &drops);
    cr_expect_eq(drops.count[YK_DROP_too_long], 1);
    cr_expect_eq(drops.count[YK_DROP_refused], 0);
}

Test(door, who_may)
{
    static const struct {
        const char *path, *headers;
        int status;
    } list[] = {
        {"/cam", BEARER, 204},
        {"/cam", "authorization: bearer the token\r\n", 204},
        {"/cam?token=the%20token", "", 204},
        {"/cam", "Authorization: Basic YW55Ym9keTp0aGUgdG9rZW4=\r\n", 204}, /* anybody:the token */
        {"/cam", "", 401},
        {"/cam", "Authorization: Bearer the toke\r\n", 401},
        {"/cam", "Authorization: Bearer the token2\r\n", 401},
        {"/cam", "Authorization: Bearer\r\n", 401},
        {"/cam", "Authorization: Digest the token\r\n", 401},
        {"/cam", "Authorization: Basic dGhlIHRva2Vu\r\n", 401}, /* no user */
        {"/cam", "Authorization: Basic !!!\r\n", 401},
        {"/cam?token=", "", 401},
        {"/cam?token", "", 401},
        {"/cam?token=wrong", BEARER, 204},
        {"/cam/", BEARER, 404},
        {"/", BEARER, 404},
        {"/cam2", BEARER, 404},
    };
    uint64_t refused = 0;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        int status = post_once("127.0.0.1", port, list[i].path, list[i].headers, "{}", 2);
        cr_expect_eq(status, list[i].status, "%s %s: %d", list[i].path, list[i].headers, status);
        refused += list[i].status == 401;
        if (status == 204)
            expect_message("{}", 2);
    }
    yk_door_drops(door, &drops);
    cr_expect_eq(drops.count[YK_DROP_refused], refused);
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER, "", 0), 400);
    static const char *const others[] = {"GET", "PUT", "DELETE", "BREW"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char text[128];
        int fd = post_connect("127.0.0.1", port);
        int length = snprintf(text, sizeof text, "%s /cam HTTP/1.1\r\nHost: a\r\n" BEARER "\r\n", others[i]);
        cr_assert(post_write(fd, text, (size_t)length));
        cr_expect_eq(post_answer(fd), 405, "%s", others[i]);
        close(fd);
    }
}

/* Nothing that was answered 204 is lost, and nothing that was not is there. */
Test(door, a_full_queue_says_so)
{
    int fd = post_connect("127.0.0.1", port), taken = 0, status;
    char text[16];
    while ((status = post_over(fd, "/cam", BEARER, text, (size_t)snprintf(text, sizeof text, "%d", taken))) == 204)
        taken++;
    cr_expect_eq(status, 503);
    cr_expect_eq(taken, 256);
    expect_message("0", 1);
    cr_expect_eq(post_over(fd, "/cam", BEARER, "256", 3), 204);
    yk_door_shut(door);
    cr_expect_eq(post_over(fd, "/cam", BEARER, "257", 3), 503);
    close(fd);
    for (int i = 1; i <= 256; i++)
        expect_message(text, (size_t)snprintf(text, sizeof text, "%d", i));
    char *bytes;
    size_t size;
    cr_expect_not(yk_door_take(door, 0, &bytes, &size));
}

Test(door, many_share_a_listener)
{
    struct yk_door *second, *third;
    struct yk_error err;
    char url[64];
    cr_assert_eq(yk_door_open(&here, "/two", NULL, 0, &second, &err), YK_OK, "%s", err.message);
    cr_expect_eq(yk_door_open(&here, "/two", NULL, 0, &third, &err), YK_ERR_CONFIG);
    cr_expect(strstr(err.message, "another sensor has /two"));
    cr_expect_eq(post_once("127.0.0.1", port, "/two", "", "{}", 2), 204);
    yk_door_free(second); /* with what is in it */
    cr_expect_eq(post_once("127.0.0.1", port, "/two", "", "{}", 2), 404);
    cr_expect_eq(yk_door_open(&here, "/two", NULL, 0, &second, &err), YK_OK, "the path is free again");
    yk_door_free(second);

    /* An address that is another program's, and one that is nobody's. */
    struct sockaddr_in taken = {.sin_family = AF_INET};
    socklen_t length = sizeof taken;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &taken.sin_addr);
    cr_assert(bind(fd, (struct sockaddr *)&taken, sizeof taken) == 0 && listen(fd, 1) == 0 &&
              getsockname(fd, (struct sockaddr *)&taken, &length) == 0);
    struct yk_endpoint other;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(taken.sin_port));
    cr_assert(yk_endpoint_parse(url, &other));
    cr_expect_eq(yk_door_open(&other, "/a", NULL, 0, &third, &err), YK_ERR_UNAVAILABLE);
    cr_expect_null(third);
    close(fd);
    cr_assert(yk_endpoint_parse("http://192.0.2.1:9", &other));
    cr_expect_eq(yk_door_open(&other, "/a", "token", 0, &third, &err), YK_ERR_UNAVAILABLE);
    cr_expect_eq(yk_door_open(&other, "/a", NULL, 0, &third, &err), YK_ERR_CONFIG);
    cr_expect(strstr(err.message, "no token"), "%s", err.message);
}

struct trickle {
    int fd;
    const char *text;
    size_t at, size;
};

/* A byte each time, as long as the other side takes them. */
static bool cut_off(void *context)
{
    struct trickle *t = context;
    char *bytes;
    size_t size;
    (void)yk_door_take(door, 20, &bytes, &size); /* whoever waits there looks after the connections */
    return !post_write(t->fd, t->at < t->size ? t->text + t->at++ : "x", 1);
}

/* Each byte is in time for who waits for silence; the whole is not. */
Test(door, who_never_comes_to_an_end_is_cut_off)
{
    static const char head[] = "POST /cam HTTP/1.1\r\nHost: a\r\n" BEARER "Content-Length: 100000\r\n\r\n{\"a\":\"";
    static const char endless[] = "POST /cam HTTP/1.1\r\nX-";
    const struct trickle trickles[] = {{.text = head, .size = sizeof head - 1},
                                       {.text = endless, .size = sizeof endless - 1}};
    yk_door_free(door);
    cr_assert_eq(yk_door_open(&here, "/cam", "the token", 300, &door, NULL), YK_OK);
    for (size_t i = 0; i < 2; i++) {
        struct trickle trickle = trickles[i];
        trickle.fd = post_connect("127.0.0.1", port);
        cr_expect(yk_rig_until(cut_off, &trickle, 20), "trickle %zu goes on", i);
        close(trickle.fd);
    }
    /* The others do not notice. */
    cr_expect_eq(post_once("127.0.0.1", port, "/cam", BEARER, "{}", 2), 204);
    expect_message("{}", 2);
}

/* Eight of one address, and no more. */
Test(door, one_address_does_not_take_all)
{
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = post_connect("127.0.0.1", port);
        if (fds[i] >= 0)
            (void)post_write(fds[i], "POST /cam HTTP/1.1\r\n", 20);
    }
    cr_expect_eq(post_once("127.0.0.2", port, "/cam", BEARER, "{}", 2), 204);
    int open = 0;
    for (int i = 0; i < 20; i++) {
        static const char rest[] = "Host: a\r\n" BEARER "Content-Length: 2\r\n\r\n{}";
        if (fds[i] >= 0 && post_write(fds[i], rest, sizeof rest - 1))
            open += post_answer(fds[i]) == 204;
    }
    for (int i = 0; i < 20; i++)
        close(fds[i]);
    cr_expect_eq(open, 8);
}
