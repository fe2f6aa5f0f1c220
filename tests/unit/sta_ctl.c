/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the control socket, and what they answer. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static json_t *
get(json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static bool
text(json_t *o, const char *key, const char *want)
{
	const char *s = json_string_value(get(o, key));

	return want == NULL ? json_is_null(get(o, key)) : s != NULL && strcmp(s, want) == 0;
}

static bool
number(json_t *o, const char *key, double want)
{
	return json_is_number(get(o, key)) && json_number_value(get(o, key)) == want;
}

static void
joined(void)
{
	world_new(&w);
	world_ap(&w, 36, true)->wide = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_until(&w, "running", 5000);
}

static void
bad_requests(void)
{
	static const char *const bad[][2] = {
		{ "{}", "\"do\" is" },
		{ "{\"do\":7}", "\"do\" is" },
		{ "{\"do\":\"dance\"}", "\"do\" is" },
		{ "{\"do\":\"join\"}", "\"ssid\" is missing" },
		{ "{\"do\":\"join\",\"ssid\":\"\"}", "0 octets; it must have 1 to 32" },
		{ "{\"do\":\"join\",\"ssid\":\"123456789012345678901234567890123\"}", "1 to 32" },
		{ "{\"do\":\"join\",\"ssid\":7}", "\"ssid\" is no string" },
		{ "{\"do\":\"join\",\"ssid\":null}", "\"ssid\" is no string" },
		{ "{\"do\":\"join\",\"ssid_hex\":[]}", "\"ssid_hex\" is no string" },
		{ "{\"do\":\"join\",\"ssid_hex\":\"6\"}", "\"ssid_hex\" is not" },
		{ "{\"do\":\"join\",\"ssid_hex\":\"zz\"}", "\"ssid_hex\" is not" },
		{ "{\"do\":\"join\",\"ssid_hex\":\" 6\"}", "\"ssid_hex\" is not" },
		{ "{\"do\":\"join\",\"ssid\":\"x\",\"psk\":12345678}", "\"psk\" is no string" },
		{ "{\"do\":\"join\",\"ssid\":\"x\",\"bssid\":2}", "\"bssid\" is no string" },
		{ "{\"do\":\"join\",\"ssid\":\"x\",\"psk\":\"short\"}", "passphrase" },
		{ "{\"do\":\"join\",\"ssid\":\"x\",\"bssid\":\"02:00\"}", "not the address" },
		{ "{\"do\":\"join\",\"ssid\":\"x\",\"bssid\":\"01:00:00:00:01:00\"}",
		  "not the address" },
		{ "{\"do\":\"scan\",\"ssid\":\"\"}", "0 octets; it must have 1 to 32" },
		{ "{\"do\":\"scan\",\"ssid\":7}", "\"ssid\" is no string" },
	};
	unsigned i;

	joined();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		like(json_string_value(get(world_ask(&w, bad[i][0]), "error")), bad[i][1],
		    bad[i][0]);
	world_run(&w, 100);
	ok(world_is(&w, "running"), "none of them does anything");
	world_end(&w);
}

static void
status(void)
{
	json_t *o;

	world_new(&w);
	world_ap(&w, 36, true)->wide = true;
	world_up(&w);
	o = world_ask(&w, "{\"do\":\"status\"}");
	ok(text(o, "state", "scanning") && text(o, "wanted", NULL) && text(o, "why", NULL) &&
	    get(o, "bssid") == NULL && json_is_false(get(o, "carrier")), "without a network");
	ok(get(world_ask(&w, "{\"do\":\"signal\"}"), "error") != NULL, "there is no signal");
	world_end(&w);

	joined();
	world_run(&w, 2500);
	o = world_ask(&w, "{\"do\":\"status\"}");
	ok(text(o, "state", "running") && text(o, "ssid", "home") && text(o, "ssid_hex", "686f6d65") &&
	    text(o, "wanted", "home") && text(o, "bssid", "02:00:00:00:01:00") &&
	    number(o, "channel", 36) && number(o, "freq", 5180) && number(o, "width", 40) &&
	    number(o, "aid", 1) && text(o, "security", "wpa2-psk") && number(o, "signal", -50) &&
	    json_is_true(get(o, "carrier")) && get(o, "address") == NULL, "with one");
	ok(json_number_value(get(o, "since")) > 2, "since when");
	w.net_ops->ip(w.net_arg, "10.0.2.15/24", "10.0.2.2", "");
	o = world_ask(&w, "{\"do\":\"status\"}");
	ok(text(o, "address", "10.0.2.15/24") && text(o, "router", "10.0.2.2") &&
	    text(o, "dns", NULL), "with an address");
	ok(strstr(w.reached, "associated\nip\n") != NULL, "which is a milestone");
	like(w.events, "{\"what\":\"ip\",\"address\":\"10.0.2.15/24\",\"router\":\"10.0.2.2\"",
	    "and an event");
	w.net_ops->ip(w.net_arg, NULL, NULL, NULL);
	o = world_ask(&w, "{\"do\":\"status\"}");
	ok(get(o, "address") == NULL, "which may be lost");
	o = world_ask(&w, "{\"do\":\"signal\"}");
	ok(number(o, "signal", -50) && number(o, "last", -50) && number(o, "noise", -95) &&
	    number(o, "rate", 6) && json_number_value(get(o, "beacons")) > 20, "signal");
	world_end(&w);
}

static void
table(void)
{
	json_t *o, *list;

	joined();
	world_ap(&w, 6, false);
	memcpy(w.ap[1].ssid, "\xff" "cafe", 5);
	w.ap[1].ssid_len = 5;
	w.ap[1].rssi = -40;
	w.ap[1].ht = false;
	world_ap(&w, 1, true)->hidden = true;
	memcpy(w.ap[2].ssid, "unknown", 7);
	w.ap[2].ssid_len = 7;
	w.ap[2].rssi = -80;
	ok(get(world_ask(&w, "{\"do\":\"scan\"}"), "error") == NULL, "a scan is asked for");
	world_run(&w, 1);
	ok(json_is_true(get(world_ask(&w, "{\"do\":\"bss\"}"), "scanning")), "it runs");
	world_run(&w, 200);
	list = get(o = world_ask(&w, "{\"do\":\"bss\"}"), "bss");
	ok(json_is_false(get(o, "scanning")) && json_array_size(list) == 3, "it has found three");
	like(w.events, "{\"what\":\"scan\",\"bss\":3,\"aborted\":false,\"background\":true}",
	    "an event says so");
	o = json_array_get(list, 0);
	ok(text(o, "ssid", "\xef\xbf\xbd" "cafe") && text(o, "ssid_hex", "ff63616665") &&
	    number(o, "signal", -40) && text(o, "security", "open") && number(o, "freq", 2437),
	    "the strongest first, a name that is no text too");
	o = json_array_get(list, 2);
	ok(text(o, "ssid", NULL) && json_is_true(get(o, "hidden")), "one without a name");
	world_ask(&w, "{\"do\":\"scan\",\"ssid\":\"unknown\"}");
	world_run(&w, 200);
	o = json_array_get(get(world_ask(&w, "{\"do\":\"bss\"}"), "bss"), 2);
	ok(text(o, "ssid", "unknown") && json_is_true(get(o, "hidden")), "until it is asked");
	w.ap[1].silent = w.ap[2].silent = true;
	world_run(&w, 62000);
	ok(json_array_size(get(world_ask(&w, "{\"do\":\"bss\"}"), "bss")) == 1,
	    "what is not heard any more is forgotten");
	world_end(&w);
}

static void
join_leave(void)
{
	joined();
	world_ap(&w, 6, false);
	memcpy(w.ap[1].ssid, "cafe", 4);
	w.net_ops->ip(w.net_arg, "10.0.2.15/24", "10.0.2.2", "");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_run(&w, 1);
	ok(get(world_ask(&w, "{\"do\":\"status\"}"), "address") == NULL,
	    "without a link there is no address");
	ok(world_is(&w, "idle") && w.ap[0].byes == 1 && !w.carrier && !w.joined,
	    "leave: a good-bye, and no link");
	like(w.log, "home: disconnected: as was asked", "the log says which network");
	world_run(&w, 100000);
	ok(world_is(&w, "idle") && w.ap[0].auths == 1, "and it stays away");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"cafe\"}");
	ok(world_until(&w, "running", 3000) && w.bss.chan.num == 6 && w.carrier, "join: another");
	world_ask(&w, "{\"do\":\"join\",\"ssid_hex\":\"686f6d65\",\"psk\":\"passphrase\"}");
	world_run(&w, 3000);
	ok(world_is(&w, "running") && w.bss.chan.num == 36 &&
	    w.ap[1].byes == 1, "straight to a third, with a good-bye");
	ok(w.carrier_downs == 2, "the host's link goes down in between");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"nowhere\"}");
	world_run(&w, 2000);
	ok(text(world_ask(&w, "{\"do\":\"status\"}"), "why",
	    "no access point of nowhere is heard"), "one that is not there: why");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_run(&w, 1);
	ok(world_is(&w, "idle"), "leave ends waiting");
	world_run(&w, 30000);
	ok(world_is(&w, "idle"), "for good");
	world_end(&w);
}

