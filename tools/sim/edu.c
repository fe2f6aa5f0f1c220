/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu.c - model of QEMU's educational device (1234:11e8): identification, liveness check,
 * factorial, DMA to and from a buffer of 4 KiB, interrupts by MSI or INTx.
 *
 * Source: QEMU docs/specs/edu.rst for the registers; behaviour that the text leaves open was
 * looked up in QEMU's device: which access sizes count, that the address mask clamps, that the
 * DMA registers are frozen while a transfer runs. Two things are stricter here, because QEMU only
 * logs them: a transfer outside of the buffer does not take place, and both that and an address
 * beyond the mask are violations.
 *
 * QEMU's device has no MSI-X; this one can, for tests of it (setting msix). Of N vectors, causes
 * 0-7 raise the first, 8-15 the second and so on, from the start again when there are no more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/models.h"

#define EDU_ID		0x00u
#define EDU_LIVE	0x04u
#define EDU_FACT	0x08u
#define EDU_STATUS	0x20u
#define EDU_IRQ_STATUS	0x24u
#define EDU_IRQ_RAISE	0x60u
#define EDU_IRQ_ACK	0x64u
#define EDU_DMA_SRC	0x80u
#define EDU_DMA_DST	0x88u
#define EDU_DMA_CNT	0x90u
#define EDU_DMA_CMD	0x98u

#define STATUS_BUSY	0x01u
#define STATUS_IRQ	0x80u

#define CMD_RUN		0x1u
#define CMD_TO_HOST	0x2u
#define CMD_IRQ		0x4u

#define IRQ_FACT	0x001u
#define IRQ_DMA		0x100u

#define BUF_AT		0x40000u
#define BUF_SIZE	4096u

#define FACT_USEC	20u

#define MSIX_BAR	2u
#define MSIX_MAX	32u
#define MSIX_PBA	2048u

struct edu {
	struct sim_dev	*dev;
	struct sim_timer fact_timer, dma_timer;
	uint64_t	dma_mask, dma_delay, msix;
	bool		started;
	uint32_t	live, fact, status, irq;
	uint64_t	src, dst, cnt, cmd;
	uint8_t		buf[BUF_SIZE];
};

static const struct sim_setting edu_settings[] = {
	{ "dma_mask", "0x0fffffff", "address bits that the DMA engine has" },
	{ "dma_delay_us", "1000", "how long a transfer takes (QEMU: 100000)" },
	{ "msix", "0", "MSI-X vectors, at most 32" },
	{ NULL, NULL, NULL }
};

static void
raise_msix(struct edu *e, uint32_t bits)
{
	unsigned n = sim_intr_vectors(e->dev), byte;

	for (byte = 0; byte < 4; byte++)
		if ((bits >> 8 * byte & 0xff) != 0)
			sim_intr_msi(e->dev, byte % n);
}

static void
edu_raise(struct edu *e, uint32_t bits)
{
	e->irq |= bits;
	if (e->irq == 0)
		return;
	if (sim_intr_mode(e->dev) == SIM_INTR_MSIX)
		raise_msix(e, bits);
	else if (sim_intr_vectors(e->dev) > 0)
		sim_intr_msi(e->dev, 0);
	else
		sim_intr_intx(e->dev, true);
}

static void
edu_ack(struct edu *e, uint32_t bits)
{
	e->irq &= ~bits;
	if (e->irq == 0)
		sim_intr_intx(e->dev, false);
}

static void
edu_fact_done(void *arg)
{
	struct edu *e = arg;
	uint32_t n = e->fact, product = 1;

	/* Modulo 2^32 the product is 0 from 34! on. */
	if (n > 34)
		n = 34;
	while (n > 0)
		product *= n--;
	e->fact = product;
	e->status &= ~STATUS_BUSY;
	if ((e->status & STATUS_IRQ) != 0)
		edu_raise(e, IRQ_FACT);
}

