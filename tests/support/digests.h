/* MD5 and SHA-1, which no library of ours has: the digests that people take an address to be hidden by.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_TESTS_SUPPORT_DIGESTS_H
#define YK_TESTS_SUPPORT_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

/* Messages of up to 55 bytes: one block. */
#define YK_TEST_DIGEST_MAX 55
void yk_test_md5(const void *message, size_t size, uint8_t out[static 16]);
void yk_test_sha1(const void *message, size_t size, uint8_t out[static 20]);

#endif
