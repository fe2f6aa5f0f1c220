/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of configuration space by FreeBSD's names, for header sets without sys/dev: what
 * shims/freebsd uses of them.  PCI Local Bus 3.0 chapter 6.
 */
#ifndef PORT_DEV_PCI_PCIREG_H
#define PORT_DEV_PCI_PCIREG_H

#define PCIR_BARS		0x10
#define PCIR_BAR(n)		(PCIR_BARS + 4 * (n))
#define PCI_RID2BAR(rid)	(((rid) - PCIR_BARS) / 4)

#endif
