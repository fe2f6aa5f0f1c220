/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_firmware.c - firmware files: firmware(9), of which the driver gets a copy of its own.
 *
 * Interrupts work, and attach_late runs, before there is a root file system; firmware that the
 * loader has not brought is waited for.
 */
#include "pdk_newbus.h"

/*
 * Linux's names to those of the images in sys/contrib/dev: "iwlwifi-7260-17.ucode" is
 * iwm7260fw(4).  Their version is not in the name; a driver reads it in the file.
 */
static const struct pdk_fwmap {
	const char	*prefix;	/* of Linux's; "MODEL-VERSION.ucode" follows */
	const char	*image;		/* format of MODEL */
} pdk_fwmap[] = {
	{ "iwlwifi-", "iwm%sfw" },
};

static bool
pdk_firmware_name(const char *name, char *image, size_t size)
{
	char model[32];
	unsigned i;

	for (i = 0; i < nitems(pdk_fwmap); i++) {
		const struct pdk_fwmap *fm = &pdk_fwmap[i];
		const char *begin = name + strlen(fm->prefix), *end;

		if (strncmp(name, fm->prefix, strlen(fm->prefix)) != 0)
			continue;
		end = strrchr(begin, '-');
		if (end == NULL || (size_t)(end - begin) >= sizeof(model))
			return (false);
		strlcpy(model, begin, (size_t)(end - begin) + 1);
		return ((size_t)os_snprintf(image, size, fm->image, model) < size);
	}
	return (false);
}

static const struct firmware *
pdk_firmware_find(const char *name)
{
	char image[64];

	return (os_firmware_find(name, pdk_firmware_name(name, image, sizeof(image)) ? image :
	    NULL));
}

/*
 * WORKER.  Let the boot go on and wait until there is a root file system: interrupts work,
 * and attach_late runs, before that.  Also ends when the device is detached.
 */
static void
pdk_root_wait(struct pdk_softc *sc)
{
	os_root_t root;

	pdk_hook_release(sc);
	root = os_root_listen(&sc->dying);
	pdk_lock(sc->dev);
	/* The time: the event may have come before it was listened for. */
	while (!os_root_mounted() && !sc->dying)
		(void)os_sleep(&sc->dying, &sc->dev->pd_mtx, "pdkroot", 1000);
	pdk_unlock(sc->dev);
	os_root_unlisten(root);
}

/* firmware(9) lends its image; a copy gives the driver the same lifetime on every system. */
int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	const struct firmware *fw;
	void *copy;

	fw = pdk_firmware_find(name);
	if (fw == NULL && !os_root_mounted()) {
		pdk_root_wait(dev->pd_sc);
		fw = pdk_firmware_find(name);
	}
	if (fw == NULL)
		return (ENOENT);
	if (fw->datasize == 0) {
		firmware_put(fw, FIRMWARE_UNLOAD);
		return (EIO);
	}
	copy = os_malloc(fw->datasize, M_WAITOK);
	memcpy(copy, fw->data, fw->datasize);
	*data = copy;
	*size = fw->datasize;
	firmware_put(fw, FIRMWARE_UNLOAD);
	return (0);
}

void
pdk_firmware_put(struct pdk_dev *dev __unused, const void *data, size_t size __unused)
{
	os_free(__DECONST(void *, data));
}
