/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key.c - CCMP keys: the firmware decrypts with those in its table; for encryption the pairwise
 * key goes along with each frame.  Other ciphers are refused.
 */
#include "iwm.h"
#include "fwapi_sta.h"

/* Places in the firmware's table: the pairwise key, then group keys by id. */
#define PAIRWISE_PLACE		0
#define GROUP_PLACE(id)		(1 + ((id) & 3))

static int
send(struct iwm_softc *sc, const struct pdk80211_key *k, int valid)
{
	struct iwm_add_sta_key_cmd cmd;
	uint16_t flags = STA_KEY_FLG_CCM | STA_KEY_FLG_WEP_KEY_MAP;
	uint32_t status = 0;
	int error;

	memset(&cmd, 0, sizeof(cmd));
	cmd.sta_id = IWM_STATION_ID;
	cmd.key_offset = k->group ? GROUP_PLACE(k->id) : PAIRWISE_PLACE;
	flags |= (k->id & 3) << STA_KEY_FLG_KEYID_POS;
	if (k->group)
		flags |= STA_KEY_MULTICAST;
	if (valid)
		memcpy(cmd.key, k->key, k->len);
	else
		flags |= STA_KEY_NOT_VALID;
	cmd.key_flags = htole16(flags);
	error = iwm_cmd_status(sc, IWM_ADD_STA_KEY, &cmd, sizeof(cmd), &status);
	memset(&cmd, 0, sizeof(cmd));
	if (error == 0 && (status & IWM_ADD_STA_STATUS_MASK) != IWM_ADD_STA_SUCCESS) {
		pdk_printf(&sc->sc_dev, "firmware: ADD_STA_KEY: status 0x%x", status);
		error = EIO;
	}
	return error;
}

/*
 * With a new key in the place of another packet numbers begin anew.  A frame that the firmware has
 * decrypted with the old one and that came up later would take its number, far ahead, for one of
 * the new key's, and all that follow would be old.
 *
 * EOPNOTSUPP: not CCMP; ENOTCONN: no network; EIO, ENXIO.
 */
int
iwm_set_key_op(struct pdk_dev *dev, const struct pdk80211_key *k)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error = ENOTCONN;

	if (k->cipher != PDK_CIPHER_CCMP || k->len != IWM_CCMP_KEY_LEN)
		return EOPNOTSUPP;
	pdk_lock(dev);
	if ((sc->sc_net.state & IWM_N_JOINED) != 0)
		error = send(sc, k, 1);
	if (error == 0 && !k->group) {
		iwm_tx_drop_sealed(sc);
		memcpy(sc->sc_net.tk, k->key, IWM_CCMP_KEY_LEN);
		sc->sc_net.have_tk = 1;
	}
	if (!k->group)
		iwm_ba_release(sc);
	iwm_upcall_rx_barrier(sc);
	iwm_upcall_tell(sc);
	pdk_unlock(dev);
	return error;
}

void
iwm_del_key_op(struct pdk_dev *dev, const struct pdk80211_key *k)
{
	struct iwm_softc *sc = iwm_sc(dev);

	pdk_lock(dev);
	if ((sc->sc_net.state & IWM_N_JOINED) != 0)
		(void)send(sc, k, 0);
	if (!k->group) {
		iwm_tx_drop_sealed(sc);		/* else they would go out with no key, or the next */
		iwm_key_forget(sc);
	}
	iwm_upcall_tell(sc);
	pdk_unlock(dev);
}

void
iwm_key_forget(struct iwm_softc *sc)
{
	memset(sc->sc_net.tk, 0, sizeof(sc->sc_net.tk));
	sc->sc_net.have_tk = 0;
}
