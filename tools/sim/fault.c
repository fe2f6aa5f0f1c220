/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - faults that any card can have, by settings "fault.NAME". A number N counts register
 * accesses from the moment of the setting; 0 is at once, "off" takes it back. A fault that
 * strikes is an event, so that a test can tell that it did.
 */
#include <errno.h>
#include <string.h>

#include "tools/sim/dev_int.h"

const struct sim_setting sim_own_settings[] = {
	{ "fault.gone_after", "off", "after N register accesses the card is pulled out: reads are "
	    "all ones, no DMA, no interrupts" },
	{ "fault.stall_after", "off", "after N register accesses the server answers nothing" },
	{ "fault.close_after", "off", "after N register accesses the server closes the connection" },
	{ "fault.nonsense_after", "off", "after N register accesses answers are garbage" },
	{ "fault.nonsense_kind", "0", "where the round of garbage begins: 0 foreign id, 1 size below "
	    "the header, 2 size beyond all bounds, 3 other command, 4 no shape" },
	{ "fault.dma_fail_after", "off", "after N transfers one transfer of the card fails" },
	{ "fault.no_irq", "0", "1: interrupts never come" },
	{ "fault.nommap", "0", "1: DMA only by message, memory is never mapped (set before maps)" },
	{ "fault.slow", "0", "microseconds to hold back every reply" },
	{ "fault.err", "-", "1: signal the ERR interrupt now" },
	{ "fault.req", "-", "1: signal the REQ interrupt now (device wanted back)" },
	{ "fault.spurious_irq", "-", "N: signal vector N (or INTx) now without a reason" },
	{ "fault.storm", "0", "microseconds from one interrupt without a reason to the next, while any "
	    "are connected" },
	{ "sim.dma_timeout_ms", "5000", "how long to wait for the answer to a DMA message" },
	{ NULL, NULL, NULL }
};

static void
raise_without_reason(struct sim_dev *dev, unsigned vec)
{
	if (sim_intr_vectors(dev) > 0)
		sim_intr_msi(dev, vec);
	else
		sim_intr_signal(dev, VFIO_PCI_INTX_IRQ_INDEX);
}

static void
storm(void *arg)
{
	struct sim_dev *dev = arg;

	raise_without_reason(dev, 0);
	if (dev->fault.storm_us != 0)
		sim_timer_arm(&dev->fault.storm, dev->fault.storm_us);
}

void
sim_fault_init(struct sim_dev *dev)
{
	sim_timer_init(dev, &dev->fault.storm, storm, dev);
	dev->fault.gone_after = dev->fault.stall_after = -1;
	dev->fault.close_after = dev->fault.nonsense_after = -1;
	dev->fault.dma_fail_after = -1;
}

static void
strike(struct sim_dev *dev, const char *name)
{
	sim_event(dev, "fault", "\"fault\":\"%s\",\"accesses\":%llu", name,
	    (unsigned long long)dev->naccess);
}

/* Whether a countdown strikes with this access. */
static bool
due(struct sim_dev *dev, int64_t *left, const char *name)
{
	if (*left < 0 || (*left)-- > 0)
		return false;
	strike(dev, name);
	return true;
}

void
sim_fault_access(struct sim_dev *dev)
{
	struct sim_fault *f = &dev->fault;

	dev->naccess++;
	if (due(dev, &f->gone_after, "gone"))
		f->gone = true;
	if (due(dev, &f->stall_after, "stall"))
		f->act = SIM_FAULT_STALL;
	if (due(dev, &f->close_after, "close"))
		f->act = SIM_FAULT_CLOSE;
	if (due(dev, &f->nonsense_after, "nonsense"))
		f->act = SIM_FAULT_NONSENSE;
}

bool
sim_fault_dma(struct sim_dev *dev)
{
	return due(dev, &dev->fault.dma_fail_after, "dma_fail");
}

