/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_key.c - hardware keys.
 *
 * ic_set_key installs the key for net80211's software crypto at once and has the hardware
 * take it over later: until then, and if the core refuses, frames are encrypted and decrypted in
 * software with the same key and the same packet numbers.  Thus nothing waits in the middle of a
 * handshake, and no frame goes out in the clear.
 */
#include "pdk80211_openbsd.h"

/*
 * WORKER.  An error of set_key: software goes on with the key.  What the core does not have it is
 * not told to delete.
 */
static void
wifi_key_op(struct wifi *w, const struct wifi_keyop *op)
{
	unsigned bit = WIFI_KEY_BIT(&op->key);
	int s, error;

	if (op->del) {
		if ((w->hw_keys & bit) != 0)
			w->ops->del_key(w->dev, &op->key);
		w->hw_keys &= ~bit;
		return;
	}
	error = w->ops->set_key(w->dev, &op->key);
	pdk_assert_unlocked(w->dev);
	if (error != 0)
		return;
	s = splnet();
	w->hw_keys |= bit;
	if (!op->key.group && op->gen == w->ptk_gen)
		w->hw_ptk = 1;
	splx(s);
}

void
wifi_key_task(void *arg)
{
	struct wifi *w = arg;
	struct wifi_keyop op;
	int s;

	for (;;) {
		s = splnet();
		if (w->nkeyop == 0 || !w->assoc) {
			splx(s);
			return;
		}
		op = w->keyop[0];
		w->nkeyop--;
		memmove(&w->keyop[0], &w->keyop[1], w->nkeyop * sizeof(w->keyop[0]));
		splx(s);
		wifi_key_op(w, &op);
		explicit_bzero(&op, sizeof(op));
	}
}

/* What the hardware is to know, or to forget, of a key; splnet. */
static void
wifi_key_post(struct wifi *w, const struct ieee80211_key *k, int del)
{
	struct wifi_keyop *op;

	if ((w->caps.flags & PDK_CAP_HW_CCMP) == 0 || w->ops->set_key == NULL ||
	    w->ops->del_key == NULL || k->k_cipher != IEEE80211_CIPHER_CCMP ||
	    (k->k_flags & IEEE80211_KEY_IGTK) != 0 || k->k_len > sizeof(op->key.key))
		return;
	if ((k->k_flags & IEEE80211_KEY_GROUP) == 0) {
		w->ptk_gen++;
		w->hw_ptk = 0;
	}
	if (!w->joined || w->nkeyop == WIFI_NKEYOP)
		return;			/* software does it */
	op = &w->keyop[w->nkeyop++];
	memset(op, 0, sizeof(*op));
	op->del = del;
	op->gen = w->ptk_gen;
	op->key.id = k->k_id;
	op->key.cipher = PDK_CIPHER_CCMP;
	op->key.len = k->k_len;
	op->key.group = (k->k_flags & IEEE80211_KEY_GROUP) != 0;
	op->key.tsc = k->k_rsc[0];
	memcpy(op->key.key, k->k_key, k->k_len);
	wifi_post(w, &w->key_task);
}

int
wifi_set_key(struct ieee80211com *ic, struct ieee80211_node *ni, struct ieee80211_key *k)
{
	struct wifi *w = ic->ic_softc;
	int s, error;

	s = splnet();
	error = ieee80211_set_key(ic, ni, k);
	if (error == 0)
		wifi_key_post(w, k, 0);
	splx(s);
	return error;
}

/* The stack clears the key's memory. */
void
wifi_delete_key(struct ieee80211com *ic, struct ieee80211_node *ni, struct ieee80211_key *k)
{
	struct wifi *w = ic->ic_softc;
	int s;

	s = splnet();
	wifi_key_post(w, k, 1);
	ieee80211_delete_key(ic, ni, k);
	splx(s);
}
