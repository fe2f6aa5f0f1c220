/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_sta.c - libFuzzer target: what comes over the air, from the host and by the control socket
 * into the station layer, in the world of the unit tests (sta_world.h), whose access point and core
 * check what they get.
 *
 *	voy fuzz sta --for 20m
 *
 * An input is the station's situation, one octet, and a row of records: operation, length (two
 * octets), that many octets.
 */
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/ctl.h"
#include "tests/unit/sta_world.h"

enum op { OP_RAW, OP_FROM_AP, OP_BEACON, OP_ACTION, OP_DATA, OP_EAPOL, OP_TIME, OP_HOST, OP_CORE,
    OP_BYE, OP_REKEY, OP_REQUEST, OPS };

#define BODY_MAX	900u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct world w;
static struct fakeap *ap;
static const uint8_t own[6] = { 2, 0, 0, 0, 0, 5 };

/* The radio filter of the real core lets nothing shorter through; the layer does not rely on it. */
static void
receive(const uint8_t *frame, size_t len)
{
	world_air(&w, ap, frame, len, 0);
	if (len > 0)
		w.air[w.nair - 1].rxi.flags = frame[0] & 2 ? PDK_RX_DECRYPTED : 0;
}

/* Behind a header of the access point's; p[0] is the kind. */
static void
from_ap(const uint8_t *p, size_t n)
{
	uint8_t frame[DOT11_HDR_LEN + BODY_MAX];

	if (n < 1 || n > BODY_MAX)
		return;
	dot11_put_hdr(frame, p[0] & DOT11_KIND_MASK, 0, own, ap->bssid, ap->bssid);
	if ((p[0] & DOT11_TYPE_MASK) == DOT11_TYPE_DATA)
		frame[1] = DOT11_FROMDS;
	memcpy(frame + DOT11_HDR_LEN, p + 1, n - 1);
	receive(frame, DOT11_HDR_LEN + n - 1);
}

/* Elements behind a good beginning, or in the place of the rest of a beacon. */
static void
beacon(const uint8_t *p, size_t n)
{
	uint8_t body[BODY_MAX + 20] = { DOT11_BEACON, [9] = 100, [11] = DOT11_CAP_ESS, 0, 0, 4,
	    'h', 'o', 'm', 'e' };

	if (n > BODY_MAX - 20)
		return;
	memcpy(body + 19, p, n);
	from_ap(body, 19 + n);
}

static void
action(const uint8_t *p, size_t n)
{
	uint8_t body[BODY_MAX] = { DOT11_ACTION, DOT11_CAT_BA };

	if (n < 1 || n > BODY_MAX - 2)
		return;
	body[1] = p[0] & 1 ? DOT11_CAT_SPECTRUM : DOT11_CAT_BA;
	memcpy(body + 2, p + 1, n - 1);
	from_ap(body, n + 1);
}

/* As the access point sends it, encrypted if it has a key: four octets say how. */
static void
data_frame(const uint8_t *p, size_t n)
{
	struct fakedata d = { .da = own, .sa = ap->bssid };

	if (n < 5 || n > BODY_MAX)
		return;
	d.qos = p[0] & 1;
	d.amsdu = p[0] & 2;
	d.retry = p[0] & 4;
	d.more = p[0] & 8;
	d.clear = (p[0] & 16) != 0 || ap->tk == NULL;
	d.bad_mic = p[0] & 32;
	if ((p[0] & 64) != 0)
		d.da = (const uint8_t *)"\xff\xff\xff\xff\xff\xff";
	d.frag = p[1] & 15;
	d.tid = p[1] >> 4;
	d.seq = (uint16_t)(p[2] | (p[3] & 15) << 8);
	d.body = p + 4;
	d.len = n - 4;
	world_data(&w, ap, &d);
}

/* A message of the handshake, made right but for one octet. */
static void
eapol(const uint8_t *p, size_t n)
{
	uint8_t body[1032] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e };
	struct frame *f = &ap->auth.out;

	if (n < 3)
		return;
	switch (p[0] % 3) {
	case 0:
		msg1(&ap->auth);
		break;
	case 1:
		msg3(&ap->auth);
		break;
	default:
		group1(&ap->auth);
	}
	memcpy(body + 8, f->p, f->len);
	body[8 + p[1] % f->len] ^= p[2];
	world_data(&w, ap, &(struct fakedata){ .da = own, .sa = ap->bssid, .body = body,
	    .len = 8 + f->len, .qos = true, .tid = 7, .clear = ap->tk == NULL,
	    .seq = (uint16_t)(n & 0xfff) });
}

