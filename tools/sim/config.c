/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.c - config space as the client reads and writes it, and what the registers there
 * control: decoding, bus master, power states, function level reset, interrupt masks.
 */
#include <string.h>

#include "tools/sim/dev_int.h"

void
sim_conf_reset(struct sim_dev *dev)
{
	memcpy(dev->cfg, dev->init, sizeof(dev->cfg));
}

unsigned
sim_power_state(struct sim_dev *dev)
{
	if (dev->pm == 0)
		return 0;
	return dev->cfg[dev->pm + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK;
}

bool
sim_bus_master(struct sim_dev *dev)
{
	return (dev->cfg[PCI_COMMAND] & PCI_COMMAND_MASTER) != 0;
}

bool
sim_decodes(struct sim_dev *dev, unsigned bar)
{
	unsigned bit = (dev->bars[bar].flags & SIM_BAR_IO) != 0 ? PCI_COMMAND_IO :
	    PCI_COMMAND_MEMORY;

	return (dev->cfg[PCI_COMMAND] & bit) != 0 && sim_power_state(dev) == 0;
}

void
sim_conf_read(struct sim_dev *dev, unsigned off, uint8_t *buf, unsigned len)
{
	if (dev->fault.gone) {
		memset(buf, 0xff, len);
		return;
	}
	memcpy(buf, dev->cfg + off, len);
}

/* Whether the bytes [off, off+len) hold any of the register of size bytes at reg. */
static bool
touches(unsigned off, unsigned len, unsigned reg, unsigned size)
{
	return reg != 0 && off < reg + size && reg < off + len;
}

static void
power_change(struct sim_dev *dev, unsigned before)
{
	unsigned off = dev->pm + PCI_PM_CTRL, now = sim_power_state(dev);

	/* A write of a state that the card does not have (D1, D2) leaves the state alone. */
	if (now == 1 || now == 2) {
		dev->cfg[off] = (uint8_t)((dev->cfg[off] & ~PCI_PM_CTRL_STATE_MASK) | before);
		return;
	}
	if (before == 3 && now == 0 && (dev->cfg[off] & PCI_PM_CTRL_NO_SOFT_RESET) == 0)
		sim_dev_reset(dev, SIM_RESET_D3);
}

static void
store(struct sim_dev *dev, unsigned off, const uint8_t *buf, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		uint8_t m = dev->wmask[off + i], c = dev->w1c[off + i];
		uint8_t *p = &dev->cfg[off + i];

		*p = (uint8_t)(((*p & ~m) | (buf[i] & m)) & ~(buf[i] & c));
	}
}

void
sim_conf_write(struct sim_dev *dev, unsigned off, const uint8_t *buf, unsigned len)
{
	unsigned before = sim_power_state(dev), flr = dev->pcie + PCI_EXP_DEVCTL + 1;

	if (dev->fault.gone)
		return;
	store(dev, off, buf, len);
	/* Initiate Function Level Reset: bit 15 of Device Control, reads as zero. */
	if (dev->flr && touches(off, len, flr, 1) && (buf[flr - off] & 0x80) != 0) {
		sim_dev_reset(dev, SIM_RESET_FLR);
		return;
	}
	if (dev->pm != 0 && touches(off, len, dev->pm + PCI_PM_CTRL, 1))
		power_change(dev, before);
	if (touches(off, len, PCI_COMMAND, 2) || touches(off, len, dev->msi_mask, 4) ||
	    (dev->msix.cap != 0 && touches(off, len, dev->msix.cap + PCI_MSIX_FLAGS, 2)))
		sim_intr_recheck(dev);
	if (dev->model->conf_write != NULL)
		dev->model->conf_write(dev->state, off, len);
}
