/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwfile.c - getting the firmware file, and what to say about a bad one.
 */
#include "iwm.h"

#define BAD(fmt, ...)	\
	IWM_FAIL(sc, error, "firmware: %s: " fmt, sc->sc_chip->fwname, ##__VA_ARGS__)

static void
say_section(struct iwm_softc *sc, int error, const struct iwm_fwerr *e)
{
	const struct iwm_fwspec *s = &sc->sc_chip->fwspec;

	if (e->kind == IWM_FWERR_ALIGN)
		BAD("section %u: %u bytes at 0x%x are not whole words", e->number, e->val,
		    e->addr);
	else
		BAD("section %u: %u bytes at 0x%x are outside the card's memory "
		    "(0x%x-0x%x, 0x%x-0x%x)", e->number, e->val, e->addr, s->inst_addr,
		    s->inst_addr + s->inst_size - 1, s->data_addr,
		    s->data_addr + s->data_size - 1);
}

static void
say_entry(struct iwm_softc *sc, int error, const struct iwm_fwerr *e)
{
	switch (e->kind) {
	case IWM_FWERR_TAIL:
		BAD("truncated at byte %zu of %zu (%u bytes are no entry)", e->off, e->size,
		    e->val);
		break;
	case IWM_FWERR_TRUNC:
		if (e->number != 0)
			BAD("truncated at byte %zu of %zu (section %u claims %u)", e->off,
			    e->size, e->number, e->val);
		else
			BAD("truncated at byte %zu of %zu (entry of type %u claims %u)", e->off,
			    e->size, e->type, e->val);
		break;
	case IWM_FWERR_LENGTH:
		BAD("damaged at byte %zu of %zu: an entry of type %u cannot be %u bytes long",
		    e->off, e->size, e->type, e->val);
		break;
	case IWM_FWERR_VALUE:
		BAD("damaged at byte %zu of %zu: entry of type %u holds %u", e->off, e->size,
		    e->type, e->val);
		break;
	default:
		BAD("damaged at byte %zu of %zu: more than %u sections of type %u", e->off,
		    e->size, e->val, e->type);
		break;
	}
}

static void
say(struct iwm_softc *sc, int error, const struct iwm_fwerr *e)
{
	switch (e->kind) {
	case IWM_FWERR_HEADER:
		BAD("truncated at byte %zu (the header has %u)", e->size, e->val);
		break;
	case IWM_FWERR_OLD:
		BAD("not a firmware file, or one in the format before 2010 (begins 0x%08x)",
		    e->val);
		break;
	case IWM_FWERR_MAGIC:
		BAD("not a firmware file (wrong magic 0x%08x)", e->val);
		break;
	case IWM_FWERR_ALIGN:
	case IWM_FWERR_SRAM:
		say_section(sc, error, e);
		break;
	case IWM_FWERR_API:
		BAD("wrong API version %u; this driver speaks %u to %u", e->val, e->addr >> 16,
		    e->addr & 0xffff);
		break;
	case IWM_FWERR_NOIMAGE:
		BAD("no %s image in it", iwm_ucode_name(e->type));
		break;
	case IWM_FWERR_MISSING:
		BAD("incomplete: ends at byte %zu without an entry of type %u", e->size, e->type);
		break;
	default:
		say_entry(sc, error, e);
		break;
	}
}

/* What this driver relies on and the format does not promise. */
static int
check_features(struct iwm_softc *sc)
{
	int error = EOPNOTSUPP;

	if (!IWM_FW_HAS(sc->sc_fw.capabits, IWM_UCODE_TLV_CAPA_DQA_SUPPORT) ||
	    !IWM_FW_HAS(sc->sc_fw.apibits, IWM_UCODE_TLV_API_WIDE_CMD_HDR)) {
		BAD("without dynamic queue allocation; a newer build of API 17 is needed");
		return error;
	}
	return 0;
}

/* Read and check the file, once.  WORKER, unlocked. */
int
iwm_fw_read(struct iwm_softc *sc)
{
	struct iwm_fwerr fe;
	int error;

	if (sc->sc_fwdata != NULL)
		return 0;
	error = pdk_firmware_get(&sc->sc_dev, sc->sc_chip->fwname, &sc->sc_fwdata,
	    &sc->sc_fwsize);
	if (error != 0) {
		sc->sc_fwdata = NULL;
		if (error == ENOENT)
			BAD("not found; install Debian's firmware-iwlwifi, or name its directory "
			    "in VOY_FIRMWARE_PATH");
		else
			BAD("cannot be read: error %d", error);
		return error;
	}
	error = iwm_fw_parse(sc->sc_fwdata, sc->sc_fwsize, &sc->sc_chip->fwspec, &sc->sc_fw, &fe);
	if (error != 0)
		say(sc, error, &fe);
	else
		error = check_features(sc);
	if (error != 0) {
		iwm_fw_release(sc);
		return error;
	}
	pdk_info(&sc->sc_dev, "fw", "%u.%u.%u", sc->sc_fw.version[0], sc->sc_fw.version[1],
	    sc->sc_fw.version[2]);
	return 0;
}

void
iwm_fw_release(struct iwm_softc *sc)
{
	if (sc->sc_fwdata != NULL)
		pdk_firmware_put(&sc->sc_dev, sc->sc_fwdata, sc->sc_fwsize);
	sc->sc_fwdata = NULL;
}
