/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keys.c - which key a data frame has, what it says without it, and whether it is an old one.
 *
 * Every key is kept here also when the hardware has it: a frame that the hardware did not
 * decrypt, since it came while the key was on its way, is decrypted here.
 */
#include <errno.h>

#include "shims/linux/sta/sta_int.h"

/* The key of a frame, and its serial number; NULL: there is none. */
static struct ccmp_key *
key_of(struct sta_rx *rx, const struct dot11_hdr *h, const struct ccmp_frame *f,
    uint64_t *serial)
{
	if (!dot11_is_group(h->addr1)) {
		*serial = rx->ptk_serial;
		return f->key_id == 0 ? rx->ptk : NULL;
	}
	*serial = rx->gtk_serial[f->key_id];
	return rx->gtk[f->key_id];
}

/* An encrypted frame.  The reasons are counted. */
static bool
unseal(struct sta *st, uint8_t *frame, size_t len, const struct dot11_hdr *h, unsigned flags,
    struct rx_clear *c)
{
	bool hw = (flags & PDK_RX_DECRYPTED) != 0;
	struct ccmp_frame f;
	struct ccmp_key *key;
	int error;

	/* The hardware has cut the MIC off. */
	error = ccmp_parse(frame, hw ? len + CCMP_MIC_LEN : len, &f);
	if (error != 0 || (flags & PDK_RX_MICFAIL) != 0) {
		sta_count(st, rx_mic, 1);
		return false;
	}
	key = key_of(&st->rx, h, &f, &c->serial);
	if (key == NULL) {
		sta_count(st, rx_no_key, 1);
		return false;
	}
	if (!hw && ccmp_decrypt(key, frame, len, &f) != 0) {
		sta_count(st, rx_mic, 1);
		return false;
	}
	if (!ccmp_fresh(ccmp_counters(key), f.tid, f.pn)) {
		sta_count(st, rx_replay, 1);
		return false;
	}
	c->body = frame + f.body;
	c->len = f.len;
	c->pn = f.pn;
	return true;
}

bool
keys_open(struct sta *st, uint8_t *frame, size_t len, const struct dot11_hdr *h, unsigned flags,
    struct rx_clear *c)
{
	memset(c, 0, sizeof(*c));
	c->hdr = h->len;
	c->sealed = (h->flags & DOT11_PROTECTED) != 0;
	if (c->sealed)
		return unseal(st, frame, len, h, flags, c);
	c->body = frame + h->len;
	c->len = len - h->len;
	return true;
}

/* Does the hardware do this key's work? */
static bool
to_hardware(struct sta *st, const struct wpa_key *key)
{
	struct pdk80211_key k = { .id = key->id, .cipher = PDK_CIPHER_CCMP, .len = WPA_TK_LEN,
	    .group = key->group, .tsc = key->rsc };
	int error;

	if ((st->caps->flags & PDK_CAP_HW_CCMP) == 0 || st->ops->set_key == NULL)
		return false;
	memcpy(k.key, key->tk, WPA_TK_LEN);
	error = STA_OP(st, set_key, &k);
	if (error != 0)
		tell_log(st, HYP_LOG_WARN, "the card does not take the %s key (%s); the host "
		    "encrypts instead", key->group ? "group" : "pairwise", strerror(error));
	explicit_bzero(&k, sizeof(k));
	return error == 0;
}

/* Both sides' pointers are changed before the old key goes. */
static void
replace(struct sta *st, const struct wpa_key *key, struct ccmp_key *new, bool hw)
{
	struct ccmp_key **slot = key->group ? &st->rx.gtk[key->id] : &st->rx.ptk, *old;

	hyp_lock(&st->tx.mtx);
	pthread_mutex_lock(&st->rx.mtx);
	old = *slot;
	*slot = new;
	st->rx.serial++;
	if (key->group)
		st->rx.gtk_serial[key->id] = st->rx.serial;
	else {
		st->rx.ptk_serial = st->rx.serial;
		st->tx.ptk = new;
		st->tx.hw = hw;
		st->tx.pn = 0;
		tx_new_key(st);
	}
	pthread_mutex_unlock(&st->rx.mtx);
	hyp_unlock(&st->tx.mtx);
	ccmp_free(old);
}

int
keys_set(struct sta *st, const struct wpa_key *key)
{
	struct ccmp_key *new;
	bool held;

	if (key->id > 3 || (!key->group && key->id != 0))
		return EINVAL;
	new = ccmp_new(key->tk, key->id, key->rsc);
	if (new == NULL)
		return ENOMEM;
	/* No frame goes out with the new key and a packet number of the old one. */
	held = !key->group && tx_hold(st);
	replace(st, key, new, to_hardware(st, key));
	if (held)
		tx_gate(st, TX_OPEN);
	return 0;
}

void
keys_clear(struct sta *st)
{
	struct ccmp_key *old[5];
	unsigned i;

	hyp_lock(&st->tx.mtx);
	pthread_mutex_lock(&st->rx.mtx);
	for (i = 0; i < 4; i++) {
		old[i] = st->rx.gtk[i];
		st->rx.gtk[i] = NULL;
	}
	old[4] = st->rx.ptk;
	st->rx.ptk = NULL;
	st->tx.ptk = NULL;
	st->tx.hw = false;
	pthread_mutex_unlock(&st->rx.mtx);
	hyp_unlock(&st->tx.mtx);
	for (i = 0; i < 5; i++)
		ccmp_free(old[i]);
}