static uint64_t
edu_clamp(struct edu *e, uint64_t addr)
{
	uint64_t clamped = addr & e->dma_mask;

	if (clamped != addr)
		sim_violation(e->dev, "edu-dma-mask", "bus address 0x%llx is beyond the mask "
		    "0x%llx, the card uses 0x%llx; allocate with dma_bits of at most that",
		    (unsigned long long)addr, (unsigned long long)e->dma_mask,
		    (unsigned long long)clamped);
	return clamped;
}

/* The transfer's place in the buffer, or NULL when it is not wholly inside. */
static uint8_t *
edu_buffer(struct edu *e, uint64_t at)
{
	if (at >= BUF_AT && e->cnt <= BUF_SIZE && at - BUF_AT <= BUF_SIZE - e->cnt)
		return e->buf + (at - BUF_AT);
	sim_violation(e->dev, "edu-dma-range", "DMA of 0x%llx bytes at card address 0x%llx is "
	    "outside of the buffer [0x%x, 0x%x)", (unsigned long long)e->cnt,
	    (unsigned long long)at, BUF_AT, BUF_AT + BUF_SIZE);
	return NULL;
}

static void
edu_dma_done(void *arg)
{
	struct edu *e = arg;
	bool to_host = (e->cmd & CMD_TO_HOST) != 0;
	uint8_t *p = edu_buffer(e, to_host ? e->src : e->dst);

	/* The library reports a transfer that fails; the card does not notice, as in QEMU. */
	if (p != NULL && to_host)
		(void)sim_dma_write(e->dev, edu_clamp(e, e->dst), p, e->cnt);
	else if (p != NULL)
		(void)sim_dma_read(e->dev, edu_clamp(e, e->src), p, e->cnt);
	e->cmd &= ~(uint64_t)CMD_RUN;
	if ((e->cmd & CMD_IRQ) != 0)
		edu_raise(e, IRQ_DMA);
}

static uint64_t
edu_read(void *state, unsigned bar, uint64_t off, unsigned size)
{
	struct edu *e = state;

	(void)bar;
	/* Below 4 bytes QEMU's memory core does not ask the device at all. */
	if (size < 4)
		return 0;
	if (off < EDU_DMA_SRC && size != 4)
		return UINT64_MAX;
	switch (off) {
	case EDU_ID:
		return 0x010000edu;
	case EDU_LIVE:
		return e->live;
	case EDU_FACT:
		return e->fact;
	case EDU_STATUS:
		return e->status;
	case EDU_IRQ_STATUS:
		return e->irq;
	case EDU_DMA_SRC:
		return e->src;
	case EDU_DMA_DST:
		return e->dst;
	case EDU_DMA_CNT:
		return e->cnt;
	case EDU_DMA_CMD:
		return e->cmd;
	default:
		return UINT64_MAX;
	}
}

static void
edu_fact_start(struct edu *e, uint32_t n)
{
	if ((e->status & STATUS_BUSY) != 0)
		return;
	e->fact = n;
	e->status |= STATUS_BUSY;
	sim_timer_arm(&e->fact_timer, FACT_USEC);
}

static void
edu_dma_write(struct edu *e, uint64_t off, uint64_t v)
{
	if ((e->cmd & CMD_RUN) != 0)
		return;
	if (off == EDU_DMA_SRC) {
		e->src = v;
	} else if (off == EDU_DMA_DST) {
		e->dst = v;
	} else if (off == EDU_DMA_CNT) {
		e->cnt = v;
	} else if ((v & CMD_RUN) != 0) {
		e->cmd = v;
		sim_timer_arm(&e->dma_timer, e->dma_delay);
	}
}

static void
edu_write(void *state, unsigned bar, uint64_t off, unsigned size, uint64_t v)
{
	struct edu *e = state;

	(void)bar;
	if (size < 4 || (off < EDU_DMA_SRC && size != 4))
		return;
	switch (off) {
	case EDU_LIVE:
		e->live = ~(uint32_t)v;
		break;
	case EDU_FACT:
		edu_fact_start(e, (uint32_t)v);
		break;
	case EDU_STATUS:
		e->status = (e->status & STATUS_BUSY) | ((uint32_t)v & STATUS_IRQ);
		break;
	case EDU_IRQ_RAISE:
		edu_raise(e, (uint32_t)v);
		break;
	case EDU_IRQ_ACK:
		edu_ack(e, (uint32_t)v);
		break;
	case EDU_DMA_SRC:
	case EDU_DMA_DST:
	case EDU_DMA_CNT:
	case EDU_DMA_CMD:
		edu_dma_write(e, off, v);
		break;
	default:
		break;
	}
}

