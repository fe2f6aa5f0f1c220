/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of vfio/ share behind vfio.h: the device object, the table of live DMA maps,
 * the error helper and the two opening functions.
 *
 * Locks, each held for its own data only: bar_lock (never across a backend call, so that
 * vfio_set_gone() can take it from anywhere), irq_lock (held across set_irqs), map_lock
 * (table and copies of DMA data), iova_lock.  None is taken inside another.
 */
#ifndef VFIO_PRIV_H
#define VFIO_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "vfio/iova.h"
#include "vfio/vfio.h"

#define VFIO_MAX_IRQS		16	/* interrupt types; PCI has 5 */
#define VFIO_MAX_VECTORS	2048	/* of MSI-X, PCI 3.0 section 6.8.2 */

struct vfio_irqset {
	struct vfio_irq irq;
	int *fds;			/* irq.count entries, -1: none; NULL: never enabled */
	unsigned nvec;			/* vectors [0, nvec) are up; 0: disabled */
};

struct vfio_map {
	uint64_t iova, len;
	uint8_t *va;
	int prot;
};

struct vfio_dev {
	char *target;
	const struct vfio_ops *ops;
	void *self;
	struct vfio_open_opts opts;
	_Atomic(char *) gone;
	struct vfio_info info;
	struct vfio_region *regions;	/* info.num_regions; fixed after vfio_attach() */
	struct vfio_dma_info dma;
	uint64_t granule;		/* smallest page size of dma.pgsizes */

	pthread_mutex_t bar_lock;
	struct vfio_bar *bars[VFIO_MAX_REGIONS];

	pthread_mutex_t irq_lock;
	struct vfio_irqset irqs[VFIO_MAX_IRQS];

	pthread_mutex_t map_lock;
	struct vfio_map *maps;		/* sorted by iova */
	size_t nmaps, maps_cap;

	pthread_mutex_t iova_lock;
	struct vfio_iova iova;
};

/* Write the text into err (may be NULL) and return error. */
int	vfio_fail(struct vfio_err *err, int error, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* ENODEV once the device is gone, else error. */
int	vfio_errno(const struct vfio_dev *dev, int error);

/*
 * Parse the answer to a region-info request: struct vfio_region_info with its capability
 * chain in len bytes at buf.  Fills all of r but fd.  Pure.  EPROTO with a text if it makes
 * no sense; unknown capabilities are skipped.
 */
int	vfio_parse_region(const void *buf, size_t len, struct vfio_region *r,
	    struct vfio_err *err);

/* Map over all that is mapped of the BARs memory that reads as ones. */
void	vfio_bars_gone(struct vfio_dev *dev);
void	vfio_bars_free(struct vfio_dev *dev);
void	vfio_irqs_free(struct vfio_dev *dev);
void	vfio_maps_free(struct vfio_dev *dev);

/*
 * Copy between buf and the process memory behind [iova, iova + len), which adjacent maps may
 * cover together.  EFAULT: not all of it is mapped with that permission; nothing is copied.
 */
int	vfio_dma_copy(struct vfio_dev *dev, uint64_t iova, void *buf, size_t len, bool to_mem);

/*
 * Open what is at the address, or behind the socket: *ops and *self for vfio_attach(), by
 * whose ops->close() it is given back.  Errors as those of vfio_open(), with a text.
 */
int	vfio_kernel_open(const char *bdf, const struct vfio_open_opts *opts,
	    const struct vfio_ops **ops, void **self, struct vfio_err *err);
int	vfio_user_open(const char *path, const struct vfio_open_opts *opts,
	    const struct vfio_ops **ops, void **self, struct vfio_err *err);

#endif /* VFIO_PRIV_H */
