/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tell.c - what the station layer tells the world: an event for programs (ctl.h), and a line for
 * the user that says the same in words.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "shims/linux/sta/json.h"
#include "shims/linux/sta/sta_int.h"

void
tell_log(struct sta *st, enum hyp_level level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hyp_log(st->hyp, level, "wifi: %s", text);
}

/* Send the event, whose members are in o, which is given up. */
static void
event(struct sta *st, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	if (text != NULL)
		hyp_event(st->hyp, "wifi", text);
	free(text);
	json_decref(o);
}

static json_t *
what(const char *name)
{
	json_t *o = json_object();

	json_object_set_new(o, "what", json_string(name));
	return o;
}

/* The network of the moment. */
static void
put_network(struct sta *st, json_t *o)
{
	json_put_ssid(o, st->bss.essid, st->bss.essid_len);
	json_put_addr(o, "bssid", st->bss.bssid);
	json_object_set_new(o, "channel", json_integer(st->bss.chan.num));
}

static const char *
name(struct sta *st, char buf[BSS_NAME_LEN])
{
	return bss_name(st->want.ssid, st->want.ssid_len, buf);
}

#define ADDR		"%02x:%02x:%02x:%02x:%02x:%02x"
#define ADDR_ARGS(a)	(a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]

static void
log_state(struct sta *st)
{
	char ssid[BSS_NAME_LEN];

	switch (st->state) {
	case ST_SCANNING:
		if (st->want.on)
			tell_log(st, HYP_LOG_INFO, "looking for %s", name(st, ssid));
		else
			tell_log(st, HYP_LOG_INFO, "looking for networks");
		break;
	case ST_AUTH:
		tell_log(st, HYP_LOG_INFO, "%s: authenticating with " ADDR " on channel %u, "
		    "%d dBm", name(st, ssid), ADDR_ARGS(st->bss.bssid), st->bss.chan.num,
		    st->cur.rssi);
		break;
	case ST_ASSOC:
		tell_log(st, HYP_LOG_INFO, "%s: associating", name(st, ssid));
		break;
	case ST_HANDSHAKE:
		tell_log(st, HYP_LOG_INFO, "%s: associated, exchanging keys", name(st, ssid));
		break;
	case ST_IDLE:
		if (!st->want.on)
			tell_log(st, HYP_LOG_INFO, "no network is to be joined");
		break;
	case ST_DOWN:
		tell_log(st, HYP_LOG_INFO, "the radio is off");
		break;
	case ST_RUNNING:		/* these have lines of their own */
	case ST_WAITING:
		break;
	}
}

void
tell_state(struct sta *st)
{
	json_t *o = what("state");

	json_object_set_new(o, "state", json_string(sta_state_name(st->state)));
	if (st->joined)
		put_network(st, o);
	event(st, o);
	log_state(st);
}

void
tell_scan(struct sta *st, bool aborted, bool background)
{
	unsigned n = bsstab_count(st->tab);
	json_t *o = what("scan");

	json_object_set_new(o, "bss", json_integer(n));
	json_object_set_new(o, "aborted", json_boolean(aborted));
	json_object_set_new(o, "background", json_boolean(background));
	event(st, o);
	tell_log(st, background ? HYP_LOG_DEBUG : HYP_LOG_INFO, "%u access point%s heard%s", n,
	    n == 1 ? "" : "s", aborted ? " until the scan was aborted" : "");
}

