/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simbus.c - autoconf, pmf, PCI, interrupts, firmware: see simkern.h.
 */
#include "simkern.h"
#include "simpmf.h"

unsigned k_msix, k_msi, k_intx;
uint32_t k_command;
bool k_no_msix_memory;
const char *k_file;
const char *const k_files[2] = { "if_toy/iwlwifi-7260-17.ucode", "toy/iwlwifi-7260-17.ucode" };

struct device { char name[16]; void *private; };
static struct device unit = { .name = "toy0" };
extern struct cfattach toy_ca;			/* PDK_PCI_DRIVER() */

/* ---- autoconf ---- */

static void (*when_interrupts)(device_t), (*when_root)(device_t);

void *
device_private(device_t dev)
{
	return dev->private;
}

const char *
device_xname(device_t dev)
{
	return dev->name;
}

void
config_interrupts(device_t dev, void (*fn)(device_t))
{
	KASSERT(dev == &unit && cold);
	when_interrupts = fn;
}

void
config_mountroot(device_t dev, void (*fn)(device_t))
{
	KASSERT(dev == &unit);
	when_root = fn;
}

static void
line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	k_message(fmt, ap);
	va_end(ap);
}

static void
say_dev(device_t dev, const char *fmt, va_list ap)
{
	line("%s: ", dev->name);
	k_message(fmt, ap);
}

#define APRINT(name)						\
void								\
name(device_t dev, const char *fmt, ...)			\
{								\
	va_list ap;						\
								\
	va_start(ap, fmt);					\
	say_dev(dev, fmt, ap);					\
	va_end(ap);						\
}
APRINT(aprint_normal_dev)
APRINT(aprint_verbose_dev)
APRINT(aprint_error_dev)

bool
k_match(uint16_t vendor, uint16_t product)
{
	struct pci_attach_args pa = { .pa_id = vendor | (uint32_t)product << 16 };

	return toy_ca.ca_match(NULL, NULL, &pa) != 0;
}

/* Interrupts are on when it returns: what config_interrupts(9) put off has run. */
int
k_attach(void)
{
	static struct k_dmatag tag = { 0xffffffff }, tag64 = { UINT64_MAX };
	struct pci_attach_args pa = { .pa_id = 0x1234 | 0x11e8u << 16, .pa_intrpin = 1,
	    .pa_dmat = &tag, .pa_dmat64 = &tag64 };
	size_t was = strlen(k_console);

	KASSERT(toy_ca.ca_flags == DVF_DETACH_SHUTDOWN && unit.private == NULL);
	unit.private = k_take(toy_ca.ca_devsize);
	cold = 1;
	toy_ca.ca_attach(NULL, &unit, &pa);
	if (strstr(k_console + was, "couldn't create a thread") == NULL)
		(void)k_interrupts();
	if (strstr(k_console + was, "not attached") == NULL &&
	    strstr(k_console + was, "couldn't") == NULL)
		return 0;
	(void)k_detach();		/* as drvctl -d */
	return EIO;
}

bool
k_interrupts(void)
{
	void (*fn)(device_t) = when_interrupts;

	when_interrupts = NULL;
	cold = 0;
	if (fn != NULL)
		fn(&unit);
	return fn != NULL;
}

void
k_boot(void)
{
	void (*fn)(device_t) = when_root;

	when_root = NULL;
	if (fn != NULL)
		fn(&unit);
}

int
k_detach(void)
{
	int error = toy_ca.ca_detach(&unit, 0);

	if (error != 0)
		return error;
	when_interrupts = when_root = NULL;
	k_give(unit.private);
	unit.private = NULL;
	return 0;
}

/* ---- pmf ---- */

static void	power_off(void);

static bool (*suspend)(device_t, const pmf_qual_t *), (*resume)(device_t, const pmf_qual_t *);
static bool registered;
void (*k_net_sleep)(void), (*k_net_wake)(void);

bool
k_pmf(device_t dev, bool (*s)(device_t, const pmf_qual_t *),
    bool (*r)(device_t, const pmf_qual_t *))
{
	KASSERT(dev == &unit && !registered);
	registered = true;
	suspend = s;
	resume = r;
	return true;
}

void
pmf_device_deregister(device_t dev)
{
	KASSERT(dev == &unit && registered);
	registered = false;
	suspend = resume = NULL;
}

/* The class first: the interface is stopped. */
int
k_suspend(void)
{
	if (k_net_sleep != NULL)
		k_net_sleep();
	if (suspend != NULL && !suspend(&unit, NULL))
		return EBUSY;
	power_off();
	return 0;
}

int
k_resume(void)
{
	bool ok = resume == NULL || resume(&unit, NULL);

	if (ok && k_net_wake != NULL)
		k_net_wake();
	return ok ? 0 : EIO;
}

/* ---- configuration space, BARs ---- */

void
pci_aprint_devinfo(const struct pci_attach_args *pa, const char *naive)
{
	KASSERT(pa != NULL && naive == NULL);
	line(": a device\n");
}

pcireg_t
pci_conf_read(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < 256);
	return reg == PCI_COMMAND_STATUS_REG ? k_command : 0;
}

void
pci_conf_write(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg, pcireg_t val)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < 256);
	if (reg == PCI_COMMAND_STATUS_REG)
		k_command = val;
}

