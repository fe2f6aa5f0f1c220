/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files fw_scan*.c share; see fw_scan.c. */
#ifndef I7260_FW_SCAN_H
#define I7260_FW_SCAN_H

#include "tools/sim/i7260/card.h"

/* Of a request: fw_scan.flags. */
#define FLAG_PASS_ALL		0x001u
#define FLAG_PASSIVE		0x002u
#define FLAG_ITER_COMPLETE	0x008u
#define FLAG_FRAGMENTED		0x020u
#define FLAG_EXTENDED		0x080u
#define FLAG_MATCH		0x200u

/* The scan is over, or cut short: tell the driver, and return to the network. */
void	scan_finish(struct card *, bool aborted);

#endif /* I7260_FW_SCAN_H */
