/* A number that says how sure it is. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef YK_ESTIMATE_INTERVAL_H
#define YK_ESTIMATE_INTERVAL_H

/* lower <= value <= upper; the bounds are those of a 95 % interval unless the function that made it says otherwise. NAN in all
 * three: there is no such number. */
struct yk_interval {
    double value, lower, upper;
};

#define YK_Z95 1.959963984540054 /* standard normal quantile at 0.975 */

#endif
