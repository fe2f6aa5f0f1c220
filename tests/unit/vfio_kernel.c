/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel backend without a kernel that has VFIO: a made-up /sys, /dev and /proc in a
 * temporary directory, and open and ioctl (wrapped by the linker) that play the kernel on the
 * files below it.  Prints TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/open_fds.h"
#include "tests/unit/tap.h"
#include "vfio/vfio.h"

#define BDF	"0000:00:04.0"

static char root[64], sysfs[96], devfs[96], proc[96];
static struct vfio_err err;

/* ---- the made-up machine ------------------------------------------------------------- */

static struct {
	int open_error;			/* of /dev/vfio/7 */
	int container_error;		/* of /dev/vfio/vfio */
	bool unviable, no_type1, pulled_out, map_enomem, reset_fails;
	int set_iommu_error;
	unsigned maps, resets, irqs_down;
	int fds[16];
	unsigned irq_count;
	uint64_t iova, size;
} k;

static void
make(const char *fmt, ...)
{
	char path[512], cmd[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	snprintf(cmd, sizeof(cmd), "cd %s && %s", root, path);
	if (system(cmd) != 0)
		printf("# failed: %s\n", cmd);
}

static void
add_device(const char *bdf, const char *driver, int group)
{
	make("mkdir -p sys/bus/pci/devices/%s sys/kernel/iommu_groups/%d/devices/%s", bdf, group,
	    bdf);
	if (group >= 0)
		make("ln -sfn ../../../../kernel/iommu_groups/%d "
		    "sys/bus/pci/devices/%s/iommu_group", group, bdf);
	make("rm -f sys/bus/pci/devices/%s/driver", bdf);
	if (driver != NULL)
		make("ln -sfn ../../drivers/%s sys/bus/pci/devices/%s/driver", driver, bdf);
}

static void
machine(void)
{
	memset(&k, 0, sizeof(k));
	memset(k.fds, -1, sizeof(k.fds));
	make("rm -rf sys dev proc; mkdir -p sys dev/vfio proc");
	make("truncate -s 1M dev/vfio/vfio; truncate -s 1M dev/vfio/7; truncate -s 1M dev/card");
	add_device(BDF, "vfio-pci", 7);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long req, ...);
int __wrap_ioctl(int fd, unsigned long req, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	size_t n = strlen(path);
	int error = 0;

	if (n > 7 && strcmp(path + n - 7, "/vfio/7") == 0)
		error = k.open_error;
	if (n > 10 && strcmp(path + n - 10, "/vfio/vfio") == 0)
		error = k.container_error;
	if (error != 0) {
		errno = error;
		return -1;
	}
	return __real_open(path, flags);
}

static int
fail(int error)
{
	errno = error;
	return -1;
}

static int
region_info(struct vfio_region_info *ri)
{
	struct {
		struct vfio_info_cap_header h;
		uint32_t nr_areas, reserved;
		struct vfio_region_sparse_mmap_area a;
	} cap = { { 1, 1, 0 }, 1, 0, { 4096, 4096 } };

	if (ri->index == 8)
		return fail(EINVAL);	/* no VGA */
	ri->offset = (uint64_t)ri->index << 16;
	ri->flags = 0;
	ri->size = ri->index == 0 ? 8192 : ri->index == 7 ? 256 : 0;
	if (ri->size != 0)
		ri->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (ri->index == 0) {
		ri->flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
		if (ri->argsz < sizeof(*ri) + sizeof(cap)) {
			ri->argsz = sizeof(*ri) + sizeof(cap);
			ri->cap_offset = 0;
		} else {
			ri->cap_offset = sizeof(*ri);
			memcpy(ri + 1, &cap, sizeof(cap));
		}
	}
	return 0;
}

static int
irq_info(struct vfio_irq_info *ii)
{
	if (ii->index == VFIO_PCI_ERR_IRQ_INDEX)
		return fail(EINVAL);	/* not PCI Express */
	ii->count = ii->index == 2 ? 16 : ii->index == 1 ? 0 : 1;
	ii->flags = VFIO_IRQ_INFO_EVENTFD | (ii->index == 2 ? VFIO_IRQ_INFO_NORESIZE :
	    ii->index == 0 ? VFIO_IRQ_INFO_MASKABLE : 0);
	return 0;
}

static int
set_irqs(const struct vfio_irq_set *s)
{
	if (k.pulled_out)
		return fail(ENODEV);
	if ((s->flags & VFIO_IRQ_SET_DATA_EVENTFD) == 0) {
		k.irqs_down += s->count == 0;
		k.irq_count = 0;
		return 0;
	}
	/* As vfio-pci: the set cannot grow. */
	if (k.irq_count != 0 && s->start + s->count > k.irq_count)
		return fail(EINVAL);
	if (k.irq_count == 0)
		k.irq_count = s->start + s->count;
	memcpy(k.fds + s->start, s->data, s->count * sizeof(int));
	return 0;
}

static int
iommu_info(struct vfio_iommu_type1_info *ti)
{
	struct {
		struct vfio_info_cap_header h;
		uint32_t nr, reserved;
		struct vfio_iova_range r[2];
	} cap = { { 1, 1, 0 }, 2, 0, { { 0, 0xfedfffff }, { 0xfef00000, (1ull << 39) - 1 } } };

	ti->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	ti->iova_pgsizes = 0xfffffffffffff000;
	if (ti->argsz < sizeof(*ti) + sizeof(cap)) {
		ti->argsz = sizeof(*ti) + sizeof(cap);
		ti->cap_offset = 0;
		return 0;
	}
	ti->cap_offset = sizeof(*ti);
	memcpy(ti + 1, &cap, sizeof(cap));
	return 0;
}

static int
map(const struct vfio_iommu_type1_dma_map *m)
{
	if (k.map_enomem)
		return fail(ENOMEM);
	k.maps++;
	k.iova = m->iova;
	k.size = m->size;
	return 0;
}

int
__wrap_ioctl(int fd, unsigned long req, ...)
{
	va_list ap;
	void *arg;
	char path[160];

	va_start(ap, req);
	arg = va_arg(ap, void *);
	va_end(ap);
	switch (req) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return !k.no_type1;
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)arg)->flags = k.unviable ? 0 :
		    VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		return 0;
	case VFIO_SET_IOMMU:
		return k.set_iommu_error ? fail(k.set_iommu_error) : 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		snprintf(path, sizeof(path), "%s/card", devfs);
		return strcmp(arg, BDF) == 0 ? __real_open(path, O_RDWR | O_CLOEXEC) :
		    fail(ENODEV);
	case VFIO_DEVICE_GET_INFO:
		*(struct vfio_device_info *)arg = (struct vfio_device_info){ .argsz = 16,
		    .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI, .num_regions = 9,
		    .num_irqs = 5 };
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return irq_info(arg);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	case VFIO_DEVICE_RESET:
		k.resets++;
		return k.reset_fails ? fail(EAGAIN) : 0;
	case VFIO_IOMMU_GET_INFO:
		return iommu_info(arg);
	case VFIO_IOMMU_MAP_DMA:
		return map(arg);
	case VFIO_IOMMU_UNMAP_DMA:
		k.maps--;
		return 0;
	default:
		return __real_ioctl(fd, req, arg);
	}
}