static const char *
edu_reg_name(void *state, unsigned bar, uint64_t off)
{
	(void)state;
	(void)bar;
	switch (off) {
	case EDU_ID:		return "ID";
	case EDU_LIVE:		return "LIVE";
	case EDU_FACT:		return "FACT";
	case EDU_STATUS:	return "STATUS";
	case EDU_IRQ_STATUS:	return "IRQ_STATUS";
	case EDU_IRQ_RAISE:	return "IRQ_RAISE";
	case EDU_IRQ_ACK:	return "IRQ_ACK";
	case EDU_DMA_SRC:	return "DMA_SRC";
	case EDU_DMA_DST:	return "DMA_DST";
	case EDU_DMA_CNT:	return "DMA_CNT";
	case EDU_DMA_CMD:	return "DMA_CMD";
	default:		return NULL;
	}
}

static void
edu_reset(void *state, enum sim_reset why)
{
	struct edu *e = state;

	(void)why;
	sim_timer_stop(&e->fact_timer);
	sim_timer_stop(&e->dma_timer);
	e->live = e->fact = e->status = e->irq = 0;
	e->src = e->dst = e->cnt = e->cmd = 0;
	memset(e->buf, 0, sizeof(e->buf));
}

static int
edu_create(struct sim_dev *dev, void **statep)
{
	struct edu *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return ENOMEM;
	e->dev = dev;
	e->dma_mask = 0x0fffffff;
	e->dma_delay = 1000;
	sim_timer_init(dev, &e->fact_timer, edu_fact_done, e);
	sim_timer_init(dev, &e->dma_timer, edu_dma_done, e);
	*statep = e;
	return 0;
}

static int
edu_set(void *state, const char *key, const char *value)
{
	struct edu *e = state;

	if (strcmp(key, "dma_mask") == 0)
		return sim_parse_u64(value, UINT64_MAX, &e->dma_mask);
	if (strcmp(key, "dma_delay_us") == 0)
		return sim_parse_u64(value, 60 * 1000000, &e->dma_delay);
	if (strcmp(key, "msix") == 0)
		return e->started ? EBUSY : sim_parse_u64(value, MSIX_MAX, &e->msix);
	return ENOENT;
}

static int
edu_start(void *state)
{
	struct edu *e = state;
	int error;

	sim_cfg_ids(e->dev, &(struct sim_ids){ .vendor = 0x1234, .device = 0x11e8,
	    .subvendor = 0x1af4, .subdevice = 0x1100, .class_code = 0x00ff00,
	    .revision = 0x10, .int_pin = 1 });
	error = sim_cfg_bar(e->dev, 0, SIM_BAR_MEM32, 1u << 20);
	sim_bar_width(e->dev, 0, 8);
	if (error == 0)
		error = sim_cap_msi(e->dev, 1, true, false);
	if (error == 0 && e->msix != 0)
		error = sim_cfg_bar(e->dev, MSIX_BAR, SIM_BAR_MEM32, 2 * MSIX_PBA);
	if (error == 0 && e->msix != 0)
		error = sim_cap_msix(e->dev, (unsigned)e->msix, MSIX_BAR, 0, MSIX_BAR, MSIX_PBA);
	e->started = true;
	return error;
}

const struct sim_model sim_edu = {
	.name = "edu",
	.summary = "QEMU's educational device, 1234:11e8",
	.settings = edu_settings,
	.create = edu_create,
	.destroy = free,
	.set = edu_set,
	.start = edu_start,
	.reset = edu_reset,
	.bar_read = edu_read,
	.bar_write = edu_write,
	.reg_name = edu_reg_name,
};
