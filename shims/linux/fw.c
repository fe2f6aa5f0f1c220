/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw.c - firmware files, and who has not given one back.
 */
#include "softc.h"

#include <stdlib.h>

struct shim_fw {
	LIST_ENTRY(shim_fw) link;
	void		*data;
	size_t		 size;
	const void	*site;
};

int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_fw *fw;
	int error;

	SHIM_CHECK(sc, pdk_firmware_get);
	if (SHIM_FAULT(sc, firmware_get))
		return EIO;
	fw = calloc(1, sizeof(*fw));
	if (fw == NULL)
		return ENOMEM;
	error = hyp_firmware_get(sc->hyp, name, &fw->data, &fw->size);
	if (error != 0) {
		free(fw);
		return error;
	}
	fw->site = SHIM_SITE();
	pthread_mutex_lock(&sc->res_mtx);
	LIST_INSERT_HEAD(&sc->firmwares, fw, link);
	pthread_mutex_unlock(&sc->res_mtx);
	SHIM_LIVE(sc, firmware, 1);
	*data = fw->data;
	*size = fw->size;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *dev, const void *data, size_t size)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_fw *fw;

	SHIM_CHECK(sc, pdk_firmware_put);
	pthread_mutex_lock(&sc->res_mtx);
	LIST_FOREACH(fw, &sc->firmwares, link)
		if (fw->data == data)
			break;
	if (fw != NULL)
		LIST_REMOVE(fw, link);
	pthread_mutex_unlock(&sc->res_mtx);
	if (fw == NULL || fw->size != size)
		shim_violation(sc, R_pdk_firmware_put,
		    "this firmware was not got, or put already, or has another size than %zu",
		    size);
	SHIM_LIVE(sc, firmware, -1);
	hyp_firmware_put(sc->hyp, fw->data, fw->size);
	free(fw);
}

void
shim_fw_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	struct shim_fw *fw;

	while ((fw = LIST_FIRST(&sc->firmwares)) != NULL) {
		shim_leak(sc, &leaks->firmware, fw->site, "firmware of %zu bytes", fw->size);
		LIST_REMOVE(fw, link);
		hyp_firmware_put(sc->hyp, fw->data, fw->size);
		free(fw);
	}
}
