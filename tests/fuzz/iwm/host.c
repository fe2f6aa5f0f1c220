/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c - an 802.11 layer that does what pdk80211.h allows, in an order of the input's.  The shim
 * sees a radio that goes up and down and no more, so that it makes no station of its own.
 */
#include "shims/linux/ieee80211.h"
#include "tests/fuzz/iwm/iwm.h"

#define MOST_PAYLOAD	1500
#define HDR_LEN		24
#define QOS_HDR_LEN	26
#define FC0_AUTH	0xb0
#define FC0_QOS_DATA	0x88

static struct {
	const struct pdk80211_ops *ops;
	bool		up, joined, assoc;
	struct pdk80211_bss bss;
} H;

/* A step, on its way to WORKER. */
struct call {
	unsigned	 kind;
	const uint8_t	*p;
	size_t		 len;
};

void
host_begin(void)
{
	memset(&H, 0, sizeof(H));
}

struct shim_follow *
host_life(struct pdk_softc *sc)
{
	struct shim_80211 *w = atomic_load(&sc->wifi);

	return w != NULL ? &w->life : NULL;
}

/* ---- up and down are the shim's ---- */

static int
up(struct pdk_dev *dev)
{
	int error = H.ops->up(dev);

	H.up = error == 0;
	return error;
}

static void
down(struct pdk_dev *dev)
{
	H.up = H.joined = H.assoc = false;
	H.ops->down(dev);
}

static const struct pdk80211_ops shown = { .up = up, .down = down };

int	__real_pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);
int	__wrap_pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);

int
__wrap_pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *all,
    const struct pdk80211_caps *caps)
{
	H.ops = all;
	return __real_pdk80211_attach(dev, &shown, caps);
}

/* ---- networks ---- */

static void
set_bss(const uint8_t *p, size_t len)
{
	struct pdk80211_bss *b = &H.bss;
	unsigned how = byte(p, len, 0);

	memset(b, 0, sizeof(*b));
	b->bssid[0] = 2;
	b->dtim_period = 1;
	b->bintval = 100;
	b->aid = 1;
	b->chan.num = (how & JOIN_5GHZ) != 0 ? 36 : 6;
	b->chan.freq = (how & JOIN_5GHZ) != 0 ? 5180 : 2437;
	b->chan.width = (how & JOIN_40MHZ) != 0 ? 40 : 20;
	b->nrates = 2;
	b->rates[0] = 12;
	b->rates[1] = 24;
	b->basic_rates = 1;
	b->flags = byte(p, len, 1);
	b->mcs[0] = b->mcs[1] = 0xff;
	b->htcaps = (uint16_t)word(p, len, 2);
	b->ampdu = (uint8_t)byte(p, len, 4);
}

static void
scan(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	static const struct pdk80211_chan chans[] = { { .num = 6 }, { .num = 36 } };
	struct pdk80211_scan s;

	memset(&s, 0, sizeof(s));
	s.chans = chans;
	s.nchans = (byte(p, len, 0) & SCAN_BOTH) != 0 ? 2 : 1;
	s.passive = (byte(p, len, 0) & SCAN_PASSIVE) != 0;
	s.background = H.assoc;
	s.ies = p;
	s.ies_len = (uint16_t)at_most(len, 100);
	(void)H.ops->scan(dev, &s);
}

static void
leave(struct pdk_dev *dev)
{
	H.joined = H.assoc = false;
	H.ops->leave(dev);
}

static void
join(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	set_bss(p, len);
	H.joined = H.ops->join(dev, &H.bss) == 0;
	if (!H.joined)
		leave(dev);
}

static void
assoc(struct pdk_dev *dev)
{
	H.assoc = H.ops->assoc(dev, &H.bss) == 0;
	if (!H.assoc)
		leave(dev);
}

static void
update(struct pdk_dev *dev, unsigned what)
{
	if (H.ops->update(dev, (int)(what & 0x7f), &H.bss) != 0)
		leave(dev);
}

