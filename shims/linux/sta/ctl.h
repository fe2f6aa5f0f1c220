/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.h - the station layer on the control socket (harness/control.h).
 *
 *	{"cmd":"wifi","do":"scan"}			look for networks on all channels now
 *	{"cmd":"wifi","do":"scan","ssid":"NAME"}	and ask for that one, which may be hidden
 *	{"cmd":"wifi","do":"bss"}			what was heard lately
 *	{"cmd":"wifi","do":"join","ssid":"NAME","psk":"PASSPHRASE"}
 *	{"cmd":"wifi","do":"join","ssid":"NAME"}	an open network
 *	{"cmd":"wifi","do":"leave"}			say good-bye and stay away
 *	{"cmd":"wifi","do":"status"}
 *	{"cmd":"wifi","do":"signal"}
 *	{"cmd":"wifi","do":"stats"}
 *	{"cmd":"wifi","do":"powersave","on":true}	doze while there is no traffic
 *
 * Answers have "ok", "cmd", "do", "id" if the request had one, and "error" (cause and mend) when
 * not ok.  scan, join and leave are answered when they have begun; how they go on is told by
 * events.  Besides:
 *
 *	bss	"bss":[{"bssid":"02:..","ssid":"home","ssid_hex":"686f6d65","hidden":false,
 *		"channel":36,"freq":5180,"width":40,"signal":-52,"security":"wpa2-psk",
 *		"age":0.4,"beacon_interval":100,"ht":true,"qos":true,"rates":[6.0,...]},...],
 *		strongest first; "scanning":false
 *		"signal" is in dBm, "age" in seconds, "rates" in Mb/s; "security" as rsn_name().
 *		"hidden": its beacons do not tell the name; "ssid" is null while nobody has.
 *	join	"bssid":"02:.." restricts it to one access point
 *	status	"state": down, idle, scanning, authenticating, associating, handshake, running,
 *		waiting (for the next try) or blocked (by the switch); "ssid", "bssid", "channel",
 *		"freq", "width", "aid", "security", "signal" when there is a network; "wanted": the
 *		SSID that is to be joined, or null; "since": seconds in this state; "address":
 *		"10.0.2.15/24", "router", "dns" when there is a lease; "carrier"; "why": the last
 *		failure's text, or null; "retry": seconds until the next try, when waiting
 *	signal	"signal": dBm, averaged; "last": of the last frame; "noise"; "beacons"; "rate": Mb/s
 *		of the last frame received; "age": seconds since then
 *	stats	"stats":{...}: every counter of counts.h, by its name there; and "wpa":{...};
 *		"radio":{...}: what the card tells (struct pdk80211_stats), if it is on, without
 *		what it does not count
 *
 * Events, one JSON object per line:
 *
 *	{"event":"wifi","what":"state","state":"authenticating","ssid":..,"bssid":..,
 *		"channel":36}				every change of state
 *	{"event":"wifi","what":"scan","bss":12,"aborted":false,"background":false}
 *	{"event":"wifi","what":"associated","ssid":..,"bssid":..,"channel":..,"width":..,
 *		"security":..,"aid":1,"roamed":false,"ms":312}	keys are there, data passes; ms
 *								since the try began
 *	{"event":"wifi","what":"disconnected","bssid":..,"reason":3,"by":"ap"|"station"|"radio",
 *		"text":".."}
 *	{"event":"wifi","what":"failed","bssid":..,"text":"..","passphrase":true|false,
 *		"retry":2.0}				a try that came to nothing
 *	{"event":"wifi","what":"roam","from":..,"to":..,"signal":-71,"better":-52}
 *	{"event":"wifi","what":"channel","channel":40,"freq":5200}	the AP moved
 *	{"event":"wifi","what":"ip","address":"10.0.2.15/24","router":..,"dns":..}; address null:
 *								the lease is lost
 */
#ifndef STA_CTL_H
#define STA_CTL_H

#include <jansson.h>

struct sta;

/*
 * Serve a request; `out` gets the members of the answer.  NULL, or what is wrong, in a text that
 * lives until this thread's next call.  Any thread; never waits for the radio.
 */
const char *sta_ctl(struct sta *, json_t *req, json_t *out);

#endif /* STA_CTL_H */
