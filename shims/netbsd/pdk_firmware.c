/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_firmware.c - firmware files: firmload(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#include <dev/firmload.h>

/*
 * Files are /libdata/firmware/<class>/<name>, with the last part of Linux's name; the class of a
 * network driver is if_<driver>.
 */
static int
open_firmware(struct pdk_dev *dev, const char *name, firmware_handle_t *fh)
{
	const char *base = strrchr(name, '/');
	char class[32];

	base = base != NULL ? base + 1 : name;
	snprintf(class, sizeof(class), "if_%s", dev->pd_drv->name);
	if (firmware_open(class, base, fh) == 0)
		return 0;
	return firmware_open(dev->pd_drv->name, base, fh);
}

int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	firmware_handle_t fh;
	void *p = NULL;
	off_t len;
	int error;

	KASSERT(curlwp == dev->pd_worker);
	if ((error = open_firmware(dev, name, &fh)) != 0)
		return error == ENOENT ? ENOENT : EIO;
	len = firmware_get_size(fh);
	error = EIO;
	if (len > 0 && len <= INT_MAX && (p = firmware_malloc(len)) != NULL)
		error = firmware_read(fh, 0, p, len);
	firmware_close(fh);
	if (error != 0) {
		if (p != NULL)
			firmware_free(p, len);
		return EIO;
	}
	*data = p;
	*size = len;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *dev, const void *data, size_t size)
{
	firmware_free(__UNCONST(data), size);
}
