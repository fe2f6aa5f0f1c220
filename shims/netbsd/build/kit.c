/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kit.c - module(9)'s table of the kit and of its boundaries, which are called by other modules and do
 * nothing when they come or go.  The Makefile says PDK_KMOD, the module's name, and
 * PDK_BOUNDARY for those that require the kit.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/module.h>

/* The names are macros: expand them before they are pasted. */
#define PASTE_(a, b)		a ## b
#define PASTE(a, b)		PASTE_(a, b)
#define MODULE_(class, name, required)	MODULE(class, name, required)

#ifdef PDK_BOUNDARY
MODULE_(MODULE_CLASS_MISC, PDK_KMOD, "pdk");
#else
MODULE_(MODULE_CLASS_MISC, PDK_KMOD, NULL);
#endif

static int
PASTE(PDK_KMOD, _modcmd)(modcmd_t cmd, void *opaque)
{
	return cmd == MODULE_CMD_INIT || cmd == MODULE_CMD_FINI ? 0 : ENOTTY;
}
