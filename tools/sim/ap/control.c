/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c - the commands of the control socket (prog/ctl.h). "ap" names an access point by
 * name, BSSID or SSID; with only one it may be left out.
 *
 *	{"cmd":"status"}				{"ok":true,"aps":[{...}]}
 *	{"cmd":"stations","ap":"ap0"}			{"ok":true,"stations":[{...}]}
 *	{"cmd":"deauth","sta":"02:...","reason":3}	reason may be left out; sta "all" for all
 *	{"cmd":"vanish"}  {"cmd":"return"}		silence, as if without power; and back
 *	{"cmd":"switch","channel":6,"count":5}		channel switch announcement
 *	{"cmd":"rekey"}					group key; with "sta": its pairwise key
 *	{"cmd":"set","key":"hidden","value":true}	hidden, inactivity, psk, rssi
 *	{"cmd":"stop"}
 *	anything else					{"ok":false,"error":"..."}
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/sim/ap/ap.h"

static json_t *
sta_json(const struct sta *sta)
{
	static const char *const states[] = { "?", "authenticated", "associated", "ready" };
	uint8_t ip[4];
	char text[16] = "";

	memcpy(ip, &sta->ip, 4);
	if (sta->ip != 0)
		snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	return json_pack("{s:s,s:s,s:i,s:s,s:i,s:b,s:b,s:b,s:i,s:b,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
	    "sta", mac_text(sta->addr), "state", states[sta->state], "aid", (int)sta->aid,
	    "ip", text, "signal", (int)sta->signal, "wmm", sta->wmm, "ht", sta->ht,
	    "ht40", sta->ht40,
	    "uapsd", (int)sta->uapsd,
	    "asleep", sta->ps, "waiting", (int)sta->waiting,
	    "rx_frames", (json_int_t)sta->rx_frames, "rx_bytes", (json_int_t)sta->rx_bytes,
	    "tx_frames", (json_int_t)sta->tx_frames, "tx_bytes", (json_int_t)sta->tx_bytes,
	    "tx_failed", (json_int_t)sta->tx_failed, "tx_dropped", (json_int_t)sta->tx_dropped,
	    "replays", (json_int_t)sta->replays, "reordered", (json_int_t)sta->reordered);
}

static json_t *
stas_json(const struct ap *ap)
{
	json_t *list = json_array();
	const struct sta *sta;

	TAILQ_FOREACH(sta, &ap->stas, link)
		json_array_append_new(list, sta_json(sta));
	return list;
}

static json_t *
ap_json(const struct ap *ap)
{
	json_t *stas = stas_json(ap);

	return json_pack("{s:s,s:s,s:s,s:i,s:i,s:s,s:b,s:i,s:I,s:I,s:I,s:I,s:o}",
	    "ap", ap->conf.name, "ssid", ssid_text(ap->conf.ssid, ap->conf.ssid_len),
	    "bssid", mac_text(ap->conf.bssid), "channel", (int)ap->conf.channel,
	    "freq", (int)ap->freq, "security", ap->rsn ? "wpa2-psk" : "open", "on", ap->on,
	    "associated", (int)ap->nassoc, "beacons", (json_int_t)ap->beacons,
	    "rx_frames", (json_int_t)ap->rx_frames, "tx_frames", (json_int_t)ap->tx_frames,
	    "bad_frames", (json_int_t)ap->bad_frames, "stations", stas);
}

static json_t *
do_status(struct ctl_request *q)
{
	const struct apd *d = q->arg;
	json_t *list = json_array();

	for (unsigned i = 0; i < d->naps; i++)
		json_array_append_new(list, ap_json(d->ap[i]));
	return json_pack("{s:o}", "aps", list);
}

/* ---- commands --------------------------------------------------------------------------- */

static struct ap *
find_ap(struct ctl_request *q)
{
	const char *name = ctl_text(q, "ap");
	struct apd *d = q->arg;

	if (name == NULL && d->naps == 1)
		return d->ap[0];
	for (unsigned i = 0; name != NULL && i < d->naps; i++) {
		struct ap_conf *c = &d->ap[i]->conf;

		if (strcmp(c->name, name) == 0 || strcasecmp(mac_text(c->bssid), name) == 0 ||
		    strcmp(ssid_text(c->ssid, c->ssid_len), name) == 0)
			return d->ap[i];
	}
	if (name == NULL)
		(void)ctl_fail(q, "\"ap\" is missing: there are %u", d->naps);
	else
		(void)ctl_fail(q, "no access point %s", name);
	return NULL;
}

static struct sta *
find_sta(struct ctl_request *q, struct ap *ap)
{
	const char *text = ctl_text(q, "sta");
	struct sta *sta;
	uint8_t addr[6];

	if (text == NULL || mac_parse(text, addr) != 0) {
		(void)ctl_fail(q, "\"sta\" wants an address like 02:00:00:00:00:01");
		return NULL;
	}
	sta = sta_find(ap, addr);
	if (sta == NULL)
		(void)ctl_fail(q, "%s: no station %s", ap->conf.name, text);
	return sta;
}

