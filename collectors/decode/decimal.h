/* Decimal numbers in foreign text. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_DECODE_DECIMAL_H
#define YK_DECODE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The next field of a line: up to `separator` or the end. *at moves behind the separator. False when the line is used
 * up: "a,b" has two fields and "a,b," three. *at is NULL after the last one. */
bool yk_field_next(const char **at, const char *end, char separator, const char **field, size_t *length);

/* The whole field, blanks around it allowed, is one decimal number: sign, digits, fraction, exponent. Independent of
 * the locale; no hexadecimal, no inf, no nan. */
bool yk_decimal_parse(const char *text, size_t length, double *out);

/* The numbers of a line that stand apart by blanks; at most `max` are read, the rest is not looked at. Returns how many,
 * or -1 when one of them is none. */
int yk_decimals_parse(const char *text, size_t length, double *out, int max);

/* The whole field is digits and fits 64 bits. */
bool yk_digits_parse(const char *text, size_t length, uint64_t *out);

#endif
