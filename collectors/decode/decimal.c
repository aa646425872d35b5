/* Decimal numbers in foreign text. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * strtod needs a NUL behind the text, obeys the locale (a comma for the point) and takes "inf" and "0x1p3"; none of
 * that is wanted of a camera. Here up to 19 digits are gathered in an integer and scaled by one exact power of ten, so
 * a value with at most 15 digits and |exponent| <= 22 is rounded right (Clinger 1990, the fast path); others are within
 * 2 units in the last place. Later digits are read over; an exponent beyond +-22 after the digits is refused: no box
 * lies there. */
#include "decode/decimal.h"

#include <string.h>

#define EXPONENT_MAX 22
#define DIGITS_MAX   19

static const double powers[EXPONENT_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool yk_field_next(const char **at, const char *end, char separator, const char **field, size_t *length)
{
    if (!*at)
        return false;
    const char *stop = (const char *)memchr(*at, separator, (size_t)(end - *at));
    *field = *at;
    *length = (size_t)((stop ? stop : end) - *at);
    *at = stop ? stop + 1 : NULL;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool yk_digits_parse(const char *text, size_t length, uint64_t *out)
{
    uint64_t value = 0;
    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

/* The exponent from 'e' on; false if it is none or absurd. */
static bool read_exponent(const char *at, const char *end, int *out)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    int value = 0, digits = 0;
    for (; at < end && is_digit(*at); at++, digits++)
        if (value < 1000)
            value = value * 10 + (*at - '0');
    *out = negative ? -value : value;
    return digits > 0 && at == end;
}

bool yk_decimal_parse(const char *text, size_t length, double *out)
{
    const char *at = text, *end = text + length;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;

    uint64_t mantissa = 0;
    int scale = 0, used = 0;
    bool any = false, point = false;
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = true;
        } else if (is_digit(*at)) {
            any = true;
            if (used < DIGITS_MAX) {
                mantissa = mantissa * 10 + (uint64_t)(*at - '0');
                used += mantissa != 0;
                scale -= point;
            } else if (!point) {
                return false; /* an integer of 20 digits */
            }
        } else {
            break;
        }
    }
    if (!any)
        return false;
    if (at < end) {
        int exponent;
        if ((*at != 'e' && *at != 'E') || !read_exponent(at + 1, end, &exponent))
            return false;
        scale += exponent;
    }
    double value = (double)mantissa;
    if (scale < -EXPONENT_MAX && mantissa != 0) { /* 0.00000...1 with many digits: take the power in two steps */
        value /= powers[EXPONENT_MAX];
        scale += EXPONENT_MAX;
    }
    if (mantissa != 0 && (scale < -EXPONENT_MAX || scale > EXPONENT_MAX))
        return false;
    if (mantissa != 0)
        value = scale < 0 ? value / powers[-scale] : value * powers[scale];
    *out = negative ? -value : value;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int yk_decimals_parse(const char *text, size_t length, double *out, int max)
{
    const char *at = text, *end = text + length;
    for (int n = 0;; n++) {
        while (at < end && is_blank(*at))
            at++;
        if (at == end || n == max)
            return n;
        const char *field = at;
        while (at < end && !is_blank(*at))
            at++;
        if (!yk_decimal_parse(field, (size_t)(at - field), &out[n]))
            return -1;
    }
}
