/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cfgbuild.c - a model's start() builds its config space here: header, BARs, capabilities.
 *
 * Sources: PCI Local Bus 3.0 ch. 6, PCI Express base spec 4.0 ch. 7, PCI Power Management 1.2.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/sim/dev_int.h"

static void
put(uint8_t *p, unsigned size, uint32_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t
sim_cfg_read(struct sim_dev *dev, unsigned off, unsigned size)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < size && off + i < SIM_CFG_SIZE; i++)
		v |= (uint32_t)dev->cfg[off + i] << (8 * i);
	return v;
}

void
sim_cfg_poke(struct sim_dev *dev, unsigned off, unsigned size, uint32_t value)
{
	if (off + size <= SIM_CFG_SIZE)
		put(dev->cfg + off, size, value);
}

void
sim_cfg_wmask(struct sim_dev *dev, unsigned off, unsigned size, uint32_t mask)
{
	for (unsigned i = 0; i < size && off + i < SIM_CFG_SIZE; i++)
		dev->wmask[off + i] |= (uint8_t)(mask >> (8 * i));
}

void
sim_cfg_ids(struct sim_dev *dev, const struct sim_ids *ids)
{
	sim_cfg_poke(dev, PCI_VENDOR_ID, 2, ids->vendor);
	sim_cfg_poke(dev, PCI_DEVICE_ID, 2, ids->device);
	sim_cfg_poke(dev, PCI_CLASS_REVISION, 4, ids->class_code << 8 | ids->revision);
	sim_cfg_poke(dev, PCI_SUBSYSTEM_VENDOR_ID, 2, ids->subvendor);
	sim_cfg_poke(dev, PCI_SUBSYSTEM_ID, 2, ids->subdevice);
	sim_cfg_poke(dev, PCI_INTERRUPT_PIN, 1, ids->int_pin);
	dev->int_pin = ids->int_pin;
	sim_cfg_wmask(dev, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
	    PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	sim_cfg_wmask(dev, PCI_CACHE_LINE_SIZE, 1, 0xff);
	sim_cfg_wmask(dev, PCI_INTERRUPT_LINE, 1, 0xff);
	put(dev->w1c + PCI_STATUS, 2, PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT |
	    PCI_STATUS_REC_TARGET_ABORT | PCI_STATUS_REC_MASTER_ABORT |
	    PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY);
}

int
sim_cfg_bar(struct sim_dev *dev, unsigned bar, unsigned flags, uint64_t size)
{
	unsigned off = PCI_BASE_ADDRESS_0 + 4 * bar;
	bool io = (flags & SIM_BAR_IO) != 0, wide = (flags & SIM_BAR_MEM64) != 0;
	uint64_t mask = ~(size - 1);

	if (bar >= SIM_NBARS || (wide && (io || bar + 1 >= SIM_NBARS)) ||
	    size < (io ? 4u : 16u) || (size & (size - 1)) != 0 ||
	    (!wide && size > UINT32_C(0x80000000)) || dev->bars[bar].size != 0)
		return EINVAL;
	dev->bars[bar].size = size;
	dev->bars[bar].flags = flags;
	dev->bars[bar].width = 4;
	sim_cfg_poke(dev, off, 4, flags);
	sim_cfg_wmask(dev, off, 4, (uint32_t)mask & (io ? ~3u : ~15u));
	if (wide)
		sim_cfg_wmask(dev, off + 4, 4, (uint32_t)(mask >> 32));
	if (io)
		sim_cfg_wmask(dev, PCI_COMMAND, 2, PCI_COMMAND_IO);
	return 0;
}

void
sim_bar_width(struct sim_dev *dev, unsigned bar, unsigned width)
{
	if (bar < SIM_NBARS && (width == 1 || width == 2 || width == 4 || width == 8))
		dev->bars[bar].width = width;
}

int
sim_bar_memory(struct sim_dev *dev, unsigned bar, uint64_t off, uint64_t len, void **vap)
{
	struct sim_bar *b;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (bar >= SIM_NBARS)
		return EINVAL;
	b = &dev->bars[bar];
	if (len == 0 || off % page != 0 || len % page != 0 || off > b->size ||
	    len > b->size - off || b->nareas == SIM_MAX_AREAS)
		return EINVAL;
	if (b->fd < 0) {
		b->fd = memfd_create("sim-bar", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (b->fd < 0)
			return errno;
		if (ftruncate(b->fd, (off_t)b->size) != 0)
			return errno;
		/* The client gets this descriptor: it must not shrink it under our feet. */
		(void)fcntl(b->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
		b->va = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
		if (b->va == MAP_FAILED) {
			b->va = NULL;
			return errno;
		}
	}
	b->areas[b->nareas++] = (struct sim_area){ off, len };
	*vap = b->va + off;
	return 0;
}

/* Links a capability of len bytes (header included) at a place of its own. 0: no room. */
static unsigned
new_cap(struct sim_dev *dev, uint8_t id, size_t len)
{
	unsigned off = dev->cap_free;

	if (len > 256 || off + len > 256)
		return 0;
	dev->cap_free = (off + (unsigned)len + 3) & ~3u;
	dev->cfg[off] = id;
	if (dev->last_cap == 0)
		dev->cfg[PCI_CAPABILITY_LIST] = (uint8_t)off;
	else
		dev->cfg[dev->last_cap + 1] = (uint8_t)off;
	dev->last_cap = off;
	dev->cfg[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	return off;
}

int
sim_cap_pm(struct sim_dev *dev, uint16_t pmc, uint16_t pmcsr)
{
	unsigned off = new_cap(dev, PCI_CAP_ID_PM, PCI_PM_SIZEOF);

	if (off == 0)
		return ENOSPC;
	dev->pm = off;
	sim_cfg_poke(dev, off + PCI_PM_PMC, 2, pmc);
	sim_cfg_poke(dev, off + PCI_PM_CTRL, 2, pmcsr);
	sim_cfg_wmask(dev, off + PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE |
	    PCI_PM_CTRL_DATA_SEL_MASK);
	put(dev->w1c + off + PCI_PM_CTRL, 2, PCI_PM_CTRL_PME_STATUS);
	return 0;
}

int
sim_cap_msi(struct sim_dev *dev, unsigned nvec, bool addr64, bool maskable)
{
	unsigned log2 = 0, data = addr64 ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32;
	unsigned len = data + 4u + (maskable ? 8u : 0u), off;

	while ((1u << log2) < nvec)
		log2++;
	if (nvec == 0 || nvec > 32 || (1u << log2) != nvec)
		return EINVAL;
	off = new_cap(dev, PCI_CAP_ID_MSI, len - (maskable ? 0u : 2u));
	if (off == 0)
		return ENOSPC;
	dev->msi = off;
	dev->msi_nvec = nvec;
	sim_cfg_poke(dev, off + PCI_MSI_FLAGS, 2, log2 << 1 | (addr64 ? PCI_MSI_FLAGS_64BIT : 0u) |
	    (maskable ? PCI_MSI_FLAGS_MASKBIT : 0u));
	sim_cfg_wmask(dev, off + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	sim_cfg_wmask(dev, off + PCI_MSI_ADDRESS_LO, 4, ~3u);
	if (addr64)
		sim_cfg_wmask(dev, off + PCI_MSI_ADDRESS_HI, 4, ~0u);
	sim_cfg_wmask(dev, off + data, 2, 0xffff);
	if (maskable) {
		dev->msi_mask = off + data + 4u;
		sim_cfg_wmask(dev, dev->msi_mask, 4,
		    nvec == 32 ? ~0u : (1u << nvec) - 1);
	}
	return 0;
}

static bool
fits(const struct sim_dev *dev, unsigned bar, uint64_t off, uint64_t len)
{
	return bar < SIM_NBARS && off % 8 == 0 && off + len <= dev->bars[bar].size;
}

int
sim_cap_msix(struct sim_dev *dev, unsigned nvec, unsigned table_bar, uint32_t table_off,
    unsigned pba_bar, uint32_t pba_off)
{
	struct sim_msix *m = &dev->msix;
	unsigned off;

	if (nvec == 0 || nvec > SIM_MAX_VEC || !fits(dev, table_bar, table_off, 16u * nvec) ||
	    !fits(dev, pba_bar, pba_off, (nvec + 63) / 64 * 8))
		return EINVAL;
	off = new_cap(dev, PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF);
	if (off == 0)
		return ENOSPC;
	m->table = calloc(nvec, 16);
	if (m->table == NULL)
		return ENOMEM;
	m->nvec = nvec;
	m->cap = off;
	m->table_bar = table_bar;
	m->table_off = table_off;
	m->pba_bar = pba_bar;
	m->pba_off = pba_off;
	sim_cfg_poke(dev, off + PCI_MSIX_FLAGS, 2, nvec - 1);
	sim_cfg_poke(dev, off + PCI_MSIX_TABLE, 4, table_off | table_bar);
	sim_cfg_poke(dev, off + PCI_MSIX_PBA, 4, pba_off | pba_bar);
	sim_cfg_wmask(dev, off + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	return 0;
}

int
sim_cap_pcie(struct sim_dev *dev, const struct sim_pcie *p)
{
	unsigned type = p->legacy ? PCI_EXP_TYPE_LEG_END : PCI_EXP_TYPE_ENDPOINT;
	unsigned off = new_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_EXP_ENDPOINT_SIZEOF_V2);

	if (off == 0)
		return ENOSPC;
	dev->pcie = off;
	dev->flr = (p->devcap & PCI_EXP_DEVCAP_FLR) != 0;
	sim_cfg_poke(dev, off + PCI_EXP_FLAGS, 2, 2 | type << 4);
	sim_cfg_poke(dev, off + PCI_EXP_DEVCAP, 4, p->devcap);
	sim_cfg_poke(dev, off + PCI_EXP_DEVCTL, 2, p->devctl);
	sim_cfg_poke(dev, off + PCI_EXP_LNKCAP, 4, p->lnkcap);
	sim_cfg_poke(dev, off + PCI_EXP_LNKCTL, 2, p->lnkctl);
	sim_cfg_poke(dev, off + PCI_EXP_LNKSTA, 2, p->lnksta);
	sim_cfg_poke(dev, off + PCI_EXP_DEVCAP2, 4, p->devcap2);
	sim_cfg_poke(dev, off + PCI_EXP_DEVCTL2, 2, p->devctl2);
	sim_cfg_poke(dev, off + PCI_EXP_LNKCAP2, 4, p->lnkcap2);
	sim_cfg_poke(dev, off + PCI_EXP_LNKCTL2, 2, p->lnkctl2);
	sim_cfg_poke(dev, off + PCI_EXP_LNKSTA2, 2, p->lnksta2);
	sim_cfg_wmask(dev, off + PCI_EXP_DEVCTL, 2, 0x7fff);
	put(dev->w1c + off + PCI_EXP_DEVSTA, 2, 0x000f);
	sim_cfg_wmask(dev, off + PCI_EXP_LNKCTL, 2, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB |
	    PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES | PCI_EXP_LNKCTL_CLKREQ_EN);
	sim_cfg_wmask(dev, off + PCI_EXP_DEVCTL2, 2, PCI_EXP_DEVCTL2_COMP_TIMEOUT |
	    PCI_EXP_DEVCTL2_COMP_TMOUT_DIS | PCI_EXP_DEVCTL2_LTR_EN);
	sim_cfg_wmask(dev, off + PCI_EXP_LNKCTL2, 2, PCI_EXP_LNKCTL2_TLS);
	return 0;
}

int
sim_extcap_raw(struct sim_dev *dev, uint16_t id, unsigned version, const void *data,
    const void *wmask, size_t len, unsigned *offp)
{
	unsigned off = dev->ext_free;
	const uint8_t *mask = wmask;
	uint32_t head;

	/* Extended config space exists only with a PCIe capability. */
	if (dev->pcie == 0)
		return EINVAL;
	if (len > SIM_CFG_SIZE || off + 4 + len > SIM_CFG_SIZE)
		return ENOSPC;
	dev->ext_free = (off + 4 + (unsigned)len + 3) & ~3u;
	sim_cfg_poke(dev, off, 4, (uint32_t)id | (version & 15u) << 16);
	if (dev->last_ext != 0) {
		head = sim_cfg_read(dev, dev->last_ext, 4) & 0xfffffu;
		sim_cfg_poke(dev, dev->last_ext, 4, head | off << 20);
	}
	dev->last_ext = off;
	memcpy(dev->cfg + off + 4, data, len);
	for (size_t i = 0; mask != NULL && i < len; i++)
		dev->wmask[off + 4 + i] |= mask[i];
	if (offp != NULL)
		*offp = off;
	return 0;
}
