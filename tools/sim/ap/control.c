/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c - the control socket: one JSON object per line in, one per line out. Only the same
 * user (or root) may connect. "ap" names an access point by name, BSSID or SSID; with only one
 * it may be left out.
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
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/server.h"

#define MAX_CLIENTS	8u
#define MAX_LINE	4096u

struct client {
	int	fd;			/* -1: free */
	size_t	len;
	char	line[MAX_LINE];
};

struct control {
	struct apd	*d;
	struct sim_sock	sock;
	struct client	client[MAX_CLIENTS];
};

/* ---- answers ---------------------------------------------------------------------------- */

static json_t *
fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static json_t *
fail(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return json_pack("{s:b,s:s}", "ok", 0, "error", text);
}

static json_t *
fine(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *
sta_json(const struct sta *sta)
{
	static const char *const states[] = { "?", "authenticated", "associated", "ready" };
	uint8_t ip[4];
	char text[16] = "";

	memcpy(ip, &sta->ip, 4);
	if (sta->ip != 0)
		snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	return json_pack("{s:s,s:s,s:i,s:s,s:i,s:b,s:b,s:b,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
	    "sta", mac_text(sta->addr), "state", states[sta->state], "aid", (int)sta->aid,
	    "ip", text, "signal", (int)sta->signal, "wmm", sta->wmm, "ht", sta->ht,
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
status(const struct apd *d)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < d->naps; i++) {
		const struct ap *ap = d->ap[i];
		json_t *stas = stas_json(ap);

		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:i,s:i,s:s,s:b,s:i,s:I,s:I,s:I,"
		    "s:I,s:o}", "ap", ap->conf.name, "ssid", ssid_text(ap->conf.ssid,
		    ap->conf.ssid_len), "bssid", mac_text(ap->conf.bssid), "channel",
		    (int)ap->conf.channel, "freq", (int)ap->freq, "security",
		    ap->rsn ? "wpa2-psk" : "open", "on", ap->on, "associated", (int)ap->nassoc,
		    "beacons", (json_int_t)ap->beacons, "rx_frames", (json_int_t)ap->rx_frames,
		    "tx_frames", (json_int_t)ap->tx_frames, "bad_frames",
		    (json_int_t)ap->bad_frames, "stations", stas));
	}
	return json_pack("{s:b,s:o}", "ok", 1, "aps", list);
}

/* ---- commands --------------------------------------------------------------------------- */

static struct ap *
find_ap(struct apd *d, const json_t *req, json_t **error)
{
	const char *name = json_string_value(json_object_get(req, "ap"));

	if (name == NULL && d->naps == 1)
		return d->ap[0];
	for (unsigned i = 0; name != NULL && i < d->naps; i++) {
		struct ap_conf *c = &d->ap[i]->conf;

		if (strcmp(c->name, name) == 0 || strcasecmp(mac_text(c->bssid), name) == 0 ||
		    strcmp(ssid_text(c->ssid, c->ssid_len), name) == 0)
			return d->ap[i];
	}
	*error = name == NULL ? fail("\"ap\" is missing: there are %u", d->naps) :
	    fail("no access point %s", name);
	return NULL;
}

static struct sta *
find_sta(struct ap *ap, const json_t *req, json_t **error)
{
	const char *text = json_string_value(json_object_get(req, "sta"));
	struct sta *sta;
	uint8_t addr[6];

	if (text == NULL || mac_parse(text, addr) != 0) {
		*error = fail("\"sta\" wants an address like 02:00:00:00:00:01");
		return NULL;
	}
	sta = sta_find(ap, addr);
	if (sta == NULL)
		*error = fail("%s: no station %s", ap->conf.name, text);
	return sta;
}

static json_t *
cmd_deauth(struct ap *ap, const json_t *req)
{
	const char *who = json_string_value(json_object_get(req, "sta"));
	json_t *r = json_object_get(req, "reason"), *error = NULL;
	enum ap_reason reason = json_is_integer(r) ? (enum ap_reason)(json_integer_value(r) &
	    0xffff) : REASON_INACTIVE;
	struct sta *sta;

	if (who != NULL && strcmp(who, "all") == 0) {
		while ((sta = TAILQ_FIRST(&ap->stas)) != NULL)
			mgmt_deauth(ap, sta->addr, reason, "asked for");
		return fine();
	}
	sta = find_sta(ap, req, &error);
	if (sta == NULL)
		return error;
	mgmt_deauth(ap, sta->addr, reason, "asked for");
	return fine();
}