static json_t *
do_deauth(struct ctl_request *q)
{
	struct ap *ap = find_ap(q);
	const char *who = ctl_text(q, "sta");
	json_t *r = json_object_get(q->json, "reason");
	enum ap_reason reason = json_is_integer(r) ? (enum ap_reason)(json_integer_value(r) &
	    0xffff) : REASON_INACTIVE;
	struct sta *sta;

	if (ap == NULL)
		return NULL;
	if (who != NULL && strcmp(who, "all") == 0) {
		while ((sta = TAILQ_FIRST(&ap->stas)) != NULL)
			mgmt_deauth(ap, sta->addr, reason, "asked for");
		return json_object();
	}
	sta = find_sta(q, ap);
	if (sta == NULL)
		return NULL;
	mgmt_deauth(ap, sta->addr, reason, "asked for");
	return json_object();
}

static json_t *
do_switch(struct ctl_request *q)
{
	struct ap *ap = find_ap(q);
	json_int_t channel = json_integer_value(json_object_get(q->json, "channel"));
	const json_t *count = json_object_get(q->json, "count");
	json_int_t n = json_is_integer(count) ? json_integer_value(count) : 5;

	if (ap == NULL)
		return NULL;
	if (channel < 1 || channel > 200 || n < 0 || n > 255 ||
	    ap_switch(ap, (unsigned)channel, (unsigned)n) != 0)
		return ctl_fail(q, "switch wants a \"channel\" of the same band and a \"count\" of "
		    "beacons from 0 to 255");
	return json_object();
}

static json_t *
do_rekey(struct ctl_request *q)
{
	struct ap *ap = find_ap(q);
	struct sta *sta;

	if (ap == NULL)
		return NULL;
	if (!ap->rsn)
		return ctl_fail(q, "%s is open: it has no keys", ap->conf.name);
	if (json_object_get(q->json, "sta") == NULL) {
		wpa_rekey_group(ap);
		return json_object();
	}
	sta = find_sta(q, ap);
	if (sta == NULL)
		return NULL;
	if (sta->wpa.state != WPA_DONE)
		return ctl_fail(q, "%s is in the middle of a handshake", mac_text(sta->addr));
	wpa_rekey_pairwise(sta);
	return json_object();
}

static json_t *
do_set(struct ctl_request *q)
{
	static const char *const allowed[] = { "hidden", "inactivity", "psk", "rssi" };
	const char *key = ctl_text(q, "key");
	const json_t *v = json_object_get(q->json, "value");
	struct ap *ap = find_ap(q);
	char value[128], msg[200];
	struct ap_conf c;
	unsigned i;

	if (ap == NULL)
		return NULL;
	for (i = 0; i < 4 && (key == NULL || strcmp(key, allowed[i]) != 0);)
		i++;
	if (i == 4)
		return ctl_fail(q, "set wants \"key\": hidden, inactivity, psk or rssi; the rest "
		    "is for the start");
	c = ap->conf;
	if (json_is_integer(v))
		snprintf(value, sizeof(value), "%lld", (long long)json_integer_value(v));
	else
		snprintf(value, sizeof(value), "%s", json_is_string(v) ? json_string_value(v) :
		    json_is_true(v) ? "1" : "0");
	if (conf_set(&c, key, value, msg, sizeof(msg)) != 0)
		return ctl_fail(q, "%s", msg);
	if (strcmp(key, "psk") == 0) {
		/* For handshakes from now on. */
		if (!ap->rsn || ap_pmk(c.psk, c.ssid, c.ssid_len, ap->pmk) != 0)
			return ctl_fail(q, "%s: psk: not for an open access point", c.name);
	}
	if (strcmp(key, "rssi") == 0 && airctl_rssi(ap->d->air_control, &c, msg, sizeof(msg)) != 0)
		return ctl_fail(q, "%s", msg);
	ap->conf = c;
	return json_object();
}

/* ---- the table -------------------------------------------------------------------------- */

static json_t *
do_stations(struct ctl_request *q)
{
	struct ap *ap = find_ap(q);

	return ap != NULL ? json_pack("{s:o}", "stations", stas_json(ap)) : NULL;
}

static json_t *
do_vanish(struct ctl_request *q)
{
	struct ap *ap = find_ap(q);

	if (ap == NULL)
		return NULL;
	if (strcmp(q->cmd, "vanish") == 0)
		ap_vanish(ap);
	else
		ap_return(ap);
	ap_event(ap, q->cmd, NULL);
	return json_object();
}

const struct ctl_command ap_commands[] = {
	{ "status", do_status }, { "stations", do_stations }, { "deauth", do_deauth },
	{ "vanish", do_vanish }, { "return", do_vanish }, { "switch", do_switch },
	{ "rekey", do_rekey }, { "set", do_set }, { "stop", ctl_stop }, { NULL, NULL }
};
