/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * join.c - from an access point that was chosen to a network that carries data: open system
 * authentication, association, keys (IEEE 802.11-2016, 11.3).
 */
#include "shims/linux/sta/sta_int.h"

#define STEP_NS		(300 * MS)	/* for an answer */
#define STEPS		6u
#define LISTEN		10u		/* beacon intervals */
#define BYE_MS		200u		/* for the acknowledgement of a good-bye */

/* Where the flags forbid to send before something was heard, that must be lately. */
#define PASSIVE_NS	(60 * SECOND)

static bool
usable(void *arg, const struct bss *b, char *why, size_t len)
{
	const struct sta *st = arg;
	const struct pdk80211_chan *c = params_chan(st->caps, b->chan);
	struct pdk80211_bss p;

	if (params_join(&p, b, st->caps, why, len) != 0)
		return false;
	return (c->flags & (PDK_CH_PASSIVE | PDK_CH_DFS)) == 0 ||
	    sta_now() - b->heard < PASSIVE_NS;
}

void
join_want(const struct sta *st, struct bsstab_want *w)
{
	*w = (struct bsstab_want){ .ssid = st->want.ssid, .ssid_len = st->want.ssid_len,
	    .bssid = st->want.has_bssid ? st->want.bssid : NULL, .secure = st->want.secure,
	    .usable = usable, .arg = (void *)(uintptr_t)st };
}

static void
send_auth(struct sta *st)
{
	uint8_t frame[MGMT_MAX];

	tx_mgmt(st, frame, mgmt_auth(frame, st->caps->mac, st->bss.bssid), COOKIE_NONE);
	sta_timer(st, T_STEP, STEP_NS);
}

static void
send_assoc(struct sta *st)
{
	uint8_t frame[MGMT_MAX], rsn[RSN_IE_LEN];
	struct mgmt_assoc a = { .own = st->caps->mac, .from = st->roaming ? st->from : NULL,
	    .bss = &st->bss, .caps = st->caps, .listen = LISTEN };

	if (st->want.secure) {
		a.rsn_len = rsn_build(&st->choice, rsn);
		a.rsn = rsn;
	}
	tx_mgmt(st, frame, mgmt_assoc(frame, &a), COOKIE_NONE);
	sta_timer(st, T_STEP, STEP_NS);
}

/* `from`: roaming, the access point that is left; else NULL. */
void
join_try(struct sta *st, const struct bss *b, const uint8_t *from)
{
	char why[STA_WHY_LEN];

	st->cur = *b;
	st->roaming = from != NULL;
	if (from != NULL)
		memcpy(st->from, from, sizeof(st->from));
	st->began = sta_now();
	st->wpa_done = st->wpa_failed = false;
	sta_timer(st, T_RETRY, NEVER);
	sta_count(st, joins, 1);
	if (params_join(&st->bss, b, st->caps, why, sizeof(why)) != 0 ||
	    (st->want.secure && rsn_select(&b->sec, &st->choice, why, sizeof(why)) != 0)) {
		retry_failed(st, 0, false, "%s", why);
		return;
	}
	atomic_store(&st->freq, st->bss.chan.freq);
	rx_join(st, b->bssid, st->want.secure);
	tx_join(st, b->bssid);
	st->core_error = STA_OP(st, join, &st->bss);
	if (st->core_error != 0) {
		STA_OPV(st, leave);
		rx_leave(st);
		retry_failed(st, 0, false, "the card does not tune to channel %u: %s",
		    st->bss.chan.num, strerror(st->core_error));
		return;
	}
	st->joined = true;
	st->step = 1;
	sta_state(st, ST_AUTH);
	send_auth(st);
}

void
join_auth(struct sta *st, const uint8_t *body, size_t len)
{
	struct mgmt_auth_body a;

	if (st->state != ST_AUTH || !mgmt_auth_read(&a, body, len) || a.seq != 2 ||
	    a.alg != DOT11_AUTH_OPEN)
		return;
	if (a.status != DOT11_STATUS_OK) {
		retry_failed(st, 0, false, "the access point refuses authentication: %s "
		    "(status %u)",
		    dot11_status(a.status), a.status);
		return;
	}
	st->step = 1;
	sta_state(st, ST_ASSOC);
	send_assoc(st);
}

/* What the access point grants, taken together with its beacon. */
static void
granted(struct sta *st, const struct mgmt_assoc_body *a)
{
	struct bss answer = st->cur;

	answer.qos = answer.ht = false;
	bss_ies(&answer, a->ies, a->ies_len);
	params_assoc(&st->bss, &answer, &st->cur, st->caps);
	st->bss.aid = a->aid;
	st->bss.capinfo = a->capinfo;
	tx_params(st);
}

