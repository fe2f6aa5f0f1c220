/* SPDX-License-Identifier: BSD-2-Clause */
/* What sysfs says of PCI devices: attributes, driver, IOMMU group. */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci/path.h"
#include "pci/pci.h"

bool
pci_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, PATH_MAX, fmt, ap);
	va_end(ap);
	if (n >= 0 && n < PATH_MAX)
		return true;
	path[0] = '\0';
	return false;
}

int
pci_write_file(const char *path, const char *value)
{
	int error, fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return errno;
	error = write(fd, value, strlen(value)) == -1 ? errno : 0;
	close(fd);
	return error;
}

static int
attr_path(const struct pci_host *h, const char *bdf, const char *attr, char path[PATH_MAX])
{
	return pci_path(path, "%s/sys/bus/pci/devices/%s/%s", h->root, bdf, attr) ? 0 :
	    ENAMETOOLONG;
}

int
pci_attr_read(const struct pci_host *h, const char *bdf, const char *attr, struct pci_text *t)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd, error;

	t->s[0] = '\0';
	error = attr_path(h, bdf, attr, path);
	if (error != 0)
		return error;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errno;
	n = read(fd, t->s, sizeof(t->s) - 1);
	error = n == -1 ? errno : 0;
	close(fd);
	t->s[n > 0 ? n : 0] = '\0';
	t->s[strcspn(t->s, "\n")] = '\0';
	return error;
}

int
pci_attr_write(const struct pci_host *h, const char *bdf, const char *attr, const char *value)
{
	char path[PATH_MAX];
	int error = attr_path(h, bdf, attr, path);

	return error != 0 ? error : pci_write_file(path, value);
}

bool
pci_exists(const struct pci_host *h, const char *bdf)
{
	char path[PATH_MAX];

	return attr_path(h, bdf, "vendor", path) == 0 && access(path, F_OK) == 0;
}

/* The last part of what a symbolic link points to; "" without one. */
static void
link_name(const struct pci_host *h, const char *bdf, const char *attr, struct pci_text *t)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base;
	ssize_t n;

	t->s[0] = '\0';
	if (attr_path(h, bdf, attr, path) != 0)
		return;
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	base = strrchr(target, '/');
	snprintf(t->s, sizeof(t->s), "%.*s", (int)sizeof(t->s) - 1,
	    base != NULL ? base + 1 : target);
}

void
pci_driver_of(const struct pci_host *h, const char *bdf, struct pci_text *t)
{
	link_name(h, bdf, "driver", t);
}

int
pci_group_of(const struct pci_host *h, const char *bdf)
{
	struct pci_text t;
	char *end;
	long n;

	link_name(h, bdf, "iommu_group", &t);
	n = strtol(t.s, &end, 10);
	return t.s[0] != '\0' && *end == '\0' && n >= 0 && n <= INT_MAX ? (int)n : -1;
}

int
pci_group_walk(const struct pci_host *h, int group, int (*fn)(void *, const char *), void *ctx)
{
	char path[PATH_MAX];
	struct dirent *e;
	int result = 0;
	DIR *d;

	pci_path(path, "%s/sys/kernel/iommu_groups/%d/devices", h->root, group);
	d = opendir(path);
	if (d == NULL)
		return errno;
	while (result == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			result = fn(ctx, e->d_name);
	closedir(d);
	return result;
}