static json_t *
cmd_switch(struct ap *ap, const json_t *req)
{
	json_int_t channel = json_integer_value(json_object_get(req, "channel"));
	const json_t *count = json_object_get(req, "count");
	json_int_t n = json_is_integer(count) ? json_integer_value(count) : 5;

	if (channel < 1 || channel > 200 || n < 0 || n > 255 ||
	    ap_switch(ap, (unsigned)channel, (unsigned)n) != 0)
		return fail("switch wants a \"channel\" of the same band and a \"count\" of beacons "
		    "from 0 to 255");
	return fine();
}

static json_t *
cmd_rekey(struct ap *ap, const json_t *req)
{
	json_t *error = NULL;
	struct sta *sta;

	if (!ap->rsn)
		return fail("%s is open: it has no keys", ap->conf.name);
	if (json_object_get(req, "sta") == NULL) {
		wpa_rekey_group(ap);
		return fine();
	}
	sta = find_sta(ap, req, &error);
	if (sta == NULL)
		return error;
	if (sta->wpa.state != WPA_DONE)
		return fail("%s is in the middle of a handshake", mac_text(sta->addr));
	wpa_rekey_pairwise(sta);
	return fine();
}

static json_t *
cmd_set(struct ap *ap, const json_t *req)
{
	static const char *const allowed[] = { "hidden", "inactivity", "psk", "rssi" };
	const char *key = json_string_value(json_object_get(req, "key"));
	const json_t *v = json_object_get(req, "value");
	struct ap_conf c = ap->conf;
	char value[128], msg[200];
	unsigned i;

	for (i = 0; i < 4 && (key == NULL || strcmp(key, allowed[i]) != 0);)
		i++;
	if (i == 4)
		return fail("set wants \"key\": hidden, inactivity, psk or rssi; the rest is for the "
		    "start");
	if (json_is_integer(v))
		snprintf(value, sizeof(value), "%lld", (long long)json_integer_value(v));
	else
		snprintf(value, sizeof(value), "%s", json_is_string(v) ? json_string_value(v) :
		    json_is_true(v) ? "1" : "0");
	if (conf_set(&c, key, value, msg, sizeof(msg)) != 0)
		return fail("%s", msg);
	if (strcmp(key, "psk") == 0) {
		/* For handshakes from now on. */
		if (!ap->rsn || ap_pmk(c.psk, c.ssid, c.ssid_len, ap->pmk) != 0)
			return fail("%s: psk: not for an open access point", c.name);
	}
	if (strcmp(key, "rssi") == 0 && airctl_rssi(ap->d->air_control, &c, msg, sizeof(msg)) != 0)
		return fail("%s", msg);
	ap->conf = c;
	return fine();
}

static json_t *
cmd_of_ap(struct apd *d, const char *cmd, const json_t *req)
{
	json_t *error = NULL;
	struct ap *ap = find_ap(d, req, &error);

	if (ap == NULL)
		return error;
	if (strcmp(cmd, "stations") == 0)
		return json_pack("{s:b,s:o}", "ok", 1, "stations", stas_json(ap));
	if (strcmp(cmd, "deauth") == 0)
		return cmd_deauth(ap, req);
	if (strcmp(cmd, "switch") == 0)
		return cmd_switch(ap, req);
	if (strcmp(cmd, "rekey") == 0)
		return cmd_rekey(ap, req);
	if (strcmp(cmd, "set") == 0)
		return cmd_set(ap, req);
	if (strcmp(cmd, "vanish") == 0)
		ap_vanish(ap);
	else
		ap_return(ap);
	ap_event(d, ap, cmd, NULL);
	return fine();
}

