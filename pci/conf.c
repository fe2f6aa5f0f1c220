/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space: capabilities and BARs, over any function that reads it.  A device
 * may be broken or gone, so no list is trusted to end.
 */
#include <errno.h>

#include "pci/pci.h"

#define CONF_STATUS_CAPS	0x00100000	/* in the dword at 0x04 */
#define CONF_CAP_PTR		0x34
#define CONF_HDR_END		0x40
#define CONF_SIZE		0x100
#define CONF_EXT_SIZE		0x1000
#define CONF_HDR_TYPE		0x0c		/* the dword with it, in bits 16 to 22 */
#define CONF_BAR0		0x10

#define CAPS_MAX		((CONF_SIZE - CONF_HDR_END) / 4)
#define EXTCAPS_MAX		((CONF_EXT_SIZE - CONF_SIZE) / 8)

/* Visit the classic list; visit() returns nonzero to stop. */
static int
walk(pci_conf_read_fn rd, void *ctx, int (*visit)(void *, const struct pci_cap *), void *arg)
{
	uint32_t reg = rd(ctx, 0x04);
	unsigned off, n;

	if (reg == UINT32_MAX)
		return EIO;
	if ((reg & CONF_STATUS_CAPS) == 0)
		return 0;
	off = rd(ctx, CONF_CAP_PTR) & 0xfc;
	for (n = 0; off != 0; n++) {
		struct pci_cap cap;

		if (off < CONF_HDR_END || n == CAPS_MAX)
			return EIO;
		reg = rd(ctx, off);
		if (reg == UINT32_MAX)
			return EIO;
		cap = (struct pci_cap){ .id = reg & 0xff, .off = (uint16_t)off };
		if (visit(arg, &cap))
			return 0;
		off = (reg >> 8) & 0xfc;
	}
	return 0;
}

static int
walk_ext(pci_conf_read_fn rd, void *ctx, int (*visit)(void *, const struct pci_cap *), void *arg)
{
	unsigned off = CONF_SIZE, n;

	for (n = 0; off != 0; n++) {
		uint32_t reg;
		struct pci_cap cap;

		if (off < CONF_SIZE || n == EXTCAPS_MAX)
			return EIO;
		reg = rd(ctx, off);
		/* A device without extended space reads all ones or zero at its start. */
		if (reg == 0 || reg == UINT32_MAX)
			return off == CONF_SIZE ? 0 : EIO;
		cap = (struct pci_cap){ .id = reg & 0xffff, .off = (uint16_t)off,
		    .extended = true };
		if (visit(arg, &cap))
			return 0;
		off = (reg >> 20) & 0xffc;
	}
	return 0;
}

struct find {
	unsigned	id, off;
};

static int
find_visit(void *arg, const struct pci_cap *cap)
{
	struct find *f = arg;

	if (cap->id != f->id)
		return 0;
	f->off = cap->off;
	return 1;
}

int
pci_cap_find(pci_conf_read_fn rd, void *ctx, unsigned cap, unsigned *off)
{
	struct find f = { .id = cap };
	int error = walk(rd, ctx, find_visit, &f);

	if (error != 0)
		return error;
	if (f.off == 0)
		return ENOENT;
	*off = f.off;
	return 0;
}

struct list {
	struct pci_cap	*caps;
	size_t		 max, n;
	bool		 loops;
};

static int
list_visit(void *arg, const struct pci_cap *cap)
{
	struct list *l = arg;

	for (size_t i = 0; i < l->n; i++)
		if (l->caps[i].off == cap->off)
			l->loops = true;
	if (l->loops || l->n == l->max)
		return 1;
	l->caps[l->n++] = *cap;
	return 0;
}

int
pci_cap_list(pci_conf_read_fn rd, void *ctx, struct pci_cap *caps, size_t max, size_t *n)
{
	struct list l = { .caps = caps, .max = max };
	int error;

	error = walk(rd, ctx, list_visit, &l);
	if (error == 0 && !l.loops)
		error = walk_ext(rd, ctx, list_visit, &l);
	*n = l.n;
	return l.loops ? EIO : error;
}

const char *
pci_cap_name(const struct pci_cap *cap)
{
	static const char *const names[] = {
		[0x01] = "Power Management", [0x03] = "Vital Product Data", [0x05] = "MSI",
		[0x09] = "Vendor Specific", [0x0a] = "Debug Port", [0x0d] = "Subsystem",
		[0x10] = "PCI Express", [0x11] = "MSI-X", [0x12] = "SATA",
		[0x13] = "Advanced Features", [0x14] = "Enhanced Allocation",
	};
	static const char *const ext[] = {
		[0x01] = "Advanced Error Reporting", [0x02] = "Virtual Channel",
		[0x03] = "Device Serial Number", [0x04] = "Power Budgeting",
		[0x0b] = "Vendor Specific", [0x0d] = "Access Control Services",
		[0x0e] = "Alternative Routing-ID", [0x0f] = "Address Translation",
		[0x10] = "Single Root I/O Virtualization", [0x15] = "Resizable BAR",
		[0x18] = "Latency Tolerance Reporting", [0x1b] = "Process Address Space ID",
		[0x1e] = "L1 PM Substates",
	};
	const char *const *tab = cap->extended ? ext : names;
	size_t n = cap->extended ? sizeof(ext) / sizeof(*ext) : sizeof(names) / sizeof(*names);

	return cap->id < n ? tab[cap->id] : NULL;
}

/* How many BARs there are: a bridge has two (PCI-to-PCI Bridge 1.2, 3.2), one to CardBus one. */
static unsigned
nbars(pci_conf_read_fn rd, void *ctx)
{
	static const unsigned n[] = { 6, 2, 1 };
	unsigned type = rd(ctx, CONF_HDR_TYPE) >> 16 & 0x7f;

	return type < sizeof(n) / sizeof(*n) ? n[type] : 0;
}

void
pci_bar_decode(pci_conf_read_fn rd, void *ctx, unsigned bar, struct pci_bar *b)
{
	unsigned i, n = nbars(rd, ctx);
	uint32_t reg = 0;

	*b = (struct pci_bar){ .index = (uint8_t)bar };
	if (bar >= n)
		return;
	/* From the start, because a BAR may be the upper half of the one before. */
	for (i = 0; i <= bar; i++) {
		reg = rd(ctx, CONF_BAR0 + 4 * i);
		b->io = reg & 1;
		b->is64 = !b->io && (reg & 6) == 4;
		if (b->is64 && i < bar && ++i == bar) {
			b->is64 = false;
			return;
		}
	}
	if (reg == 0 || reg == UINT32_MAX)
		return;
	b->present = true;
	b->prefetch = !b->io && (reg & 8);
	b->addr = reg & (b->io ? ~(uint32_t)3 : ~(uint32_t)15);
	if (b->is64 && bar + 1 < n)
		b->addr |= (uint64_t)rd(ctx, CONF_BAR0 + 4 * (bar + 1)) << 32;
}
