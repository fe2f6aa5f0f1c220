/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_air.c - libFuzzer target: what radios say to the hub, and frames that the readers of
 * frame.h get to see.
 *
 *	ninja fuzz && build/fuzz/bin/fuzz-air -max_total_time=20 CORPUS
 *
 * The first byte chooses: 0 the readers, else the hub. For the hub the rest is a list of steps,
 * each with an argument byte and a length of 16 bits: connect, disconnect, a message as it is, a
 * message with a right header, time passes. Beside what the sanitizers see, it is checked that
 * messages to radios are well formed and numbered, and that each TX gets exactly one TXSTATUS.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/air/hub.h"

#define RADIOS	4u
/* us: when a radio says that it is idle until the end of time, time is not to begin anew. */
#define FOR_EVER	(UINT64_MAX / 4)

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the readers ----------------------------------------------------------------------- */

static volatile uint8_t sink;

static void
touch(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sink ^= p[i];
}

static void
read_elements(const uint8_t *ies, size_t len)
{
	struct dot11_rsn rsn;
	struct dot11_ie ie;
	size_t off = 0;

	while (dot11_ie_next(ies, len, &off, &ie)) {
		CHECK(off <= len);
		touch(ie.data, ie.len);
		if (dot11_rsn_parse(&ie, &rsn) == 0 && rsn.pmkid != NULL)
			touch(rsn.pmkid, rsn.npmkid * 16u);
	}
	CHECK(dot11_ies_whole(ies, len) == (off == len));
	if (dot11_ie_vendor(ies, len, DOT11_OUI_MS, 2, &ie))
		touch(ie.data, ie.len);
}

static void
read_frame(const uint8_t *p, size_t len)
{
	struct dot11 f;

	(void)dot11_wants_ack(p, len);
	if (dot11_parse(p, len, &f) != 0)
		return;
	CHECK(f.hdrlen + f.bodylen == len);
	touch(f.addr1, 6);
	touch(f.body, f.bodylen);
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *const a[6] = { f.addr2, f.addr3, f.addr4, f.da, f.sa, f.bssid };

		if (a[i] != NULL)
			touch(a[i], 6);
	}
	touch(f.fixed, f.fixedlen);
	if (f.ies != NULL)
		read_elements(f.ies, f.ieslen);
}

/* What the writer makes of what was read, the reader reads again. */
static void
read_radiotap(const uint8_t *p, size_t len)
{
	uint8_t out[RADIOTAP_MAX];
	struct radiotap a, b;
	size_t n, m;

	if (radiotap_parse(p, len, &a, &n) != 0)
		return;
	CHECK(n <= len);
	m = radiotap_put(out, sizeof(out), &a);
	CHECK(m != 0 && radiotap_parse(out, m, &b, &n) == 0 && n == m);
	CHECK(memcmp(&a, &b, sizeof(a)) == 0);
	read_frame(p, len);
}

/* ---- the hub --------------------------------------------------------------------------- */

struct peer {
	struct radio	*radio;
	uint32_t	seq;
	unsigned	tx, status;
	bool		deaf;
};

static struct peer peers[RADIOS];
static uint64_t mono;

static uint64_t
mono_us(void *arg)
{
	(void)arg;
	return mono;
}

static bool
to_radio(void *arg, void *link, const void *msg, size_t len, bool must)
{
	const struct air_hdr *h = msg;
	struct peer *p = link;

	(void)arg;
	if (p->deaf && !must)
		return false;
	CHECK(h->len == len && len <= AIR_MSG_MAX && h->seq == ++p->seq);
	p->status += h->type == AIR_TXSTATUS;
	if (h->type == AIR_RX)
		read_radiotap((const uint8_t *)msg + sizeof(struct air_rx),
		    len - sizeof(struct air_rx));
	return true;
}

static void
closed(void *arg, void *link)
{
	(void)arg;
	((struct peer *)link)->radio = NULL;
}

static void
event(void *arg, const char *name, json_t *members)
{
	(void)arg;
	(void)name;
	CHECK(members != NULL);
	json_decref(members);
}

/* One thread: nothing is ever on its way. */
static enum hub_unread
unread(void *arg)
{
	(void)arg;
	return HUB_UNREAD_NONE;
}

static const struct hub_ops ops = {
	.mono_us = mono_us, .send = to_radio, .close = closed, .unread = unread, .event = event,
};

static void
input(struct hub *h, struct peer *p, const void *msg, size_t len)
{
	const struct air_hdr *m = msg;

	if (p->radio == NULL || hub_full(p->radio))
		return;
	if (hub_input(h, p->radio, msg, len) && m->type == AIR_TX)
		p->tx++;
}

static void
join(struct hub *h, struct peer *p, unsigned number)
{
	struct air_hello m = { .hdr = { .type = AIR_HELLO, .len = sizeof(m) },
	    .version = AIR_VERSION, .naddr = 1 };
	struct air_tune t = { .hdr = { .type = AIR_TUNE, .len = sizeof(t) }, .on = 1,
	    .freq = 5180, .center = 5190, .width = 40 };

	if (p->radio != NULL)
		return;
	*p = (struct peer){ .deaf = number >= 16 };
	p->radio = hub_join(h, p);
	CHECK(p->radio != NULL);
	m.name[0] = (char)('a' + (p - peers));
	memset(&m.addr[0].mask, 0xff, 6);
	m.addr[0].addr[5] = (uint8_t)(p - peers);
	if ((number & 1) == 0)
		input(h, p, &m, sizeof(m));
	if ((number & 2) == 0)
		input(h, p, &t, sizeof(t));
}

