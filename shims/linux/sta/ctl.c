/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the control socket; see ctl.h. */
#include <errno.h>
#include <stdio.h>

#include "shims/linux/sta/ctl.h"
#include "shims/linux/sta/json.h"
#include "shims/linux/sta/sta_int.h"

/* So long is waited for an answer of the card: the control socket must go on. */
#define RADIO_TRIES	100
#define RADIO_STEP_US	5000

static void
put_int(json_t *o, const char *key, int64_t v)
{
	json_object_set_new(o, key, json_integer(v));
}

static void
put_seconds(json_t *o, const char *key, uint64_t ns)
{
	json_object_set_new(o, key, json_real((double)(ns / (SECOND / 1000)) / 1000));
}

/* ---- join, leave, scan ---- */

/* A member that may be there, and then is a string; what is wrong, or NULL. */
static const char *
check_text(json_t *req, const char *key, char *why, size_t size)
{
	json_t *v = json_object_get(req, key);

	if (v == NULL || json_is_string(v))
		return NULL;
	snprintf(why, size, "\"%s\" is no string: put it in quotation marks", key);
	return why;
}

static bool
from_hex(const char *hex, size_t n, uint8_t ssid[PDK80211_MAXSSID])
{
	unsigned octet;
	size_t i;

	if (n < 2 || n > 2 * PDK80211_MAXSSID || n % 2 != 0 ||
	    strspn(hex, "0123456789abcdefABCDEF") != n)
		return false;
	for (i = 0; i < n / 2; i++) {
		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			return false;
		ssid[i] = (uint8_t)octet;
	}
	return true;
}

/* The name from "ssid" or "ssid_hex", *len octets; 0: neither is there.  What is wrong, or NULL. */
static const char *
get_ssid(json_t *req, uint8_t ssid[PDK80211_MAXSSID], uint8_t *len, char *why, size_t size)
{
	json_t *text = json_object_get(req, "ssid"), *hex = json_object_get(req, "ssid_hex");
	size_t n = json_string_length(text);
	const char *error;

	*len = 0;
	if ((error = check_text(req, "ssid", why, size)) != NULL ||
	    (error = check_text(req, "ssid_hex", why, size)) != NULL)
		return error;
	if (text != NULL) {
		if (n < 1 || n > PDK80211_MAXSSID) {
			snprintf(why, size, "\"ssid\" has %zu octets; it must have 1 to 32", n);
			return why;
		}
		memcpy(ssid, json_string_value(text), n);
		*len = (uint8_t)n;
	} else if (hex != NULL) {
		n = json_string_length(hex);
		if (!from_hex(json_string_value(hex), n, ssid))
			return "\"ssid_hex\" is not 1 to 32 octets in hexadecimal digits";
		*len = (uint8_t)(n / 2);
	}
	return NULL;
}

static const char *
get_network(json_t *req, struct sta_want *w, char *why, size_t size)
{
	const char *psk = json_string_value(json_object_get(req, "psk"));
	const char *bssid = json_string_value(json_object_get(req, "bssid"));
	const char *error;
	uint8_t *a = w->bssid;
	int n = -1;

	if ((error = get_ssid(req, w->ssid, &w->ssid_len, why, size)) != NULL ||
	    (error = check_text(req, "psk", why, size)) != NULL ||
	    (error = check_text(req, "bssid", why, size)) != NULL)
		return error;
	if (w->ssid_len == 0)
		return "\"ssid\" is missing: the name of the network to join";
	if (bssid != NULL) {
		if (sscanf(bssid, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &a[0], &a[1], &a[2],
		    &a[3], &a[4], &a[5], &n) != 6 || n != 17 || bssid[n] != '\0' ||
		    dot11_is_group(a))
			return "\"bssid\" is not the address of an access point, such as "
			    "02:00:00:00:01:00";
		w->has_bssid = true;
	}
	w->secure = psk != NULL;
	if (psk != NULL && wpa_pmk(psk, w->ssid, w->ssid_len, w->pmk, why, size) != 0)
		return why;
	return NULL;
}

static const char *
do_join(struct sta *st, json_t *req)
{
	static _Thread_local char why[160];
	struct sta_want w = { .on = true };
	const char *error = get_network(req, &w, why, sizeof(why));

	if (error == NULL) {
		pthread_mutex_lock(&st->mtx);
		st->mb.join = w;
		st->mb.flags &= ~MB_LEAVE;
		pthread_mutex_unlock(&st->mtx);
		sta_post(st, MB_JOIN);
	}
	explicit_bzero(&w, sizeof(w));
	return error;
}

static const char *
do_leave(struct sta *st)
{
	pthread_mutex_lock(&st->mtx);
	st->mb.flags &= ~MB_JOIN;
	pthread_mutex_unlock(&st->mtx);
	sta_post(st, MB_LEAVE);
	return NULL;
}

