/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of an association; see params.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/params.h"

/* Rates of this station, in 500 kb/s: all of a band (802.11-2016, 17.2.2 and 16.2.3.4). */
static const uint8_t rates_cck_ofdm[] = { 2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108 };
#define NCCK	4

const struct pdk80211_chan *
params_chan(const struct pdk80211_caps *caps, unsigned num)
{
	unsigned i;

	for (i = 0; i < caps->nchans; i++)
		if (caps->chans[i].num == num)
			return &caps->chans[i];
	return NULL;
}

struct pdk80211_chan
params_width(const struct pdk80211_caps *caps, const struct pdk80211_chan *c, int sco)
{
	struct pdk80211_chan out = *c;
	uint8_t flag = sco > 0 ? PDK_CH_HT40U : PDK_CH_HT40D;

	out.width = 20;
	out.sco = 0;
	if (sco != 0 && (caps->htcaps & DOT11_HTCAP_40) != 0 && (c->flags & flag) != 0) {
		out.width = 40;
		out.sco = (int8_t)sco;
	}
	return out;
}

unsigned
params_rates(bool band5, const uint8_t **rates)
{
	*rates = rates_cck_ofdm + (band5 ? NCCK : 0);
	return sizeof(rates_cck_ofdm) - (band5 ? NCCK : 0);
}

static bool
has_rate(const uint8_t *rates, unsigned n, uint8_t rate)
{
	while (n > 0 && rates[n - 1] != rate)
		n--;
	return n > 0;
}

/* The rates that both have, ascending.  The first basic rate that is missing, or 0. */
static uint8_t
common_rates(struct pdk80211_bss *p, const struct bss *b, bool band5)
{
	bool basic[PDK80211_NRATES] = { false };
	uint8_t rate, missing = 0;
	const uint8_t *own;
	unsigned i, k, nown = params_rates(band5, &own);

	p->nrates = 0;
	p->basic_rates = 0;
	for (i = 0; i < b->nrates; i++) {
		rate = b->rates[i] & ~DOT11_RATE_BASIC;
		if (!has_rate(own, nown, rate) && (b->rates[i] & DOT11_RATE_BASIC) != 0)
			missing = rate;
		if (!has_rate(own, nown, rate) || has_rate(p->rates, p->nrates, rate))
			continue;
		for (k = p->nrates; k > 0 && p->rates[k - 1] > rate; k--) {
			p->rates[k] = p->rates[k - 1];
			basic[k] = basic[k - 1];
		}
		p->rates[k] = rate;
		basic[k] = (b->rates[i] & DOT11_RATE_BASIC) != 0;
		p->nrates++;
	}
	for (i = 0; i < p->nrates; i++)
		p->basic_rates |= (uint32_t)basic[i] << i;
	return missing;
}

/* Slot, preamble and protection; only 2.4 GHz knows long ones. */
static uint32_t
erp_flags(const struct bss *b, bool band5)
{
	uint32_t flags = 0;

	if (band5)
		return PDK_BSS_SHSLOT;
	if ((b->capinfo & DOT11_CAP_SHSLOT) != 0)
		flags |= PDK_BSS_SHSLOT;
	if ((b->capinfo & DOT11_CAP_SHPREAMBLE) != 0 && (b->erp & DOT11_ERP_BARKER) == 0)
		flags |= PDK_BSS_SHPREAMBLE;
	if ((b->erp & DOT11_ERP_PROTECT) != 0)
		flags |= PDK_BSS_USEPROT;
	return flags;
}

/* HT needs QoS, and is not for TKIP and WEP, which nobody joins here. */
static void
ht(struct pdk80211_bss *p, const struct bss *b, const struct pdk80211_caps *caps)
{
	unsigned i;

	p->flags &= ~PDK_BSS_HT;
	p->htcaps = 0;
	p->ampdu = 0;
	memset(p->mcs, 0, sizeof(p->mcs));
	if (!b->ht || !b->qos || caps->htcaps == 0)
		return;
	p->flags |= PDK_BSS_HT;
	p->htcaps = b->htcaps;
	p->ampdu = b->ampdu;
	for (i = 0; i < sizeof(p->mcs); i++)
		p->mcs[i] = b->mcs[i] & caps->rx_mcs[i];
}

/* The widest channel of the two. */
static struct pdk80211_chan
channel(const struct bss *b, const struct pdk80211_caps *caps, const struct pdk80211_chan *c)
{
	bool wide = b->ht && b->qos && b->ht_wide;

	return params_width(caps, c, wide ? b->ht_sco : 0);
}