enum sim_fault_act
sim_fault_due(struct sim_dev *dev)
{
	return dev->fault.act;
}

unsigned
sim_fault_nonsense(struct sim_dev *dev)
{
	return (unsigned)(dev->fault.nonsense_kind++ % 5);
}

uint64_t
sim_fault_delay(struct sim_dev *dev)
{
	return dev->fault.slow_us;
}

static int
set_countdown(int64_t *left, const char *value)
{
	uint64_t v;
	int error;

	if (strcmp(value, "off") == 0) {
		*left = -1;
		return 0;
	}
	error = sim_parse_u64(value, INT64_MAX, &v);
	if (error == 0)
		*left = (int64_t)v;
	return error;
}

static int
set_gone(struct sim_dev *dev, const char *value)
{
	int error = set_countdown(&dev->fault.gone_after, value);

	if (error != 0)
		return error;
	/* Back in its slot, or pulled out this moment. */
	dev->fault.gone = dev->fault.gone_after == 0;
	if (dev->fault.gone) {
		dev->fault.gone_after = -1;
		strike(dev, "gone");
	}
	return 0;
}

static int
set_act(struct sim_dev *dev, int64_t *left, const char *value)
{
	int error = set_countdown(left, value);

	if (error == 0 && *left < 0)
		dev->fault.act = SIM_FAULT_NONE;
	return error;
}

static int
signal_now(struct sim_dev *dev, uint32_t index, const char *name, const char *value)
{
	bool on;
	int error = sim_parse_bool(value, &on);

	if (error == 0 && on) {
		strike(dev, name);
		sim_intr_signal(dev, index);
	}
	return error;
}

static int
spurious(struct sim_dev *dev, const char *value)
{
	uint64_t vec;
	int error = sim_parse_u64(value, SIM_MAX_VEC - 1, &vec);

	if (error != 0)
		return error;
	strike(dev, "spurious_irq");
	raise_without_reason(dev, (unsigned)vec);
	return 0;
}

static int
set_storm(struct sim_dev *dev, const char *value)
{
	int error = sim_parse_u64(value, 60 * 1000000, &dev->fault.storm_us);

	if (error == 0 && dev->fault.storm_us != 0) {
		strike(dev, "storm");
		sim_timer_arm(&dev->fault.storm, dev->fault.storm_us);
	}
	return error;
}

int
sim_fault_set(struct sim_dev *dev, const char *key, const char *value)
{
	struct sim_fault *f = &dev->fault;

	if (strcmp(key, "gone_after") == 0)
		return set_gone(dev, value);
	if (strcmp(key, "stall_after") == 0)
		return set_act(dev, &f->stall_after, value);
	if (strcmp(key, "close_after") == 0)
		return set_act(dev, &f->close_after, value);
	if (strcmp(key, "nonsense_after") == 0)
		return set_act(dev, &f->nonsense_after, value);
	if (strcmp(key, "nonsense_kind") == 0)
		return sim_parse_u64(value, 4, &f->nonsense_kind);
	if (strcmp(key, "dma_fail_after") == 0)
		return set_countdown(&f->dma_fail_after, value);
	if (strcmp(key, "no_irq") == 0)
		return sim_parse_bool(value, &f->no_irq);
	if (strcmp(key, "nommap") == 0)
		return sim_parse_bool(value, &f->nommap);
	if (strcmp(key, "slow") == 0)
		return sim_parse_u64(value, 60 * 1000000, &f->slow_us);
	if (strcmp(key, "err") == 0)
		return signal_now(dev, VFIO_PCI_ERR_IRQ_INDEX, "err", value);
	if (strcmp(key, "req") == 0)
		return signal_now(dev, VFIO_PCI_REQ_IRQ_INDEX, "req", value);
	if (strcmp(key, "spurious_irq") == 0)
		return spurious(dev, value);
	if (strcmp(key, "storm") == 0)
		return set_storm(dev, value);
	return ENOENT;
}
