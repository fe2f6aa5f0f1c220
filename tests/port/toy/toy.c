/* SPDX-License-Identifier: BSD-2-Clause */
/* toy.c - a shim's C file, which opens what a kernel's build makes and what an overlay has. */
#include <pdk.h>
#include <machine/machine.h>
#include <missing.h>

int	toy_probe(void);

int
toy_probe(void)
{
	return DEVICE_PROBE_MADE + TOY_MACHINE + TOY_MISSING;
}