static const char *
do_scan(struct sta *st, json_t *req)
{
	static _Thread_local char why[160];
	uint8_t ssid[PDK80211_MAXSSID], len;
	const char *error = get_ssid(req, ssid, &len, why, sizeof(why));
	bool down;

	if (error != NULL)
		return error;
	pthread_mutex_lock(&st->mtx);
	down = st->view.state == ST_DOWN;
	st->mb.scan_ssid_len = len;
	memcpy(st->mb.scan_ssid, ssid, len);
	pthread_mutex_unlock(&st->mtx);
	if (down)
		return "the radio is off";
	sta_post(st, MB_SCAN);
	return NULL;
}

/* ---- the table ---- */

static json_t *
bss_json(struct sta *st, const struct bss *b, uint64_t now)
{
	const struct pdk80211_chan *c = params_chan(st->caps, b->chan);
	json_t *o = json_object(), *rates = json_array();
	unsigned i;

	json_put_addr(o, "bssid", b->bssid);
	json_put_ssid(o, b->ssid, b->ssid_len);
	json_object_set_new(o, "hidden", json_boolean(b->hidden));
	put_int(o, "channel", b->chan);
	put_int(o, "freq", c != NULL ? c->freq : 0);
	put_int(o, "width", b->ht && b->ht_wide ? 40 : 20);
	put_int(o, "signal", bss_dbm(b->rssi16));
	json_object_set_new(o, "security", json_string(rsn_name(&b->sec)));
	put_seconds(o, "age", now - b->heard);
	put_int(o, "beacon_interval", b->bintval);
	json_object_set_new(o, "ht", json_boolean(b->ht));
	json_object_set_new(o, "qos", json_boolean(b->qos));
	for (i = 0; i < b->nrates; i++)
		json_array_append_new(rates,
		    json_real((b->rates[i] & ~DOT11_RATE_BASIC) / 2.0));
	json_object_set_new(o, "rates", rates);
	return o;
}

static int
stronger(const void *a, const void *b)
{
	const struct bss *const *x = a, *const *y = b;

	return (*y)->rssi16 - (*x)->rssi16;
}

static const char *
do_bss(struct sta *st, json_t *out)
{
	const struct bss *by_level[BSSTAB_MAX];
	json_t *list = json_array();
	uint64_t now = sta_now();
	unsigned i, n;

	pthread_mutex_lock(&st->mtx);
	n = bsstab_count(st->tab);
	for (i = 0; i < n; i++)
		by_level[i] = bsstab_at(st->tab, i);
	qsort(by_level, n, sizeof(by_level[0]), stronger);
	for (i = 0; i < n; i++)
		if (now - by_level[i]->heard <= BSSTAB_AGE_NS)
			json_array_append_new(list, bss_json(st, by_level[i], now));
	json_object_set_new(out, "scanning", json_boolean(st->view.scanning));
	pthread_mutex_unlock(&st->mtx);
	json_object_set_new(out, "bss", list);
	return NULL;
}

/* ---- status ---- */

static json_t *
text_or_null(const char *s)
{
	return s[0] != '\0' ? json_string(s) : json_null();
}

static void
put_network(const struct sta_view *v, json_t *out)
{
	json_put_addr(out, "bssid", v->bss.bssid);
	put_int(out, "channel", v->bss.chan.num);
	put_int(out, "freq", v->bss.chan.freq);
	put_int(out, "width", v->bss.chan.width);
	put_int(out, "aid", v->bss.aid);
	json_object_set_new(out, "security", json_string(v->security));
}

static const char *
state_name(const struct sta_view *v)
{
	return v->state == ST_DOWN && v->blocked ? "blocked" : sta_state_name(v->state);
}

static const char *
do_status(struct sta *st, json_t *out)
{
	struct sta_view v;
	uint64_t now = sta_now();
	json_t *wanted = json_object();

	pthread_mutex_lock(&st->mtx);
	v = st->view;
	pthread_mutex_unlock(&st->mtx);
	json_object_set_new(out, "state", json_string(state_name(&v)));
	put_seconds(out, "since", now - v.since);
	json_object_set_new(out, "carrier", json_boolean(v.carrier));
	json_object_set_new(out, "why", text_or_null(v.why));
	if (v.state == ST_WAITING && v.retry != NEVER)
		put_seconds(out, "retry", v.retry > now ? v.retry - now : 0);
	json_put_ssid(wanted, v.ssid, v.wanted ? v.ssid_len : 0);
	json_object_set(out, "wanted", json_object_get(wanted, "ssid"));
	json_decref(wanted);
	if (v.connected) {
		json_put_ssid(out, v.bss.essid, v.bss.essid_len);
		put_network(&v, out);
		put_int(out, "signal", bss_dbm(atomic_load(&st->rx.rssi16)));
	}
	if (v.address[0] != '\0') {
		json_object_set_new(out, "address", json_string(v.address));
		json_object_set_new(out, "router", text_or_null(v.router));
		json_object_set_new(out, "dns", text_or_null(v.dns));
	}
	return NULL;
}