static void
core(const uint8_t *p, size_t n)
{
	if (n < 1)
		return;
	w.full = (p[0] & 0x80) != 0;
	w.tx_error = p[0] % 11 == 10 ? 5 : 0;
	switch (p[0] & 7) {
	case 0:
		sta_beacon_miss(w.st);
		break;
	case 1:
		sta_ba_done(w.st, PDK_BA_TX_STOP, p[0] >> 3 & 7);
		break;
	case 2:
		sta_ba_done(w.st, PDK_BA_RX_STOP, p[0] >> 3 & 7);
		break;
	case 3:
		sta_tx_ready(w.st);
		break;
	case 4:
		world_restart(&w);
		break;
	case 5:
		ap->silent = (p[0] & 0x40) != 0;
		break;
	}
}

/* What the harness has read as JSON. */
static void
request(const uint8_t *p, size_t n)
{
	json_t *req = json_loadb((const char *)p, n, 0, NULL), *out;
	const char *error;

	if (req == NULL)
		return;
	out = json_object();
	error = sta_ctl(w.st, req, out);
	if (error != NULL && error[0] == '\0')
		abort();
	json_decref(out);
	json_decref(req);
}

static void
run(unsigned op, const uint8_t *p, size_t n)
{
	switch (op % OPS) {
	case OP_RAW:
		receive(p, n);
		break;
	case OP_FROM_AP:
		from_ap(p, n);
		break;
	case OP_BEACON:
		beacon(p, n);
		break;
	case OP_ACTION:
		action(p, n);
		break;
	case OP_DATA:
		data_frame(p, n);
		break;
	case OP_EAPOL:
		eapol(p, n);
		break;
	case OP_TIME:
		world_run(&w, n > 0 ? p[0] * 20u : 1);
		break;
	case OP_HOST:
		(void)world_ether(&w, p, n);
		break;
	case OP_CORE:
		core(p, n);
		break;
	case OP_BYE:
		world_bye(&w, ap, n & 1 ? DOT11_DEAUTH : DOT11_DISASSOC, n > 1 ? p[0] : 1);
		break;
	case OP_REKEY:
		new_gtk(&ap->auth, 1 + n % 3);
		new_anonce(&ap->auth);
		break;
	case OP_REQUEST:
		request(p, n);
		break;
	}
	w.nhost = w.ngot = 0;
	if (w.nair > WORLD_AIR / 2)
		world_run(&w, 1);
}

/* The key of "passphrase" for "home", as the command line may have it too: it is computed once. */
static const char *
psk(void)
{
	static char hex[2 * WPA_PMK_LEN + 1];
	unsigned i;

	for (i = 0; i < WPA_PMK_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", ap->auth.pmk[i]);
	return hex;
}

static void
begin(unsigned how)
{
	static const char *const states[] = { "idle", "running", "running", "running",
	    "authenticating", "associating", "handshake", "scanning" };
	bool secure = how % 8 != 1;

	world_new(&w);
	w.hw = how % 8 == 2 || (how & 8) != 0;
	ap = world_ap(&w, 36, secure);
	ap->no_auth = how % 8 == 4;
	ap->no_assoc = how % 8 == 5;
	ap->no_msg1 = how % 8 == 6;
	if (how % 8 != 0)
		world_join(&w, "home", secure ? psk() : NULL);
	world_up(&w);
	if (!world_until(&w, states[how % 8], 3000))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	begin(data[0]);
	data++, len--;
	while (len >= 3) {
		size_t n = (size_t)(data[1] | (data[2] & 3) << 8);

		n = n < len - 3 ? n : len - 3;
		run(data[0], data + 3, n);
		data += 3 + n;
		len -= 3 + n;
	}
	world_run(&w, 50);
	w.full = false;
	world_end(&w);
	if (w.mbufs != 0)
		abort();
	return 0;
}