void
tell_associated(struct sta *st, uint64_t ns)
{
	const char *security = rsn_name(&st->cur.sec);
	char ssid[BSS_NAME_LEN];
	json_t *o = what("associated");

	put_network(st, o);
	json_object_set_new(o, "width", json_integer(st->bss.chan.width));
	json_object_set_new(o, "security", json_string(security));
	json_object_set_new(o, "aid", json_integer(st->bss.aid));
	json_object_set_new(o, "roamed", json_boolean(st->roaming));
	json_object_set_new(o, "ms", json_integer((json_int_t)(ns / MS)));
	event(st, o);
	tell_log(st, HYP_LOG_INFO, "%s: connected (%s, channel %u, %u MHz, %d dBm) in %u.%03u s",
	    name(st, ssid), security, st->bss.chan.num, st->bss.chan.width,
	    bss_dbm(atomic_load(&st->rx.rssi16)), (unsigned)(ns / SECOND),
	    (unsigned)(ns % SECOND / MS));
}

void
tell_lost(struct sta *st, uint16_t reason, const char *by, const char *text)
{
	char ssid[BSS_NAME_LEN];
	json_t *o = what("disconnected");

	put_network(st, o);
	json_object_set_new(o, "reason", json_integer(reason));
	json_object_set_new(o, "by", json_string(by));
	json_object_set_new(o, "text", json_string(text));
	event(st, o);
	tell_log(st, strcmp(by, "station") == 0 ? HYP_LOG_INFO : HYP_LOG_WARN,
	    "%s: disconnected: %s", name(st, ssid), text);
}

void
tell_failed(struct sta *st, const char *text, bool passphrase, uint64_t retry)
{
	char ssid[BSS_NAME_LEN];
	json_t *o = what("failed");

	json_put_ssid(o, st->want.ssid, st->want.ssid_len);
	json_object_set_new(o, "text", json_string(text));
	json_object_set_new(o, "passphrase", json_boolean(passphrase));
	json_object_set_new(o, "retry", json_real((double)retry / 1e9));
	event(st, o);
	if (retry == 0)
		tell_log(st, HYP_LOG_WARN, "%s: %s; trying another access point", name(st, ssid),
		    text);
	else
		tell_log(st, HYP_LOG_WARN, "%s: %s; next try in %u.%u s", name(st, ssid), text,
		    (unsigned)(retry / SECOND), (unsigned)(retry % SECOND / (SECOND / 10)));
}

void
tell_roam(struct sta *st, const struct bss *to)
{
	int dbm = bss_dbm(atomic_load(&st->rx.rssi16));
	char ssid[BSS_NAME_LEN];
	json_t *o = what("roam");

	json_put_addr(o, "from", st->bss.bssid);
	json_put_addr(o, "to", to->bssid);
	json_object_set_new(o, "signal", json_integer(dbm));
	json_object_set_new(o, "better", json_integer(bss_dbm(to->rssi16)));
	event(st, o);
	tell_log(st, HYP_LOG_INFO, "%s: roaming from " ADDR " (%d dBm) to " ADDR " (%d dBm)",
	    name(st, ssid), ADDR_ARGS(st->bss.bssid), dbm, ADDR_ARGS(to->bssid),
	    bss_dbm(to->rssi16));
}

void
tell_channel(struct sta *st)
{
	char ssid[BSS_NAME_LEN];
	json_t *o = what("channel");

	json_object_set_new(o, "channel", json_integer(st->bss.chan.num));
	json_object_set_new(o, "freq", json_integer(st->bss.chan.freq));
	event(st, o);
	tell_log(st, HYP_LOG_INFO, "%s: now on channel %u", name(st, ssid), st->bss.chan.num);
}

void
tell_ip(struct sta *st, const char *address, const char *router, const char *dns)
{
	json_t *o = what("ip");

	if (address == NULL) {
		json_object_set_new(o, "address", json_null());
		event(st, o);
		tell_log(st, HYP_LOG_WARN, "the address is lost");
		return;
	}
	json_object_set_new(o, "address", json_string(address));
	json_object_set_new(o, "router", json_string(router));
	json_object_set_new(o, "dns", json_string(dns));
	event(st, o);
	tell_log(st, HYP_LOG_INFO, "address %s, router %s, DNS %s", address,
	    router[0] != '\0' ? router : "none", dns[0] != '\0' ? dns : "none");
}
