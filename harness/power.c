/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's power, for suspend and resume.  What a sleeping machine does to its cards is
 * done to this one: D3hot, and the loss of all its state by a reset; the header of
 * configuration space comes back, as every host restores it.
 */
#include "harness/dev.h"
#include "harness/rr.h"
#include "pci/pci.h"

/* PCI Local Bus 3.0, 6.1; PCI Power Management 1.2, 3.2.4 and 5.6.1. */
#define PCI_COMMAND	0x04
#define PCI_COMMAND_MEMORY 0x2
#define PCI_COMMAND_MASTER 0x4
#define PCI_BAR0	0x10
#define PCI_ROM		0x30
#define PCI_INT_LINE	0x3c
#define CAP_PM		0x01
#define PM_CTRL		0x04
#define PM_STATE	0x3
#define PM_D3HOT	0x3
#define D3_TO_D0_US	10000

/* The command register last: it decodes by what stands in the others. */
static const struct { uint8_t reg, width; } header[DEV_HEADER] = {
	{ PCI_BAR0, 4 }, { PCI_BAR0 + 4, 4 }, { PCI_BAR0 + 8, 4 }, { PCI_BAR0 + 12, 4 },
	{ PCI_BAR0 + 16, 4 }, { PCI_BAR0 + 20, 4 }, { PCI_ROM, 4 }, { PCI_INT_LINE, 1 },
	{ PCI_COMMAND, 2 },
};

static uint32_t
conf_read(void *dev, unsigned reg)
{
	uint32_t v;

	return vfio_config_read(((struct hyp_dev *)dev)->vfio, reg, 4, &v) == 0 ? v : UINT32_MAX;
}

/* D0 or D3hot, where the device has power states. */
static void
set_state(struct hyp_dev *dev, unsigned state)
{
	unsigned cap;
	uint32_t v;

	if (pci_cap_find(conf_read, dev, CAP_PM, &cap) != 0 ||
	    vfio_config_read(dev->vfio, cap + PM_CTRL, 2, &v) != 0)
		return;
	vfio_config_write(dev->vfio, cap + PM_CTRL, 2, (v & ~(uint32_t)PM_STATE) | state);
	hyp_clock_delay(D3_TO_D0_US);
}

static void
power_off(struct hyp_dev *dev)
{
	const uint32_t on = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	unsigned i;

	for (i = 0; i < DEV_HEADER; i++)
		if (vfio_config_read(dev->vfio, header[i].reg, header[i].width,
		    &dev->header[i]) != 0)
			dev->header[i] = 0;
	vfio_config_write(dev->vfio, PCI_COMMAND, 2, dev->header[DEV_HEADER - 1] & ~on);
	set_state(dev, PM_D3HOT);
}

static void
power_on(struct hyp_dev *dev)
{
	struct vfio_err err = { "" };
	unsigned i;

	set_state(dev, 0);
	if (dev_reset_untold(dev, &err) != 0 && !dev->gone)
		rr_log(dev, HYP_LOG_WARN, "suspend: the device kept its registers, it cannot be "
		    "reset: %s", err.text);
	for (i = 0; i < DEV_HEADER; i++)
		vfio_config_write(dev->vfio, header[i].reg, header[i].width, dev->header[i]);
}

int
hyp_power(struct hyp_dev *dev, int on)
{
	int error;

	if (dev->asleep == !on)
		return 0;
	hyp_trace(dev, "power", on ? "on" : "off", 0, 0);
	if (turn_mine()) {
		rr_call(RR_POWER, 1, (uint64_t)(on != 0));
		rr_done();
	}
	if (!on) {
		intr_hold(dev);
		bar_sleep(dev, true);
		if (!rr_replays())
			power_off(dev);
		return 0;
	}
	if (!rr_replays())
		power_on(dev);
	bar_sleep(dev, false);
	error = intr_release(dev);
	if (turn_mine()) {
		rr_call(RR_POWERED, 0);
		error = (int)rr_result((uint64_t)error);
		rr_done();
	}
	return error;
}
