/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scratch - a card that is only as much as a measurement or a test of mapping needs.
 *
 *	BAR0	0x0000-0x0fff	memory, which clients may map
 *		0x1000		SCRATCH_REG: keeps what is written; reached by message only
 *		0x1004		SCRATCH_RAISE: a write raises MSI(-X) vector `value`, or INTx
 *		0x1008		SCRATCH_ACK: a write takes INTx down
 *	MSI-X	4 vectors, table in BAR2
 *	MSI	4 vectors
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/sim/sim.h"

#define PAGE		4096
#define SCRATCH_REG	0x1000
#define SCRATCH_RAISE	0x1004
#define SCRATCH_ACK	0x1008
#define NVEC		4

struct scratch {
	struct sim_dev	*dev;
	uint32_t	 reg;
	void		*memory;
};

static int
scratch_create(struct sim_dev *dev, void **statep)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ENOMEM;
	s->dev = dev;
	*statep = s;
	return 0;
}

static void
scratch_destroy(void *state)
{
	free(state);
}

static int
scratch_set(void *state, const char *key, const char *value)
{
	(void)state;
	(void)key;
	(void)value;
	return ENOENT;
}

static int
scratch_start(void *state)
{
	struct scratch *s = state;
	int error;

	/* Red Hat's vendor id and a device id of its range for tests. */
	sim_cfg_ids(s->dev, &(struct sim_ids){ .vendor = 0x1b36, .device = 0x00f5,
	    .class_code = 0xff0000, .int_pin = 1 });
	error = sim_cfg_bar(s->dev, 0, SIM_BAR_MEM32, 2 * PAGE);
	if (error == 0)
		error = sim_bar_memory(s->dev, 0, 0, PAGE, &s->memory);
	if (error == 0)
		error = sim_cfg_bar(s->dev, 2, SIM_BAR_MEM32, PAGE);
	if (error == 0)
		error = sim_cap_msi(s->dev, NVEC, true, true);
	if (error == 0)
		error = sim_cap_msix(s->dev, NVEC, 2, 0, 2, PAGE / 2);
	return error;
}

static void
scratch_reset(void *state, enum sim_reset why)
{
	struct scratch *s = state;

	(void)why;
	s->reg = 0;
}

static uint64_t
scratch_read(void *state, unsigned bar, uint64_t off, unsigned size)
{
	struct scratch *s = state;

	(void)bar;
	(void)size;
	return off == SCRATCH_REG ? s->reg : 0;
}

static void
scratch_write(void *state, unsigned bar, uint64_t off, unsigned size, uint64_t value)
{
	struct scratch *s = state;

	(void)bar;
	(void)size;
	if (off == SCRATCH_REG)
		s->reg = (uint32_t)value;
	else if (off == SCRATCH_RAISE && sim_intr_mode(s->dev) == SIM_INTR_INTX)
		sim_intr_intx(s->dev, true);
	else if (off == SCRATCH_RAISE)
		sim_intr_msi(s->dev, (unsigned)value);
	else if (off == SCRATCH_ACK)
		sim_intr_intx(s->dev, false);
}

const struct sim_model sim_scratch = {
	.name = "scratch",
	.summary = "memory to map, a register, interrupts: for measurements and tests",
	.create = scratch_create,
	.destroy = scratch_destroy,
	.set = scratch_set,
	.start = scratch_start,
	.reset = scratch_reset,
	.bar_read = scratch_read,
	.bar_write = scratch_write,
};