/* 1: found. */
int
pci_get_capability(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int cap, int *off,
    pcireg_t *val __unused)
{
	if (cap != PCI_CAP_MSIX || k_msix == 0)
		return 0;
	if (off != NULL)
		*off = 0x40;
	return 1;
}

/* BAR 0 is of 64 bits, BAR 2 of 32, BAR 3 in I/O space. */
pcireg_t
pci_mapreg_type(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	return reg == 0x10 ? PCI_MAPREG_MEM_TYPE_64BIT : reg == 0x1c ? PCI_MAPREG_TYPE_IO : 0;
}

int
pci_mapreg_map(const struct pci_attach_args *pa __unused, int reg, pcireg_t type,
    int flags __unused, bus_space_tag_t *t, bus_space_handle_t *h, bus_addr_t *base,
    bus_size_t *size)
{
	KASSERT(base == NULL && type == pci_mapreg_type(0, 0, reg));
	if (reg != 0x10 && reg != 0x18)
		return 1;
	*t = 1;
	*h = reg;
	*size = 0x1000;
	k_live++;
	return 0;
}

void
bus_space_unmap(bus_space_tag_t t __unused, bus_space_handle_t h __unused, bus_size_t size)
{
	KASSERT(size == 0x1000);
	k_live--;
}

/* ---- interrupts ---- */

struct handler { int (*fn)(void *); void *arg; bool used, safe, lost; };
static struct handler handlers[16];
static int reserved;

int
pci_msi_count(pci_chipset_tag_t pc __unused, pcitag_t tag __unused)
{
	return (int)k_msi;
}

int
pci_msix_count(pci_chipset_tag_t pc __unused, pcitag_t tag __unused)
{
	return (int)k_msix;
}

int
pci_intr_alloc(const struct pci_attach_args *pa __unused, pci_intr_handle_t **ihp, int *counts,
    pci_intr_type_t max)
{
	int n = counts[max], have[PCI_INTR_TYPE_SIZE] = { k_intx != 0, (int)k_msi, (int)k_msix };

	KASSERT(reserved == 0 && n > 0);
	if (n > have[max] || (max == PCI_INTR_TYPE_MSI && (n & (n - 1)) != 0) ||
	    (max == PCI_INTR_TYPE_MSIX && k_no_msix_memory))
		return 1;
	*ihp = k_malloc((size_t)n * sizeof(**ihp), KM_SLEEP);
	for (reserved = 0; reserved < n; reserved++)
		(*ihp)[reserved] = reserved;
	return 0;
}

void
pci_intr_release(pci_chipset_tag_t pc __unused, pci_intr_handle_t *ih, int n)
{
	int i;

	KASSERT(n == reserved);
	for (i = 0; i < n; i++)
		KASSERT(!handlers[i].used);
	k_free(ih, (size_t)n * sizeof(*ih));
	reserved = 0;
}

int
pci_intr_setattr(pci_chipset_tag_t pc __unused, pci_intr_handle_t *ih, int attr, uint64_t on)
{
	KASSERT(attr == PCI_INTR_MPSAFE && on);
	handlers[*ih].safe = true;
	return 0;
}

void *
pci_intr_establish_xname(pci_chipset_tag_t pc __unused, pci_intr_handle_t ih, int ipl,
    int (*fn)(void *), void *arg, const char *name)
{
	struct handler *h = &handlers[ih];

	KASSERT(ipl == IPL_NET && !h->used && h->safe && strncmp(name, "toy0", 4) == 0);
	*h = (struct handler){ fn, arg, true, true, false };
	k_live++;
	return h;
}

void
pci_intr_disestablish(pci_chipset_tag_t pc __unused, void *cookie)
{
	struct handler *h = cookie;

	KASSERT(h->used && !k_self->interrupt && k_self->nlocks == 0);
	h->used = h->safe = false;
	k_live--;
}

static void
hard(void *arg)
{
	struct handler *h = arg;

	(void)h->fn(h->arg);
}

/* The device forgets what connects its vectors. */
static void
power_off(void)
{
	unsigned i;

	for (i = 0; i < __arraycount(handlers); i++)
		handlers[i].lost = true;
}

void
k_interrupt(unsigned vec)
{
	struct handler *h = &handlers[vec];

	if (h->used && !h->lost)
		k_in_interrupt("interrupt", hard, h);
	if (!k_hold_softints)
		k_softints();
}

/* ---- firmware ---- */

struct firmware_handle { int open; };

int
firmware_open(const char *class, const char *name, firmware_handle_t *fh)
{
	char path[128];

	KASSERT(!k_self->interrupt && k_self->nlocks == 0);
	snprintf(path, sizeof(path), "%s/%s", class, name);
	if (k_file == NULL || strcmp(path, k_file) != 0)
		return ENOENT;
	*fh = k_malloc(sizeof(**fh), KM_SLEEP);
	return 0;
}

off_t
firmware_get_size(firmware_handle_t fh)
{
	KASSERT(fh != NULL);
	return 5;
}

int
firmware_read(firmware_handle_t fh, off_t off, void *to, size_t n)
{
	KASSERT(fh != NULL && off == 0 && n == 5);
	memcpy(to, "hello", n);
	return 0;
}

void
firmware_close(firmware_handle_t fh)
{
	k_free(fh, sizeof(*fh));
}

void *
firmware_malloc(size_t n)
{
	return k_malloc(n, KM_SLEEP);
}

void
firmware_free(void *p, size_t n)
{
	k_free(p, n);
}
