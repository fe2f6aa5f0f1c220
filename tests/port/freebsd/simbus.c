/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simbus.c - newbus with one device, PCI, interrupts, the boot, firmware: see simkern.h.
 */
#include "simkern.h"

unsigned k_msix, k_msi, k_intx;
size_t k_bar_size = 0x1000;
const char *k_file;
const char *const k_files[2] = { "iwlwifi-7260-17.ucode", "iwm7260fw" };
bool k_firmware_on_root;

/* ---- newbus ---- */

struct device {
	driver_t	*driver;
	void		*softc;
};

extern driver_t *const k_driver_toy;
static struct device toy0;

void *
device_get_softc(device_t dev)
{
	return dev->softc;
}

driver_t *
device_get_driver(device_t dev)
{
	return dev->driver;
}

const char *
device_get_name(device_t dev)
{
	return dev->driver->name;
}

const char *
device_get_nameunit(device_t dev __unused)
{
	return "toy0";
}

int
device_get_unit(device_t dev __unused)
{
	return 0;
}

void
device_set_desc(device_t dev __unused, const char *desc)
{
	K_CHECK(desc != NULL);
}

int
device_printf(device_t dev, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	snprintf(text, sizeof(text), "%s: %s", device_get_nameunit(dev), fmt);
	va_start(ap, fmt);
	k_message(text, ap);
	va_end(ap);
	return 0;
}