/* Requests in the middle of other things. */
static void
at_any_time(void)
{
	world_new(&w);
	world_ap(&w, 36, true)->no_auth = true;
	w.ap[0].rssi = -75;
	world_up(&w);
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	ok(world_until(&w, "authenticating", 1000), "join while it scans: when it has");
	world_ask(&w, "{\"do\":\"scan\"}");
	world_run(&w, 10);
	ok(world_is(&w, "authenticating"), "scan while it joins: later");
	w.ap[0].no_auth = false;
	world_until(&w, "running", 2000);
	world_run(&w, 10);
	like(w.ops, "assoc:1 scan:bg", "when it is joined");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_run(&w, 10);
	ok(world_is(&w, "scanning") || world_is(&w, "idle"), "leave while it scans");
	world_run(&w, 1000);
	ok(world_is(&w, "idle") && !w.joined, "it has left");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_run(&w, 1000);
	ok(world_is(&w, "idle"), "the last word counts");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	world_run(&w, 1000);
	ok(world_is(&w, "running"), "both ways");
	sta_down(w.st, true, "the radio is switched off");
	w.joined = false;
	like(json_string_value(get(world_ask(&w, "{\"do\":\"scan\"}"), "error")), "radio is off",
	    "without a radio there is no scan");
	world_end(&w);
}

