/* What every camera and counter dialect can be made to say about people. SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One message per dialect, with every field in which its devices tell, or could tell, who somebody is or where the device
 * hangs: age, gender, looks, names, plates, pictures, paths of videos, numbers of faces and tracks, names and numbers of
 * devices, positions. Fields that only some firmware sends are there too, and some that no decoder has heard of.
 *
 * In a message stands between two tildes what is filled in:
 *
 *     ~t:NAME~, ~n:NAME~      a marker: letters, or a number of 15 digits; made anew for each run
 *     ~T~ ~B~                 time of this message and of the one before, RFC 3339
 *     ~E~ ~M~                 seconds (with a fraction) and milliseconds since 1970
 *     ~L~ ~LB~ ~C~            local time: 2026-10-01 12:00:00, also of the message before; 20261001120000
 *     ~F~                     frames since the first message, one a second
 *     ~K~                     1 in the first message, 2 in the second, ...
 *     ~X~ ~X2~                left and right edge of somebody who walks through the picture, pixels of 1920
 *     ~U~ ~U2~                the same as a part of the picture
 *     ~V~ ~V2~                the same from -1 to 1 */
#ifndef YK_TESTS_CANARY_CAMERA_MESSAGES_H
#define YK_TESTS_CANARY_CAMERA_MESSAGES_H

#include <stddef.h>

struct yk_canary_message {
    const char *dialect;
    const char *head; /* once, before the messages; may be NULL */
    const char *text; /* a line, or several */
    const char *tail; /* once, behind them; may be NULL */
};

/* NULL if there is none. Also of dialects that this tree does not read. */
const struct yk_canary_message *yk_canary_message_of(const char *dialect);

#endif
