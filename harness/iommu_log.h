/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iommu_log.h - what the IOMMU refused a device, which only the kernel's log tells.
 *
 *	iommu_log_open("0000:03:00.0", &log);
 *	...
 *	while (iommu_log_next(log, &f))
 *		the device wanted to f.write the page at f.iova
 *
 * Known are the words of Intel's and AMD's.  The kernel tells a few faults a second at most; the
 * first of a kind is what counts here.
 */
#ifndef HARNESS_IOMMU_LOG_H
#define HARNESS_IOMMU_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct iommu_log;

struct iommu_fault {
	uint64_t	iova;		/* Intel's: of its page's begin */
	bool		write;
};

/*
 * From now on.  `bdf` is a PCI address, with its domain or without.  ENOMEM; EPERM or EACCES:
 * the log is not for this user (kernel.dmesg_restrict); ENOENT: there is none.
 */
int	iommu_log_open(const char *bdf, struct iommu_log **);
/* NULL is allowed. */
void	iommu_log_close(struct iommu_log *);
/* The next fault of the device's; false: none until now.  Never waits. */
bool	iommu_log_next(struct iommu_log *, struct iommu_fault *);

/* Is that line of the log about a fault of this device?  Pure. */
bool	iommu_log_parse(const char *line, const char *bdf, struct iommu_fault *);

#endif /* HARNESS_IOMMU_LOG_H */
