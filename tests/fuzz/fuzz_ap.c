/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_ap.c - libFuzzer target: what comes over the air, against two access points, one open, one
 * with WPA2, through a radio made here.
 *
 *	ninja fuzz-ap && mkdir -p /tmp/seeds && /usr/bin/python3 tests/ap/fuzzseeds.py /tmp/seeds
 *	build/fuzz/bin/fuzz-ap -max_total_time=20 -max_len=4000 /tmp/seeds
 *
 * An input is a row of records: operation, length, that many octets. Besides raw frames there are
 * operations that get a station through association and handshake, so that the states behind
 * them are reached; time and acknowledgements are the input's, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/prog/say.h"

enum op { OP_RAW, OP_FROM_STA, OP_TIME, OP_ACK, OP_SEALED, OP_HANDSHAKE, OP_ROUTER, OP_JOIN,
    OP_CONTROL, OP_DHCP, OPS };

#define PENDING		64u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct apd d;
static struct ap *ap;			/* the one that the records are for */
static const uint8_t sta_addr[6] = { 2, 0, 0, 0, 0, 1 };
static uint64_t now = 1000000, pn;

/* ---- the radio -------------------------------------------------------------------------- */

static uint64_t pending[PENDING];
static unsigned npending;

int
air_connect(const char *path, const struct air_hello *h, const struct air_ops *ops, void *arg,
    struct air **a, char *errmsg, size_t len)
{
	(void)path, (void)h, (void)ops, (void)arg, (void)errmsg, (void)len;
	*a = (struct air *)(void *)&d;
	return 0;
}

void
air_close(struct air *a)
{
	(void)a;
}

int
air_fd(const struct air *a)
{
	(void)a;
	return -1;
}

short
air_events(const struct air *a)
{
	(void)a;
	return 0;
}

int
air_dispatch(struct air *a, short revents)
{
	(void)a, (void)revents;
	return 0;
}

int
air_tune(struct air *a, const struct air_tune *t)
{
	(void)a, (void)t;
	return 0;
}

unsigned
air_window(const struct air *a)
{
	(void)a;
	return PENDING - npending;
}

/* The frame is read as a whole, so that what was never written is found. */
int
air_tx(struct air *a, const struct air_tx *tx, const void *frame, size_t len)
{
	struct dot11 f;

	(void)a;
	if (npending == PENDING)
		return ENOBUFS;
	if (len < AIR_FRAME_MIN || len > AIR_FRAME_MAX || dot11_parse(frame, len, &f) != 0 ||
	    tx->nrates == 0)
		abort();
	pending[npending++] = tx->cookie;
	return 0;
}

int
air_idle(struct air *a, uint64_t until)
{
	(void)a, (void)until;
	return 0;
}

int
air_busy(struct air *a, uint32_t flags)
{
	(void)a, (void)flags;
	return 0;
}

bool
air_stands(const struct air *a)
{
	(void)a;
	return false;
}

uint64_t
air_tsf(const struct air *a)
{
	(void)a;
	return now;
}

bool
air_fast(const struct air *a)
{
	(void)a;
	return false;
}

/* ---- operations ------------------------------------------------------------------------- */

static void
receive(const uint8_t *frame, size_t len)
{
	struct air_rx rx = { .signal = -50 };
	uint8_t *copy;

	/* As the library promises; a block of its own shows reads behind the end. */
	if (len < AIR_FRAME_MIN || len > AIR_FRAME_MAX)
		return;
	copy = malloc(len);
	memcpy(copy, frame, len);
	ap_rx(ap, &rx, copy, len);
	free(copy);
}

/* The input's frame with the addresses of a conversation. */
static void
from_sta(const uint8_t *p, size_t n)
{
	uint8_t frame[600];

	if (n < 24 || n > sizeof(frame))
		return;
	memcpy(frame, p, n);
	memcpy(frame + 4, ap->conf.bssid, 6);
	memcpy(frame + 10, sta_addr, 6);
	if ((frame[0] & 0x0c) == 0)
		memcpy(frame + 16, ap->conf.bssid, 6);
	else
		frame[1] = (uint8_t)((frame[1] & ~3) | 1);
	receive(frame, n);
}

