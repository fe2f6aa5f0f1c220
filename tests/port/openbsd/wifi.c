/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.c - does shims/openbsd/pdk80211_*.c call core and stack in the order that both want?  TAP.
 *
 * Stack and core note what they are told in `said'; a state of the stack is S0 (INIT) to S4 (RUN).
 */
#include "simnet.h"

#include <pdk.h>
#include <pdk80211.h>

static int ntests, failed;
static char said[4096];

static void
say(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
}

static void
ok(int good, const char *what)
{
	failed += !good;
	fprintf(stdout, "%sok %d - %s\n", good ? "" : "not ", ++ntests, what);
	if (!good)
		fprintf(stdout, "# said: %s\n", said);
	said[0] = '\0';
}

static void
heard(const char *want, const char *what)
{
	ok(strcmp(said, want) == 0, what);
}

/* ---- the stack ---- */

const struct ieee80211_rateset ieee80211_std_rateset_11a = { 2, { 0x80 | 12, 24 } };
const struct ieee80211_rateset ieee80211_std_rateset_11b = { 2, { 0x80 | 2, 4 } };
const struct ieee80211_rateset ieee80211_std_rateset_11g = { 2, { 0x80 | 2, 12 } };

static struct ieee80211_node bss;
static struct ieee80211com *ic;
static struct ifmedia_entry media;
static int protect, join_next;

void
k_put(struct mbuf_list *l, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	if (l->ml_head == NULL)
		l->ml_head = m;
	else
		l->ml_tail->m_nextpkt = m;
	l->ml_tail = m;
	l->ml_len++;
}

struct mbuf *
k_get(struct mbuf_list *l)
{
	struct mbuf *m = l->ml_head;

	if (m != NULL) {
		l->ml_head = m->m_nextpkt;
		l->ml_len--;
		m->m_nextpkt = NULL;
	}
	return m;
}

static struct mbuf *
frame(uint8_t fc0, uint8_t fc1, int len)
{
	struct mbuf *m = k_mbuf(256);

	m->m_len = m->m_pkthdr.len = len;
	m->m_data[0] = (char)fc0;
	m->m_data[1] = (char)fc1;
	return m;
}

void
k_send_mgmt(struct ieee80211com *c, struct ieee80211_node *ni, int type)
{
	struct mbuf *m = frame((uint8_t)type, 0, 30);
	int s = splnet();

	m->m_pkthdr.ph_cookie = ieee80211_ref_node(ni);
	mq_enqueue(&c->ic_mgtq, m);
	c->ic_if.if_start(&c->ic_if);
	splx(s);
}

void
ieee80211_release_node(struct ieee80211com *c, struct ieee80211_node *ni)
{
	KASSERT(ni->ni_refcnt > 0);
	if (--ni->ni_refcnt == 0 && ni->ni_unref_cb != NULL)
		ni->ni_unref_cb(c, ni);
}

static int
stack_newstate(struct ieee80211com *c, enum ieee80211_state ns, int arg)
{
	enum ieee80211_state os = c->ic_state;

	say("S%d ", ns);
	c->ic_state = ns;
	if (ns == IEEE80211_S_INIT && os >= IEEE80211_S_ASSOC && arg != -1)
		k_send_mgmt(c, c->ic_bss, 0xc0);
	if (ns == IEEE80211_S_SCAN && os > IEEE80211_S_SCAN)
		ieee80211_begin_scan(&c->ic_if);
	if (ns == IEEE80211_S_AUTH)
		k_send_mgmt(c, c->ic_bss, 0xb0);
	return 0;
}

static void
stack_recv_mgmt(struct ieee80211com *c __unused, struct mbuf *m __unused,
    struct ieee80211_node *ni __unused, struct ieee80211_rxinfo *rxi __unused, int type __unused)
{
}

void
if_attach(struct ifnet *ifp __unused)
{
	k_live++;
}

void
if_detach(struct ifnet *ifp)
{
	struct mbuf *m;

	while ((m = ifq_dequeue(&ifp->if_snd)) != NULL)
		m_freem(m);
	k_live--;
}

void
ieee80211_ifattach(struct ifnet *ifp)
{
	ic = (struct ieee80211com *)ifp;
	memset(&bss, 0, sizeof(bss));
	memcpy(bss.ni_bssid, "\2\0\0\0\0\1", 6);
	bss.ni_chan = &ic->ic_channels[6];
	bss.ni_associd = 0xc007;
	bss.ni_flags = IEEE80211_NODE_QOS | IEEE80211_NODE_HT;
	bss.ni_rates = ieee80211_std_rateset_11g;
	ic->ic_bss = &bss;
	ic->ic_fixed_rate = -1;
	ic->ic_media.ifm_cur = &media;
	ic->ic_flags = IEEE80211_F_QOS | IEEE80211_F_HTON;
	ic->ic_newstate = stack_newstate;
	ic->ic_recv_mgmt = stack_recv_mgmt;
	TAILQ_INIT(&ic->ic_ess);
}

void
ieee80211_ifdetach(struct ifnet *ifp __unused)
{
	struct mbuf *m;

	while ((m = mq_dequeue(&ic->ic_mgtq)) != NULL)
		m_freem(m);
}

char *
ether_sprintf(const uint8_t *a __unused)
{
	static char text[] = "02:...";

	return text;
}

void
ieee80211_begin_scan(struct ifnet *ifp __unused)
{
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
}

void
ieee80211_end_scan(struct ifnet *ifp __unused)
{
	say("end_scan ");
	if (join_next)
		(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, -1);
}

int
ieee80211_ioctl(struct ifnet *ifp __unused, u_long cmd __unused, caddr_t data __unused)
{
	return ENETRESET;
}

/* 14 octets of Ethernet become 24, or 26 with QoS, of 802.11. */
struct mbuf *
ieee80211_encap(struct ifnet *ifp __unused, struct mbuf *m, struct ieee80211_node **ni)
{
	int eapol = (uint8_t)m->m_data[12] == 0x88, hdrlen = eapol ? 24 : 26;
	struct mbuf *n = frame(eapol ? 0x08 : 0x88, protect ? 0x41 : 0x01, m->m_len - 14 + hdrlen);

	memset(n->m_data + 24, 0, 2);
	memcpy(n->m_data + hdrlen, m->m_data + 14, (size_t)m->m_len - 14);
	m_freem(m);
	*ni = ieee80211_ref_node(&bss);
	return n;
}

struct mbuf *
ieee80211_encrypt(struct ieee80211com *c __unused, struct mbuf *m, struct ieee80211_key *k)
{
	say("enc ");
	k->k_tsc++;
	return m;
}

void
ieee80211_inputm(struct ifnet *ifp __unused, struct mbuf *m, struct ieee80211_node *ni __unused,
    struct ieee80211_rxinfo *rxi, struct mbuf_list *ml)
{
	say("in(%x,%d) ", rxi->rxi_flags, m->m_len);
	k_put(ml, m);
}

void
if_input(struct ifnet *ifp __unused, struct mbuf_list *ml)
{
	struct mbuf *m;

	say("input(%u) ", ml->ml_len);
	while ((m = k_get(ml)) != NULL)
		m_freem(m);
}

int
ieee80211_set_key(struct ieee80211com *c __unused, struct ieee80211_node *ni __unused,
    struct ieee80211_key *k __unused)
{
	say("software ");
	return 0;
}

void
ieee80211_delete_key(struct ieee80211com *c __unused, struct ieee80211_node *ni __unused,
    struct ieee80211_key *k)
{
	memset(k, 0, sizeof(*k));
}

int
ieee80211_addba_request(struct ieee80211com *c __unused, struct ieee80211_node *ni, u_int16_t ssn,
    u_int8_t tid)
{
	say("ask(%u) ", ssn);
	ni->ni_tx_ba[tid] = (struct ieee80211_ba){ IEEE80211_BA_REQUESTED, 0, ssn, 64 };
	return 0;
}

void
ieee80211_delba_request(struct ieee80211com *c, struct ieee80211_node *ni, u_int16_t why __unused,
    u_int8_t tx, u_int8_t tid)
{
	say("delba ");
	(tx ? ni->ni_tx_ba : ni->ni_rx_ba)[tid].ba_state = IEEE80211_BA_INIT;
	(tx ? c->ic_ampdu_tx_stop : c->ic_ampdu_rx_stop)(c, ni, tid);
}

void
ieee80211_addba_req_accept(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("yes ");
	ni->ni_rx_ba[tid].ba_state = IEEE80211_BA_AGREED;
}

void
ieee80211_addba_req_refuse(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("no ");
	ni->ni_rx_ba[tid].ba_state = IEEE80211_BA_INIT;
}

void
ieee80211_addba_resp_accept(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("agreed ");
	ni->ni_tx_ba[tid].ba_state = IEEE80211_BA_AGREED;
}

void
ieee80211_addba_resp_refuse(struct ieee80211com *c __unused, struct ieee80211_node *ni,
    uint8_t tid, uint16_t status __unused)
{
	ni->ni_tx_ba[tid].ba_state = IEEE80211_BA_INIT;
}

/* ---- the core ---- */

struct toy { struct pdk_dev dev; };
static struct pdk_dev *d;
static int join_error, key_error, tx_error, ba_error;
static struct mbuf_list sent;		/* the cookie is in ph_cookie */
static struct pdk80211_txinfo txinfo;
static struct pdk80211_bss joined;
static int background;

static int
core_up(struct pdk_dev *dev __unused)
{
	say("up ");
	return 0;
}

static void
give_back(void)
{
	static const struct pdk80211_txstat st = { .ok = 1 };
	struct mbuf *m;

	while ((m = k_get(&sent)) != NULL)
		pdk80211_tx_done(d, m, m->m_pkthdr.ph_cookie, &st);
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
	return 0;
}

static int
core_set_key(struct pdk_dev *dev __unused, const struct pdk80211_key *k __unused)
{
	say("key ");
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

static int
core_tx(struct pdk_dev *dev __unused, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	say("tx%02x%s ", (uint8_t)m->m_data[0], tx_error != 0 ? "?" : "");
	if (tx_error != 0)
		return tx_error;
	KASSERT(m->m_next == NULL);		/* in one piece, always */
	txinfo = *info;
	m->m_pkthdr.ph_cookie = info->cookie;
	k_put(&sent, m);
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
	    .flags = PDK_CAP_SCAN_OFFLOAD | PDK_CAP_HW_CCMP | PDK_CAP_RATECTL };

	return pdk80211_attach(dev, &ops, &caps);
}

static int
toy_detach(struct pdk_dev *dev)
{
	pdk80211_detach(dev);
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0, 0 } };
static const struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.attach_late = toy_late, .detach = toy_detach,
};
PDK_PCI_DRIVER(toy, toy_driver);

static struct pdk_softc unit = { .sc_dev = { "toy0" } };

/* ---- scenes ---- */

static void
drain(void)
{
	pdk_worker_drain(d);
	pdk_worker_drain(d);
}

static void
ifconfig(int up)
{
	if (up)
		ic->ic_if.if_flags |= IFF_UP;
	else
		ic->ic_if.if_flags &= (unsigned short)~IFF_UP;
	KASSERT(ic->ic_if.if_ioctl(&ic->ic_if, SIOCSIFFLAGS, NULL) == 0);
	drain();
}

static void
begin(void)
{
	struct pci_attach_args pa = { 0 };

	protect = join_next = join_error = key_error = tx_error = ba_error = 0;
	cold = 1;
	toy_ca.ca_attach(NULL, &unit.sc_dev, &pa);
	k_mount_root();
	ifconfig(1);
}

static void
associate(void)
{
	begin();
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	(void)ieee80211_new_state(ic, IEEE80211_S_ASSOC, 0);
	drain();
	(void)ieee80211_new_state(ic, IEEE80211_S_RUN, 0);
	drain();
	give_back();
	said[0] = '\0';
}

static void
end(void)
{
	(void)toy_ca.ca_detach(&unit.sc_dev, 0);
	ok(k_live == 0 && bss.ni_refcnt == 0, "nothing is left: memory, frames, nodes");
}

static void
send_ether(uint8_t type)
{
	struct mbuf *m = k_mbuf(64);
	int s = splnet();

	m->m_len = m->m_pkthdr.len = 20;
	m->m_data[12] = (char)type;
	m->m_data[13] = (char)0x8e;
	k_put(&ic->ic_if.if_snd.ifq_list, m);
	ic->ic_if.if_start(&ic->ic_if);
	splx(s);
}

static void
test_states(void)
{
	begin();
	heard("up scan ", "up, then the scan");
	ok((ic->ic_if.if_flags & IFF_RUNNING) != 0, "and the interface runs");
	pdk80211_scan_done(d, 0);
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("end_scan scan ", "nothing found: SCAN to SCAN is another round");
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	heard("end_scan join S2 txb0 ", "joined before the stack authenticates");
	ok(memcmp(joined.bssid, "\2\0\0\0\0\1", 6) == 0 && joined.chan.num == 6 &&
	    joined.nrates == 2 && joined.basic_rates == 1, "to this network");
	(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, 0xb0);
	drain();
	heard("leave join S2 txb0 ", "AUTH to AUTH reaches the core");
	(void)ieee80211_new_state(ic, IEEE80211_S_ASSOC, 0);
	drain();
	heard("S3 ", "associating is the stack's alone");
	(void)ieee80211_new_state(ic, IEEE80211_S_RUN, 0);
	drain();
	heard("assoc S4 ", "the core first, then the stack");
	ok(joined.aid == 7 && (joined.flags & PDK_BSS_HT) != 0, "with what was agreed");
	(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, 0xc0);
	drain();
	heard("leave join S2 txb0 ", "deauthenticated: joined anew");
	end();
}

static void
test_ends(void)
{
	associate();
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("leave S1 scan ", "RUN to SCAN: left, then scanned once");
	end();
	associate();
	ifconfig(0);
	heard("S0 txc0 down ", "the good-bye goes out before the radio");
	ok((ic->ic_if.if_flags & IFF_RUNNING) == 0, "and the interface does not run");
	end();
	associate();
	pdk80211_restart(d);
	drain();
	heard("S0 down up scan ", "a dead firmware: no good-bye, down, up, another scan");
	pdk80211_rfkill(d, 1);
	drain();
	heard("S0 down ", "a switch takes the radio down");
	pdk80211_rfkill(d, 0);
	drain();
	heard("up scan ", "and up again, as it was");
	end();
}

static void
test_failure(void)
{
	begin();
	join_next = 1;
	join_error = EIO;
	pdk80211_scan_done(d, 0);
	drain();
	heard("up scan end_scan join leave ", "a join that fails is left");
	k_clock(2000);
	drain();
	heard("scan ", "and tried again, later");
	end();
}

static void
test_frames(void)
{
	associate();
	tx_error = ENOBUFS;
	send_ether(0);
	heard("tx88? ", "the core is full");
	ok(ic->ic_if.if_snd.ifq_oactive, "the queue is stopped");
	tx_error = 0;
	pdk80211_tx_ready(d);
	heard("tx88 ", "the frame was kept");
	tx_error = ENETDOWN;
	send_ether(0);
	ok(ic->ic_if.if_oerrors == 1, "one that can never be sent is counted and freed");
	tx_error = 0;
	send_ether(0x88);
	ok((txinfo.flags & PDK_TX_EAPOL) != 0 && txinfo.hdrlen == 24, "key frames are told");
	give_back();
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	said[0] = '\0';
	send_ether(0);
	heard("", "after leave no data reach the core");
	end();
}

static void
receive(unsigned flags)
{
	struct pdk80211_rxinfo info = { .rssi = -50, .chan = 6, .flags = (uint8_t)flags };

	pdk80211_rx(d, frame(0x88, 0x42, 60), &info);
}

static void
test_receive(void)
{
	associate();
	receive(0);
	receive(PDK_RX_DECRYPTED);
	receive(PDK_RX_MICFAIL);
	heard("in(2,60) in(3,52) ", "in order already; the MIC is taken off; a bad one is dropped");
	drain();
	heard("input(2) ", "the stack gets them at once, at the end of the task");
	ok(ic->ic_stats.is_ccmp_dec_errs == 1, "and counts the bad one");
	end();
}

static void
test_keys(void)
{
	struct ieee80211_key *k = &bss.ni_pairwise_key;
	const uint8_t *p;

	associate();
	protect = 1;
	*k = (struct ieee80211_key){ .k_id = 1, .k_cipher = IEEE80211_CIPHER_CCMP, .k_len = 16 };
	(void)ic->ic_set_key(ic, &bss, k);
	send_ether(0);
	heard("software enc tx88 ", "software encrypts until the hardware has the key");
	ok((txinfo.flags & PDK_TX_HWENC) == 0, "which is not asked to");
	drain();
	heard("key ", "then it has");
	send_ether(0);
	heard("tx88 ", "and encrypts");
	p = (const uint8_t *)sent.ml_tail->m_data + 26;
	ok((txinfo.flags & PDK_TX_HWENC) != 0 && txinfo.key_id == 1 && p[0] == 2 && p[1] == 0 &&
	    p[3] == (1 << 6 | 0x20) && sent.ml_tail->m_len == 26 + 8 + 6,
	    "behind a CCMP header with the next packet number");
	ic->ic_delete_key(ic, &bss, k);
	drain();
	heard("nokey ", "what it has it is told to forget");
	key_error = EOPNOTSUPP;
	*k = (struct ieee80211_key){ .k_id = 0, .k_cipher = IEEE80211_CIPHER_CCMP, .k_len = 16 };
	(void)ic->ic_set_key(ic, &bss, k);
	drain();
	send_ether(0);
	heard("software key enc tx88 ", "a key that is refused stays with software");
	ic->ic_delete_key(ic, &bss, k);
	drain();
	heard("", "and is not deleted where it is not");
	end();
}

static void
test_rx_agreement(void)
{
	struct ieee80211_ba *ba = &bss.ni_rx_ba[2];

	associate();
	*ba = (struct ieee80211_ba){ IEEE80211_BA_REQUESTED, 5000, 10, 32 };
	ok(ic->ic_ampdu_rx_start(ic, &bss, 2) == EBUSY && ba->ba_timeout_val == 0,
	    "the answer comes later; no inactivity timer");
	drain();
	heard("rx yes ", "the core is ready before the peer is told");
	pdk80211_ba_done(d, PDK_BA_RX_STOP, 2, 0);
	drain();
	heard("delba ", "the core's own end is not told back to it");
	ba->ba_state = IEEE80211_BA_REQUESTED;
	ba_error = ENOSPC;
	(void)ic->ic_ampdu_rx_start(ic, &bss, 2);
	drain();
	heard("rx no ", "a core that cannot is the peer's refusal");
	ok(ic->ic_ampdu_rx_start(ic, &bss, 9) == ENOTSUP, "there are eight TIDs");
	end();
}

static void
fill(void)
{
	int i;

	for (i = 0; i < 20; i++)
		send_ether(0);
	said[0] = '\0';
	drain();
}

static void
test_tx_agreement(void)
{
	struct ieee80211_ba *ba = &bss.ni_tx_ba[0];

	associate();
	k_clock(60000);
	fill();
	heard("tx ask(77) ", "with the number that the core tells");
	ok(ic->ic_ampdu_tx_start(ic, &bss, 0) == EBUSY, "the peer agrees");
	drain();
	heard("txrun agreed ", "the core aggregates, the stack knows");
	ba->ba_state = IEEE80211_BA_INIT;
	ic->ic_ampdu_tx_stop(ic, &bss, 0);
	drain();
	heard("txstop ", "the peer's end reaches the core");
	k_clock(60000);
	fill();
	heard("tx ask(77) ", "asked again");
	ba->ba_state = IEEE80211_BA_INIT;	/* the stack has read a refusal */
	ic->ic_recv_mgmt(ic, NULL, &bss, NULL, 0xd0);
	drain();
	heard("txstop ", "a refusal ends the core's waiting");
	k_clock(60000);
	fill();
	said[0] = '\0';
	ba->ba_state = IEEE80211_BA_INIT;	/* the stack has given up */
	k_clock(2000);
	drain();
	heard("txstop ", "so does silence");
	end();
}

static void
test_background(void)
{
	associate();
	ok(ic->ic_bgscan_start(ic) == 0, "a background scan");
	ic->ic_flags |= IEEE80211_F_BGSCAN;
	drain();
	ok(strcmp(said, "scan ") == 0 && background, "is one for the core, too");
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("abort leave S1 scan ", "a change of state ends it");
	ok((ic->ic_flags & IEEE80211_F_BGSCAN) == 0 && !background, "and it is forgotten");
	end();
}

static void
test_updates(void)
{
	begin();
	ic->ic_updateslot(ic);
	drain();
	heard("up scan ", "what changes before the association is in that");
	end();
	associate();
	ic->ic_updateslot(ic);
	ic->ic_updateedca(ic);
	drain();
	ok(strcmp(said, "update(5) ") == 0, "changes are told together, by the worker");
	(void)ic->ic_if.if_ioctl(&ic->ic_if, SIOCS80211POWER, NULL);
	drain();
	heard("update(64) ", "power saving does not reset");
	end();
}

static void
test_sleep(void)
{
	associate();
	(void)toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE);
	heard("S0 txc0 down ", "the system sleeps: good-bye and down");
	(void)toy_ca.ca_activate(&unit.sc_dev, DVACT_WAKEUP);
	drain();
	heard("up scan ", "it wakes: up again");
	end();
}

int
main(void)
{
	test_states();
	test_ends();
	test_failure();
	test_frames();
	test_receive();
	test_keys();
	test_rx_agreement();
	test_tx_agreement();
	test_background();
	test_updates();
	test_sleep();
	fprintf(stdout, "1..%d\n", ntests);
	return failed != 0;
}
