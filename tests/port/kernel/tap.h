/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - checks that print TAP, and a text of what was called meanwhile.
 */
#ifndef TAP_H
#define TAP_H

extern char said[4096];			/* what say() has added since the last check */

void	say(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
void	quiet(void);			/* forget it */
void	ok(int good, const char *what);
void	heard(const char *want, const char *what);	/* this has been said, no more */
int	tap_end(void);			/* the plan, and main()'s result */

#endif /* TAP_H */
