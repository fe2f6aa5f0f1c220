/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a device cannot be had from the kernel, in words: what sysfs and /proc tell, with the
 * mend.  Reads only; the roots of sysfs, /dev and /proc come from the options.
 * Sources: Linux, Documentation/driver-api/vfio.rst; drivers/vfio.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfio/kernel.h"

bool
kernel_path(char buf[static PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, PATH_MAX, fmt, ap);
	va_end(ap);
	return n >= 0 && n < PATH_MAX;
}

/* Last component of what the link at path points to, "" if there is no link. */
static void
link_name(const char *path, char *name, size_t size)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	name[0] = '\0';
	if (n <= 0)
		return;
	to[n] = '\0';
	snprintf(name, size, "%s", basename(to));
}

/* First line of a small file, "" if it cannot be read. */
static void
read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	buf[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(buf, (int)size, f) == NULL)
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

/* The driver of a PCI device, "" if none. */
static void
driver_of(const struct kernel *k, const char *bdf, char *name, size_t size)
{
	char path[PATH_MAX];

	name[0] = '\0';
	if (kernel_path(path, "%s/bus/pci/devices/%s/driver", k->sysfs, bdf))
		link_name(path, name, size);
}

static bool
is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

/* Drivers that leave DMA alone and so do not keep a group from user space. */
static bool
harmless(const char *driver)
{
	return driver[0] == '\0' || is_vfio(driver) || strcmp(driver, "pci-stub") == 0 ||
	    strcmp(driver, "pcieport") == 0 || strcmp(driver, "pciback") == 0;
}

