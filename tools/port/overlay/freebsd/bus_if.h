/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_if.h: the bus interface; nothing of it is used by a driver of a leaf device. */
#ifndef OVERLAY_BUS_IF_H
#define OVERLAY_BUS_IF_H

struct kobjop_desc;

#endif /* OVERLAY_BUS_IF_H */
