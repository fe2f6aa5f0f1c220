/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvm.c - reading the card's non-volatile memory through the firmware, section by section in
 * chunks.  The parser is nvmparse.c.  WORKER, with the lock.
 */
#include "iwm.h"
#include "fwapi_phy.h"

#define CHUNK			2048
#define NVM_SIZE		16384	/* of the whole memory */

struct chunk {
	struct iwm_nvm_access_resp	resp;
	uint8_t				data[CHUNK];
};

/*
 * One chunk: *got bytes to `buf`.  ENOENT: there is no such section.  At its end, when its
 * size is a multiple of CHUNK, the firmware says "not a valid address": that is 0 bytes.
 */
static int
read_chunk(struct iwm_softc *sc, unsigned section, unsigned off, struct chunk *c, unsigned *got)
{
	struct iwm_nvm_access_cmd cmd = {
		.op_code = NVM_READ_OPCODE, .type = htole16(section), .offset = htole16(off),
		.length = htole16(CHUNK),
	};
	struct iwm_hcmd h = {
		.id = IWM_NVM_ACCESS_CMD, .data = { &cmd }, .len = { sizeof(cmd) },
		.resp = c, .resp_size = sizeof(*c),
	};
	int error;

	*got = 0;
	if ((error = iwm_cmd(sc, &h)) != 0)
		return error;
	if (h.resp_len < sizeof(c->resp))
		return EPROTO;
	if (le16toh(c->resp.status) != READ_NVM_CHUNK_SUCCEED)
		return off == 0 ? ENOENT : 0;
	*got = le16toh(c->resp.length);
	if (*got > CHUNK || *got > h.resp_len - sizeof(c->resp) ||
	    le16toh(c->resp.offset) != off)
		return EPROTO;
	return 0;
}

/* A whole section into `buf` of NVM_SIZE bytes. */
static int
read_section(struct iwm_softc *sc, unsigned section, struct chunk *c, uint8_t *buf, size_t *len)
{
	unsigned got;
	int error;

	for (*len = 0;; *len += got) {
		error = read_chunk(sc, section, *len, c, &got);
		if (error == EPROTO || (error == 0 && got > NVM_SIZE - *len)) {
			IWM_FAIL(sc, EPROTO, "NVM: section %u: nonsense at offset %zu",
			    section, *len);
			return EPROTO;
		}
		if (error != 0)
			return error;
		memcpy(buf + *len, c->data, got);
		if (got < CHUNK) {
			*len += got;
			return *len == 0 ? ENOENT : 0;
		}
	}
}

static int
keep_section(struct iwm_nvm_sect *s, const uint8_t *buf, size_t len)
{
	if ((s->data = pdk_zalloc(len, PDK_NOWAIT)) == NULL)
		return ENOMEM;
	memcpy(s->data, buf, len);
	s->len = s->alloc = len;
	return 0;
}

static int
read_all(struct iwm_softc *sc, struct iwm_nvm_sect *sect, struct chunk *c, uint8_t *buf)
{
	size_t len;
	unsigned i;
	int error;

	for (i = 0; i < NVM_MAX_NUM_SECTIONS; i++) {
		error = read_section(sc, i, c, buf, &len);
		if (error == ENOENT)
			continue;
		if (error == 0)
			error = keep_section(&sect[i], buf, len);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
parse(struct iwm_softc *sc, const struct iwm_nvm_sect *sect)
{
	const char *why;
	int error;

	error = iwm_nvm_parse(sect, FW_PHY_CFG_TX_CHAIN(sc->sc_fw.phy_config),
	    FW_PHY_CFG_RX_CHAIN(sc->sc_fw.phy_config), &sc->sc_nvm, &why);
	if (error != 0) {
		sc->sc_nvm.nchans = 0;
		IWM_FAIL(sc, error, "NVM: %s", why);
	}
	return error;
}

/* Fill sc_nvm. */
int
iwm_nvm_read(struct iwm_softc *sc)
{
	struct iwm_nvm_sect sect[NVM_MAX_NUM_SECTIONS];
	struct chunk *c;
	uint8_t *buf;
	unsigned i;
	int error = ENOMEM;

	memset(sect, 0, sizeof(sect));
	c = pdk_zalloc(sizeof(*c), PDK_NOWAIT);
	buf = pdk_zalloc(NVM_SIZE, PDK_NOWAIT);
	if (c != NULL && buf != NULL)
		error = read_all(sc, sect, c, buf);
	if (error == 0)
		error = parse(sc, sect);
	for (i = 0; i < NVM_MAX_NUM_SECTIONS; i++)
		pdk_free(sect[i].data, sect[i].alloc);
	pdk_free(buf, NVM_SIZE);
	pdk_free(c, sizeof(*c));
	if (error == ENOMEM)
		IWM_FAIL(sc, error, "NVM: no memory");
	return error;
}