/* List into text the devices of the group that are in the way; how many. */
static unsigned
in_the_way(const struct kernel *k, char *text, size_t size)
{
	char path[PATH_MAX], driver[64];
	struct dirent **list;
	unsigned found = 0;
	size_t len = 0;
	int n;

	text[0] = '\0';
	if (!kernel_path(path, "%s/kernel/iommu_groups/%u/devices", k->sysfs, k->group_no))
		return 0;
	n = scandir(path, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		driver_of(k, name, driver, sizeof(driver));
		if (name[0] != '.' && strcmp(name, k->bdf) != 0 && !harmless(driver)) {
			if (len < size)
				len += (size_t)snprintf(text + len, size - len, "%s%s (driver %s)",
				    found ? ", " : "", name, driver);
			found++;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return found;
}

int
kernel_not_viable(const struct kernel *k, struct vfio_err *err)
{
	char names[640];
	unsigned n = in_the_way(k, names, sizeof(names));

	if (n == 0)
		return vfio_fail(err, EPERM, "%s: IOMMU group %u is not viable: another device "
		    "of it is in use by the host", k->bdf, k->group_no);
	return vfio_fail(err, EPERM, "%s: IOMMU group %u is not viable: it also has %s: the IOMMU "
	    "cannot tell them apart, so bind %s too (voy bind BDF) or move the card to another "
	    "slot", k->bdf, k->group_no, names, n == 1 ? "that one" : "all of them");
}

int
kernel_check_sysfs(struct kernel *k, struct vfio_err *err)
{
	char path[PATH_MAX], name[64];
	struct stat st;

	if (!kernel_path(path, "%s/bus/pci/devices/%s", k->sysfs, k->bdf) ||
	    stat(path, &st) != 0)
		return vfio_fail(err, ENOENT, "%s: no such PCI device: `voy list` shows those "
		    "that there are", k->bdf);
	name[0] = '\0';
	if (kernel_path(path, "%s/bus/pci/devices/%s/iommu_group", k->sysfs, k->bdf))
		link_name(path, name, sizeof(name));
	if (name[0] == '\0' || sscanf(name, "%u", &k->group_no) != 1)
		return vfio_fail(err, ENOTSUP, "%s: the device has no IOMMU group: there is no "
		    "IOMMU or it is off: switch on VT-d or AMD-Vi in the firmware set-up, and on "
		    "Intel boot with intel_iommu=on", k->bdf);
	if (kernel_path(path, "%s/kernel/iommu_groups/%u/name", k->sysfs, k->group_no)) {
		read_line(path, name, sizeof(name));
		if (strcmp(name, "vfio-noiommu") == 0)
			return vfio_fail(err, ENOTSUP, "%s: only VFIO's no-IOMMU mode is on offer, "
			    "in which the device can write to all memory: that is not used; "
			    "switch on the IOMMU", k->bdf);
	}
	driver_of(k, k->bdf, name, sizeof(name));
	if (!is_vfio(name))
		return vfio_fail(err, ENODEV, "%s: bound to %s%s, not to vfio-pci: voy bind %s",
		    k->bdf, name[0] != '\0' ? "the driver " : "no driver", name, k->bdf);
	if (in_the_way(k, name, sizeof(name)) != 0)
		return kernel_not_viable(k, err);
	return 0;
}

/* ---- opening ------------------------------------------------------------------------- */

static bool
all_digits(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	return *s != '\0';
}

/* Does process pid have the file (by device and inode) open? */
static bool
holds(const struct kernel *k, const char *pid, const struct stat *file)
{
	char path[PATH_MAX];
	struct dirent *e;
	bool found = false;
	struct stat st;
	DIR *d;

	if (!kernel_path(path, "%s/%s/fd", k->proc, pid))
		return false;
	d = opendir(path);
	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
		    st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	closedir(d);
	return found;
}

/* Who has path open: "NAME (pid N)", or that this cannot be seen. */
static void
holder(const struct kernel *k, const char *file, char *text, size_t size)
{
	char path[PATH_MAX], comm[64];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(k->proc);

	snprintf(text, size, "another process (which one only root can see)");
	if (d == NULL)
		return;
	while (stat(file, &st) == 0 && (e = readdir(d)) != NULL) {
		if (!all_digits(e->d_name) || !holds(k, e->d_name, &st))
			continue;
		comm[0] = '\0';
		if (kernel_path(path, "%s/%s/comm", k->proc, e->d_name))
			read_line(path, comm, sizeof(comm));
		snprintf(text, size, "%.63s (pid %.15s)", comm[0] ? comm : "another process",
		    e->d_name);
		break;
	}
	closedir(d);
}

int
kernel_open_failed(const struct kernel *k, const char *path, int error, struct vfio_err *err)
{
	char who[128];
	struct stat st;

	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return vfio_fail(err, ENODEV, "%s: %s: %s: the kernel's VFIO is not loaded: "
		    "modprobe vfio-pci", k->bdf, path, strerror(error));
	case EACCES:
	case EPERM:
		if (stat(path, &st) != 0)
			memset(&st, 0, sizeof(st));
		return vfio_fail(err, error, "%s: %s: permission denied: it belongs to uid %u, "
		    "mode %04o: sudo chown %u %s, or a udev rule that does", k->bdf, path,
		    (unsigned)st.st_uid, (unsigned)st.st_mode & 07777, (unsigned)geteuid(), path);
	case EBUSY:
		holder(k, path, who, sizeof(who));
		return vfio_fail(err, error, "%s: %s: in use by %s: end that first", k->bdf, path,
		    who);
	default:
		return vfio_fail(err, error, "%s: %s: %s", k->bdf, path, strerror(error));
	}
}

/* ---- mapping ------------------------------------------------------------------------- */

/* Bytes this process has locked already (VmLck), as the limit counts them. */
static uint64_t
locked_now(const struct kernel *k)
{
	char path[PATH_MAX], line[256];
	unsigned long long kib = 0;
	FILE *f;

	if (!kernel_path(path, "%s/self/status", k->proc))
		return 0;
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmLck: %llu kB", &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}

int
kernel_map_failed(const struct kernel *k, size_t len, uint64_t iova, int error,
    struct vfio_err *err)
{
	uint64_t used = locked_now(k), need = used + len;
	struct rlimit rl;

	if (error == ENOMEM && getrlimit(RLIMIT_MEMLOCK, &rl) == 0 &&
	    rl.rlim_cur != RLIM_INFINITY && need > rl.rlim_cur)
		return vfio_fail(err, error, "%s: DMA map of %zu bytes: the limit of locked "
		    "memory is too low: %llu bytes are needed (%llu of them in use already), "
		    "%llu are allowed: raise it with `ulimit -l %llu` as root, or `memlock` in "
		    "/etc/security/limits.conf", k->bdf, len, (unsigned long long)need,
		    (unsigned long long)used, (unsigned long long)rl.rlim_cur,
		    (unsigned long long)(need + 1023) / 1024);
	return vfio_fail(err, error, "%s: DMA map of IOVA %#llx, %zu bytes: %s", k->bdf,
	    (unsigned long long)iova, len, strerror(error));
}
