/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newbus_os.h - FreeBSD's own (13, 14, 15) of what a driver sees: its mutexes, and how a driver
 * is declared.  Wants __FreeBSD_version as <sys/param.h> has it.
 *
 * Manual pages: mutex(9), DRIVER_MODULE(9), malloc(9).
 */
#ifndef NEWBUS_OS_H
#define NEWBUS_OS_H

#include <sys/mutex.h>

#include <machine/bus.h>

/* ---- a lock that its holder may not sleep with ---- */

typedef struct mtx os_mtx_t;

static inline void
os_mtx_init(os_mtx_t *mtx, const char *unit, const char *what)
{
	mtx_init(mtx, unit, what, MTX_DEF);
}

#define os_mtx_destroy(mtx)		mtx_destroy(mtx)
#define os_mtx_lock(mtx)		mtx_lock(mtx)
#define os_mtx_unlock(mtx)		mtx_unlock(mtx)
#define os_mtx_assert_owned(mtx)	mtx_assert(mtx, MA_OWNED)
#define os_mtx_assert_free(mtx)		mtx_assert(mtx, MA_NOTOWNED)

/*
 * ---- a driver of bus pci ----
 *
 * No MODULE_PNP_INFO: it takes a table at file scope, and a pdk_pci_driver has only a pointer to
 * it.
 */
#if __FreeBSD_version >= 1400058	/* 14.0: the devclass is no argument any more */
#define OS_DRIVER_MODULE(drvname, driver)					\
	DRIVER_MODULE(drvname, pci, driver, NULL, NULL)
#else
#define OS_DRIVER_MODULE(drvname, driver)					\
	static devclass_t drvname##_devclass;					\
	DRIVER_MODULE(drvname, pci, driver, drvname##_devclass, NULL, NULL)
#endif

#endif /* NEWBUS_OS_H */