static const char *
do_signal(struct sta *st, json_t *out)
{
	bool connected;

	pthread_mutex_lock(&st->mtx);
	connected = st->view.connected;
	pthread_mutex_unlock(&st->mtx);
	if (!connected)
		return "there is no network";
	put_int(out, "signal", bss_dbm(atomic_load(&st->rx.rssi16)));
	put_int(out, "last", atomic_load(&st->rx.rssi));
	put_int(out, "noise", atomic_load(&st->rx.noise));
	put_int(out, "beacons", (int64_t)atomic_load(&st->counts.beacons));
	json_object_set_new(out, "rate", json_real(atomic_load(&st->rx.rate) / 10.0));
	put_seconds(out, "age", sta_now() - atomic_load(&st->rx.heard));
	return NULL;
}

static const char *
do_powersave(struct sta *st, json_t *req)
{
	json_t *on = json_object_get(req, "on");

	if (!json_is_boolean(on))
		return "\"on\" is missing: true or false";
	if (st->ops->update == NULL)
		return "the driver cannot change a network that is joined";
	pthread_mutex_lock(&st->mtx);
	st->mb.doze = json_is_true(on);
	pthread_mutex_unlock(&st->mtx);
	sta_post(st, MB_DOZE);
	return NULL;
}

/* Until WORKER has asked the card, or is seen to have something else to do. */
static bool
fresh_radio(struct sta *st, struct pdk80211_stats *r)
{
	unsigned serial, tries;
	bool have;

	pthread_mutex_lock(&st->mtx);
	serial = st->view.radio_serial;
	pthread_mutex_unlock(&st->mtx);
	sta_post(st, MB_STATS);
	for (tries = 0; tries < RADIO_TRIES; tries++) {
		pthread_mutex_lock(&st->mtx);
		have = st->view.have_radio;
		*r = st->view.radio;
		if (st->view.radio_serial != serial)
			tries = RADIO_TRIES;
		pthread_mutex_unlock(&st->mtx);
		if (tries < RADIO_TRIES)
			pdk_delay(RADIO_STEP_US);
	}
	return have;
}

static json_t *
radio_json(const struct pdk80211_stats *r)
{
	json_t *o = json_object();

	put_int(o, "signal", r->signal);
	put_int(o, "noise", r->noise);
	put_int(o, "temperature", r->temperature);
	put_int(o, "missed", r->missed);
	if (r->counted) {
		put_int(o, "beacons", r->beacons);
		put_int(o, "rx_us", (int64_t)r->rx_time);
		put_int(o, "tx_us", (int64_t)r->tx_time);
		put_int(o, "scan_us", (int64_t)r->scan_time);
	}
	put_int(o, "rx_nomem", r->rx_nomem);
	if (r->tx_ht) {
		put_int(o, "tx_mcs", r->tx_mcs);
		put_int(o, "tx_width", r->tx_width);
	} else if (r->tx_rate != 0)
		json_object_set_new(o, "tx_rate", json_real(r->tx_rate / 2.0));
	return o;
}

static const char *
do_stats(struct sta *st, json_t *out)
{
	struct pdk80211_stats radio;
	json_t *o = json_object(), *w = json_object();
	struct wpa_counts c;

#define COUNT(name, text) put_int(o, #name, (int64_t)atomic_load(&st->counts.name));
	STA_COUNTS(COUNT)
#undef COUNT
	pthread_mutex_lock(&st->mtx);
	c = st->view.wpa;
	pthread_mutex_unlock(&st->mtx);
	put_int(w, "handshakes", c.handshakes);
	put_int(w, "group_rekeys", c.group_rekeys);
	put_int(w, "pairwise_rekeys", c.pairwise_rekeys);
	put_int(w, "dropped", c.dropped);
	put_int(w, "replayed", c.replayed);
	put_int(w, "bad_mic", c.bad_mic);
	put_int(w, "reinstalls", c.reinstalls);
	json_object_set_new(out, "stats", o);
	json_object_set_new(out, "wpa", w);
	if (st->ops->stats != NULL && fresh_radio(st, &radio))
		json_object_set_new(out, "radio", radio_json(&radio));
	return NULL;
}

const char *
sta_ctl(struct sta *st, json_t *req, json_t *out)
{
	const char *what = json_string_value(json_object_get(req, "do"));

	if (what == NULL)
		what = "";
	json_object_set_new(out, "do", json_string(what));
	if (strcmp(what, "scan") == 0)
		return do_scan(st, req);
	if (strcmp(what, "bss") == 0)
		return do_bss(st, out);
	if (strcmp(what, "join") == 0)
		return do_join(st, req);
	if (strcmp(what, "leave") == 0)
		return do_leave(st);
	if (strcmp(what, "status") == 0)
		return do_status(st, out);
	if (strcmp(what, "signal") == 0)
		return do_signal(st, out);
	if (strcmp(what, "stats") == 0)
		return do_stats(st, out);
	if (strcmp(what, "powersave") == 0)
		return do_powersave(st, req);
	return "\"do\" is \"scan\", \"bss\", \"join\", \"leave\", \"status\", \"signal\", "
	    "\"stats\" or \"powersave\"";
}