/* The scan in the background is of the network that is left. */
static void
join_while_it_looks_around(void)
{
	struct fakeap *other;

	world_new(&w);
	world_ap(&w, 36, true);
	other = world_ap(&w, 6, false);
	memcpy(other->ssid, "cafe", 4);
	world_up(&w);
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	ok(world_until(&w, "running", 3000) && w.bss.chan.num == 36, "one network is joined");
	world_ask(&w, "{\"do\":\"scan\"}");
	world_run(&w, 1);
	ok(w.scan_on && world_is(&w, "running"), "it looks around");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"cafe\"}");
	world_run(&w, 5000);
	ok(world_is(&w, "running") && w.joined && w.bss.chan.num == 6,
	    "another is asked for meanwhile, and joined");
	world_end(&w);
}

/* What the card does and tells. */
static void
radio(void)
{
	json_t *o;

	joined();
	ok((w.bss.flags & PDK_BSS_PS) == 0, "a station does not doze unless told");
	like(json_string_value(get(world_ask(&w, "{\"do\":\"powersave\"}"), "error")), "\"on\" is",
	    "told what?");
	world_ask(&w, "{\"do\":\"powersave\",\"on\":true}");
	world_run(&w, 10);
	ok((w.bss.flags & PDK_BSS_PS) != 0 && strstr(w.ops, "update:64") != NULL, "it dozes");
	world_ask(&w, "{\"do\":\"leave\"}");
	world_run(&w, 10);
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	ok(world_until(&w, "running", 3000) && (w.bss.flags & PDK_BSS_PS) != 0,
	    "in the next network, too");
	world_ask(&w, "{\"do\":\"powersave\",\"on\":false}");
	world_run(&w, 10);
	ok((w.bss.flags & PDK_BSS_PS) == 0, "until told otherwise");
	o = get(world_ask(&w, "{\"do\":\"stats\"}"), "radio");
	ok(number(o, "signal", -51) && number(o, "temperature", 41) && number(o, "tx_mcs", 7) &&
	    number(o, "tx_width", 40) && get(o, "tx_rate") == NULL, "what the card measures");
	ok(number(o, "missed", 3) && get(o, "beacons") == NULL && get(o, "rx_us") == NULL &&
	    get(o, "tx_us") == NULL && get(o, "scan_us") == NULL, "and not what it does not count");
	w.counted = true;
	o = get(world_ask(&w, "{\"do\":\"stats\"}"), "radio");
	ok(number(o, "beacons", 12) && number(o, "rx_us", 1000) && number(o, "tx_us", 200) &&
	    number(o, "scan_us", 30), "unless it does");
	w.stats_error = EIO;
	ok(get(world_ask(&w, "{\"do\":\"stats\"}"), "radio") == NULL, "when it tells");
	world_end(&w);
}

static void
waits(void)
{
	char buf[512];

	world_new(&w);
	world_ap(&w, 36, true)->no_auth = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_run(&w, 2500);
	sta_waits(w.st, buf, sizeof(buf));
	like(buf, "home is not joined: ", "what a run waits for");
	like(buf, "does not answer to authentication", "and why that does not come");
	w.ap[0].no_auth = false;
	world_until(&w, "running", 20000);
	sta_waits(w.st, buf, sizeof(buf));
	like(buf, "no DHCP server", "then an address");
	world_end(&w);
}

int
main(void)
{
	bad_requests();
	status();
	table();
	join_leave();
	at_any_time();
	join_while_it_looks_around();
	radio();
	waits();
	return done();
}
