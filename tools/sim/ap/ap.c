/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ap.c - one access point: its radio on the air, and where received frames go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define AGE_US		1000000u
#define BASIC		0x80u

/* ---- what the radio says ---------------------------------------------------------------- */

static void
control_frame(struct ap *ap, const struct dot11 *f, const uint8_t *frame, size_t len)
{
	struct sta *sta = f->addr2 != NULL ? sta_find(ap, f->addr2) : NULL;

	if (sta == NULL || sta->state < STA_ASSOC || memcmp(f->addr1, ap->conf.bssid, 6) != 0)
		return;
	sta->seen = apd_now(ap->d);
	if (DOT11_IS(f->fc, DOT11_PSPOLL) && (dot11_le16(frame + 2) & 0x3fff) == sta->aid)
		ps_poll(sta);
	else if (DOT11_IS(f->fc, DOT11_BAR))
		ba_bar(sta, frame, len);
}

void
ap_rx(struct ap *ap, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	struct dot11 f;

	if (!ap->on)
		return;
	ap->rx_frames++;
	if (dot11_parse(frame, len, &f) != 0) {
		ap->bad_frames++;
		return;
	}
	if (f.type == DOT11_TYPE_MGT)
		mgmt_rx(ap, rx, &f);
	else if (f.type == DOT11_TYPE_CTL)
		control_frame(ap, &f, frame, len);
	else if (memcmp(f.addr1, ap->conf.bssid, 6) == 0)
		rx_data(ap, rx, frame, len, &f);
}

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	ap_rx(arg, rx, frame, len);
}

static void
on_status(void *arg, const struct air_txstatus *st)
{
	tx_status(arg, st);
}

static void
age(void *arg)
{
	struct ap *ap = arg;

	sta_age(ap);
	timer_in(ap->d, &ap->age_timer, AGE_US);
}

static void
rekey(void *arg)
{
	struct ap *ap = arg;

	wpa_rekey_group(ap);
	timer_in(ap->d, &ap->rekey_timer, (uint64_t)ap->conf.group_rekey * 1000000u);
}

/* All radios are on the air: the program is ready. */
static void
look_if_all_there(struct apd *d)
{
	for (unsigned i = 0; i < d->naps; i++)
		if (!d->ap[i]->welcome)
			return;
	ap_event(NULL, "listening", "{s:s,s:i}", "air", d->air_path, "aps", (int)d->naps);
}

static void
on_welcome(void *arg, const struct air_welcome *w)
{
	struct ap *ap = arg;

	(void)w;
	ap->welcome = true;
	timer_in(ap->d, &ap->age_timer, AGE_US);
	if (ap->rsn && ap->conf.group_rekey > 0)
		timer_in(ap->d, &ap->rekey_timer, (uint64_t)ap->conf.group_rekey * 1000000u);
	ap_return(ap);
	ap_event(ap, "started", "{s:s,s:s,s:i,s:i,s:s}", "bssid",
	    mac_text(ap->conf.bssid), "ssid", ssid_text(ap->conf.ssid, ap->conf.ssid_len),
	    "channel", (int)ap->conf.channel, "freq", (int)ap->freq, "security",
	    ap->rsn ? "wpa2-psk" : "open");
	look_if_all_there(ap->d);
}

static void
on_gone(void *arg, const char *why)
{
	struct ap *ap = arg;

	ap->d->failed = true;
	ap->d->stop = true;
	snprintf(ap->d->why, sizeof(ap->d->why), "%s: the air is gone: %s", ap->conf.name, why);
}

static const struct air_ops ops = { .welcome = on_welcome, .rx = on_rx, .txstatus = on_status,
    .gone = on_gone };

/* ---- set-up ----------------------------------------------------------------------------- */

/* Supported rates in units of 500 kb/s; the basic ones are what every station must have. */
static void
set_rates(struct ap *ap)
{
	static const uint8_t b[] = { 2 | BASIC, 4 | BASIC, 11 | BASIC, 22 | BASIC };
	static const uint8_t g[] = { 2 | BASIC, 4 | BASIC, 11 | BASIC, 22 | BASIC, 12, 18, 24, 36,
	    48, 72, 96, 108 };
	static const uint8_t a[] = { 12 | BASIC, 18, 24 | BASIC, 36, 48 | BASIC, 72, 96, 108 };
	const uint8_t *r = ap->freq >= 5000 ? a : ap->conf.b_only ? b : g;

	ap->nrates = ap->freq >= 5000 ? sizeof(a) : ap->conf.b_only ? sizeof(b) : sizeof(g);
	memcpy(ap->rates, r, ap->nrates);
}

