/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simwifi.c - what net80211 does in the checks of wifi.c: see simwifi.h.
 */
#include "simwifi.h"
#include "tap.h"

struct ieee80211com *ic;
struct ieee80211vap *vap;
struct ieee80211_node bss;
struct ieee80211_rx_stats rx_stats;
bool join_next;
static struct ieee80211_scan_state scan_state;
static struct task state_task, parent_task, scan_task;
static enum ieee80211_state want_state;
static int want_arg, vap_up;
static const struct ieee80211_cipher none = { .ic_cipher = IEEE80211_CIPHER_NONE };
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
	K_CHECK(ni->refs > 0);
	ni->refs--;
}

struct ieee80211_node *
ieee80211_find_rxnode(struct ieee80211com *c __unused,
    const struct ieee80211_frame_min *wh __unused)
{
	K_CHECK(k_epoch > 0);
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

struct mbuf *
k_frame(uint8_t fc0, uint8_t fc1, int len)
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
	struct mbuf *m = k_frame(fc0, 0, 30);

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
	K_CHECK(v == vap);
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

void
k_set_up(int up)
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
		k_set_up(1);
}

void
ieee80211_notify_radio(struct ieee80211com *c __unused, int on)
{
	say("radio%d ", on);
}

void
ieee80211_beacon_miss(struct ieee80211com *c __unused)
{
	K_CHECK(k_epoch > 0);
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
	K_CHECK(category == IEEE80211_ACTION_CAT_BA && action == IEEE80211_ACTION_BA_DELBA);
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

/* No work for a key that is the hardware's, by its flags at this moment. */
static int
ccmp_setkey(struct ieee80211_key *k)
{
	if ((k->wk_flags & IEEE80211_KEY_SWENCRYPT) != 0)
		k->k_schedule = true;
	return 1;
}

const struct ieee80211_cipher k_ccmp = { IEEE80211_CIPHER_AES_CCM, ccmp_setkey };

int
ieee80211_crypto_setkey(struct ieee80211vap *v, struct ieee80211_key *k)
{
	k->k_schedule = false;
	return k->wk_cipher->ic_setkey(k) && v->iv_key_set(v, k);
}

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
	if (k->wk_flags & IEEE80211_KEY_SWENCRYPT) {
		K_CHECK(k->k_schedule);
		say("enc ");
	}
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
	const struct ieee80211_key *k = &ni->ni_ucastkey;
	bool software = (k->wk_flags & IEEE80211_KEY_SWDECRYPT) != 0;
	/* Of CCMP: header and MIC are taken off, whoever has decrypted it. */
	int extra = (mtod(m, uint8_t *)[1] & IEEE80211_FC1_PROTECTED) != 0 ? 8 + 8 : 0;

	K_CHECK(k_epoch > 0 && ni->refs > 0);
	K_CHECK(!software || k->k_schedule);
	say("in(%x,%s,%d) ", rx_stats.c_pktflags, software ? "sw" : "hw",
	    m->m_pkthdr.len - extra);
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
	K_CHECK((m->m_flags & 0x10000) == 0);
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
	mtx_init(&ic->ic_comlock, "com", "com", MTX_DEF);	/* NetBSD's is not recursive */
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

	K_CHECK(opmode == IEEE80211_M_STA);
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
	K_CHECK(change != NULL && status != NULL && mac[0] == 2);
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
