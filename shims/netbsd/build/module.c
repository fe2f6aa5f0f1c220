/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module.c - module(9) and autoconf(9) tables of a driver that is built as a kernel module.
 *
 * ioconf.c is config(1)'s, made of DRIVER/DRIVER.ioconf; the Makefile says PDK_DRIVER, the
 * driver's name, PDK_KMOD, the module's, and PDK_KIT, the module that it requires (kit.c).  A driver
 * that is part of a kernel needs none of it.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/device.h>
#include <sys/module.h>

#include "ioconf.c"

/* The names are macros: expand them before they are pasted. */
#define PASTE_(a, b)		a ## b
#define PASTE(a, b)		PASTE_(a, b)
#define STRING_(a)		#a
#define STRING(a)		STRING_(a)
#define MODULE_(class, name, required)	MODULE(class, name, required)

#define CFDRIVERS		PASTE(cfdriver_ioconf_, PDK_DRIVER)
#define CFATTACHES		PASTE(cfattach_ioconf_, PDK_DRIVER)
#define CFDATA			PASTE(cfdata_ioconf_, PDK_DRIVER)

MODULE_(MODULE_CLASS_DRIVER, PDK_KMOD, "pci," STRING(PDK_KIT));

static int
PASTE(PDK_KMOD, _modcmd)(modcmd_t cmd, void *opaque)
{
	switch (cmd) {
	case MODULE_CMD_INIT:
		return config_init_component(CFDRIVERS, CFATTACHES, CFDATA);
	case MODULE_CMD_FINI:
		return config_fini_component(CFDRIVERS, CFATTACHES, CFDATA);
	default:
		return ENOTTY;
	}
}