static void
acknowledge(unsigned how)
{
	while (npending > 0) {
		struct air_txstatus st = { .cookie = pending[0], .tries = 1 };

		st.result = how % 3 == 0 ? AIR_TX_ACKED : how % 3 == 1 ? AIR_TX_NOANSWER :
		    AIR_TX_OFF;
		memmove(pending, pending + 1, --npending * sizeof(pending[0]));
		tx_status(ap, &st);
	}
}

/* The input's frame, encrypted with the key of the station. */
static void
sealed(const uint8_t *p, size_t n)
{
	struct sta *sta = sta_find(ap, sta_addr);
	uint8_t frame[700];
	size_t hdr = n > 0 && (p[0] & 0x80) != 0 ? 26 : 24;
	struct ccmp_key *key;

	if (sta == NULL || sta->key == NULL || n < hdr + 1 || n > 600)
		return;
	memcpy(frame, p, n);
	memcpy(frame + 4, ap->conf.bssid, 6);
	memcpy(frame + 10, sta_addr, 6);
	frame[0] = hdr == 26 ? 0x88 : 0x08;
	frame[1] = (uint8_t)((frame[1] & 0x1c) | 1);
	key = ccmp_new(sta->wpa.ptk + AP_TK, 0);
	ccmp_seek(key, pn++);
	ccmp_encrypt(key, frame, hdr, &n, sizeof(frame));
	ccmp_free(key);
	receive(frame, n);
}

/* A right answer to whatever the handshake waits for; the input may change one octet. */
static void
handshake(const uint8_t *p, size_t n)
{
	static const uint16_t infos[] = { [WPA_WAIT_M2] = 0x010a, [WPA_WAIT_M4] = 0x030a,
	    [WPA_WAIT_G2] = 0x0302, [WPA_DONE] = 0x0b0a };
	struct sta *sta = sta_find(ap, sta_addr);
	uint8_t e[400] = { 1, 3 }, nonce[32] = { 7 };
	size_t len = 99;

	if (sta == NULL || sta->wpa.state == WPA_NONE)
		return;
	e[4] = 2;
	e[5] = (uint8_t)(infos[sta->wpa.state] >> 8);
	e[6] = (uint8_t)infos[sta->wpa.state];
	for (unsigned i = 0; i < 8; i++)
		e[9 + i] = (uint8_t)(sta->wpa.rc >> (56 - 8 * i));
	if (sta->wpa.state == WPA_WAIT_M2) {
		ap_ptk(ap->pmk, ap->conf.bssid, sta_addr, sta->wpa.anonce, nonce, sta->wpa.ptk);
		memcpy(e + 17, nonce, 32);
		memcpy(e + 99, sta->rsn, sta->rsn_len);
		len += sta->rsn_len;
		e[98] = (uint8_t)sta->rsn_len;
	}
	e[2] = (uint8_t)((len - 4) >> 8);
	e[3] = (uint8_t)(len - 4);
	if (n >= 2)
		e[p[0] % len] ^= p[1];
	ap_mic(sta->wpa.ptk, e, len, e + 81);
	wpa_rx(sta, e, n >= 3 ? len - p[2] % len : len);
}

static void
join(void)
{
	uint8_t auth[30] = { 0xb0, [26] = 1 }, assoc[200] = { 0x00, [24] = 1 };
	struct dot11_buf b = { .p = assoc, .len = 28, .cap = sizeof(assoc) };
	uint8_t ht[26] = { 0x2c };

	from_sta(auth, sizeof(auth));
	dot11_put_ie(&b, DOT11_IE_SSID, ap->conf.ssid, (uint8_t)ap->conf.ssid_len);
	dot11_put_ie(&b, DOT11_IE_RATES, "\x02\x04\x0b\x16\x0c\x18\x30\x6c", 8);
	ie_rsn(&b);
	dot11_put_ie(&b, DOT11_IE_HTCAP, ht, sizeof(ht));
	dot11_put_ie(&b, DOT11_IE_VENDOR, "\x00\x50\xf2\x02\x00\x01\x05", 7);	/* U-APSD */
	assoc[0] = 0;
	from_sta(assoc, b.len);
	acknowledge(0);
}

