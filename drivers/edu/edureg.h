/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of QEMU's edu device: QEMU, docs/specs/edu.rst. */
#ifndef EDUREG_H
#define EDUREG_H

#define EDU_BAR			0

#define EDU_ID			0x00		/* 0xMMmm00ed: version MM.mm */
#define  EDU_ID_MASK		0x0000ffff
#define  EDU_ID_VALUE		0x000000ed
#define EDU_LIVENESS		0x04		/* reads the inverse of what was written */
#define EDU_FACTORIAL		0x08		/* n in, n! out, when not computing */
#define EDU_STATUS		0x20
#define  EDU_STATUS_COMPUTING	0x01
#define  EDU_STATUS_IRQ		0x80		/* interrupt when the factorial is done */
#define EDU_INTR_STATUS		0x24		/* causes, read only */
#define EDU_INTR_RAISE		0x60		/* write: add causes */
#define EDU_INTR_ACK		0x64		/* write: clear causes */
#define  EDU_INTR_FACTORIAL	0x001
#define  EDU_INTR_DMA		0x100
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_CMD		0x98
#define  EDU_DMA_START		0x01
#define  EDU_DMA_TO_DEVICE	0x00
#define  EDU_DMA_FROM_DEVICE	0x02
#define  EDU_DMA_IRQ		0x04		/* interrupt EDU_INTR_DMA when done */

#define EDU_REGS_SIZE		0xa0		/* so much of the BAR at least */

#define EDU_BUF			0x40000		/* the device's own buffer, as a DMA address */

#define EDU_GONE		0xffffffff	/* what a device that was pulled out reads */

#endif /* EDUREG_H */
