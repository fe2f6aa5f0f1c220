/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.c - an 802.11 layer that does nothing of itself: each operation of a driver is a
 * request on the control socket, each upcall an event that a request fetches.  So a test
 * calls operations in any order and sees what a driver alone does.
 *
 *	{"cmd":"op","do":"scan","chans":[[1,0]],...}	answer: "error" (errno)
 *	{"cmd":"op","do":"events"}			answer: "events": [...], oldest first
 *
 * It takes the place of the shim's layer when it is linked with --wrap for its functions.
 */
#include "tests/iwm/glue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EVENTS	4096		/* kept; more are counted */
#define MAX_ANSWER	200		/* events in one answer */

struct glue glue;

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static json_t *queue;
static unsigned lost;

/* ---- events ---- */

static void
put(json_t *e)
{
	pthread_mutex_lock(&mtx);
	if (queue == NULL)
		queue = json_array();
	if (json_array_size(queue) < MAX_EVENTS)
		json_array_append_new(queue, e);
	else {
		lost++;
		json_decref(e);
	}
	pthread_mutex_unlock(&mtx);
}

static json_t *
take(void)
{
	json_t *out = json_array();
	size_t i, n;

	pthread_mutex_lock(&mtx);
	n = json_array_size(queue);
	if (n > MAX_ANSWER)
		n = MAX_ANSWER;
	for (i = 0; i < n; i++) {
		json_array_append(out, json_array_get(queue, 0));
		json_array_remove(queue, 0);
	}
	pthread_mutex_unlock(&mtx);
	return out;
}

static json_t *
hex(const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *s = malloc(2 * len + 1);
	json_t *j;
	size_t i;

	if (s == NULL)
		return json_null();
	for (i = 0; i < len; i++) {
		s[2 * i] = digits[p[i] >> 4];
		s[2 * i + 1] = digits[p[i] & 0xf];
	}
	j = json_stringn(s, 2 * len);
	free(s);
	return j;
}

/* ---- upcalls ---- */

int
__wrap_pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	json_t *e = json_pack("{s:s,s:i,s:i,s:i,s:i,s:i}", "what", "attach", "nchans",
	    caps->nchans, "flags", (int)caps->flags, "htcaps", caps->htcaps, "ampdu",
	    caps->ampdu, "chains", caps->rx_chains);

	json_object_set_new(e, "mac", hex(caps->mac, 6));
	json_object_set_new(e, "mcs", hex(caps->rx_mcs, 10));
	put(e);
	glue.dev = dev;
	glue.ops = ops;
	return 0;
}

static int
go_down(void *arg)
{
	(void)arg;
	if (glue.up)
		glue.ops->down(glue.dev);
	glue.up = false;
	return 0;
}

void
__wrap_pdk80211_detach(struct pdk_dev *dev)
{
	if (glue.ops == NULL)
		return;
	(void)pdk_call(dev, go_down, NULL);
	glue.ops = NULL;
}

void
__wrap_pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *i)
{
	(void)dev;
	atomic_fetch_add(&glue.rx_frames, 1);
	atomic_fetch_add(&glue.rx_bytes, (unsigned)m->m_len);
	if (!glue.quiet) {
		json_t *e = json_pack("{s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:I}", "what", "rx",
		    "rssi", i->rssi, "noise", i->noise, "chan", i->chan, "flags", i->flags, "rate",
		    i->rate, "mcs", i->mcs, "nss", i->nss, "width", i->width, "tsf",
		    (json_int_t)i->tsf);

		json_object_set_new(e, "frame", hex((const uint8_t *)m->m_data,
		    (size_t)m->m_len));
		put(e);
	}
	m_freem(m);
}

void
__wrap_pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	(void)dev;
	m_freem(m);
	atomic_fetch_add(st->ok ? &glue.tx_ok : &glue.tx_failed, 1);
	atomic_fetch_add(&glue.tx_tries, st->tries);
	atomic_fetch_add(&glue.tx_ampdu, st->ampdu);
	if (!glue.quiet)
		put(json_pack("{s:s,s:I,s:i,s:i,s:i,s:i,s:i}", "what", "tx_done", "cookie",
		    (json_int_t)(uintptr_t)cookie, "ok", st->ok, "tries", st->tries, "rate",
		    st->rate, "mcs", st->mcs, "ampdu", st->ampdu));
}

void
__wrap_pdk80211_tx_ready(struct pdk_dev *dev)
{
	(void)dev;
	atomic_fetch_add(&glue.ready, 1);
	put(json_pack("{s:s}", "what", "tx_ready"));
}

void
__wrap_pdk80211_scan_done(struct pdk_dev *dev, int aborted)
{
	(void)dev;
	put(json_pack("{s:s,s:b}", "what", "scan_done", "aborted", aborted));
}

void
__wrap_pdk80211_beacon_miss(struct pdk_dev *dev)
{
	(void)dev;
	put(json_pack("{s:s}", "what", "beacon_miss"));
}

void
__wrap_pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error)
{
	(void)dev;
	put(json_pack("{s:s,s:i,s:i,s:i}", "what", "ba_done", "op", op, "tid", tid, "error",
	    error));
}

void
__wrap_pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	(void)dev;
	put(json_pack("{s:s,s:b}", "what", "rfkill", "blocked", blocked));
}

void
__wrap_pdk80211_restart(struct pdk_dev *dev)
{
	(void)dev;
	put(json_pack("{s:s}", "what", "restart"));
}

/* ---- requests ---- */

static void
put_counts(json_t *o)
{
	json_object_set_new(o, "rx_frames", json_integer((json_int_t)glue.rx_frames));
	json_object_set_new(o, "rx_bytes", json_integer((json_int_t)glue.rx_bytes));
	json_object_set_new(o, "tx_ok", json_integer((json_int_t)glue.tx_ok));
	json_object_set_new(o, "tx_failed", json_integer((json_int_t)glue.tx_failed));
	json_object_set_new(o, "tx_tries", json_integer((json_int_t)glue.tx_tries));
	json_object_set_new(o, "tx_ampdu", json_integer((json_int_t)glue.tx_ampdu));
	json_object_set_new(o, "ready", json_integer((json_int_t)glue.ready));
	json_object_set_new(o, "lost", json_integer(lost));
}

char *
__wrap_shim_control(struct pdk_softc *sc, const char *request)
{
	json_t *req = json_loads(request, 0, NULL), *o;
	const char *cmd = json_string_value(json_object_get(req, "cmd"));
	const char *what = json_string_value(json_object_get(req, "do"));
	char *answer;

	if (cmd == NULL || strcmp(cmd, "op") != 0 || what == NULL) {
		json_decref(req);
		return __real_shim_control(sc, request);
	}
	o = json_pack("{s:b,s:s}", "ok", 1, "cmd", "op");
	if (strcmp(what, "events") == 0)
		json_object_set_new(o, "events", take());
	else if (strcmp(what, "counts") == 0)
		put_counts(o);
	else if (strcmp(what, "quiet") == 0)
		glue.quiet = json_is_true(json_object_get(req, "on"));
	else if (glue.ops == NULL)
		json_object_set_new(o, "error", json_integer(ENXIO));
	else
		glue_op(sc, what, req, o);
	answer = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	json_decref(req);
	return answer;
}
