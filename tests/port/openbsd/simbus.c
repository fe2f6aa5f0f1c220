/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simbus.c - PCI, interrupts, autoconf: see simkern.h.
 */
#include "simkern.h"

unsigned k_msix, k_msi, k_intx;
uint32_t k_conf[64];

/* ---- PCI ---- */

void
bus_space_unmap(bus_space_tag_t t __unused, bus_space_handle_t h __unused,
    bus_size_t size __unused)
{
	k_live--;
}

int
pci_conf_size(pci_chipset_tag_t pc __unused, pcitag_t tag __unused)
{
	return sizeof(k_conf);
}

pcireg_t
pci_conf_read(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < (int)sizeof(k_conf));
	return k_conf[reg / 4];
}

void
pci_conf_write(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg, pcireg_t val)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < (int)sizeof(k_conf));
	k_conf[reg / 4] = val;
}

/* MSI-X at 0x40, with as many vectors as there are. */
int
pci_get_capability(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int cap, int *off,
    pcireg_t *val __unused)
{
	if (cap != PCI_CAP_MSIX || k_msix == 0)
		return 0;
	*off = 0x40;
	k_conf[0x10] = PCI_CAP_MSIX | (k_msix - 1) << 16;
	return 1;
}

/* BAR 0 is of 64 bits, BAR 2 of 32, BAR 3 in I/O space. */
pcireg_t
pci_mapreg_type(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	return reg == 0x10 ? PCI_MAPREG_MEM_TYPE_64BIT : reg == 0x1c ? 1 : 0;
}

int
pci_mapreg_probe(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t *type)
{
	*type = pci_mapreg_type(pc, tag, reg);
	return reg == 0x10 || reg == 0x18 || reg == 0x1c;
}

int
pci_mapreg_map(struct pci_attach_args *pa __unused, int reg, pcireg_t type __unused,
    int flags __unused, bus_space_tag_t *t, bus_space_handle_t *h, bus_addr_t *base __unused,
    bus_size_t *size, bus_size_t maxsize __unused)
{
	*t = 1;
	*h = reg;
	*size = 0x1000;
	k_live++;
	return 0;
}

struct handler {
	int	(*fn)(void *);
	void	*arg;
	int	 used, barrier;
};
static struct handler handlers[16];

int
pci_intr_map_msix(struct pci_attach_args *pa __unused, int vec, pci_intr_handle_t *ih)
{
	*ih = vec;
	return (unsigned)vec >= k_msix;
}

int
pci_intr_map_msi(struct pci_attach_args *pa __unused, pci_intr_handle_t *ih)
{
	*ih = 0;
	return k_msi == 0;
}

int
pci_intr_map(struct pci_attach_args *pa __unused, pci_intr_handle_t *ih)
{
	*ih = 0;
	return k_intx == 0;
}

void *
pci_intr_establish(pci_chipset_tag_t pc __unused, pci_intr_handle_t ih, int ipl,
    int (*fn)(void *), void *arg, const char *name)
{
	struct handler *h = &handlers[ih];

	KASSERT(ipl == IPL_NET && !h->used && *name != '\0');
	*h = (struct handler){ fn, arg, 1, 0 };
	k_live++;
	return h;
}

void
intr_barrier(void *cookie)
{
	((struct handler *)cookie)->barrier = 1;
}

void
pci_intr_disestablish(pci_chipset_tag_t pc __unused, void *cookie)
{
	struct handler *h = cookie;

	KASSERT(h->used && (cold || h->barrier));	/* nobody may be on the way to it */
	h->used = 0;
	k_live--;
}

void
k_interrupt(unsigned vec)
{
	int ipl = k_ipl;

	KASSERT(ipl < IPL_NET);
	k_ipl = IPL_NET;
	if (handlers[vec].used)
		handlers[vec].fn(handlers[vec].arg);
	KASSERT(k_ipl == IPL_NET);
	k_ipl = ipl;
}

/* ---- autoconf ---- */

static struct device *waits;
static void (*waits_fn)(struct device *);

void
config_mountroot(struct device *dev, void (*fn)(struct device *))
{
	waits = dev;
	waits_fn = fn;
}

void
k_mount_root(void)
{
	cold = 0;
	waits_fn(waits);
}

/* ---- the device ---- */

extern const struct cfattach toy_ca;		/* PDK_PCI_DRIVER() */
static struct device *unit;
static const uint32_t unit_id = 0x1234 | 0x11e8u << 16;

bool
k_match(uint16_t vendor, uint16_t product)
{
	struct pci_attach_args pa = { .pa_id = vendor | (uint32_t)product << 16 };

	return toy_ca.ca_match(NULL, NULL, &pa) != 0;
}

int
k_attach(void)
{
	struct pci_attach_args pa = { .pa_id = unit_id };
	size_t was = strlen(k_console);

	KASSERT(unit == NULL);
	cold = 1;
	waits = NULL;
	unit = k_take(toy_ca.ca_devsize);
	strlcpy(unit->dv_xname, "toy0", sizeof(unit->dv_xname));
	toy_ca.ca_attach(NULL, unit, &pa);
	if (strstr(k_console + was, "not attached") == NULL)
		return 0;
	(void)k_detach();
	return EIO;
}

void
k_boot(void)
{
	k_mount_root();
}

int
k_detach(void)
{
	int error = toy_ca.ca_detach(unit, 0);

	k_give(unit);
	unit = NULL;
	return error;
}

int
k_suspend(void)
{
	return toy_ca.ca_activate(unit, DVACT_QUIESCE);
}

int
k_resume(void)
{
	return toy_ca.ca_activate(unit, DVACT_WAKEUP);
}
