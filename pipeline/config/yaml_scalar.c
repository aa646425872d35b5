/* Scalars, read strictly. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YAML's own rules for what a plain scalar is are a trap (010 is 8, 04:00 is 240, no is false, 1_000 is a number), so a
 * scalar is text here and each reader has one grammar:
 *
 *     integer   -? digits                                  no leading zero, no '+', no point, no quotes
 *     number    -? digits (. digits)? ([eE] [+-]? digits)?
 *
 * strtod is asked in the "C" locale by name, so that a program's locale cannot turn 0.25 into 0. */
#include "config/yaml_scalar.h"

#include "base/calendar.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The scalar's text, or NULL and a mistake. */
static const char *scalar(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *wanted)
{
    if (!node)
        return NULL;
    if (node->type != YAML_SCALAR_NODE) {
        yk_yaml_mistake(yaml, node, "%s has to be %s, not a %s", what, wanted,
                        node->type == YAML_MAPPING_NODE ? "map" : "list");
        return NULL;
    }
    const char *text = (const char *)node->data.scalar.value;
    size_t length = node->data.scalar.length;
    bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (length == 0 || (plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0))) {
        yk_yaml_mistake(yaml, node, "%s has no value; write %s or leave the key out", what, wanted);
        return NULL;
    }
    for (size_t i = 0; i < length; i++)
        if (yk_is_control(text + i)) {
            yk_yaml_mistake(yaml, node, "%s has a line break or control character; write it on one line", what);
            return NULL;
        }
    return text;
}

static const char *excerpt_of(char out[static YK_EXCERPT_SIZE], const char *text)
{
    return yk_excerpt(out, text, strlen(text));
}