static int
connect_radio(struct ap *ap, char *errmsg, size_t len)
{
	struct air_hello hello = { .naddr = 1 };

	snprintf(hello.name, sizeof(hello.name), "%s", ap->conf.name);
	memcpy(hello.addr[0].addr, ap->conf.bssid, 6);
	memset(hello.addr[0].mask, 0xff, 6);
	return air_connect(ap->d->air_path, &hello, &ops, ap, &ap->air, errmsg, len);
}

int
ap_new(struct apd *d, const struct ap_conf *conf, char *errmsg, size_t len)
{
	struct ap *ap;
	int error;

	if (d->naps >= AP_MAX || (ap = calloc(1, sizeof(*ap))) == NULL) {
		snprintf(errmsg, len, "%s: %s", conf->name, d->naps >= AP_MAX ?
		    "too many access points for one process" : strerror(ENOMEM));
		return ENOMEM;
	}
	ap->d = d;
	ap->conf = *conf;
	ap->freq = air_chan_freq(conf->channel);
	TAILQ_INIT(&ap->stas);
	STAILQ_INIT(&ap->urgent);
	STAILQ_INIT(&ap->group);
	timer_init(&ap->age_timer, age, ap);
	timer_init(&ap->rekey_timer, rekey, ap);
	set_rates(ap);
	d->ap[d->naps++] = ap;
	error = wpa_init(ap, errmsg, len);
	if (error == 0 && (ap->net = net_join(d, ap)) == NULL) {
		snprintf(errmsg, len, "%s: no memory for the network", conf->name);
		error = ENOMEM;
	}
	return error != 0 || d->air_path == NULL ? error : connect_radio(ap, errmsg, len);
}

static void
forget_all(struct ap *ap)
{
	struct sta *sta;

	while ((sta = TAILQ_FIRST(&ap->stas)) != NULL)
		sta_free(sta);
	pktq_drop(&ap->urgent);
	pktq_drop(&ap->group);
	ap->ngroup = 0;
}

void
ap_free(struct ap *ap)
{
	beacon_stop(ap);
	timer_stop(&ap->age_timer);
	timer_stop(&ap->rekey_timer);
	forget_all(ap);
	for (unsigned i = 0; i < AP_SLOTS; i++)
		free(ap->slot[i]);
	wpa_free(ap);
	net_leave(ap);
	air_close(ap->air);
	free(ap);
}

/* ---- on demand -------------------------------------------------------------------------- */

static void
tune(struct ap *ap)
{
	struct air_tune t = { .on = ap->on, .freq = (uint16_t)ap->freq,
	    .center = (uint16_t)ap->freq, .width = 20 };

	if (ap->conf.ht40) {
		t.center = (uint16_t)((int)ap->freq + 10 * conf_secondary(ap->conf.channel));
		t.width = 40;
	}
	if (ap->air != NULL)
		air_tune(ap->air, &t);
}

void
ap_vanish(struct ap *ap)
{
	ap->on = false;
	beacon_stop(ap);
	forget_all(ap);
	tune(ap);
}

void
ap_return(struct ap *ap)
{
	if (ap->on)
		return;
	ap->on = true;
	tune(ap);
	beacon_start(ap);
}

int
ap_switch(struct ap *ap, unsigned channel, unsigned count)
{
	unsigned freq = air_chan_freq(channel);

	if (!conf_is_channel(channel) || (freq >= 5000) != (ap->freq >= 5000))
		return EINVAL;
	if (count > 0) {
		ap->csa_channel = channel;
		ap->csa_left = count;
		return 0;
	}
	ap->csa_left = 0;
	ap->conf.channel = channel;
	ap->freq = freq;
	tune(ap);
	ap_event(ap, "channel", "{s:i,s:i}", "channel", (int)channel, "freq", (int)freq);
	return 0;
}