static void
key(struct pdk_dev *dev, unsigned which, bool set)
{
	struct pdk80211_key k;

	memset(&k, 0, sizeof(k));
	k.id = which & 3;
	k.group = which >> 2 & 1;
	k.cipher = PDK_CIPHER_CCMP;
	k.len = 16;
	if (set)
		(void)H.ops->set_key(dev, &k);
	else
		H.ops->del_key(dev, &k);
}

static void
ba(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	uint16_t ssn = (uint16_t)word(p, len, 1);

	(void)H.ops->ba(dev, (enum pdk80211_baop)(byte(p, len, 0) % 5),
	    byte(p, len, 0) >> 3 & 7, &ssn, 64);
}

/* ---- WORKER ---- */

static void
when_associated(struct pdk_dev *dev, const struct call *c)
{
	switch (c->kind) {
	case HOST_UPDATE:
		update(dev, byte(c->p, c->len, 0));
		break;
	case HOST_BA:
		ba(dev, c->p, c->len);
		break;
	case HOST_SET_KEY:
	case HOST_DEL_KEY:
		key(dev, byte(c->p, c->len, 0), c->kind == HOST_SET_KEY);
		break;
	default:
		break;
	}
}

static void
when_joined(struct pdk_dev *dev, const struct call *c)
{
	if (c->kind == HOST_LEAVE)
		leave(dev);
	else if (c->kind == HOST_ASSOC && !H.assoc)
		assoc(dev);
	else if (H.assoc)
		when_associated(dev, c);
}

static int
when_up(void *arg)
{
	const struct call *c = arg;
	struct pdk_dev *dev = script_driver()->dev;
	struct pdk80211_stats st;

	if (!H.up)
		return 0;
	if (c->kind == HOST_SCAN)
		scan(dev, c->p, c->len);
	else if (c->kind == HOST_SCAN_ABORT)
		H.ops->scan_abort(dev);
	else if (c->kind == HOST_STATS)
		(void)H.ops->stats(dev, &st);
	else if (c->kind == HOST_JOIN && !H.joined)
		join(dev, c->p, c->len);
	else if (H.joined)
		when_joined(dev, c);
	return 0;
}

/* ---- the one thing that the network does, in a thread of its own ---- */

static void
send_one(struct pdk_softc *sc, const uint8_t *p, size_t len)
{
	unsigned how = byte(p, len, 0);
	size_t size = QOS_HDR_LEN + at_most(len, MOST_PAYLOAD);
	struct mbuf *m = shim_mbuf_get(sc, size, SHIM_SITE());
	struct pdk80211_txinfo info;
	uint8_t *h;

	if (m == NULL)
		return;
	h = mtod(m, uint8_t *);
	memset(&info, 0, sizeof(info));
	memset(h, 0, QOS_HDR_LEN);
	h[0] = (how & TX_MGMT) != 0 ? FC0_AUTH : FC0_QOS_DATA;
	info.hdrlen = (how & TX_MGMT) != 0 ? HDR_LEN : QOS_HDR_LEN;
	info.tid = (how & TX_MGMT) != 0 ? 0 : (how & TX_TID) >> 1;
	info.ac = (how & TX_AC) >> 4;
	h[HDR_LEN] = info.tid;
	if (len != 0)
		memcpy(h + QOS_HDR_LEN, p, size - QOS_HDR_LEN);
	if (H.ops->tx(sc->dev, m, &info) != 0)
		m_freem(m);
}

static void
send(const uint8_t *p, size_t len)
{
	static const unsigned burst[] = { 1, 4, 32, 256 };
	struct pdk_softc *sc = script_driver();
	struct shim_ctx saved = shim_enter(sc, C_TX);
	unsigned n;

	for (n = burst[(byte(p, len, 0) & TX_BURST) >> 6]; n > 0; n--)
		send_one(sc, p, len);
	shim_leave(saved);
}

void
host_step(unsigned kind, const uint8_t *p, size_t len)
{
	struct call c = { kind, p, len };
	struct shim_ctx saved;

	if (kind == HOST_TX) {
		if (H.joined)
			send(p, len);
		return;
	}
	saved = shim_enter(script_driver(), C_CONFIG);
	(void)pdk_call(script_driver()->dev, when_up, &c);
	shim_leave(saved);
}
