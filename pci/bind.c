/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Give a device to vfio-pci and give it back: Linux, Documentation/ABI/testing/
 * sysfs-bus-pci (driver_override, drivers_probe, bind, unbind).  The former driver is
 * noted in /run/voyageur/driver/BDF, so that another process can put it back; "none" means
 * that the device had none.
 */
#include <sys/stat.h>

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

#define VFIO_PCI	"vfio-pci"
#define CLASS_BRIDGE	0x06

static int __attribute__((format(printf, 3, 4)))
fail(struct pci_text *err, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->s, sizeof(err->s), fmt, ap);
	va_end(ap);
	return error;
}

/* Write `value` to a file of the PCI bus itself. */
static int
bus_write(const struct pci_host *h, const char *file, const char *value)
{
	char path[PATH_MAX];

	pci_path(path, "%s/sys/bus/pci/%s", h->root, file);
	return pci_write_file(path, value);
}

static int
driver_write(const struct pci_host *h, const char *driver, const char *file, const char *bdf)
{
	char path[PATH_MAX];

	pci_path(path, "drivers/%s/%s", driver, file);
	return bus_write(h, path, bdf);
}

static void
note_path(const struct pci_host *h, const char *bdf, char path[PATH_MAX])
{
	pci_path(path, "%s/run/voyageur/driver/%s", h->root, bdf);
}

static int
note_write(const struct pci_host *h, const char *bdf, const char *driver)
{
	char path[PATH_MAX];
	FILE *f;
	int bad;

	pci_path(path, "%s/run/voyageur", h->root);
	mkdir(path, 0755);
	pci_path(path, "%s/run/voyageur/driver", h->root);
	mkdir(path, 0755);
	note_path(h, bdf, path);
	f = fopen(path, "we");
	if (f == NULL)
		return errno;
	bad = fprintf(f, "%s\n", driver[0] != '\0' ? driver : "none") < 0;
	return (fclose(f) != 0 || bad) ? EIO : 0;
}

/* The noted driver; "" when nothing was noted. */
static void
note_read(const struct pci_host *h, const char *bdf, struct pci_text *driver)
{
	char path[PATH_MAX];
	FILE *f;

	driver->s[0] = '\0';
	note_path(h, bdf, path);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(driver->s, sizeof(driver->s), f) == NULL)
		driver->s[0] = '\0';
	driver->s[strcspn(driver->s, "\n")] = '\0';
	fclose(f);
}

static void
note_remove(const struct pci_host *h, const char *bdf)
{
	char path[PATH_MAX];

	note_path(h, bdf, path);
	unlink(path);
}

static bool
have_vfio_pci(const struct pci_host *h)
{
	char path[PATH_MAX];

	pci_path(path, "%s/sys/bus/pci/drivers/" VFIO_PCI, h->root);
	return access(path, F_OK) == 0;
}

/* May the device be taken?  `former` becomes its driver. */
static int
may_bind(const struct pci_host *h, const char *bdf, bool force, struct pci_text *former,
    struct pci_text *err)
{
	struct pci_text t, mend;

	former->s[0] = '\0';
	if (!pci_exists(h, bdf))
		return fail(err, ENODEV, "%s: no such PCI device; `voy list` shows those there are",
		    bdf);
	pci_driver_of(h, bdf, former);
	if (strcmp(former->s, VFIO_PCI) == 0)
		return fail(err, EALREADY, "%s: bound to vfio-pci already", bdf);
	if (pci_attr_read(h, bdf, "class", &t) == 0 &&
	    strtoul(t.s, NULL, 16) >> 16 == CLASS_BRIDGE)
		return fail(err, EINVAL, "%s: is a bridge, which VFIO cannot take; bind the device "
		    "behind it", bdf);
	if (!have_vfio_pci(h))
		return fail(err, ENOENT, "%s: the vfio-pci driver is not loaded; run `modprobe "
		    "vfio-pci` as root", bdf);
	if (!force && pci_in_use(h, bdf, &t, &mend))
		return fail(err, EBUSY, "%.200s; first: %.200s (or --force)", t.s, mend.s);
	return 0;
}

