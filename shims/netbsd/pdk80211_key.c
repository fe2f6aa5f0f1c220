/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_key.c - hardware keys: net80211's key methods.
 *
 * A key that is refused is net80211's own work.  Keys are deleted in interrupts, too, where nodes
 * are freed: that is recorded.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

#include <sys/cpu.h>

static void
describe_key(struct ieee80211com *ic, const struct ieee80211_key *k, struct pdk80211_key *key)
{
	memset(key, 0, sizeof(*key));
	key->cipher = PDK_CIPHER_CCMP;
	if (k >= ic->ic_nw_keys && k < ic->ic_nw_keys + IEEE80211_WEP_NKID) {
		key->group = 1;
		key->id = k - ic->ic_nw_keys;
	}
	key->len = MIN(k->wk_keylen, sizeof(key->key));
	memcpy(key->key, k->wk_key, key->len);
	key->tsc = k->wk_keyrsc;
}

static unsigned
key_bit(const struct pdk80211_key *key)
{
	return key->group ? KEY_GROUP(key->id) : KEY_PAIRWISE;
}

/* WORKER: the keys that net80211 has deleted. */
void
wlan_delete_keys(struct pdk80211_softc *w)
{
	struct pdk80211_key key = { .cipher = PDK_CIPHER_CCMP };
	unsigned del;

	pdk_lock(w->w_dev);
	del = w->w_delkeys & w->w_hwkeys;
	w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_hwkeys &= ~del;
	if (w->w_ops->del_key == NULL)
		return;
	if ((del & KEY_PAIRWISE) != 0)
		w->w_ops->del_key(w->w_dev, &key);
	key.group = 1;
	for (key.id = 0; key.id < IEEE80211_WEP_NKID; key.id++)
		if ((del & KEY_GROUP(key.id)) != 0)
			w->w_ops->del_key(w->w_dev, &key);
}

struct set_key {
	struct pdk80211_softc	*w;
	struct pdk80211_key	 key;
};

static int
set_key(void *arg)
{
	struct set_key *sk = arg;
	struct pdk80211_softc *w = sk->w;
	int error = ENOTCONN;

	wlan_delete_keys(w);				/* those were before */
	if (w->w_joined)
		error = w->w_ops->set_key(w->w_dev, &sk->key);
	if (error == 0)
		w->w_hwkeys |= key_bit(&sk->key);
	return error;
}

int
wlan_key_alloc(struct ieee80211com *ic, const struct ieee80211_key *k, ieee80211_keyix *keyix,
    ieee80211_keyix *rxkeyix)
{
	*keyix = 0;
	if (k >= ic->ic_nw_keys && k < ic->ic_nw_keys + IEEE80211_WEP_NKID)
		*keyix = k - ic->ic_nw_keys;
	*rxkeyix = IEEE80211_KEYIX_NONE;
	return 1;
}

/*
 * CCMP is for the hardware, if it takes the key.  Any other key becomes one that net80211 works
 * with itself; it takes WEP for the hardware's, since IEEE80211_C_WEP has to be claimed to have
 * WEP at all.  1: the key may be used.
 */
int
wlan_key_set(struct ieee80211com *ic, const struct ieee80211_key *ck,
    const u_int8_t mac[IEEE80211_ADDR_LEN])
{
	struct ieee80211_key *k = __UNCONST(ck);
	struct pdk80211_softc *w = IC2W(ic);
	struct set_key sk = { .w = w };
	int error = EOPNOTSUPP;

	if ((k->wk_flags & IEEE80211_KEY_SWCRYPT) != 0)
		return 1;
	if (k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM && w->w_ops->set_key != NULL &&
	    !cpu_softintr_p()) {
		describe_key(ic, k, &sk.key);
		error = pdk_call(w->w_dev, set_key, &sk);
		explicit_memset(&sk.key, 0, sizeof(sk.key));
	}
	if (error == 0)
		return 1;
	k->wk_flags |= IEEE80211_KEY_SWCRYPT;
	return k->wk_cipher->ic_setkey(k);
}

int
wlan_key_delete(struct ieee80211com *ic, const struct ieee80211_key *k)
{
	struct pdk80211_softc *w = IC2W(ic);
	struct pdk80211_key key;

	if ((k->wk_flags & IEEE80211_KEY_SWCRYPT) != 0 ||
	    k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM)
		return 1;
	describe_key(ic, k, &key);
	pdk_lock(w->w_dev);
	w->w_delkeys |= key_bit(&key);
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
	explicit_memset(&key, 0, sizeof(key));
	return 1;
}