/* ---- tests --------------------------------------------------------------------------- */

static int
try_open(const char *target, struct vfio_dev **dev)
{
	struct vfio_open_opts o = { .sysfs_root = sysfs, .dev_root = devfs, .proc_root = proc };

	return vfio_open(target, &o, dev, &err);
}

static void
refused(int want, const char *text, const char *name)
{
	struct vfio_dev *dev;
	int error = try_open(BDF, &dev);

	if (!ok(error == want && dev == NULL, name))
		printf("# error %d: %s\n", error, err.text);
	if (error == 0)
		vfio_close(dev);
	like(err.text, text, "and the error says so");
	like(err.text, BDF, "and which device");
}

static void
test_targets(void)
{
	static const char *const bad[] = { "", "iwm0", "0000:00:04", "0000:00:04.8", "00:20.0",
	    " 00:04.0", "00:04.0 ", "0x00:04.0", "00:4.0", "000:00:04.0", "-0:04.0" };
	bool all = true;
	struct vfio_dev *dev;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		all = all && try_open(bad[i], &dev) == EINVAL;
	ok(all, "what is no address is refused as such");
	like(err.text, "not a device: give a PCI address", "with what to give");
	ok(try_open("00:05.0", &dev) == ENOENT, "a short address is of domain 0");
	like(err.text, "0000:00:05.0: no such PCI device", "and is shown in full");
	ok(try_open("10000:e1:00.0", &dev) == ENOENT, "a domain of more than four digits");
}

