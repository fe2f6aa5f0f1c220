/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * once.h - once(9): something is initialized by whoever comes first.
 */
#ifndef SYS_ONCE_H
#define SYS_ONCE_H

typedef struct {
	unsigned short	o_status, o_refcnt;
	int		o_error;
} once_t;
#define ONCE_DECL(o)		once_t (o) = { .o_status = 0, .o_error = 0 }
int	_init_once(once_t *, int (*)(void));
#define RUN_ONCE(o, fn)		_init_once(o, fn)

#endif /* SYS_ONCE_H */
