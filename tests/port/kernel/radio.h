/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radio.h - a wifi driver for checks of a shim's pdk80211.c: it notes what it is told in `said`,
 * and answers as a test wants.  After <pdk80211.h>, tap.h and kernel.h; once in a program.
 */
#ifndef RADIO_H
#define RADIO_H

struct toy { struct pdk_dev dev; };
static struct pdk_dev *d;
static int up_error, join_error, key_error, tx_error, ba_error, update_error;
static unsigned radio_caps = PDK_CAP_SCAN_OFFLOAD | PDK_CAP_HW_CCMP | PDK_CAP_RATECTL;

/* What it was given last. */
static struct pdk80211_txinfo txinfo;
static struct pdk80211_bss joined;
static int background;
static bool abort_hangs;			/* an aborted scan does not end by itself */
static uint8_t last_frame[64];

/* Frames that it has. */
static struct { struct mbuf *m; void *cookie; } sent[128];
static unsigned nsent;

/* All of them are sent. */
static void
give_back(void)
{
	static const struct pdk80211_txstat st = { .ok = 1 };
	unsigned i, n = nsent;

	nsent = 0;
	for (i = 0; i < n; i++)
		pdk80211_tx_done(d, sent[i].m, sent[i].cookie, &st);
}

static int
core_up(struct pdk_dev *dev __unused)
{
	say("up ");
	return up_error;
}

static void
core_down(struct pdk_dev *dev __unused)
{
	say("down ");
	give_back();
}

static int
core_scan(struct pdk_dev *dev __unused, const struct pdk80211_scan *sc)
{
	background = sc->background;
	say("scan ");
	return 0;
}

static void
core_scan_abort(struct pdk_dev *dev)
{
	say("abort ");
	if (!abort_hangs)
		pdk80211_scan_done(dev, 1);
}

static int
core_join(struct pdk_dev *dev __unused, const struct pdk80211_bss *b)
{
	say("join ");
	joined = *b;
	return join_error;
}

static int
core_assoc(struct pdk_dev *dev __unused, const struct pdk80211_bss *b)
{
	say("assoc ");
	joined = *b;
	return 0;
}

static void
core_leave(struct pdk_dev *dev __unused)
{
	say("leave ");
	give_back();
}

static int
core_update(struct pdk_dev *dev __unused, int what, const struct pdk80211_bss *b __unused)
{
	say("update(%d) ", what);
	return update_error;
}

static int
core_set_key(struct pdk_dev *dev __unused, const struct pdk80211_key *k)
{
	say("key%d%s ", k->id, k->group ? "g" : "");
	return key_error;
}

static void
core_del_key(struct pdk_dev *dev __unused, const struct pdk80211_key *k __unused)
{
	say("nokey ");
}

static int
core_ba(struct pdk_dev *dev __unused, enum pdk80211_baop op, int tid __unused, uint16_t *ssn,
    int winsize __unused)
{
	static const char *const names[] = { "rx", "rxstop", "tx", "txstop", "txrun" };

	say("%s ", names[op]);
	if (op == PDK_BA_TX_START)
		*ssn = 77;
	return ba_error;
}

/* Says the frame's first octet: type and subtype. */
static int
core_tx(struct pdk_dev *dev __unused, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	say("tx%02x%s ", mtod(m, uint8_t *)[0], tx_error != 0 ? "?" : "");
	if (m->m_next != NULL)
		say("not in one piece ");
	txinfo = *info;
	memcpy(last_frame, mtod(m, uint8_t *), (size_t)(m->m_len < 64 ? m->m_len : 64));
	if (tx_error != 0)
		return tx_error;
	K_CHECK(nsent < sizeof(sent) / sizeof(sent[0]));
	sent[nsent].m = m;
	sent[nsent++].cookie = info->cookie;
	return 0;
}

static const struct pdk80211_ops ops = {
	.up = core_up, .down = core_down, .scan = core_scan, .scan_abort = core_scan_abort,
	.join = core_join, .assoc = core_assoc, .leave = core_leave, .update = core_update,
	.set_key = core_set_key, .del_key = core_del_key, .ba = core_ba, .tx = core_tx,
};

static int
toy_attach(struct pdk_dev *dev)
{
	d = dev;
	return 0;
}

static int
toy_late(struct pdk_dev *dev)
{
	static const struct pdk80211_chan chans[] = { { .freq = 2437, .num = 6, .width = 20 } };
	struct pdk80211_caps caps = { .mac = { 2 }, .nchans = 1, .chans = chans, .htcaps = 0x20,
	    .rx_chains = 1, .tx_chains = 1, .flags = radio_caps };

	return pdk80211_attach(dev, &ops, &caps);
}

static int
toy_detach(struct pdk_dev *dev)
{
	pdk80211_detach(dev);
	pdk80211_detach(dev);			/* harmless */
	return 0;
}

static int
toy_nothing(struct pdk_dev *dev __unused)
{
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.attach_late = toy_late, .detach = toy_detach, .suspend = toy_nothing,
	.resume = toy_nothing,
};
PDK_PCI_DRIVER(toy, toy_driver);

#endif /* RADIO_H */
