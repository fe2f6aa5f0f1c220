/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of a device in the kernel's log; see iommu_log.h.  Linux's words, of
 * drivers/iommu/intel/dmar.c and drivers/iommu/amd/iommu.c, since 4.19:
 *
 *	DMAR: [DMA Write NO_PASID] Request device [03:00.0] fault addr 0xdead000 [fault ...
 *	vfio-pci 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=... address=0xdead000
 *	    flags=0x20]
 *	AMD-Vi: Event logged [IO_PAGE_FAULT device=03:00.0 domain=... address=... flags=0x20]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "harness/iommu_log.h"

#define KMSG		"/dev/kmsg"
#define RECORD		8192		/* the kernel's limit, PRINTK_MESSAGE_MAX, is less */
#define BUS_DEV_FN	7		/* "03:00.0" */
#define AMD_WRITE	0x20		/* of the event's flags: RW */

struct iommu_log {
	int	fd;
	char	bdf[BUS_DEV_FN + 1];
};

/* The number behind `key`. */
static bool
number(const char *line, const char *key, uint64_t *v)
{
	const char *p = strstr(line, key);
	char *end;

	if (p == NULL)
		return false;
	p += strlen(key);
	*v = strtoull(p, &end, 16);
	return end != p;
}

/* Is the device's address in the line? */
static bool
names(const char *line, const char *bdf)
{
	size_t n = strlen(bdf);
	const char *p;

	bdf += n > BUS_DEV_FN ? n - BUS_DEV_FN : 0;
	for (p = line; *p != '\0'; p++)
		if (strncasecmp(p, bdf, strlen(bdf)) == 0)
			return true;
	return false;
}

bool
iommu_log_parse(const char *line, const char *bdf, struct iommu_fault *f)
{
	uint64_t flags;

	if (!names(line, bdf))
		return false;
	if (strstr(line, "DMAR: [DMA ") != NULL) {
		f->write = strstr(line, "[DMA Write") != NULL;
		return number(line, "fault addr ", &f->iova);
	}
	if (strstr(line, "[IO_PAGE_FAULT ") == NULL || !number(line, "flags=", &flags))
		return false;
	f->write = (flags & AMD_WRITE) != 0;
	return number(line, "address=", &f->iova);
}

int
iommu_log_open(const char *bdf, struct iommu_log **lp)
{
	struct iommu_log *l = calloc(1, sizeof(*l));
	size_t n = strlen(bdf);
	int error;

	*lp = NULL;
	if (l == NULL)
		return ENOMEM;
	snprintf(l->bdf, sizeof(l->bdf), "%s", bdf + (n > BUS_DEV_FN ? n - BUS_DEV_FN : 0));
	l->fd = open(KMSG, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0 || lseek(l->fd, 0, SEEK_END) < 0) {
		error = errno;
		iommu_log_close(l);
		return error;
	}
	*lp = l;
	return 0;
}

void
iommu_log_close(struct iommu_log *l)
{
	if (l == NULL)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

bool
iommu_log_next(struct iommu_log *l, struct iommu_fault *f)
{
	char record[RECORD];
	ssize_t n;

	for (;;) {
		n = read(l->fd, record, sizeof(record) - 1);
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;		/* EPIPE: what came next was overwritten */
		if (n <= 0)
			return false;
		record[n] = '\0';
		if (iommu_log_parse(record, l->bdf, f))
			return true;
	}
}