bool yk_yaml_text(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char *out, size_t size)
{
    const char *text = scalar(yaml, node, what, "a text");
    if (!text)
        return false;
    size_t length = node->data.scalar.length;
    if (length >= size) {
        yk_yaml_mistake(yaml, node, "%s is %zu bytes long; at most %zu are possible", what, length, size - 1);
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

static bool word(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *letters, char *out)
{
    const char *text = scalar(yaml, node, what, "a name");
    if (!text)
        return false;
    size_t length = node->data.scalar.length;
    char excerpt[YK_EXCERPT_SIZE];
    if (length >= YK_ID_SIZE) {
        yk_yaml_mistake(yaml, node, "%s '%s' is longer than %d characters", what, excerpt_of(excerpt, text),
                        YK_ID_SIZE - 1);
        return false;
    }
    if (strspn(text, letters) != length) {
        yk_yaml_mistake(yaml, node, "%s '%s' has other characters than a-z, 0-9 and -%s", what,
                        excerpt_of(excerpt, text), strchr(letters, '_') ? " and _" : "");
        return false;
    }
    if (text[0] == '-' || text[length - 1] == '-') {
        yk_yaml_mistake(yaml, node, "%s '%s' begins or ends with '-'; take it away", what, excerpt_of(excerpt, text));
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

bool yk_yaml_id(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char out[static YK_ID_SIZE])
{
    return word(yaml, node, what, "abcdefghijklmnopqrstuvwxyz0123456789-", out);
}

bool yk_yaml_word(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, char out[static YK_ID_SIZE])
{
    return word(yaml, node, what, "abcdefghijklmnopqrstuvwxyz0123456789-_", out);
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* -? digits, without a leading zero; the rest in *rest. */
static bool is_whole(const char *text, const char **rest)
{
    text += *text == '-';
    size_t n = digits(text);
    *rest = text + n;
    return n > 0 && (n == 1 || text[0] != '0');
}

static bool is_decimal(const char *text)
{
    const char *at;
    if (!is_whole(text, &at))
        return false;
    if (*at == '.') {
        size_t n = digits(++at);
        if (n == 0)
            return false;
        at += n;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        size_t n = digits(at);
        if (n == 0)
            return false;
        at += n;
    }
    return *at == '\0';
}

/* Mistake about a scalar that is no number, with a way to mend the usual ones. */
static void not_a_number(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *text, bool whole)
{
    char excerpt[YK_EXCERPT_SIZE];
    excerpt_of(excerpt, text);
    const char *rest;
    const char *unsigned_text = text + (*text == '-' || *text == '+');
    const char *wanted = whole ? "a whole number" : "a number";
    if (is_decimal(text) && whole)
        yk_yaml_mistake(yaml, node, "%s '%s' has to be a whole number in plain digits", what, excerpt);
    else if (*text == '+' && is_decimal(unsigned_text))
        yk_yaml_mistake(yaml, node, "%s '%s' is not %s; leave the '+' out", what, excerpt, wanted);
    else if (unsigned_text[0] == '0' && digits(unsigned_text) > 1)
        yk_yaml_mistake(yaml, node, "%s '%s' begins with 0, which some read as octal; leave the 0 out", what, excerpt);
    else if (is_whole(text, &rest) && *rest == ',' && digits(rest + 1) > 0)
        yk_yaml_mistake(yaml, node, "%s '%s' is not %s; use a decimal point and no thousands separator", what, excerpt,
                        wanted);
    else
        yk_yaml_mistake(yaml, node, "%s '%s' is not %s", what, excerpt, wanted);
}

/* The text of an unquoted scalar. */
static const char *plain(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, const char *wanted)
{
    const char *text = scalar(yaml, node, what, wanted);
    if (text && node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        yk_yaml_mistake(yaml, node, "%s is quoted; a number is written without quotes", what);
        return NULL;
    }
    return text;
}

bool yk_yaml_integer(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int min, int max, int *out)
{
    const char *text = plain(yaml, node, what, "a whole number");
    if (!text)
        return false;
    const char *rest;
    if (!is_whole(text, &rest) || *rest != '\0') {
        not_a_number(yaml, node, what, text, true);
        return false;
    }
    errno = 0;
    long value = strtol(text, NULL, 10);
    if (errno != 0 || value < min || value > max) {
        char excerpt[YK_EXCERPT_SIZE];
        yk_yaml_mistake(yaml, node, "%s is %s; it has to be from %d to %d", what, excerpt_of(excerpt, text), min, max);
        return false;
    }
    *out = (int)value;
    return true;
}

bool yk_yaml_number(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, double min, double max,
                    double *out)
{
    const char *text = plain(yaml, node, what, "a number");
    if (!text)
        return false;
    if (!is_decimal(text)) {
        not_a_number(yaml, node, what, text, false);
        return false;
    }
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) {
        yaml->mistakes->out_of_memory = true;
        return false;
    }
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    /* Too large a number is infinite and so out of range too. */
    if (!(value >= min && value <= max)) {
        char excerpt[YK_EXCERPT_SIZE];
        yk_yaml_mistake(yaml, node, "%s is %s; it has to be from %g to %g", what, excerpt_of(excerpt, text), min, max);
        return false;
    }
    *out = value;
    return true;
}

bool yk_yaml_time(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int64_t *out)
{
    const char *text = scalar(yaml, node, what, "a date");
    if (!text)
        return false;
    struct yk_wall wall;
    if (!yk_time_parse(text, &wall)) {
        char excerpt[YK_EXCERPT_SIZE];
        yk_yaml_mistake(yaml, node, "%s '%s' is no date; write 2026-04-01 or 2026-04-01T09:00:00+09:00", what,
                        excerpt_of(excerpt, text));
        return false;
    }
    *out = wall.us / 1000000 - (wall.us % 1000000 < 0);
    return true;
}

bool yk_yaml_time_of_day(struct yk_yaml *yaml, const yaml_node_t *node, const char *what, int *out)
{
    const char *text = scalar(yaml, node, what, "a time of day");
    if (!text)
        return false;
    if (strlen(text) == 5 && digits(text) == 2 && text[2] == ':' && digits(text + 3) == 2) {
        int hour = (text[0] - '0') * 10 + text[1] - '0';
        int minute = (text[3] - '0') * 10 + text[4] - '0';
        if (hour < 24 && minute < 60) {
            *out = hour * 3600 + minute * 60;
            return true;
        }
    }
    char excerpt[YK_EXCERPT_SIZE];
    yk_yaml_mistake(yaml, node, "%s '%s' is no time of day; write \"04:00\"", what, excerpt_of(excerpt, text));
    return false;
}