static void
test_sysfs(void)
{
	machine();
	make("rm sys/bus/pci/devices/" BDF "/iommu_group");
	refused(ENOTSUP, "intel_iommu=on", "IOMMU off");
	machine();
	make("echo vfio-noiommu > sys/kernel/iommu_groups/7/name");
	refused(ENOTSUP, "no-IOMMU", "no-IOMMU mode is not used silently");
	machine();
	add_device(BDF, "iwlwifi", 7);
	refused(ENODEV, "bound to the driver iwlwifi, not to vfio-pci: voy bind " BDF,
	    "bound to another driver");
	add_device(BDF, NULL, 7);
	refused(ENODEV, "bound to no driver", "bound to none");
	machine();
	add_device("0000:00:04.1", "snd_hda_intel", 7);
	add_device("0000:00:04.2", NULL, 7);
	add_device("0000:00:04.3", "pcieport", 7);
	add_device("0000:00:04.5", "e1000e", 7);
	refused(EPERM, "0000:00:04.1 (driver snd_hda_intel), 0000:00:04.5 (driver e1000e)",
	    "a group with others' drivers names them all, and only them");
	like(err.text, "voy bind", "and the mend");
}

/* A root so long that the device's folder just fits into a path, and what is in it does not. */
static void
test_long_root(void)
{
	static const char below[] = "/bus/pci/devices/" BDF;
	char root_of[PATH_MAX];
	struct vfio_open_opts o = { .sysfs_root = root_of, .dev_root = devfs, .proc_root = proc };
	size_t n = sizeof(root_of) - sizeof(below);
	struct vfio_dev *dev;

	machine();
	memset(root_of, '/', n);
	strcpy(root_of + n - strlen(sysfs), sysfs);
	ok(vfio_open(BDF, &o, &dev, &err) == ENOTSUP && dev == NULL, "a path that is too long");
}

static void
test_devfs(void)
{
	machine();
	make("rm dev/vfio/vfio");
	refused(ENODEV, "modprobe vfio-pci", "module not loaded");
	machine();
	k.container_error = EACCES;
	refused(EACCES, "permission denied", "no permission on the container");
	machine();
	k.open_error = EACCES;
	refused(EACCES, "sudo chown", "no permission on the group");
	machine();
	k.open_error = EBUSY;
	refused(EBUSY, "in use by another process", "group in use by somebody");
	make("mkdir -p proc/1234/fd; ln -s %s/vfio/7 proc/1234/fd/5; echo qemu > proc/1234/comm",
	    devfs);
	refused(EBUSY, "in use by qemu (pid 1234)", "group in use by a process one can see");
	machine();
	k.unviable = true;
	refused(EPERM, "group 7 is not viable", "the kernel finds the group not viable");
	machine();
	k.no_type1 = true;
	refused(ENOTSUP, "vfio_iommu_type1", "no TYPE1v2 IOMMU");
	machine();
	k.set_iommu_error = EPERM;
	refused(EPERM, "interrupt remapping", "no interrupt remapping");
}