static void
associated(struct sta *st)
{
	st->core_error = STA_OP(st, assoc, &st->bss);
	if (st->core_error != 0) {
		retry_failed(st, DOT11_REASON_LEAVING, false,
		    "the card does not take the association: %s", strerror(st->core_error));
		return;
	}
	ba_reset(st);
	if (!st->want.secure) {
		join_running(st);
		return;
	}
	if (supp_start(st) != 0) {
		retry_failed(st, DOT11_REASON_LEAVING, false,
		    "the key handshake cannot be prepared");
		return;
	}
	sta_state(st, ST_HANDSHAKE);
}

void
join_assoc(struct sta *st, const uint8_t *body, size_t len)
{
	struct mgmt_assoc_body a;

	if (st->state != ST_ASSOC || !mgmt_assoc_read(&a, body, len))
		return;
	if (a.status != DOT11_STATUS_OK) {
		retry_failed(st, DOT11_REASON_LEAVING, false,
		    "the access point refuses the association: %s (status %u)",
		    dot11_status(a.status), a.status);
		return;
	}
	if (a.aid < 1 || a.aid > DOT11_AID_MAX) {
		retry_failed(st, DOT11_REASON_LEAVING, false,
		    "the access point gives an association number that there is not (%u)", a.aid);
		return;
	}
	sta_timer(st, T_STEP, NEVER);
	granted(st, &a);
	associated(st);
}

void
join_timeout(struct sta *st)
{
	bool auth = st->state == ST_AUTH;

	if (!auth && st->state != ST_ASSOC)
		return;
	if (st->step++ >= STEPS)
		retry_failed(st, auth ? 0 : DOT11_REASON_LEAVING, false,
		    "the access point does not answer to %s",
		    auth ? "authentication" : "association");
	else if (auth)
		send_auth(st);
	else
		send_assoc(st);
}

/* The host's, from before: it was away so shortly that its link stayed. */
static bool
has_address(struct sta *st)
{
	bool has;

	pthread_mutex_lock(&st->mtx);
	has = st->view.address[0] != '\0';
	pthread_mutex_unlock(&st->mtx);
	return has;
}

/* The keys are there, or none are needed. */
void
join_running(struct sta *st)
{
	uint64_t ns = sta_now() - st->began;

	st->rounds = 0;
	rx_open(st, true);
	st->up_since = sta_now();
	sta_state(st, ST_RUNNING);
	sta_count(st, joined, 1);
	if (st->roaming)
		sta_count(st, roams, 1);
	tell_associated(st, ns);
	st->roaming = false;
	st->reached = true;
	sta_port_working(st->port);
	retry_carrier(st, true);
	tx_gate(st, TX_OPEN);
	run_begin(st);
	sta_milestone(st, "associated");
	if (has_address(st))
		sta_milestone(st, "ip");
	if (st->scan_again)
		scan_start(st, true);
}

static bool
bye_is_sent(void *arg)
{
	struct sta *st = arg;
	bool sent;

	pthread_mutex_lock(&st->mtx);
	if ((st->mb.flags & MB_BYE_SENT) != 0)
		st->bye_sent = true;
	sent = st->bye_sent;
	pthread_mutex_unlock(&st->mtx);
	return sent;
}

/* The access point is told, if it still hears us, before the radio turns away. */
static void
say_bye(struct sta *st, uint16_t reason)
{
	uint8_t frame[MGMT_MAX];

	st->bye_sent = false;
	tx_mgmt(st, frame, mgmt_bye(frame, DOT11_DEAUTH, st->caps->mac, st->bss.bssid, reason),
	    COOKIE_BYE);
	sta_port_wait(st->port, BYE_MS, bye_is_sent, st);
}

/* Its last frame counts as a beacon: it may be joined again without a scan. */
static void
note_heard(struct sta *st)
{
	uint64_t heard = atomic_load(&st->rx.heard);
	struct bss *b;

	pthread_mutex_lock(&st->mtx);
	b = bsstab_find(st->tab, st->cur.bssid);
	if (b != NULL && b->heard < heard)
		b->heard = heard;
	pthread_mutex_unlock(&st->mtx);
}

void
join_teardown(struct sta *st, uint16_t reason)
{
	unsigned t;

	if (!st->joined)
		return;
	wpa_stop(st->wpa);
	scan_abort(st);
	tx_leave(st);
	if (reason != 0)
		say_bye(st, reason);
	rx_leave(st);
	note_heard(st);
	STA_OPV(st, leave);
	tx_leave(st);
	keys_clear(st);
	ba_reset(st);
	for (t = 0; t < NTIMERS; t++)
		if (t != T_SCAN && t != T_CARRIER && t != T_RETRY)
			sta_timer(st, t, NEVER);
	st->joined = false;
	st->csa.on = false;
	st->probes = 0;
}
