/* `yukikai keys` as a new administrator meets it, verb by verb and slip by slip. SPDX-License-Identifier:
 * GPL-3.0-or-later
 *
 * Commands run in a shell in a folder of their own: `office` has the server's keys, `pole` a device's. What comes out is
 * compared with openssl, coreutils and a redis-server. */
#include "support/scratch.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

TestSuite(keys, .init = scratch_make, .fini = scratch_remove, .timeout = 120);

static int shell(char *out, size_t size, const char *command)
{
    char line[4096];
    int n = snprintf(line, sizeof line,
                     "cd %s; export PATH=%s:/usr/bin:/bin; export TZ=UTC; D=%s/examples/riverside.yaml; { %s\n} 2>&1",
                     scratch, YK_BIN_DIR, YK_SOURCE_DIR, command);
    cr_assert(n > 0 && (size_t)n < sizeof line);
    FILE *pipe = popen(line, "r");
    cr_assert_not_null(pipe);
    size_t length = fread(out, 1, size - 1, pipe);
    out[length] = '\0';
    int status = pclose(pipe);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* It ends with `code` and says that. */
static void expect(const char *command, int code, const char *says)
{
    char out[16384];
    int found = shell(out, sizeof out, command);
    cr_expect_eq(found, code, "%s: ended with %d\n%s", command, found, out);
    cr_expect(strstr(out, says), "%s: no '%s' in\n%s", command, says, out);
}

/* It succeeds and prints just that. */
static void expect_just(const char *command, const char *prints)
{
    char out[16384];
    int found = shell(out, sizeof out, command);
    cr_expect_eq(found, 0, "%s: ended with %d\n%s", command, found, out);
    cr_expect_str_eq(out, prints, "%s:\n%s", command, out);
}

static void make_both(void)
{
    expect("yukikai keys make --keys pole --name edge", 0, "made pole/edge.key and .pub, fingerprint ");
    expect("yukikai keys make --keys office --name district", 0, "made office/district.key and .pub, fingerprint ");
}

Test(keys, what_is_made_is_what_others_make_of_it)
{
    make_both();
    /* The public key and the password's hash, as openssl and coreutils work them out from the secrets. */
    expect("B='basenc --base16 -d'; "
           "{ printf 302E020100300506032B657004220420; tr -d '\\n' <pole/edge.key | tr a-f A-F; } | $B "
           "| openssl pkey -inform DER -pubout -outform DER | tail -c 32 | basenc --base16 -w0 | tr A-F a-f >want; "
           "echo >>want; printf 'redis ' >>want; tr -d '\\n' <pole/redis.password | sha256sum | cut -c1-64 >>want; "
           "cmp want pole/edge.pub && echo same",
           0, "same\n");
    /* The fingerprint: the first 8 bytes of BLAKE2b-256 of the public key. */
    expect("head -1 pole/edge.pub | tr -d '\\n' | tr a-f A-F | basenc --base16 -d | b2sum -l 256 | cut -c1-16 "
           "| sed 's/..../&-/g; s/-$//' >want; yukikai keys fingerprint pole/edge.pub | cmp - want && echo same",
           0, "same\n");
    expect_just("stat -c %a pole/edge.key pole/redis.password office/district.key office/analyze.password "
                "office/keys.password | uniq",
                "600\n");
    expect("cp -r pole before; yukikai keys make --keys pole --name edge", 77, "never overwritten");
    expect_just("diff -r before pole", "");
}

Test(keys, a_whole_life)
{
    make_both();
    expect("yukikai keys list --keys office", 0, "no edge is enrolled in office");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --sensors radio-1,cam-1", 0,
           "enrolled edge-1 with 2 sensors, fingerprint ");
    expect("yukikai keys list --keys office", 0, "radio-1, cam-1\n");
    expect("yukikai keys list --keys office | grep -c \"active *$(yukikai keys fingerprint pole/edge.pub)  radio-1\"",
           0, "1\n");
    /* The same again changes nothing; without --sensors they stay. */
    expect("cp office/enrolment.json a; yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub", 0,
           "nothing to change: edge-1 with 2 sensors");
    expect_just("cmp a office/enrolment.json", "");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --sensors radio-1,cam-1,cam-2 "
           "--valid-from 2030-10-05T00:00:00+09:00",
           0, "this holds from 2030-10-05T00:00:00+09:00 on");
    expect("yukikai keys list --keys office", 0, "radio-1, cam-1, cam-2 (from 2030-10-04T15:00:00+00:00)\n");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --sensors radio-1 "
           "--valid-from 2030-11-01T00:00:00Z",
           0, "changed edge-1 with 1 sensor,");
    expect("grep -A2 cam-2 office/enrolment.json", 0,
           "\"valid_from\": \"2030-10-04T15:00:00Z\",\n          \"valid_until\": \"2030-11-01T00:00:00Z\"\n");
    /* A new device. */
    expect("yukikai keys make --keys new --name edge", 0, "made new/edge.key");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public new/edge.pub", 77, "keys replace");
    expect("yukikai keys replace --keys office --edge edge-1 --public pole/edge.pub", 77, "this very key");
    expect("yukikai keys replace --keys office --edge edge-1 --public new/edge.pub --from 2031-01-01T00:00:00Z", 0,
           "the new key holds from 2031-01-01T00:00:00+00:00 on");
    expect("grep -c public_key office/enrolment.json", 0, "2\n");
    expect("yukikai keys list --keys office", 0, "active ");
    /* Stolen. */
    expect("yukikai keys revoke --keys office --edge edge-1 --from 2030-06-01T00:00:00Z", 0,
           "what it observes from 2030-06-01T00:00:00+00:00 on counts nowhere");
    expect("yukikai keys list --keys office", 0, "active, revoked from 2030-06-01T00:00:00+00:00");
    expect("yukikai keys revoke --keys office --edge edge-1 --from 2030-06-02T00:00:00Z", 77, "already");
    expect("yukikai keys revoke --keys office --edge edge-1 --from 2026-01-01T00:00:00Z", 0, "stays in the tables");
    expect("yukikai keys list --keys office", 0, "revoked since 2026-01-01T00:00:00+00:00");
    expect("yukikai keys list --keys office --json", 0, "\"state\": \"revoked\"");
    expect("yukikai keys acl $D --keys office | grep -c edge-", 1, "0\n");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub", 77, "revoked from");
    /* By default from the next full minute on, which is at most a minute away. */
    expect("yukikai keys enroll $D --keys office --edge edge-2 --public pole/edge.pub --sensors cam-1 2>&1", 0,
           "edge-1 has this very key too");
    expect("A=$(date +%s); yukikai keys revoke --keys office --edge edge-2; "
           "U=$(sed -n '/edge-2/,$s/.*valid_until\": \"\\(.*\\)\"/\\1/p' office/enrolment.json); U=$(date -d $U +%s); "
           "test $((U % 60)) = 0 && test $U -ge $A && test $U -le $((A + 120)) && echo soon",
           0, "soon\n");
}

