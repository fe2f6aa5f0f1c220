/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.c - does shims/vap call core and stack in the order that both want?  TAP.
 *
 * Stack and core note what they are told in `said'; a state of the stack is S0 (INIT) to S5 (RUN).
 */
#include <pdk.h>
#include <pdk80211.h>

#include "simwifi.h"
#include "tap.h"
#include "radio.h"

/* ---- the stack ---- */

static struct ieee80211com *ic;
static struct ieee80211vap *vap;
static struct ieee80211_node bss;
static struct ieee80211_scan_state scan_state;
static struct task state_task, parent_task, scan_task;
static enum ieee80211_state want_state;
static int want_arg, protect, join_next, vap_up;
static struct ieee80211_rx_stats rx_stats;
static const struct ieee80211_cipher none = { IEEE80211_CIPHER_NONE },
	ccmp = { IEEE80211_CIPHER_AES_CCM };
const char *const ieee80211_state_name[] = { "INIT", "SCAN", "AUTH", "ASSOC", "CAC", "RUN", "CSA",
	"SLEEP" };

struct ieee80211_node *
ieee80211_ref_node(struct ieee80211_node *ni)
{
	ni->refs++;
	return ni;
}

void
ieee80211_free_node(struct ieee80211_node *ni)
{
	K_ASSERT(ni->refs > 0);
	ni->refs--;
}

struct ieee80211_node *
ieee80211_find_rxnode(struct ieee80211com *c __unused,
    const struct ieee80211_frame_min *wh __unused)
{
	K_ASSERT(k_epoch > 0);
	return ieee80211_ref_node(&bss);
}

/* Takes frame and reference. */
void
ieee80211_tx_complete(struct ieee80211_node *ni, struct mbuf *m, int status)
{
	say("done%d ", status);
	ieee80211_free_node(ni);
	m_freem(m);
}

static struct mbuf *
frame(uint8_t fc0, uint8_t fc1, int len)
{
	struct mbuf *m = k_mbuf(256);

	memset(m->m_data, 0, (size_t)len);
	m->m_len = m->m_pkthdr.len = len;
	mtod(m, uint8_t *)[0] = fc0;
	mtod(m, uint8_t *)[1] = fc1;
	return m;
}

static void
send_mgmt(uint8_t fc0)
{
	struct mbuf *m = frame(fc0, 0, 30);

	m->m_pkthdr.rcvif = (struct ifnet *)(void *)ieee80211_ref_node(&bss);
	if (ic->ic_raw_xmit(&bss, m, NULL) != 0)
		ieee80211_free_node(&bss);
}

/* The stack's own iv_newstate: with the com lock. */
static int
stack_newstate(struct ieee80211vap *v, enum ieee80211_state ns, int arg __unused)
{
	enum ieee80211_state os = v->iv_state;

	mtx_assert(&ic->ic_comlock, MA_OWNED);
	say("S%d ", ns);
	v->iv_state = ns;
	if (ns == IEEE80211_S_INIT && os >= IEEE80211_S_ASSOC)
		send_mgmt(0xc0);
	if (ns == IEEE80211_S_SCAN)
		taskqueue_enqueue(ic->ic_tq, &scan_task);
	if (ns == IEEE80211_S_AUTH)
		send_mgmt(0xb0);
	return 0;
}

static void
run_state(void *arg __unused, int pending __unused)
{
	IEEE80211_LOCK(ic);
	if (vap != NULL)
		(void)vap->iv_newstate(vap, want_state, want_arg);
	IEEE80211_UNLOCK(ic);
}

int
ieee80211_new_state(struct ieee80211vap *v, enum ieee80211_state ns, int arg)
{
	K_ASSERT(v == vap);
	want_state = ns;
	want_arg = arg;
	return taskqueue_enqueue(ic->ic_tq, &state_task);
}

static void
run_parent(void *arg __unused, int pending __unused)
{
	mtx_assert(&ic->ic_comlock, MA_NOTOWNED);
	ic->ic_parent(ic);
}

static void
run_scan(void *arg __unused, int pending __unused)
{
	if (vap == NULL || vap->iv_state != IEEE80211_S_SCAN)
		return;
	scan_state.ss_vap = vap;
	scan_state.ss_flags = IEEE80211_SCAN_ACTIVE;
	scan_state.ss_last = 1;
	scan_state.ss_chans[0] = &ic->ic_channels[0];
	ic->ic_scan_start(ic);
}

void
ieee80211_scan_done(struct ieee80211vap *v)
{
	say("scanned ");
	ic->ic_scan_end(ic);
	if (join_next)
		(void)ieee80211_new_state(v, IEEE80211_S_AUTH, 0);
}

static void
set_up(int up)
{
	vap_up = up;
	ic->ic_nrunning = up;
	taskqueue_enqueue(ic->ic_tq, &parent_task);
}

void
ieee80211_start_all(struct ieee80211com *c __unused)
{
	if (vap != NULL && vap_up && vap->iv_state == IEEE80211_S_INIT)
		(void)ieee80211_new_state(vap, IEEE80211_S_SCAN, 0);
}

void
ieee80211_stop_all(struct ieee80211com *c __unused)
{
	if (vap == NULL)
		return;
	(void)ieee80211_new_state(vap, IEEE80211_S_INIT, 0);
	ic->ic_nrunning = 0;
	taskqueue_enqueue(ic->ic_tq, &parent_task);
}

/* Waits for ic_tq. */
void
ieee80211_suspend_all(struct ieee80211com *c)
{
	ieee80211_stop_all(c);
	taskqueue_drain(ic->ic_tq, &parent_task);
}

void
ieee80211_resume_all(struct ieee80211com *c __unused)
{
	if (vap != NULL && vap_up)
		set_up(1);
}

void
ieee80211_notify_radio(struct ieee80211com *c __unused, int on)
{
	say("radio%d ", on);
}

void
ieee80211_beacon_miss(struct ieee80211com *c __unused)
{
	K_ASSERT(k_epoch > 0);
	say("miss ");
}

/* ---- its block ack ---- */

static int
stack_rx_start(struct ieee80211_node *ni __unused, struct ieee80211_rx_ampdu *rap,
    int baparamset __unused, int timeout __unused, int seq __unused)
{
	rap->rxa_wnd = 32;
	rap->running = 1;
	return 0;
}

static void
stack_rx_stop(struct ieee80211_node *ni __unused, struct ieee80211_rx_ampdu *rap)
{
	rap->running = 0;
}

static int
stack_enable(struct ieee80211_node *ni __unused, struct ieee80211_tx_ampdu *tap)
{
	return tap->state == 0;
}

static int
stack_request(struct ieee80211_node *ni __unused, struct ieee80211_tx_ampdu *tap,
    int token __unused, int baparamset __unused, int timeout __unused)
{
	say("ask(%d) ", tap->txa_start);
	tap->state = 1;
	return 1;
}

static int
stack_response(struct ieee80211_node *ni __unused, struct ieee80211_tx_ampdu *tap, int status,
    int baparamset __unused, int timeout __unused)
{
	tap->state = status == 0 ? 2 : 0;
	tap->txa_wnd = 64;
	return 1;
}

static void
stack_stop(struct ieee80211_node *ni __unused, struct ieee80211_tx_ampdu *tap)
{
	tap->state = 0;
}

static int
stack_action(struct ieee80211_node *ni __unused, int category, int action, void *arg __unused)
{
	K_ASSERT(category == IEEE80211_ACTION_CAT_BA && action == IEEE80211_ACTION_BA_DELBA);
	say("delba ");
	return 0;
}

int
ieee80211_ampdu_request(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	return ic->ic_addba_request(ni, tap, 1, tap->txa_tid << IEEE80211_BAPS_TID_S, 0);
}

void
ieee80211_ampdu_stop(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap, int reason __unused)
{
	say("delba ");
	ic->ic_addba_stop(ni, tap);
}

/* ---- its keys, frames ---- */

struct ieee80211_key *
ieee80211_crypto_get_txkey(struct ieee80211_node *ni, struct mbuf *m __unused)
{
	return &ni->ni_ucastkey;
}

/* CCMP's header behind the 802.11 header, and with software the rest. */
struct ieee80211_key *
ieee80211_crypto_encap(struct ieee80211_node *ni, struct mbuf *m)
{
	struct ieee80211_key *k = &ni->ni_ucastkey;
	uint8_t *p = mtod(m, uint8_t *);
	int hdrlen = ieee80211_anyhdrsize(p);

	memmove(p + hdrlen + 8, p + hdrlen, (size_t)(m->m_len - hdrlen));
	memset(p + hdrlen, 0, 8);
	p[hdrlen] = (uint8_t)++k->wk_keytsc;
	p[hdrlen + 3] = 0x20 | 1 << 6;
	m->m_len += 8;
	m->m_pkthdr.len += 8;
	if (k->wk_flags & IEEE80211_KEY_SWENCRYPT)
		say("enc ");
	return k;
}

int
ieee80211_add_rx_params(struct mbuf *m __unused, const struct ieee80211_rx_stats *rx)
{
	rx_stats = *rx;
	return 1;
}

int
ieee80211_input_mimo(struct ieee80211_node *ni, struct mbuf *m)
{
	K_ASSERT(k_epoch > 0 && ni->refs > 0);
	say("in(%x,%s) ", rx_stats.c_pktflags,
	    ni->ni_ucastkey.wk_flags & IEEE80211_KEY_SWDECRYPT ? "sw" : "hw");
	m_freem(m);
	return 0;
}

int
ieee80211_input_mimo_all(struct ieee80211com *c __unused, struct mbuf *m)
{
	say("in_all ");
	m_freem(m);
	return 0;
}

void
ieee80211_radiotap_tx(struct ieee80211vap *v __unused, struct mbuf *m)
{
	K_ASSERT((m->m_flags & 0x10000) == 0);
	m->m_flags |= 0x10000;			/* seen: only once */
}

uint8_t *
ieee80211_add_htcap_ch(uint8_t *p, struct ieee80211vap *v __unused,
    struct ieee80211_channel *c __unused)
{
	memset(p, 45, 28);
	return p + 28;
}

void
ieee80211_wme_ic_getparams(struct ieee80211com *c __unused, struct chanAccParams *p)
{
	memset(p, 0, sizeof(*p));
}

/* ---- its rate control, not asked when the core has its own ---- */

void
ieee80211_ratectl_init(struct ieee80211vap *v __unused)
{
	say("ratectl ");
}

void
ieee80211_ratectl_deinit(struct ieee80211vap *v __unused)
{
}

void
ieee80211_ratectl_tx_complete(const struct ieee80211_node *ni __unused,
    const struct ieee80211_ratectl_tx_status *st)
{
	say("rate%d ", st->status);
}

#if __FreeBSD_version >= 1500000
void
ieee80211_ratectl_rate(struct ieee80211_node *ni, void *arg __unused, uint32_t n __unused)
{
	ni->ni_txrate = 108;
}

uint8_t
ieee80211_node_get_txrate_dot11rate(struct ieee80211_node *ni)
{
	return ni->ni_txrate;
}

void
ieee80211_node_set_txrate_dot11rate(struct ieee80211_node *ni, uint8_t rate)
{
	ni->ni_txrate = rate;
}
#else
int
ieee80211_ratectl_rate(struct ieee80211_node *ni, void *arg __unused, uint32_t n __unused)
{
	return ni->ni_txrate = 108;
}
#endif

/* ---- its life ---- */

int
ieee80211_media_change(if_t ifp __unused)
{
	return 0;
}

void
ieee80211_media_status(if_t ifp __unused, struct ifmediareq *r __unused)
{
}

void
ieee80211_ifattach(struct ieee80211com *c)
{
	ic = c;
	TAILQ_INIT(&ic->ic_vaps);
	mtx_init(&ic->ic_comlock, "com", "com", MTX_DEF | MTX_RECURSE);
	ic->ic_tq = taskqueue_create("ic_tq", M_WAITOK, taskqueue_thread_enqueue, &ic->ic_tq);
	taskqueue_start_threads(&ic->ic_tq, 1, PI_NET, "ic");
	TASK_INIT(&state_task, 0, run_state, NULL);
	TASK_INIT(&parent_task, 0, run_parent, NULL);
	TASK_INIT(&scan_task, 0, run_scan, NULL);
	ic->ic_scan = &scan_state;
	ic->ic_curchan = &ic->ic_channels[0];
	ic->ic_send_action = stack_action;
	ic->ic_ampdu_rx_start = stack_rx_start;
	ic->ic_ampdu_rx_stop = stack_rx_stop;
	ic->ic_ampdu_enable = stack_enable;
	ic->ic_addba_request = stack_request;
	ic->ic_addba_response = stack_response;
	ic->ic_addba_stop = ic->ic_addba_response_timeout = stack_stop;
}

int
ieee80211_vap_setup(struct ieee80211com *c, struct ieee80211vap *v, const char *name __unused,
    int unit __unused, enum ieee80211_opmode opmode, int flags __unused,
    const uint8_t *bssid __unused)
{
	int i;

	K_ASSERT(opmode == IEEE80211_M_STA);
	v->iv_ic = c;
	v->iv_ifp = if_alloc(IFT_ETHER);
	v->iv_bss = &bss;
	v->iv_newstate = stack_newstate;
	for (i = 0; i < 4; i++)
		v->iv_nw_keys[i].wk_cipher = &none;
	memset(&bss, 0, sizeof(bss));
	bss.ni_vap = v;
	bss.ni_ic = c;
	memcpy(bss.ni_bssid, "\2\0\0\0\0\1", 6);
	bss.ni_chan = &c->ic_channels[0];
	bss.ni_associd = 0xc007;
	bss.ni_flags = IEEE80211_NODE_QOS | IEEE80211_NODE_HT;
	bss.ni_rates = (struct ieee80211_rateset){ 2, { 0x80 | 2, 12 } };
	bss.ni_ucastkey.wk_cipher = &none;
	return 0;
}

int
ieee80211_vap_attach(struct ieee80211vap *v, int (*change)(if_t),
    void (*status)(if_t, struct ifmediareq *), const uint8_t *mac)
{
	K_ASSERT(change != NULL && status != NULL && mac[0] == 2);
	TAILQ_INSERT_TAIL(&ic->ic_vaps, v, iv_next);
	vap = v;
	return 1;
}

/* The interface is taken down first; nothing finds the VAP after that. */
void
ieee80211_vap_detach(struct ieee80211vap *v)
{
	ieee80211_stop_all(ic);
	taskqueue_drain(ic->ic_tq, &state_task);
	taskqueue_drain(ic->ic_tq, &parent_task);
	TAILQ_REMOVE(&ic->ic_vaps, v, iv_next);
	taskqueue_drain(ic->ic_tq, &state_task);
	taskqueue_drain(ic->ic_tq, &scan_task);
	vap = NULL;
	if_free(v->iv_ifp);
}

void
ieee80211_ifdetach(struct ieee80211com *c)
{
	if (vap != NULL)
		c->ic_vap_delete(vap);
	taskqueue_free(c->ic_tq);
	mtx_destroy(&c->ic_comlock);
}

/* ---- scenes ---- */

/* As ifconfig(8): first the state, then the radio. */
static void
set_down(void)
{
	(void)ieee80211_new_state(vap, IEEE80211_S_INIT, 0);
	set_up(0);
}

static void
drain(void)
{
	k_run();
	k_run();
}

static void
state(enum ieee80211_state ns, int arg)
{
	(void)ieee80211_new_state(vap, ns, arg);
	drain();
}

static void
begin(void)
{
	static const uint8_t mac[6] = { 2 };
	int vnet = k_vnet;

	protect = join_next = up_error = join_error = key_error = tx_error = ba_error = 0;
	update_error = 0;
	taskqueue_thread = taskqueue_create("thread", M_WAITOK, taskqueue_thread_enqueue, NULL);
	taskqueue_start_threads(&taskqueue_thread, 1, 0, "thread");
	(void)k_attach();
	k_boot();
	k_vnet = vnet0;
	K_ASSERT(ic->ic_vap_create(ic, "wlan", 0, IEEE80211_M_STA, 0, mac, mac) != NULL);
	K_ASSERT(ic->ic_vap_create(ic, "wlan", 1, IEEE80211_M_STA, 0, mac, mac) == NULL);
	k_vnet = vnet;
	quiet();
	set_up(1);
	drain();
}

static void
associate(void)
{
	begin();
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	state(IEEE80211_S_ASSOC, 0);
	state(IEEE80211_S_RUN, 0);
	give_back();
	quiet();
}

static void
end(void)
{
	int error = k_detach();

	taskqueue_free(taskqueue_thread);
	quiet();
	ok(error == 0 && k_live == 0 && bss.refs == 0, "nothing is left: memory, frames, nodes");
}

static int
send_data(unsigned flags)
{
	struct mbuf *m = frame(flags & M_EAPOL ? 0x08 : 0x88, protect ? 0x41 : 0x01, 40);
	int error;

	m->m_flags |= flags;
	m->m_pkthdr.rcvif = (struct ifnet *)(void *)ieee80211_ref_node(&bss);
	error = ic->ic_transmit(ic, m);
	if (error != 0) {			/* the caller's still */
		m_freem(m);
		ieee80211_free_node(&bss);
	}
	return error;
}

static void
test_states(void)
{
	begin();
	heard("up S1 scan ", "up, then the scan");
	pdk80211_scan_done(d, 0);
	drain();
	heard("scanned ", "its end reaches the stack");
	state(IEEE80211_S_SCAN, 0);
	heard("S1 scan ", "SCAN to SCAN is another round");
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	heard("scanned join S2 txb0 ", "joined before the stack authenticates");
	ok(memcmp(joined.bssid, "\2\0\0\0\0\1", 6) == 0 && joined.chan.num == 6 &&
	    joined.nrates == 2 && joined.basic_rates == 1, "to this network");
	state(IEEE80211_S_AUTH, 0);
	heard("leave done0 join S2 txb0 ", "AUTH to AUTH reaches the core");
	state(IEEE80211_S_ASSOC, 0);
	heard("S3 ", "associating is the stack's alone");
	state(IEEE80211_S_RUN, 0);
	heard("assoc S5 ", "the core first, then the stack");
	ok(joined.aid == 7 && (joined.flags & PDK_BSS_HT) != 0, "with what was agreed");
	state(IEEE80211_S_AUTH, IEEE80211_FC0_SUBTYPE_AUTH);
	heard("S2 txb0 ", "an authentication frame in RUN leaves the core in the network");
	end();
}

/* RUN to INIT: the stack sends a good-bye first, and for that the core has to be there still. */
static void
test_ends(void)
{
	associate();
	k_event = give_back;
	set_down();
	drain();
	k_event = NULL;
	heard("S0 txc0 done0 leave down ", "the good-bye is sent before the core leaves");
	end();
	associate();
	state(IEEE80211_S_INIT, 0);
	k_clock(1000);
	heard("S0 txc0 leave done0 ", "one that nobody sends is not waited for for ever");
	(void)send_data(0);
	heard("tx88 ", "a frame after leave is the core's to refuse");
	end();
	associate();
	tx_error = ENETDOWN;
	(void)send_data(0);
	heard("tx88? done1 ", "and one that it refuses is freed, with its node, once");
	end();
}

static void
test_restart(void)
{
	associate();
	pdk80211_restart(d);
	drain();
	k_clock(1000);
	heard("S0 txc0 down done0 up S1 scan ",
	    "a dead firmware is not asked to leave; down, up, another scan");
	end();
	associate();
	pdk80211_rfkill(d, 1);
	drain();
	k_clock(1000);
	heard("S0 txc0 leave done0 down radio0 ", "a switch takes the radio down");
	pdk80211_rfkill(d, 0);
	drain();
	heard("radio1 up S1 scan ", "and up again, as it was");
	end();
}

static void
test_failure(void)
{
	begin();
	quiet();
	join_next = 1;
	join_error = EIO;
	pdk80211_scan_done(d, 0);
	k_run();
	ok(strncmp(said, "scanned join leave S1 scan ", 27) == 0,
	    "a join that fails is left, and scanned anew");
	end();
	associate();
	update_error = EIO;
	ic->ic_updateslot(ic);
	drain();
	heard("update(1) leave S1 scan ", "so is an update");
	end();
}

static void
test_frames(void)
{
	associate();
	tx_error = ENOBUFS;
	(void)send_data(0);
	heard("tx88? ", "the core is full");
	(void)send_data(0);
	heard("", "the next waits");
	tx_error = 0;
	pdk80211_tx_ready(d);
	heard("tx88 tx88 ", "the frame was kept, and is first");
	(void)send_data(M_EAPOL);
	ok((txinfo.flags & PDK_TX_EAPOL) != 0 && txinfo.hdrlen == 24, "key frames are told");
	give_back();
	tx_error = ENOBUFS;
	(void)send_data(0);
	(void)send_data(0);
	tx_error = 0;
	quiet();
	state(IEEE80211_S_SCAN, 0);
	heard("done1 done1 leave S1 scan ", "what waited for a network is not sent to the next");
	set_down();
	drain();
	quiet();
	ok(send_data(0) == ENETDOWN, "down, a frame is the caller's");
	end();
}

static void
receive(unsigned fc1, unsigned flags)
{
	struct pdk80211_rxinfo info = { .rssi = -50, .chan = 6, .flags = (uint8_t)flags };

	pdk80211_rx(d, frame(0x88, (uint8_t)fc1, 60), &info);
}

static void
test_receive(void)
{
	struct pdk80211_rxinfo info = { .chan = 6 };

	associate();
	receive(2, 0);
	heard("in(0,hw) ", "a frame goes up");
	ok(rx_stats.c_ieee == 6 && rx_stats.c_freq == 2437 && rx_stats.c_rssi == 90,
	    "with its channel and strength, in halves of a dB above the noise");
	bss.ni_ucastkey.wk_cipher = &ccmp;
	receive(0x42, PDK_RX_DECRYPTED);
	heard("in(2,hw) ", "one that the hardware has decrypted");
	receive(0x42, 0);
	heard("in(0,sw) ", "one that it has not is software's");
	receive(0x42, PDK_RX_MICFAIL);
	heard("", "a bad one is dropped");
	pdk80211_rx(d, frame(0x88, 0, 10), &info);
	heard("", "so is a short one");
	end();
}

static void
test_keys(void)
{
	struct ieee80211_key *k = &bss.ni_ucastkey;

	associate();
	protect = 1;
	*k = (struct ieee80211_key){ .wk_keylen = 16, .wk_cipher = &ccmp };
	IEEE80211_LOCK(ic);			/* as the stack: nothing may sleep */
	ok(vap->iv_key_set(vap, k) == 1, "a key is taken at once");
	IEEE80211_UNLOCK(ic);
	(void)send_data(0);
	heard("enc tx88 ", "software encrypts until the hardware has the key");
	ok((txinfo.flags & PDK_TX_HWENC) == 0, "which is not asked to");
	drain();
	heard("key0 ", "then it has");
	(void)send_data(0);
	heard("tx88 ", "and encrypts");
	ok((txinfo.flags & PDK_TX_HWENC) != 0 && txinfo.key_id == 1 && last_frame[26] == 2,
	    "behind a CCMP header with the next packet number");
	(void)vap->iv_key_delete(vap, k);
	drain();
	heard("nokey ", "what it has it is told to forget");
	key_error = EOPNOTSUPP;
	(void)vap->iv_key_set(vap, k);
	drain();
	(void)send_data(0);
	heard("key0 enc tx88 ", "a key that is refused stays with software");
	(void)vap->iv_key_delete(vap, k);
	drain();
	heard("", "and is not deleted where it is not");
	key_error = 0;
	vap->iv_nw_keys[2] = (struct ieee80211_key){ .wk_keylen = 16, .wk_cipher = &ccmp };
	(void)vap->iv_key_set(vap, &vap->iv_nw_keys[2]);
	drain();
	heard("key2g ", "a group key has its number");
	end();
}

static void
test_rx_agreement(void)
{
	struct ieee80211_rx_ampdu *rap = &bss.ni_rx_ampdu[2];
	int tid = 2 << IEEE80211_BAPS_TID_S;

	associate();
	ok(ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 10 << 4) == 0 && rap->running,
	    "the stack says yes");
	drain();
	heard("rx ", "the core brings frames into order");
	pdk80211_ba_done(d, PDK_BA_RX_STOP, 2, 0);
	drain();
	heard("delba ", "the core's own end is not told back to it");
	ba_error = ENOSPC;
	(void)ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 0);
	drain();
	heard("rx delba ", "a core that cannot is the peer's DELBA");
	ok(ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 0) == ENOSPC, "and is not asked again");
	ok(ic->ic_ampdu_rx_start(&bss, rap, 9 << 2, 0, 0) == ENOSPC, "there are eight TIDs");
	end();
}

static void
test_tx_agreement(void)
{
	struct ieee80211_tx_ampdu *tap;

	associate();
	tap = &bss.ni_tx_ampdu[0];
	ok(ic->ic_ampdu_enable(&bss, tap) == 0, "not before the core is ready");
	drain();
	heard("tx ask(77) ", "then with the number that the core tells");
	(void)ic->ic_addba_response(&bss, tap, 0, 0, 0);
	drain();
	heard("txrun ", "the peer agrees: the core aggregates");
	ic->ic_addba_stop(&bss, tap);
	drain();
	heard("txstop ", "the peer's end reaches the core");
	(void)ic->ic_ampdu_enable(&bss, tap);
	drain();
	heard("tx ask(77) ", "asked again");
	(void)ic->ic_addba_response(&bss, tap, 37, 0, 0);
	drain();
	heard("txstop ", "a refusal ends the core's waiting");
	(void)ic->ic_ampdu_enable(&bss, tap);
	drain();
	quiet();
	ic->ic_addba_response_timeout(&bss, tap);
	drain();
	heard("txstop ", "so does silence");
	end();
}

static void
test_updates(void)
{
	begin();
	quiet();
	ic->ic_updateslot(ic);
	drain();
	heard("", "what changes before the association is in that");
	end();
	associate();
	IEEE80211_LOCK(ic);			/* as the stack: nothing may sleep */
	ic->ic_updateslot(ic);
	(void)ic->ic_wme.wme_update(ic);
	IEEE80211_UNLOCK(ic);
	heard("", "changes that come with a lock wait");
	drain();
	heard("update(5) ", "and are told together, by WORKER");
	pdk80211_beacon_miss(d);
	heard("miss ", "beacons that were missed are told");
	end();
}

static void
test_sleep(void)
{
	associate();
	k_event = give_back;
	(void)k_suspend();
	k_event = NULL;
	heard("S0 txc0 done0 leave down ", "the system sleeps: good-bye and down");
	(void)k_resume();
	drain();
	heard("up S1 scan ", "it wakes: up again");
	end();
}

static void
test_rate_control(void)
{
	radio_caps &= ~(unsigned)PDK_CAP_RATECTL;
	associate();
	(void)send_data(0);
	ok(txinfo.rate == 108, "the stack's rate control chooses");
	give_back();
	heard("rate0 done0 ", "and learns");
	radio_caps |= PDK_CAP_RATECTL;
	end();
}

int
main(void)
{
	test_states();
	test_ends();
	test_restart();
	test_failure();
	test_frames();
	test_receive();
	test_keys();
	test_rx_agreement();
	test_tx_agreement();
	test_updates();
	test_sleep();
	test_rate_control();
	return tap_end();
}
