/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_firmware.c - firmware files: loadfirmware(9).
 */
#include "pdk_unit.h"

/*
 * Linux's names to those of OpenBSD's firmware packages, which begin with the driver's:
 * "iwlwifi-7260-17.ucode" is iwm-7260-17.
 */
static void
pdk_firmware_name(struct pdk_dev *d, const char *name, char *buf, size_t size)
{
	static const char prefix[] = "iwlwifi-", suffix[] = ".ucode";
	size_t len;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
		strlcpy(buf, name, size);
		return;
	}
	snprintf(buf, size, "%s-%s", d->pd_unit->pu_drv->name, name + sizeof(prefix) - 1);
	len = strlen(buf);
	if (len > sizeof(suffix) - 1 &&
	    strcmp(buf + len - (sizeof(suffix) - 1), suffix) == 0)
		buf[len - (sizeof(suffix) - 1)] = '\0';
}

/* What loadfirmware(9) gives is a copy already.  A file of Linux's name serves as well. */
int
pdk_firmware_get(struct pdk_dev *d, const char *name, const void **data, size_t *size)
{
	char file[64];
	u_char *buf;
	int error;

	pdk_firmware_name(d, name, file, sizeof(file));
	error = loadfirmware(file, &buf, size);
	if (error != 0 && strcmp(file, name) != 0)
		error = loadfirmware(name, &buf, size);
	if (error != 0) {
		pdk_printf(d, "cannot read firmware %s (fw_update(8) installs it), error %d", file,
		    error);
		return error == ENOENT ? ENOENT : EIO;
	}
	*data = buf;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *d __unused, const void *data, size_t size)
{
	if (data != NULL)
		free((void *)(uintptr_t)data, M_DEVBUF, size);
}