Test(keys, slips)
{
    make_both();
    expect("yukikai keys", 64, "which verb?");
    expect("yukikai keys enrol", 64, "'enrol' is not one of make, fingerprint, enroll, revoke,");
    expect("yukikai keys make", 64, "keys make needs --name");
    expect("yukikai keys make --name server", 64, "edge or district, not 'server'");
    expect("yukikai keys fingerprint", 64, "needs a FILE");
    expect("yukikai keys fingerprint nowhere", 66, "cannot read nowhere");
    expect("yukikai keys fingerprint $D", 65, "is no public key");
    expect("yukikai keys enroll --keys office --edge edge-1 --public pole/edge.pub", 64, "needs a DISTRICT.yaml");
    expect("yukikai keys enroll $D --keys office --public pole/edge.pub", 64, "needs --edge");
    expect("yukikai keys enroll $D --keys office --edge edge-1", 64, "needs --public");
    expect("yukikai keys enroll nowhere.yaml --keys office --edge edge-1 --public pole/edge.pub", 66, "nowhere.yaml");
    expect("yukikai keys enroll $D --keys office --edge 'a b' --public pole/edge.pub", 64, "not 'a b'");
    expect("yukikai keys enroll $D --keys office --edge -- --public pole/edge.pub", 64, "not '--'");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --sensors radio-9", 64,
           "there is no sensor 'radio-9'");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --sensors radio-1,,cam-1", 64,
           "there is no sensor ''");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub --valid-from 2026-10-01", 64,
           "RFC 3339 with an offset");
    expect("yukikai keys enroll $D --keys nowhere --edge edge-1 --public pole/edge.pub", 74,
           "is this the folder of the district's keys?");
    expect("yukikai keys enroll $D extra --keys office --edge edge-1 --public pole/edge.pub", 64,
           "'extra' is too many");
    expect("test ! -e office/enrolment.json && echo untouched", 0, "untouched");
    expect("yukikai keys revoke --keys office --edge edge-1", 64, "no edge 'edge-1' is enrolled");
    expect("yukikai keys revoke --keys office --edge edge-1 --sensors cam-1", 64,
           "--sensors says nothing to keys revoke");
    expect("yukikai keys revoke --keys office --edge edge-1 --from noon", 64, "'noon' is no time");
    expect("yukikai keys replace --keys office --edge edge-1 --public pole/edge.pub", 64, "no edge 'edge-1'");
    expect("yukikai keys list office", 64, "keys list takes options only");
    expect("echo '{' >office/enrolment.json; yukikai keys list --keys office", 65, "office/enrolment.json:");
    expect("rm office/enrolment.json; rm office/keys.password; yukikai keys acl $D --keys office", 66,
           "there is no office/keys.password");
    expect("yukikai keys make --keys office --name district && yukikai keys acl $D --keys office", 0, "user keys on #");
    expect("chmod 644 office/keys.password; yukikai keys acl $D --keys office", 77, "chmod 600");
    expect("yukikai keys certificate --keys office --name a --out out", 64, "one of the two");
    expect("yukikai keys certificate --keys office --name a --out out --client --host b", 64, "one of the two");
    expect("yukikai keys certificate --keys office --name a --out out --host b,,c", 64, "empty name");
    /* The secret key in place of the public one, once in sixteen times a point of the curve all the same: a fixed one. */
    expect("echo 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60 >seed; "
           "yukikai keys enroll $D --keys office --edge edge-1 --public seed",
           65, "is it edge.pub?");
}

