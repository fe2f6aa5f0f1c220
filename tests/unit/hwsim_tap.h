/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test lines for the bridge to mac80211_hwsim.
 *
 *	ok(x == 1, "x is one");
 *	return done();
 */
#ifndef TESTS_UNIT_HWSIM_TAP_H
#define TESTS_UNIT_HWSIM_TAP_H

#include <stdio.h>

static int tap_count, tap_failed;

static inline void
tap_line(int good, const char *what, int line)
{
	tap_count++;
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tap_count, what);
	if (!good)
		printf("# line %d\n", line);
}
#define ok(good, what)	tap_line((good) != 0, (what), __LINE__)

static inline int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