static int
method(const char *name)
{
	device_method_t *m;

	for (m = toy0.driver->methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return ((int (*)(device_t))m->fn)(&toy0);
	k_panic("no such method", name, 0);
}

static uint16_t ids[5] = { 0x1234, 0x11e8, 0x1af4, 0x1100, 0x10 };

uint16_t
k_pci_id(device_t dev __unused, int what)
{
	return ids[what];
}

bool
k_match(uint16_t vendor, uint16_t product)
{
	int error;

	toy0.driver = k_driver_toy;
	ids[0] = vendor;
	ids[1] = product;
	error = method("device_probe");
	ids[0] = 0x1234;
	ids[1] = 0x11e8;
	return error <= 0;
}

int
k_attach(void)
{
	int error;

	cold = 1;
	toy0.driver = k_driver_toy;
	K_CHECK(toy0.softc == NULL && k_match(0x1234, 0x11e8));
	toy0.softc = k_malloc(toy0.driver->size, M_WAITOK | M_ZERO);
	error = method("device_attach");
	if (error != 0) {
		k_free(toy0.softc);
		toy0.softc = NULL;
	}
	return error;
}

int
k_detach(void)
{
	int error = method("device_detach");

	if (error == 0) {
		k_free(toy0.softc);
		toy0.softc = NULL;
		k_drain();
	}
	return error;
}

int
k_suspend(void)
{
	return method("device_suspend");
}

int
k_resume(void)
{
	return method("device_resume");
}

/* ---- the boot ---- */

static TAILQ_HEAD(, intr_config_hook) hooks = TAILQ_HEAD_INITIALIZER(hooks);
static bool root;

int
config_intrhook_establish(struct intr_config_hook *hook)
{
	TAILQ_INSERT_TAIL(&hooks, hook, link);
	k_live++;
	if (!cold)
		hook->ich_func(hook->ich_arg);
	return 0;
}

void
config_intrhook_disestablish(struct intr_config_hook *hook)
{
	struct intr_config_hook *h;

	TAILQ_FOREACH(h, &hooks, link)
		if (h == hook)
			break;
	K_CHECK(h != NULL);			/* once only */
	TAILQ_REMOVE(&hooks, hook, link);
	k_live--;
	wakeup(&hooks);
}

bool
k_boot_waits(void)
{
	return !TAILQ_EMPTY(&hooks);
}

void
k_boot_interrupts(void)
{
	struct intr_config_hook *h, *next;

	cold = 0;
	root = false;
	for (h = TAILQ_FIRST(&hooks); h != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		h->ich_func(h->ich_arg);
	}
}

struct k_event_handler {
	TAILQ_ENTRY(k_event_handler) link;
	void	(*fn)(void *);
	void	*arg;
};
static TAILQ_HEAD(, k_event_handler) handlers_of_root = TAILQ_HEAD_INITIALIZER(handlers_of_root);

eventhandler_tag
k_register(void (*fn)(void *), void *arg)
{
	eventhandler_tag tag = k_malloc(sizeof(*tag), M_WAITOK | M_ZERO);

	tag->fn = fn;
	tag->arg = arg;
	TAILQ_INSERT_TAIL(&handlers_of_root, tag, link);
	return tag;
}

void
k_deregister(eventhandler_tag tag)
{
	TAILQ_REMOVE(&handlers_of_root, tag, link);
	k_free(tag);
}

int
root_mounted(void)
{
	return root;
}

void
k_boot_root(void)
{
	eventhandler_tag tag;

	root = true;
	TAILQ_FOREACH(tag, &handlers_of_root, link)
		tag->fn(tag->arg);
}

void
k_boot(void)
{
	k_boot_interrupts();
	while (k_boot_waits())
		k_clock(1);
	k_boot_root();
	k_drain();
}

/* ---- firmware ---- */

static const struct firmware hello = { "hello", "hello", 5 };

const struct firmware *
firmware_get_flags(const char *name, uint32_t flags)
{
	K_CHECK((flags & FIRMWARE_GET_NOWARN) != 0);
	if (k_file == NULL || strcmp(name, k_file) != 0 || (k_firmware_on_root && !root))
		return NULL;
	k_live++;
	return &hello;
}

void
firmware_put(const struct firmware *fw, int flags __unused)
{
	K_CHECK(fw == &hello);
	k_live--;
}

/* ---- resources: BARs 0 and 2 are memory, 3 is not ---- */

struct resource {
	int	type, rid;
	bool	used;
	int	handler;		/* of interrupts */
};

static struct resource bars[6], irqs[33];
static int messages;

static struct resource *
take(struct resource *r, int type, int rid)
{
	if (r->used)
		return NULL;
	*r = (struct resource){ .type = type, .rid = rid, .used = true };
	k_live++;
	return r;
}

struct resource *
bus_alloc_resource_any(device_t dev __unused, int type, int *rid, unsigned flags)
{
	int bar = PCI_RID2BAR(*rid);

	K_CHECK((flags & RF_ACTIVE) != 0);
	if (type == SYS_RES_MEMORY)
		return bar == 0 || bar == 2 ? take(&bars[bar], type, *rid) : NULL;
	K_CHECK(type == SYS_RES_IRQ && *rid >= 0 && *rid < (int)nitems(irqs));
	if (*rid == 0) {
		K_CHECK((flags & RF_SHAREABLE) != 0);
		return k_intx != 0 ? take(&irqs[0], type, 0) : NULL;
	}
	return *rid <= messages ? take(&irqs[*rid], type, *rid) : NULL;
}

int
bus_release_resource(device_t dev __unused, int type, int rid, struct resource *r)
{
	K_CHECK(r->used && r->type == type && r->rid == rid && r->handler == 0);
	r->used = false;
	k_live--;
	return 0;
}

int
rman_get_bustag(struct resource *r __unused)
{
	return 1;
}

int
rman_get_bushandle(struct resource *r)
{
	return r->rid;
}

uint64_t
rman_get_size(struct resource *r __unused)
{
	return k_bar_size;
}

/* ---- PCI: MSI-X at 0x40, its tables in BAR 2 ---- */

static uint32_t conf[64] = { 0x11e81234, 0, 0x00ff0010, [0x2c / 4] = 0x11001af4,
	[0x40 / 4] = 0x11, [0x50 / 4] = 0x05 };

uint32_t
pci_read_config(device_t dev __unused, int reg, int width)
{
	K_CHECK(width == 4 && reg >= 0 && reg % 4 == 0);
	return reg < (int)sizeof(conf) ? conf[reg / 4] : 0xffffffff;
}

void
pci_write_config(device_t dev __unused, int reg, uint32_t val, int width)
{
	K_CHECK(width == 4 && reg >= 0 && reg % 4 == 0 && reg < (int)sizeof(conf));
	conf[reg / 4] = val;
}

int
pci_find_cap(device_t dev __unused, int cap, int *off)
{
	*off = cap == 0x11 && k_msix != 0 ? 0x40 : cap == 0x05 && k_msi != 0 ? 0x50 : 0;
	return *off != 0 ? 0 : ENOENT;
}

int
pci_enable_busmaster(device_t dev __unused)
{
	conf[1] |= 6;				/* the BAR is active besides */
	return 0;
}

int
pci_msix_count(device_t dev __unused)
{
	return (int)k_msix;
}

int
pci_msix_table_bar(device_t dev __unused)
{
	return k_msix != 0 ? PCIR_BAR(2) : -1;
}

int
pci_msix_pba_bar(device_t dev)
{
	return pci_msix_table_bar(dev);
}

static int
alloc_messages(int *n, unsigned there)
{
	K_CHECK(messages == 0 && *n > 0);
	if (there == 0)
		return ENXIO;
	messages = *n = MIN(*n, (int)there);
	k_live++;
	return 0;
}

int
pci_alloc_msix(device_t dev __unused, int *n)
{
	K_CHECK(bars[2].used);			/* the tables' BAR is active */
	return alloc_messages(n, k_msix);
}

int
pci_msi_count(device_t dev __unused)
{
	return (int)k_msi;
}

int
pci_alloc_msi(device_t dev __unused, int *n)
{
	K_CHECK((*n & (*n - 1)) == 0);
	return alloc_messages(n, k_msi);
}

int
pci_release_msi(device_t dev __unused)
{
	int i;

	K_CHECK(messages != 0);
	for (i = 1; i <= messages; i++)
		K_CHECK(!irqs[i].used);
	messages = 0;
	k_live--;
	return 0;
}

/* ---- interrupts ---- */

static struct handler {
	driver_filter_t	*filter;
	driver_intr_t	*thread;
	void		*arg;
} handlers[nitems(irqs) + 1];

int
bus_setup_intr(device_t dev __unused, struct resource *r, int flags, driver_filter_t *filter,
    driver_intr_t *thread, void *arg, void **cookie)
{
	int i = r->rid + 1;

	K_CHECK(r->used && r->handler == 0 && (flags & INTR_MPSAFE) != 0);
	K_CHECK((flags & INTR_TYPE_NET) != 0);	/* BH is in the network epoch */
	handlers[i] = (struct handler){ filter, thread, arg };
	r->handler = i;
	*cookie = &handlers[i];
	k_live++;
	return 0;
}

int
bus_teardown_intr(device_t dev __unused, struct resource *r, void *cookie)
{
	K_CHECK(r->used && cookie == &handlers[r->handler] && r->handler != 0);
	handlers[r->handler].filter = NULL;
	r->handler = 0;
	k_live--;
	return 0;
}

int
bus_describe_intr(device_t dev __unused, struct resource *r, void *cookie,
    const char *fmt __unused, ...)
{
	K_CHECK(cookie == &handlers[r->handler]);
	return 0;
}

static void
deliver(void *arg)
{
	struct handler *h = arg;

	if (h->filter(h->arg) == FILTER_SCHEDULE_THREAD)
		h->thread(h->arg);
}

void
k_interrupt(unsigned vec)
{
	struct handler *h = &handlers[messages == 0 ? 1 : vec + 2];

	if (h->filter != NULL)
		k_in_interrupt("interrupt", deliver, h);
}
