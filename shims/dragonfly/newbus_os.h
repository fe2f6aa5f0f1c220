/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newbus_os.h - DragonFly's own of what a driver sees: its locks, how a driver is declared, and
 * names that the other three share.
 *
 * Wants the links machine, machine_base and cpu.  Manual pages: lock(9), DRIVER_MODULE(9).
 */
#ifndef NEWBUS_OS_H
#define NEWBUS_OS_H

#include <sys/bus_dma.h>
#include <sys/thread2.h>

/* ---- a lock that its holder may not sleep with ---- */

typedef struct lock os_mtx_t;

static inline void
os_mtx_init(os_mtx_t *mtx, const char *unit __unused, const char *what)
{
	lockinit(mtx, what, 0, 0);
}

#define os_mtx_destroy(mtx)		lockuninit(mtx)
#define os_mtx_lock(mtx)		((void)lockmgr(mtx, LK_EXCLUSIVE))
#define os_mtx_unlock(mtx)		((void)lockmgr(mtx, LK_RELEASE))
#define os_mtx_assert_owned(mtx)	KKASSERT(lockowned(mtx))
#define os_mtx_assert_free(mtx)		KKASSERT(!lockowned(mtx))

/* ---- a driver of bus pci ---- */

#define OS_DRIVER_MODULE(drvname, driver)					\
	static devclass_t drvname##_devclass;					\
	DRIVER_MODULE(drvname, pci, driver, drvname##_devclass, NULL, NULL)

/* ---- queue(3): _MUTABLE here ---- */

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, tmp)				\
	TAILQ_FOREACH_MUTABLE(var, head, field, tmp)
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, tmp)		\
	TAILQ_FOREACH_REVERSE_MUTABLE(var, head, headname, field, tmp)
#define STAILQ_FOREACH_SAFE(var, head, field, tmp)				\
	STAILQ_FOREACH_MUTABLE(var, head, field, tmp)
#define LIST_FOREACH_SAFE(var, head, field, tmp)				\
	LIST_FOREACH_MUTABLE(var, head, field, tmp)
#define SLIST_FOREACH_SAFE(var, head, field, tmp)				\
	SLIST_FOREACH_MUTABLE(var, head, field, tmp)
#endif

#endif /* NEWBUS_OS_H */
