/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_bench.c - the station around the supplicant, and both sides together; see sta_auth.h.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/sta_auth_int.h"

#define NS	UINT64_C(1000000000)

static void
on_send(void *arg, const void *eapol, size_t len, bool protect)
{
	struct bench *b = arg;
	struct frame *f = &b->sent[b->nsent++];

	must(b->nsent <= BENCH_FRAMES && len <= sizeof(f->p));
	memcpy(f->p, eapol, len);
	f->len = len;
	f->protect = protect;
	if (b->stop_in_send)
		wpa_stop(b->w);
}

static int
on_set_key(void *arg, const struct wpa_key *key)
{
	struct bench *b = arg;

	must(b->nkeys < BENCH_KEYS);
	b->keys[b->nkeys++] = *key;
	if (b->stop_in_set_key)
		wpa_stop(b->w);
	return b->set_key_error;
}

static void
on_done(void *arg)
{
	((struct bench *)arg)->ndone++;
}

static void
on_failed(void *arg, const struct wpa_verdict *v)
{
	struct bench *b = arg;

	b->nfailed++;
	b->verdict = *v;
}

static void
on_note(void *arg, const char *text)
{
	struct bench *b = arg;

	b->nnotes++;
	strncpy(b->note, text, sizeof(b->note) - 1);
}

static int
on_random(void *arg, void *out, size_t len)
{
	struct bench *b = arg;

	auth_random(b, out, len);
	return b->no_random ? EIO : 0;
}

static const struct wpa_ops ops = {
	.send = on_send, .set_key = on_set_key, .done = on_done, .failed = on_failed,
	.note = on_note, .random = on_random,
};

/* Computed once: it takes thousands of times as long as a handshake. */
static const uint8_t *
station_pmk(const char *pass)
{
	static char of[64];
	static uint8_t pmk[32];
	char why[200];

	if (strcmp(of, pass) != 0)
		must(wpa_pmk(pass, (const uint8_t *)SSID, strlen(SSID), pmk, why,
		    sizeof(why)) == 0);
	strncpy(of, pass, sizeof(of) - 1);
	return pmk;
}

static void
start(struct bench *b, const char *pass)
{
	struct wpa_bss bss = { .ap_ie = b->rsn, .ap_ie_len = b->rsn_len };

	memcpy(bss.pmk, station_pmk(pass), 32);
	memcpy(bss.own, b->spa, 6);
	memcpy(bss.bssid, b->aa, 6);
	bss.choice.akm = b->sha256 ? RSN_AKM_PSK_SHA256 : RSN_AKM_PSK;
	b->sta_rsn_len = rsn_build(&bss.choice, b->sta_rsn);
	must(wpa_start(b->w, &bss, b->now) == 0);
}

static void
set_up(struct bench *b, const char *pass, bool sha256)
{
	static const uint8_t rsn[22] = { 48, 20, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4,
	    1, 0, 0, 0x0f, 0xac, 2, 0, 0 };

	memset(b, 0, sizeof(*b));
	b->seed = 0x9e3779b97f4a7c15;
	b->sha256 = sha256;
	memcpy(b->aa, (uint8_t[]){ 2, 0, 0, 0, 0, 0xa }, 6);
	memcpy(b->spa, (uint8_t[]){ 2, 0, 0, 0, 0, 0x5 }, 6);
	memcpy(b->rsn, rsn, sizeof(rsn));
	b->rsn_len = sizeof(rsn);
	b->rsn[19] = sha256 ? 6 : 2;
	memcpy(b->pmk, auth_pmk(), 32);
	new_anonce(b);
	new_gtk(b, 1);
	b->rsc = 0x010203040506;
	b->now = 1000 * NS;
	b->w = wpa_new(&ops, b);
	must(b->w != NULL);
	start(b, pass);
}

void
bench_new(struct bench *b, const char *pass)
{
	set_up(b, pass, false);
}

void
bench_new_sha256(struct bench *b)
{
	set_up(b, PASSPHRASE, true);
}

void
bench_again(struct bench *b, const char *pass)
{
	b->replay = 0;
	b->nsent = b->nkeys = b->ndone = b->nfailed = 0;
	new_anonce(b);
	start(b, pass);
}

void
bench_free(struct bench *b)
{
	wpa_free(b->w);
}

static void
in(struct bench *b, const struct frame *f, bool protected)
{
	uint8_t *exact = malloc(f->len > 0 ? f->len : 1);

	must(exact != NULL);
	memcpy(exact, f->p, f->len);
	wpa_input(b->w, exact, f->len, protected, b->now);
	free(exact);
}

void
bench_in(struct bench *b, const struct frame *f)
{
	in(b, f, false);
}

void
bench_in_protected(struct bench *b, const struct frame *f)
{
	in(b, f, true);
}