Test(keys, redis_knows_the_device_by_its_password)
{
    make_both();
    expect("sed 2d pole/edge.pub >old.pub; "
           "yukikai keys enroll $D --keys office --edge edge-1 --public old.pub",
           0, "'keys acl' leaves it out");
    expect("yukikai keys acl $D --keys office >users.acl", 0, "edge-1 is left out");
    expect("yukikai keys enroll $D --keys office --edge edge-1 --public pole/edge.pub", 0, "changed edge-1");
    expect_just("yukikai keys acl $D --keys office >users.acl", "");
    expect("redis-server --port 0 --unixsocket r.sock --save '' --aclfile users.acl --dir . >redis.log & R=$!; "
           "C='redis-cli -s r.sock'; "
           "until $C ping 2>&1 | grep -q NOAUTH; do kill -0 $R || exit 1; sleep 0.02; done; "
           "export REDISCLI_AUTH=$(cat pole/redis.password); "
           "$C --user edge-edge-1 xadd yukikai:{riverside:0}:frames:edge-1 1-1 f v; "
           "$C --user edge-edge-1 xadd yukikai:{riverside:0}:frames:edge-2 1-1 f v; "
           "export REDISCLI_AUTH=$(cat office/analyze.password); "
           "$C --user analyze xinfo stream yukikai:{riverside:0}:frames:edge-1 | sed -n 2p; "
           "$C --user keys set yukikai:{riverside:0}:key:edge-1 v; "
           "kill $R; wait $R",
           0, "1-1\nNOPERM this user has no permissions to access one of the keys used as arguments\n\n1\n");
}

Test(keys, certificates_are_good_for_openssl)
{
    make_both();
    expect("yukikai keys authority --keys office", 0, "made office/ca.key");
    expect("yukikai keys authority --keys office", 77, "");
    expect("yukikai keys certificate --keys office --name redis.example --host redis.example,127.0.0.1 --out server", 0,
           "made server/server.key and .crt for redis.example");
    expect("yukikai keys certificate --keys office --name edge-1 --client --out client", 0,
           "made client/client.key and .crt for edge-1");
    expect("openssl verify -CAfile office/ca.crt -purpose sslserver -verify_hostname redis.example server/server.crt",
           0, ": OK");
    expect("openssl verify -CAfile office/ca.crt -purpose sslserver -verify_ip 127.0.0.1 server/server.crt", 0, ": OK");
    expect("openssl verify -CAfile office/ca.crt -purpose sslserver -verify_hostname other server/server.crt", 2,
           "ostname mismatch");
    expect("openssl verify -CAfile office/ca.crt -purpose sslclient client/client.crt", 0, ": OK");
    expect("openssl verify -CAfile office/ca.crt -purpose sslserver client/client.crt", 2, "purpose");
}
