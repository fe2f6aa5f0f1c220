/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa.c - the life of the supplicant: associations, time-outs, verdicts; see wpa.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/crypt.h"
#include "shims/linux/sta/wpa_int.h"

/* Dropped frames of one association that the log hears of; the rest is counted only. */
#define NOTES_MAX	8u

struct wpa *
wpa_new(const struct wpa_ops *ops, void *arg)
{
	struct wpa *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->ops = ops;
	w->arg = arg;
	w->a.deadline = UINT64_MAX;
	return w;
}

void
wpa_free(struct wpa *w)
{
	if (w == NULL)
		return;
	crypt_wipe(w, sizeof(*w));
	free(w);
}

void
wpa_forgive(struct wpa *w)
{
	w->refused = 0;
}

void
wpa_stop(struct wpa *w)
{
	crypt_wipe(&w->a, sizeof(w->a));
	w->a.deadline = UINT64_MAX;
	w->epoch++;
}

int
wpa_start(struct wpa *w, const struct wpa_bss *b, uint64_t now)
{
	struct wpa_association *a = &w->a;
	struct rsn rsn;

	wpa_stop(w);
	if (b->ap_ie_len > sizeof(a->ap_ie) || rsn_parse(&rsn, b->ap_ie, b->ap_ie_len) != 0 ||
	    (rsn.akm & b->choice.akm) == 0 ||
	    (b->choice.akm != RSN_AKM_PSK && b->choice.akm != RSN_AKM_PSK_SHA256))
		return EINVAL;
	memcpy(a->own, b->own, sizeof(a->own));
	memcpy(a->bssid, b->bssid, sizeof(a->bssid));
	memcpy(a->pmk, b->pmk, sizeof(a->pmk));
	memcpy(a->ap_ie, b->ap_ie, b->ap_ie_len);
	a->ap_ie_len = b->ap_ie_len;
	a->sha256 = b->choice.akm == RSN_AKM_PSK_SHA256;
	rsn_build(&b->choice, a->own_ie);
	a->state = WPA_WAIT_1;
	a->deadline = now + WPA_TIMEOUT_NS;
	return 0;
}

int
wpa_random(struct wpa *w, void *out, size_t len)
{
	return w->ops->random != NULL ? w->ops->random(w->arg, out, len) : crypt_random(out, len);
}

/* ---- what is told ----------------------------------------------------------------------- */

void
wpa_note(struct wpa *w, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (w->ops->note == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->ops->note(w->arg, text);
}

void
wpa_drop(struct wpa *w, const char *why)
{
	w->counts.dropped++;
	if (w->a.state == WPA_STOPPED || w->a.notes > NOTES_MAX)
		return;
	if (w->a.notes++ == NOTES_MAX)
		wpa_note(w, "handshake: more frames are dropped, and only counted");
	else
		wpa_note(w, "handshake: a frame is dropped: %s", why);
}

void
wpa_fail(struct wpa *w, uint16_t reason, const char *fmt, ...)
{
	struct wpa_verdict v = { .reason = reason };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v.text, sizeof(v.text), fmt, ap);
	va_end(ap);
	wpa_stop(w);
	w->ops->failed(w->arg, &v);
}

/*
 * An access point that has another passphrase finds the MIC of message 2 wrong, drops it without a
 * word, repeats message 1 and gives up in the end. One lost frame looks the same but for
 * the repetitions.
 */
static void
judge(struct wpa *w, const char *end, struct wpa_verdict *v)
{
	const uint8_t *b = w->a.bssid;
	unsigned msg2 = w->a.msg2;
	char ap[18];

	snprintf(ap, sizeof(ap), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
	    b[5]);
	if (w->a.state != WPA_WAIT_3) {
		snprintf(v->text, sizeof(v->text),
		    "%s %s before it began the WPA2 handshake", ap, end);
		return;
	}
	w->refused++;
	v->passphrase = msg2 > 1 || w->refused > 1;
	snprintf(v->text, sizeof(v->text), "%s %s and took none of %u proof%s of the passphrase%s",
	    ap, end, msg2, msg2 == 1 ? "" : "s", v->passphrase ? ": wrong passphrase?" : "");
}

bool
wpa_lost(struct wpa *w, uint16_t reason, struct wpa_verdict *v)
{
	bool early = w->a.state == WPA_WAIT_1 || w->a.state == WPA_WAIT_3;
	char end[64] = "was lost";

	memset(v, 0, sizeof(*v));
	v->reason = WPA_REASON_UNSPECIFIED;
	if (early && reason != 0) {
		snprintf(end, sizeof(end), "ended the association (reason %u)", reason);
		judge(w, end, v);
	} else if (early) {
		snprintf(v->text, sizeof(v->text), "the access point %s during the WPA2 handshake",
		    end);
	}
	wpa_stop(w);
	return early;
}

uint64_t
wpa_deadline(const struct wpa *w)
{
	return w->a.deadline;
}

void
wpa_timer(struct wpa *w, uint64_t now)
{
	struct wpa_verdict v = { .reason = WPA_REASON_HANDSHAKE_TIMEOUT };

	if (now < w->a.deadline || w->a.state == WPA_STOPPED || w->a.state == WPA_DONE)
		return;
	judge(w, "let 10 s pass", &v);
	wpa_stop(w);
	w->ops->failed(w->arg, &v);
}

void
wpa_input(struct wpa *w, const void *eapol, size_t len, bool protected, uint64_t now)
{
	const char *wrong;
	struct eapol_key k;

	wrong = w->a.state == WPA_STOPPED ? "no association" : eapol_parse(&k, eapol, len);
	if (wrong != NULL)
		wpa_drop(w, wrong);
	else
		wpa_message(w, &k, protected, now);
}

void
wpa_counts(const struct wpa *w, struct wpa_counts *c)
{
	*c = w->counts;
}
