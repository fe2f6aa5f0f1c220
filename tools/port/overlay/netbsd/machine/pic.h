/* SPDX-License-Identifier: BSD-2-Clause */
/* pic.h: interrupt controllers. Opaque. */
#ifndef OVERLAY_MACHINE_PIC_H
#define OVERLAY_MACHINE_PIC_H

struct pic;

#endif /* OVERLAY_MACHINE_PIC_H */
