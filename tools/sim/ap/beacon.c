/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * beacon.c - beacons at the target beacon transmission times: whenever the TSF is a multiple of
 * the beacon interval. The hub writes the timestamp when the frame goes out.
 */
#include <stdlib.h>

#include "tools/sim/ap/ap.h"

#define MAX_BEACON	512u

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

uint16_t
beacon_caps(const struct ap *ap)
{
	uint16_t caps = DOT11_CAP_ESS;

	if (ap->rsn)
		caps |= DOT11_CAP_PRIVACY;
	if (ap->freq < 5000)
		caps |= DOT11_CAP_SHORTPRE;
	if (ap->freq < 5000 && !ap->conf.b_only)
		caps |= DOT11_CAP_SHORTSLOT;
	return caps;
}

void
beacon_ies(struct ap *ap, struct dot11_buf *b, bool tim, bool hide)
{
	dot11_put_ie(b, DOT11_IE_SSID, ap->conf.ssid, hide ? 0 : (uint8_t)ap->conf.ssid_len);
	ie_rates(ap, b);
	if (ap->freq < 5000)
		dot11_put_ie(b, DOT11_IE_DS, &(uint8_t){ (uint8_t)ap->conf.channel }, 1);
	if (tim)
		ie_tim(ap, b);
	ie_country(ap, b);
	if (ap->csa_left > 0) {
		/* Mode 1: be quiet until then. */
		uint8_t csa[3] = { 1, (uint8_t)ap->csa_channel, (uint8_t)ap->csa_left };

		dot11_put_ie(b, DOT11_IE_CSA, csa, sizeof(csa));
		ie_sco(ap, b, ap->csa_channel);
	}
	if (ap->freq < 5000 && !ap->conf.b_only)
		dot11_put_ie(b, DOT11_IE_ERP, &(uint8_t){ 0 }, 1);
	ie_ext_rates(ap, b);
	if (ap->rsn)
		ie_rsn(b);
	ie_ht(ap, b);
	if (ap->conf.wmm)
		ie_wmm(ap, b);
}

static void
send_beacon(struct ap *ap)
{
	struct pkt *p = pkt_new(ap, NULL, MAX_BEACON);
	struct dot11_buf b;

	if (p == NULL)
		return;
	b = (struct dot11_buf){ .p = p->data, .cap = p->cap };
	dot11_put_hdr(&b, DOT11_BEACON, 0, everybody, ap->conf.bssid, ap->conf.bssid);
	dot11_put64(&b, 0);
	dot11_put16(&b, (uint16_t)ap->conf.beacon_interval);
	dot11_put16(&b, beacon_caps(ap));
	beacon_ies(ap, &b, true, ap->conf.hidden);
	p->mpdu = p->lowest = p->beacon = true;
	p->len = b.len;
	tx_urgent(p);
	ap->beacons++;
}

static void
arm(struct ap *ap)
{
	uint64_t interval = (uint64_t)ap->conf.beacon_interval * AP_TU;

	/* After a long absence (a suspended machine) the missed ones are not made up for. */
	timer_at(ap->d, &ap->beacon_timer, (apd_now(ap->d) / interval + 1) * interval);
}

static void
tbtt(void *arg)
{
	struct ap *ap = arg;

	if (ap->csa_due) {
		ap->csa_due = false;
		ap_switch(ap, ap->csa_channel, 0);
	}
	ap->dtim_count = (ap->dtim_count == 0 ? ap->conf.dtim_period : ap->dtim_count) - 1;
	send_beacon(ap);
	/* The beacon that says 1 is the last one on the old channel. */
	if (ap->csa_left > 0)
		ap->csa_due = --ap->csa_left == 0;
	if (ap->dtim_count == 0)
		ps_release_group(ap);
	tx_pump(ap);
	arm(ap);
}

void
beacon_start(struct ap *ap)
{
	timer_stop(&ap->beacon_timer);
	timer_init(&ap->beacon_timer, tbtt, ap);
	ap->dtim_count = 0;
	arm(ap);
}

void
beacon_stop(struct ap *ap)
{
	timer_stop(&ap->beacon_timer);
	ap->csa_left = 0;
	ap->csa_due = false;
}