int
params_join(struct pdk80211_bss *p, const struct bss *b, const struct pdk80211_caps *caps,
    char *why, size_t len)
{
	const struct pdk80211_chan *c = params_chan(caps, b->chan);
	uint8_t missing;

	if (c == NULL) {
		snprintf(why, len, "the access point is on channel %u, which the card must not use "
		    "in this country (its non-volatile memory says so)", b->chan);
		return EINVAL;
	}
	memset(p, 0, sizeof(*p));
	memcpy(p->bssid, b->bssid, sizeof(p->bssid));
	memcpy(p->essid, b->ssid, b->ssid_len);
	p->essid_len = b->ssid_len;
	p->dtim_period = b->dtim;
	p->bintval = b->bintval;
	p->capinfo = b->capinfo;
	p->tsf = b->tsf;
	p->chan = channel(b, caps, c);
	missing = common_rates(p, b, params_band5(b->chan));
	p->flags = erp_flags(b, params_band5(b->chan)) | (b->qos ? PDK_BSS_QOS : 0);
	memcpy(p->wme, b->wme, sizeof(p->wme));
	p->htprot = b->htprot;
	ht(p, b, caps);
	if (missing != 0 || p->nrates == 0 || (b->ht_only && (p->flags & PDK_BSS_HT) == 0)) {
		snprintf(why, len, b->ht_only ? "the access point serves HT stations only" :
		    "the access point wants a rate that this station does not have");
		return EINVAL;
	}
	return 0;
}

void
params_assoc(struct pdk80211_bss *p, const struct bss *answer, const struct bss *beacon,
    const struct pdk80211_caps *caps)
{
	struct bss both = *beacon;

	both.qos = beacon->qos && answer->qos;
	both.ht = beacon->ht && answer->ht;
	p->flags &= ~PDK_BSS_QOS;
	if (both.qos)
		p->flags |= PDK_BSS_QOS;
	ht(p, &both, caps);
	if ((p->flags & PDK_BSS_HT) == 0)
		p->chan = params_width(caps, &p->chan, 0);
	memcpy(p->wme, answer->qos ? answer->wme : beacon->wme, sizeof(p->wme));
}

static int
changed_erp(struct pdk80211_bss *p, const struct bss *b)
{
	uint32_t flags = erp_flags(b, params_band5(b->chan)), diff = (flags ^ p->flags) &
	    (PDK_BSS_SHSLOT | PDK_BSS_SHPREAMBLE | PDK_BSS_USEPROT);

	p->flags ^= diff;
	return ((diff & PDK_BSS_SHSLOT) != 0 ? PDK_UPD_SLOT : 0) |
	    ((diff & ~PDK_BSS_SHSLOT) != 0 ? PDK_UPD_PROT : 0);
}

static int
changed_ht(struct pdk80211_bss *p, const struct bss *b, const struct pdk80211_caps *caps)
{
	struct pdk80211_chan c;
	int what = 0;

	if ((p->flags & PDK_BSS_HT) == 0 || !b->ht || b->chan != p->chan.num)
		return 0;
	if (p->htprot != b->htprot) {
		p->htprot = b->htprot;
		what |= PDK_UPD_HT;
	}
	c = channel(b, caps, &p->chan);
	if (c.width != p->chan.width || c.sco != p->chan.sco) {
		p->chan = c;
		what |= PDK_UPD_CHAN | PDK_UPD_HT;
	}
	return what;
}

static bool
same_wme(const struct pdk80211_wme *a, const struct pdk80211_wme *b)
{
	unsigned i;

	for (i = 0; i < PDK80211_NAC; i++)
		if (a[i].aifsn != b[i].aifsn || a[i].ecwmin != b[i].ecwmin ||
		    a[i].ecwmax != b[i].ecwmax || a[i].acm != b[i].acm ||
		    a[i].txop != b[i].txop)
			return false;
	return true;
}

int
params_beacon(struct pdk80211_bss *p, const struct bss *b, const struct pdk80211_caps *caps)
{
	int what = changed_erp(p, b) | changed_ht(p, b, caps);

	p->tsf = b->tsf;
	if (b->dtim != 0 && b->dtim != p->dtim_period) {
		p->dtim_period = b->dtim;
		what |= PDK_UPD_DTIM;
	}
	if ((p->flags & PDK_BSS_QOS) != 0 && b->qos && !same_wme(p->wme, b->wme)) {
		memcpy(p->wme, b->wme, sizeof(p->wme));
		what |= PDK_UPD_EDCA;
	}
	return what;
}
