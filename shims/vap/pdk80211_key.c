/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_key.c - hardware keys.
 *
 * iv_key_set and iv_key_delete may come with the node lock held, so a task does the work, in
 * WORKER.
 *
 * Manual page: ieee80211_crypto(9).
 */
#include "pdk80211_vap.h"

/*
 * A key is the hardware's as soon as the core has said so, and software's until then and if
 * it refuses: nothing waits here, where the node lock may be held, and no frame is lost.
 */
static struct vap_key *
vap_key_slot(struct pdk80211_softc *sc, struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	if (k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM ||
	    (sc->sc_caps.flags & PDK_CAP_HW_CCMP) == 0 || sc->sc_ops->set_key == NULL ||
	    sc->sc_ops->del_key == NULL)
		return (NULL);
	if (k >= &vap->iv_nw_keys[0] && k < &vap->iv_nw_keys[IEEE80211_WEP_NKID])
		return (&sc->sc_keys[k - &vap->iv_nw_keys[0]]);
	return (&sc->sc_keys[VAP_PAIRWISE]);
}

/* One word has the flag of those who send and that of those who receive: not at the same time. */
void
vap_key_flag(struct pdk80211_softc *sc, struct ieee80211_key *k, unsigned flag, bool on)
{
	pdk_lock(sc->sc_dev);
	if (on)
		k->wk_flags |= flag;
	else
		k->wk_flags &= ~flag;
	pdk_unlock(sc->sc_dev);
}

/*
 * The stack's CCMP has made no key schedule, as ic_cryptocaps says that the hardware does the
 * work; so it has to be asked again, as for a key of software's.
 */
static int
vap_key_schedule(struct pdk80211_softc *sc, struct ieee80211_key *k)
{
	if (k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM)
		return (1);
	vap_key_flag(sc, k, IEEE80211_KEY_SWENCRYPT | IEEE80211_KEY_SWDECRYPT, true);
	return (k->wk_cipher->ic_setkey(k));
}

static int
vap_key_set(struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_key *vk = vap_key_slot(sc, vap, k);
	bool group = vk != &sc->sc_keys[VAP_PAIRWISE];

	if (!vap_key_schedule(sc, (struct ieee80211_key *)(uintptr_t)k))
		return (0);
	if (vk == NULL)
		return (1);
	pdk_lock(sc->sc_dev);
	vk->hw = false;
	vk->set = true;
	vk->key = (struct pdk80211_key){
		.id = group ? (uint8_t)(vk - sc->sc_keys) : 0,
		.cipher = PDK_CIPHER_CCMP,
		.len = MIN(k->wk_keylen, sizeof(vk->key.key)),
		.group = group,
		.tsc = k->wk_keyrsc[IEEE80211_NONQOS_TID],
	};
	memcpy(vk->key.key, k->wk_key, vk->key.len);
	pdk_task_post(&sc->sc_key_task);
	pdk_unlock(sc->sc_dev);
	return (1);
}

static int
vap_key_delete(struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_key *vk = vap_key_slot(sc, vap, k);

	if (vk == NULL)
		return (1);
	pdk_lock(sc->sc_dev);
	vk->hw = vk->set = false;
	vk->del = true;
	pdk_task_post(&sc->sc_key_task);
	pdk_unlock(sc->sc_dev);
	return (1);
}

/* WORKER.  One place: what is there goes, what is new comes. */
static void
vap_key_work(struct pdk80211_softc *sc, struct vap_key *vk)
{
	struct pdk80211_key old, key;
	bool set, del;
	int error;

	pdk_lock(sc->sc_dev);
	set = vk->set;
	del = (vk->del || set) && vk->installed;
	vk->set = vk->del = false;
	old = key = vk->key;
	pdk_unlock(sc->sc_dev);
	if (del) {
		sc->sc_ops->del_key(sc->sc_dev, &old);
		vk->installed = false;
	}
	if (!set)
		return;
	error = sc->sc_ops->set_key(sc->sc_dev, &key);
	pdk_lock(sc->sc_dev);
	vk->installed = error == 0;
	vk->hw = error == 0 && !vk->set && !vk->del;	/* unless there is a newer one */
	pdk_unlock(sc->sc_dev);
	if (error != 0)
		pdk_printf(sc->sc_dev, "key %u: error %d, software encrypts", key.id, error);
}

static void
vap_keys(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int i;

	if (sc->sc_joined == VAP_IDLE || vap_is_dead(sc))
		return;
	for (i = 0; i < VAP_NKEYS; i++)
		if (sc->sc_keys[i].set || sc->sc_keys[i].del)
			vap_key_work(sc, &sc->sc_keys[i]);
}

void
vap_key_override(struct ieee80211vap *vap)
{
	vap->iv_key_set = vap_key_set;
	vap->iv_key_delete = vap_key_delete;
}

void
vap_key_attach(struct pdk80211_softc *sc)
{
	pdk_task_init(sc->sc_dev, &sc->sc_key_task, vap_keys, sc);
}
