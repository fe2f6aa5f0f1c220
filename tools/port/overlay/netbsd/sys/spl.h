/* SPDX-License-Identifier: BSD-2-Clause */
/* spl.h: spl(9). */
#ifndef OVERLAY_SYS_SPL_H
#define OVERLAY_SYS_SPL_H

static __inline int
splvm(void)
{
	return splraiseipl(makeiplcookie(IPL_VM));
}

static __inline int
splsched(void)
{
	return splraiseipl(makeiplcookie(IPL_SCHED));
}

static __inline int
splhigh(void)
{
	return splraiseipl(makeiplcookie(IPL_HIGH));
}

static __inline int
splsoftnet(void)
{
	return splraiseipl(makeiplcookie(IPL_SOFTNET));
}

#endif /* OVERLAY_SYS_SPL_H */
