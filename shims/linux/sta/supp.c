/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supp.c - the supplicant (wpa.h) in its surroundings: its frames, keys and verdicts.
 *
 * Debian's wpa_supplicant cannot drive this layer unpatched: of the driver interfaces compiled
 * into it (wpa_supplicant -h of 2:2.10-12 names nl80211, wext, wired, macsec_linux, none) nl80211
 * needs a wiphy of the kernel's and wext a network device that answers its ioctls, which a process
 * in user space can offer neither of.  wired and none speak EAPOL but set no keys, macsec_linux
 * sets those of another protocol, and privsep and test, which could be served over a socket, are
 * not compiled in.
 */
#include <errno.h>

#include "shims/linux/sta/sta_int.h"

static void
on_send(void *arg, const void *eapol, size_t len, bool protect)
{
	tx_eapol(arg, eapol, len, protect);
}

static int
on_set_key(void *arg, const struct wpa_key *key)
{
	return keys_set(arg, key);
}

static void
on_done(void *arg)
{
	((struct sta *)arg)->wpa_done = true;
}

static void
on_failed(void *arg, const struct wpa_verdict *v)
{
	struct sta *st = arg;

	st->wpa_failed = true;
	st->verdict = *v;
}

static void
on_note(void *arg, const char *text)
{
	tell_log(arg, HYP_LOG_INFO, "%s", text);
}

static int
on_random(void *arg, void *out, size_t len)
{
	(void)arg;
	return hyp_random(out, len);
}

static const struct wpa_ops wpa_ops = { .send = on_send, .set_key = on_set_key,
    .done = on_done, .failed = on_failed, .note = on_note, .random = on_random };

int
supp_new(struct sta *st)
{
	st->wpa = wpa_new(&wpa_ops, st);
	return st->wpa == NULL ? ENOMEM : 0;
}

int
supp_start(struct sta *st)
{
	struct wpa_bss b = { .choice = st->choice, .ap_ie = st->cur.sec.ie,
	    .ap_ie_len = st->cur.sec.ie_len };
	int error;

	memcpy(b.own, st->caps->mac, sizeof(b.own));
	memcpy(b.bssid, st->bss.bssid, sizeof(b.bssid));
	memcpy(b.pmk, st->want.pmk, sizeof(b.pmk));
	st->wpa_done = st->wpa_failed = false;
	error = wpa_start(st->wpa, &b, sta_now());
	explicit_bzero(&b, sizeof(b));
	return error;
}

/* Behind each call: what its callbacks have said. */
static void
settle(struct sta *st)
{
	if (st->wpa_failed) {
		st->wpa_failed = false;
		if (st->state == ST_RUNNING)
			retry_lost(st, st->verdict.reason, 0, "station", "%s",
			    st->verdict.text);
		else
			retry_failed(st, st->verdict.reason, st->verdict.passphrase, "%s",
			    st->verdict.text);
		return;
	}
	if (st->wpa_done && st->state == ST_HANDSHAKE)
		join_running(st);
	else
		sta_view_update(st);
}

void
supp_input(struct sta *st, struct sta_in *in)
{
	if (st->state != ST_HANDSHAKE && st->state != ST_RUNNING)
		return;
	wpa_input(st->wpa, in->m->m_data, (size_t)in->m->m_len, in->sealed, sta_now());
	settle(st);
}

void
supp_timer(struct sta *st)
{
	wpa_timer(st->wpa, sta_now());
	settle(st);
}
