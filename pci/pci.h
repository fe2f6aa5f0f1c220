/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.h - which PCI devices exist, what they are, and who drives them.
 *
 *	struct pci_addr a;
 *	unsigned off;
 *
 *	if (pci_addr_parse("0000:00:04.0", &a) != 0)
 *		...
 *	if (pci_cap_find(read_conf, dev, PCI_CAP_MSI, &off) == 0)
 *		...
 *
 * conf.c needs nothing but a function that reads configuration space; the rest looks at
 * sysfs below a root that tests may replace.  Errors are positive errno values.
 */
#ifndef PCI_PCI_H
#define PCI_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- addresses (addr.c) ---- */

struct pci_addr {
	uint32_t	domain;
	uint8_t		bus, dev, func;
};

#define PCI_ADDR_STRLEN	32

/*
 * "0000:00:04.0", or "00:04.0" for domain 0, hexadecimal as lspci(8) prints it.
 * EINVAL: it is neither.
 */
int	pci_addr_parse(const char *, struct pci_addr *);
/* The long form, as sysfs spells it. */
void	pci_addr_format(const struct pci_addr *, char buf[PCI_ADDR_STRLEN]);

/* ---- configuration space (conf.c) ---- */

/* Read 32 bits at `reg`, a multiple of 4; all ones where there is nothing. */
typedef uint32_t (*pci_conf_read_fn)(void *ctx, unsigned reg);

/*
 * Find capability `cap` and put its offset into *off.  PCI Local Bus 3.0 section 6.7.
 * ENOENT: the device has none; EIO: the list is damaged (a loop, a bad pointer) or the
 * device is gone.
 */
int	pci_cap_find(pci_conf_read_fn, void *ctx, unsigned cap, unsigned *off);

struct pci_cap {
	uint16_t	id;
	uint16_t	off;
	bool		extended;
};

#define PCI_NCAPS	128

/*
 * All capabilities, then all extended ones, in list order, up to `max`; *n becomes their
 * number.  EIO as above, with those before the damage in `caps`.
 */
int	pci_cap_list(pci_conf_read_fn, void *ctx, struct pci_cap *caps, size_t max, size_t *n);

/* "MSI", "PCI Express", ...; "capability 0x42" is left to the caller: NULL when unknown. */
const char *pci_cap_name(const struct pci_cap *);

struct pci_bar {
	bool		present;	/* false: no such BAR, or the upper half of one */
	bool		io, is64, prefetch;
	uint64_t	addr;		/* as programmed; 0: not assigned */
	uint8_t		index;
};

/*
 * Decode BAR `bar`: 0..5 of a device, 0..1 of a bridge.  Its size cannot be read without
 * writing to the device, so it is not here.  PCI Local Bus 3.0 section 6.2.5.
 */
void	pci_bar_decode(pci_conf_read_fn, void *ctx, unsigned bar, struct pci_bar *);

/* ---- the host (sysfs.c) ---- */

/* Where the kernel's file systems are; "" for the running system, a folder in tests. */
struct pci_host {
	const char	*root;
};

struct pci_text {
	char		s[512];
};

/* One line of /sys/bus/pci/devices/BDF/ATTR; ENOENT and so on as open(2). */
int	pci_attr_read(const struct pci_host *, const char *bdf, const char *attr,
	    struct pci_text *);
int	pci_attr_write(const struct pci_host *, const char *bdf, const char *attr,
	    const char *value);
bool	pci_exists(const struct pci_host *, const char *bdf);
/* The bound driver's name, or "" when there is none. */
void	pci_driver_of(const struct pci_host *, const char *bdf, struct pci_text *);
/* The IOMMU group's number, or -1 without one. */
int	pci_group_of(const struct pci_host *, const char *bdf);
/* Call fn for each device of the group; a nonzero return ends the walk and is returned. */
int	pci_group_walk(const struct pci_host *, int group,
	    int (*fn)(void *ctx, const char *bdf), void *ctx);

/* ---- who uses it (usage.c) ---- */

/*
 * What of this system would break if the device were taken from its driver: a network
 * interface that is up, a mounted file system, swap.  false: nothing; else `why` says it
 * and `mend` what to do first.
 */
bool	pci_in_use(const struct pci_host *, const char *bdf, struct pci_text *why,
	    struct pci_text *mend);
/*
 * The process that has /dev/vfio/GROUP open, with its name in `comm`; 0 when there is none
 * that this user may see.
 */
int	pci_group_holder(const struct pci_host *, int group, struct pci_text *comm);

/* ---- bind (bind.c) ---- */

/*
 * Give the device to vfio-pci by driver_override, and note its former driver; or give it
 * back to that one.  A step that fails undoes those before it.  `err` gets thing, cause
 * and mend.  EBUSY: in use (bind, unless `force`); ENODEV: no such device; EALREADY:
 * bound already, or (unbind) not bound to vfio-pci; others as write(2) to sysfs.
 */
int	pci_bind(const struct pci_host *, const char *bdf, bool force, struct pci_text *former,
	    struct pci_text *err);
int	pci_unbind(const struct pci_host *, const char *bdf, struct pci_text *now,
	    struct pci_text *err);

/* ---- match (match.c) ---- */

struct pci_match {
	uint16_t	 vendor, device;
	const char	*driver;
};

/* The driver for the pair, or NULL.  The table ends with driver == NULL. */
const char *pci_match(const struct pci_match *, uint16_t vendor, uint16_t device);

#endif /* PCI_PCI_H */