static void
message(struct hub *h, struct peer *p, const uint8_t *data, size_t len, bool right_header)
{
	static const uint8_t types[] = { AIR_HELLO, AIR_ADDR, AIR_TUNE, AIR_TX, AIR_IDLE,
	    AIR_BUSY };
	static const size_t lens[] = { sizeof(struct air_hello), sizeof(struct air_hello),
	    sizeof(struct air_tune), 0, sizeof(struct air_idle), sizeof(struct air_busy) };
	uint8_t *msg;
	size_t n = len;

	if (!right_header) {
		msg = malloc(len == 0 ? 1 : len);
		memcpy(msg, data, len);
	} else {
		unsigned kind = len == 0 ? 0 : data[0] % 6;

		n = lens[kind] != 0 ? lens[kind] : sizeof(struct air_hdr) + len;
		msg = calloc(1, n);
		if (n > sizeof(struct air_hdr))
			memcpy(msg + sizeof(struct air_hdr), data + (len != 0), len == 0 ? 0 :
			    len - 1 < n - sizeof(struct air_hdr) ? len - 1 :
			    n - sizeof(struct air_hdr));
		*(struct air_hdr *)(void *)msg = (struct air_hdr){ .type = types[kind],
		    .len = (uint32_t)n, .seq = kind == 4 ? p->seq : 0 };
	}
	input(h, p, msg, n);
	free(msg);
}

/* A TX that goes on the air: flags, prio, number of rates, a byte per rate, the frame. */
static void
good_tx(struct hub *h, struct peer *p, const uint8_t *data, size_t len)
{
	static const uint8_t legacy[] = { 2, 4, 11, 22, 12, 24, 48, 108 };
	uint8_t msg[sizeof(struct air_tx) + RADIOTAP_MIN + 512]
	    __attribute__((aligned(8))) = { 0 };
	struct air_tx *tx = (void *)msg;
	size_t n = sizeof(*tx);

	if (len < 8 || len > 512)
		return;
	tx->flags = data[0] & 31;
	tx->prio = data[1] & 7;
	tx->ampdu = data[1] >> 7;
	tx->freq = (data[2] & 8) != 0 ? 2412 : 0;
	tx->nrates = data[2] & 3;
	for (unsigned i = 0; i < tx->nrates; i++) {
		uint8_t v = data[3 + i];

		tx->rate[i] = (v & 0x80) != 0 ? (struct air_rate){ AIR_RATE_HT, v & 31,
		    v >> 4 & 6, 3 } : (struct air_rate){ AIR_RATE_LEGACY, legacy[v & 7], 0, 2 };
	}
	n += radiotap_put(msg + n, RADIOTAP_MIN, &(struct radiotap){ .present = 0 });
	memcpy(msg + n, data + 7, len - 7);
	n += len - 7;
	tx->hdr = (struct air_hdr){ .type = AIR_TX, .len = (uint32_t)n };
	input(h, p, msg, n);
}

static void
step(struct hub *h, unsigned what, unsigned arg, const uint8_t *data, size_t len)
{
	struct peer *p = &peers[arg % RADIOS];

	switch (what % 6) {
	case 0:
		join(h, p, arg / RADIOS);
		break;
	case 1:
		if (p->radio != NULL)
			hub_leave(h, p->radio, "disconnected");
		p->radio = NULL;
		break;
	case 2:
		message(h, p, data, len, false);
		break;
	case 3:
		message(h, p, data, len, true);
		break;
	case 4:
		good_tx(h, p, data, len);
		break;
	default:
		mono += arg * arg * 10u;
		hub_run(h);
		break;
	}
}

static void
fuzz_hub(const uint8_t *data, size_t size, unsigned mode)
{
	struct pcapng *pcap = NULL;
	struct hub *h;
	char msg[200];

	memset(peers, 0, sizeof(peers));
	mono = 1000000;
	h = hub_new(&ops, NULL, (mode & 2) != 0);
	if ((mode & 16) != 0 &&
	    pcapng_open("/dev/null", "fuzz-air", &pcap, msg, sizeof(msg)) == 0)
		hub_pcap(h, pcap);
	(void)hub_set(h, "loss", "a", "b", false, (mode & 4) != 0 ? 50 : 0, msg, sizeof(msg));
	(void)hub_set(h, "delay", "a", "c", false, (mode & 8) != 0 ? 500 : 0, msg, sizeof(msg));
	while (size >= 4) {
		size_t len = dot11_le16(data + 2), n = len < size - 4 ? len : size - 4;

		step(h, data[0], data[1], data + 4, n);
		data += 4 + n;
		size -= 4 + n;
	}
	/* 64 frames of 16 rates with 255 tries each. */
	for (unsigned i = 0; i < 100000 && hub_wait(h) < FOR_EVER; i++) {
		mono += hub_wait(h);
		hub_run(h);
	}
	for (unsigned i = 0; i < RADIOS; i++)
		CHECK(peers[i].radio == NULL || peers[i].status == peers[i].tx ||
		    hub_wait(h) != UINT64_MAX);
	json_decref(hub_status(h));
	hub_pcap(h, NULL);
	hub_free(h);
	if (pcap != NULL)
		pcapng_close(pcap);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] != 0) {
		fuzz_hub(data + 1, size - 1, data[0]);
	} else if ((data[1] & 1) != 0) {
		read_frame(data + 2, size - 2);
		read_elements(data + 2, size - 2);
	} else {
		read_radiotap(data + 2, size - 2);
	}
	return 0;
}
