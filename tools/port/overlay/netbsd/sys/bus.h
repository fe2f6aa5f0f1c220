/* SPDX-License-Identifier: BSD-2-Clause */
/* bus.h: bus_space(9) and bus_dma(9). */
#ifndef OVERLAY_SYS_BUS_H
#define OVERLAY_SYS_BUS_H

#include <machine/bus.h>

#endif /* OVERLAY_SYS_BUS_H */