/* The input behind the headers of a DHCP message of the station. */
static void
dhcp(const uint8_t *p, size_t n)
{
	static const uint8_t head[42] = { [12] = 8, [14] = 0x45, [23] = 17, [37] = 67 };
	struct dhcp *server = dhcp_new(ap->net);
	uint8_t *eth = calloc(1, sizeof(head) + 240 + n);

	memcpy(eth, head, sizeof(head));
	eth[sizeof(head)] = 1;
	eth[sizeof(head) + 2] = 6;
	memcpy(eth + sizeof(head) + 28, sta_addr, 6);
	memcpy(eth + sizeof(head) + 236, "\x63\x82\x53\x63", 4);
	memcpy(eth + sizeof(head) + 240, p, n);
	dhcp_input(server, eth, sizeof(head) + 240 + n);
	dhcp_input(server, p, n);
	free(eth);
	free(server);
}

static void
run(unsigned op, const uint8_t *p, size_t n)
{
	switch (op % OPS) {
	case OP_RAW:
		receive(p, n);
		break;
	case OP_FROM_STA:
		from_sta(p, n);
		break;
	case OP_TIME:
		now += n > 0 ? (uint64_t)p[0] * 20000u : 100000u;
		apd_timers(&d);
		sta_age(ap);
		break;
	case OP_ACK:
		acknowledge(n > 0 ? p[0] : 0);
		break;
	case OP_SEALED:
		sealed(p, n);
		break;
	case OP_HANDSHAKE:
		handshake(p, n);
		break;
	case OP_ROUTER:
		net_from_router(ap->net, p, n);
		break;
	case OP_JOIN:
		join();
		break;
	case OP_DHCP:
		dhcp(p, n);
		break;
	case OP_CONTROL:
		if (n > 0 && p[0] % 3 == 0)
			wpa_rekey_group(ap);
		else if (sta_find(ap, sta_addr) != NULL)
			wpa_rekey_pairwise(sta_find(ap, sta_addr));
		break;
	}
	tx_pump(ap);
	sta_reap(&d);
}

/* ---- libFuzzer -------------------------------------------------------------------------- */

static void
set_up(void)
{
	struct ap_conf c;
	char msg[256];

	LIST_INIT(&d.nets);
	LIST_INIT(&d.timers);
	TAILQ_INIT(&d.dead);
	say_init("fuzz-ap", true);
	d.air_path = "";
	if (freopen("/dev/null", "w", stdout) == NULL)
		abort();
	for (unsigned i = 0; i < 2; i++) {
		conf_default(&c);
		conf_set(&c, "ssid", i == 0 ? "open" : "home", msg, sizeof(msg));
		if (i == 1)
			conf_set(&c, "psk", "passphrase", msg, sizeof(msg));
		if (conf_finish(&c, i, msg, sizeof(msg)) != 0 ||
		    ap_new(&d, &c, msg, sizeof(msg)) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (d.naps == 0)
		set_up();
	if (len < 1)
		return 0;
	ap = d.ap[data[0] & 1];
	npending = 0;
	for (unsigned i = 0; i < AP_SLOTS; i++) {
		free(ap->slot[i]);
		ap->slot[i] = NULL;
	}
	ap->nslot = 0;
	pn = 1;
	ap_return(ap);
	data++, len--;
	while (len >= 3) {
		size_t n = (size_t)(data[1] | (data[2] & 1) << 8);

		n = n < len - 3 ? n : len - 3;
		run(data[0], data + 3, n);
		data += 3 + n;
		len -= 3 + n;
	}
	ap_vanish(ap);
	sta_reap(&d);
	return 0;
}