static void
test_device(void)
{
	uint8_t *mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);
	struct vfio_dev *dev;
	struct vfio_bar *bar;
	struct rlimit rl, low;
	uint32_t v = 0;
	uint64_t iova = 0;
	int fds[4] = { 10, 11, 12, 13 };

	machine();
	if (!ok(try_open(BDF, &dev) == 0, "the device opens")) {
		printf("# %s\n", err.text);
		return;
	}
	ok(strcmp(vfio_backend(dev), "kernel") == 0 && vfio_poll_fd(dev) == -1 &&
	    vfio_process(dev) == 0, "it says what it is");
	ok(vfio_region(dev, 0)->num_areas == 1 && vfio_region(dev, 8)->size == 0 &&
	    vfio_region(dev, 7)->file_offset == 0x70000, "region info, asked again for its areas");
	ok(vfio_config_write(dev, 4, 2, 0x1234) == 0 && vfio_config_read(dev, 4, 4, &v) == 0 &&
	    v == 0x1234, "config space by pread and pwrite");
	ok(vfio_bar_map(dev, 0, &bar, &err) == 0 && bar->nspans == 1 &&
	    bar->spans[0].start == 4096, "BAR0, its sparse area mapped");
	vfio_write32(bar, 0x10, 0xabcd);
	vfio_write32(bar, 0x1010, 0x9876);
	ok(vfio_read32(bar, 0x10) == 0xabcd && vfio_read32(bar, 0x1010) == 0x9876 &&
	    vfio_region_read(dev, 0, 0x1010, &v, 4) == 0 && v == 0x9876,
	    "registers in and out of it");
	ok(vfio_dma_info(dev)->num_ranges == 2 && vfio_dma_info(dev)->max_maps == 65535 &&
	    vfio_iova_alloc(dev, 0x200000, 0, 0xfed00000, UINT64_MAX, &iova) == 0 &&
	    iova == 0xfef00000, "IOVA is taken beside what the host reserves");
	ok(vfio_dma_map(dev, mem, 4096, 0xfee00000, 3, -1, 0, &err) == ERANGE,
	    "a map over what the host reserves is refused");
	like(err.text, "the host reserves", "and the error says so");
	ok(vfio_dma_map(dev, mem, 8192, iova, 3, -1, 0, &err) == 0 && k.maps == 1 &&
	    k.iova == iova && k.size == 8192, "DMA map");
	k.map_enomem = true;
	getrlimit(RLIMIT_MEMLOCK, &rl);
	low = rl;
	low.rlim_cur = 4096;
	setrlimit(RLIMIT_MEMLOCK, &low);
	make("mkdir -p proc/self; echo 'VmLck:\t8 kB' > proc/self/status");
	ok(vfio_dma_map(dev, mem, 8192, 0x1000, 3, -1, 0, &err) == ENOMEM,
	    "over the limit of locked memory");
	like(err.text, "16384 bytes are needed (8192 of them in use already), 4096 are allowed",
	    "with what is needed and allowed");
	like(err.text, "ulimit -l 16", "and the mend");
	setrlimit(RLIMIT_MEMLOCK, &rl);
	ok(vfio_irq_enable(dev, 2, 0, 2, fds, &err) == 0 && k.fds[1] == 11 && k.irq_count == 2,
	    "two MSI-X vectors");
	ok(vfio_irq_enable(dev, 2, 3, 1, fds + 3, &err) == 0 && k.fds[0] == 10 &&
	    k.fds[2] == -1 && k.fds[3] == 13 && k.irqs_down == 1,
	    "a third, on a kernel that cannot grow the set");
	ok(vfio_irq_enable(dev, 1, 0, 1, fds, &err) == ENOTSUP && vfio_irq_enable(dev, 3, 0, 1,
	    fds, &err) == ENOTSUP, "interrupts that the device has not");
	ok(vfio_reset(dev, &err) == 0 && k.resets == 1, "reset");
	k.reset_fails = true;
	ok(vfio_reset(dev, &err) == EAGAIN, "a reset that fails");
	vfio_close(dev);
	ok(k.maps == 0 && k.irqs_down == 2, "closing unmaps and disables");
	munmap(mem, 8192);
}

static void
test_pulled_out(void)
{
	struct vfio_dev *dev;
	struct vfio_bar *bar;
	int fd = 10;
	uint32_t v;

	machine();
	(void)try_open(BDF, &dev);
	(void)vfio_bar_map(dev, 0, &bar, &err);
	k.pulled_out = true;
	ok(vfio_irq_enable(dev, 0, 0, 1, &fd, &err) == ENODEV && vfio_gone(dev) != NULL,
	    "ENODEV from the kernel: the device is gone");
	ok(vfio_read32(bar, 0x1000) == 0xffffffff && vfio_read32(bar, 0) == 0xffffffff &&
	    vfio_config_read(dev, 0, 4, &v) == ENODEV, "and reads as ones");
	vfio_close(dev);
}

int
main(void)
{
	int fds = open_fds();

	snprintf(root, sizeof(root), "/tmp/vfio-test-XXXXXX");
	if (mkdtemp(root) == NULL)
		return 1;
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	snprintf(devfs, sizeof(devfs), "%s/dev", root);
	snprintf(proc, sizeof(proc), "%s/proc", root);
	machine();
	test_targets();
	test_sysfs();
	test_long_root();
	test_devfs();
	test_device();
	test_pulled_out();
	ok(open_fds() == fds, "no file descriptor is left");
	make("rm -rf sys dev proc");
	rmdir(root);
	return done();
}