static json_t *
request(struct apd *d, const char *line)
{
	static const char *const of_ap[] = { "stations", "deauth", "vanish", "return", "switch",
	    "rekey", "set" };
	json_t *req = json_loads(line, 0, NULL), *answer = NULL;
	const char *cmd = json_string_value(json_object_get(req, "cmd"));

	if (cmd == NULL)
		answer = fail("want one JSON object per line with \"cmd\"");
	else if (strcmp(cmd, "status") == 0)
		answer = status(d);
	else if (strcmp(cmd, "stop") == 0) {
		d->stop = true;
		answer = fine();
	}
	for (unsigned i = 0; answer == NULL && i < sizeof(of_ap) / sizeof(of_ap[0]); i++)
		if (strcmp(cmd, of_ap[i]) == 0)
			answer = cmd_of_ap(d, cmd, req);
	if (answer == NULL)
		answer = fail("unknown command %s; there are status, stations, deauth, vanish, return, "
		    "switch, rekey, set and stop", cmd);
	json_decref(req);
	return answer;
}

/* ---- clients ---------------------------------------------------------------------------- */

static void
drop(struct client *cl)
{
	close(cl->fd);
	cl->fd = -1;
	cl->len = 0;
}

/* The peer waits for the answer: if that does not fit, the peer is not reading. */
static void
reply(struct client *cl, json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);
	size_t len = text != NULL ? strlen(text) : 0;

	json_decref(answer);
	if (text == NULL)
		return;
	text[len] = '\n';		/* instead of the end */
	if (send(cl->fd, text, len + 1, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len + 1)
		drop(cl);
	free(text);
}

static void
lines(struct control *ctl, struct client *cl)
{
	char *nl;

	while (cl->fd >= 0 && (nl = memchr(cl->line, '\n', cl->len)) != NULL) {
		size_t used = (size_t)(nl + 1 - cl->line);

		*nl = '\0';
		reply(cl, request(ctl->d, cl->line));
		if (cl->fd < 0)
			return;
		cl->len -= used;
		memmove(cl->line, cl->line + used, cl->len);
	}
	if (cl->fd >= 0 && cl->len == sizeof(cl->line)) {
		reply(cl, fail("line too long"));
		if (cl->fd >= 0)
			drop(cl);
	}
}

static void
welcome(struct control *ctl)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd = accept4(ctl->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		if (ctl->client[i].fd >= 0)
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
		    (cred.uid != geteuid() && cred.uid != 0))
			break;
		ctl->client[i].fd = fd;
		return;
	}
	close(fd);
}

static void
input(struct control *ctl, struct client *cl)
{
	ssize_t n = recv(cl->fd, cl->line + cl->len, sizeof(cl->line) - cl->len, MSG_DONTWAIT);

	if (n > 0) {
		cl->len += (size_t)n;
		lines(ctl, cl);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		drop(cl);
	}
}

/* ---- for the loop ----------------------------------------------------------------------- */

int
control_new(struct apd *d, const char *path, char *errmsg, size_t len)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	int error;

	if (ctl == NULL) {
		snprintf(errmsg, len, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	ctl->d = d;
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		ctl->client[i].fd = -1;
	error = sim_sock_listen(&ctl->sock, path, errmsg, len);
	if (error != 0) {
		free(ctl);
		return error;
	}
	d->control = ctl;
	return 0;
}

void
control_free(struct control *ctl)
{
	if (ctl == NULL)
		return;
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop(&ctl->client[i]);
	sim_sock_close(&ctl->sock);
	free(ctl);
}

size_t
control_fill(struct control *ctl, struct pollfd *p, size_t n, size_t max)
{
	if (n < max)
		p[n++] = (struct pollfd){ .fd = ctl->sock.fd, .events = POLLIN };
	for (unsigned i = 0; i < MAX_CLIENTS && n < max; i++)
		if (ctl->client[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = ctl->client[i].fd, .events = POLLIN };
	return n;
}

void
control_poll(struct control *ctl, const struct pollfd *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i].revents == 0)
			continue;
		if (p[i].fd == ctl->sock.fd)
			welcome(ctl);
		for (unsigned k = 0; k < MAX_CLIENTS; k++)
			if (ctl->client[k].fd >= 0 && ctl->client[k].fd == p[i].fd)
				input(ctl, &ctl->client[k]);
	}
}