/* Clear the override and let `driver` ("" or "none": nobody; NULL: whoever wants) have it. */
static int
give_back(const struct pci_host *h, const char *bdf, const char *driver)
{
	int error = pci_attr_write(h, bdf, "driver_override", "\n");

	if (error != 0 || (driver != NULL && (driver[0] == '\0' || strcmp(driver, "none") == 0)))
		return error;
	if (driver != NULL && driver_write(h, driver, "bind", bdf) == 0)
		return 0;
	return bus_write(h, "drivers_probe", bdf);
}

/* The steps of binding, in order; the caller undoes them when one fails. */
static int
take(const struct pci_host *h, const char *bdf, const char *former, struct pci_text *err)
{
	struct pci_text now;
	int error;

	error = pci_attr_write(h, bdf, "driver_override", VFIO_PCI);
	if (error != 0)
		return fail(err, error, "%s: driver_override: %s%s", bdf, strerror(error),
		    error == EACCES ? "; run `voy bind` as root" : "");
	if (former[0] != '\0') {
		error = driver_write(h, former, "unbind", bdf);
		if (error != 0)
			return fail(err, error, "%s: driver %s does not let go: %s", bdf, former,
			    strerror(error));
	}
	error = bus_write(h, "drivers_probe", bdf);
	pci_driver_of(h, bdf, &now);
	if (error == 0 && strcmp(now.s, VFIO_PCI) != 0)
		error = EIO;
	if (error != 0)
		return fail(err, error, "%s: vfio-pci did not take the device (%s); see dmesg(1)",
		    bdf, strerror(error));
	return 0;
}

int
pci_bind(const struct pci_host *h, const char *bdf, bool force, struct pci_text *former,
    struct pci_text *err)
{
	struct pci_text now;
	int error;

	error = may_bind(h, bdf, force, former, err);
	if (error != 0)
		return error;
	error = note_write(h, bdf, former->s);
	if (error != 0)
		return fail(err, error, "%s: cannot note its driver in /run/voyageur: %s%s", bdf,
		    strerror(error), error == EACCES || error == ENOENT ?
		    "; run `voy bind` as root" : "");
	error = take(h, bdf, former->s, err);
	if (error == 0)
		return 0;
	pci_driver_of(h, bdf, &now);
	/* A driver that never let go still has it: then only the override is to be undone. */
	give_back(h, bdf, now.s[0] != '\0' ? "" : former->s);
	note_remove(h, bdf);
	return error;
}

int
pci_unbind(const struct pci_host *h, const char *bdf, struct pci_text *now,
    struct pci_text *err)
{
	struct pci_text former, comm;
	int error, pid;

	if (!pci_exists(h, bdf))
		return fail(err, ENODEV, "%s: no such PCI device; `voy list` shows those there are",
		    bdf);
	pci_driver_of(h, bdf, now);
	if (strcmp(now->s, VFIO_PCI) != 0)
		return fail(err, EALREADY, "%s: not bound to vfio-pci but to %s", bdf,
		    now->s[0] != '\0' ? now->s : "no driver");
	/* The kernel would make the write below wait for the user, for good. */
	pid = pci_group_holder(h, pci_group_of(h, bdf), &comm);
	if (pid != 0)
		return fail(err, EBUSY, "%s: process %d (%.64s) is using it; end that first", bdf,
		    pid, comm.s);
	note_read(h, bdf, &former);
	error = driver_write(h, VFIO_PCI, "unbind", bdf);
	if (error == 0)
		error = give_back(h, bdf, former.s[0] != '\0' ? former.s : NULL);
	if (error != 0)
		return fail(err, error, "%s: cannot be given back: %s%s", bdf, strerror(error),
		    error == EACCES ? "; run `voy unbind` as root" : "");
	note_remove(h, bdf);
	pci_driver_of(h, bdf, now);
	return 0;
}
