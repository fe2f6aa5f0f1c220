/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.c - whether what a radio says makes sense.
 *
 * Two kinds of wrong: a message that breaks the protocol (the text returned here; the radio is
 * dropped), and a frame that a radio cannot send (it gets AIR_TX_INVALID and lives on).
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/air/hub_int.h"

#define TX_FLAGS	(AIR_TX_NOACK | AIR_TX_RTS | AIR_TX_CTSSELF | AIR_TX_AMPDU | AIR_TX_TSF)
#define HELLO_FLAGS	(AIR_HELLO_ALLCHAN | AIR_HELLO_PASSIVE | AIR_HELLO_CLOCK)
#define DEFAULT_TRIES	7u
/* Where beacon and probe response have their timestamp. */
#define TSF_END		32u

static bool
good_name(const char *name)
{
	size_t n = strnlen(name, AIR_NAME_MAX);

	if (n == 0 || n == AIR_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

const char *
addrs_check(const struct air_hello *m)
{
	return m->naddr > AIR_ADDRS_MAX ? "more than 16 addresses" : NULL;
}

const char *
hello_check(struct hub *h, const struct air_hello *m)
{
	if (m->version != AIR_VERSION)
		return "HELLO: another version of the protocol; build radio and hub from one tree";
	if ((m->flags & ~HELLO_FLAGS) != 0)
		return "HELLO: unknown flags";
	if (!good_name(m->name))
		return "HELLO: a name is 1 to 31 letters, digits, '.', '_' or '-'";
	if (hub_find(h, m->name) != NULL)
		return "HELLO: a radio of this name is there already";
	return addrs_check(m);
}

const char *
tune_check(const struct air_tune *m)
{
	int off = (int)m->center - (int)m->freq;

	if (m->on > 1)
		return "TUNE: on is 0 or 1";
	if (m->on == 0)
		return NULL;
	if (air_freq_chan(m->freq) == 0)
		return "TUNE: freq is no channel of 2.4 or 5 GHz (MHz are wanted)";
	if (m->width != 20 && m->width != 40)
		return "TUNE: width is 20 or 40";
	if (m->width == 20 ? off != 0 : off != 10 && off != -10)
		return "TUNE: center is freq, or 10 MHz beside it when 40 MHz wide";
	return NULL;
}

/* ---- TX -------------------------------------------------------------------------------- */

/* A frame that names no rates: from its radiotap header, as injectors do. */
static void
rate_from_radiotap(struct txframe *f, const struct radiotap *rt)
{
	struct air_rate *r = &f->rate[0];

	*r = (struct air_rate){ .kind = AIR_RATE_LEGACY, .index = f->freq < 3000 ? 2 : 12,
	    .tries = DEFAULT_TRIES };
	f->nrates = 1;
	if ((rt->present & RADIOTAP_MCS) != 0 && (rt->mcs_known & RADIOTAP_MCS_HAVE_MCS) != 0) {
		r->kind = AIR_RATE_HT;
		r->index = rt->mcs;
		if ((rt->mcs_known & RADIOTAP_MCS_HAVE_BW) != 0 &&
		    (rt->mcs_flags & 3) == RADIOTAP_MCS_BW40)
			r->flags |= AIR_RATE_40MHZ;
		if ((rt->mcs_known & RADIOTAP_MCS_HAVE_GI) != 0 &&
		    (rt->mcs_flags & RADIOTAP_MCS_SGI) != 0)
			r->flags |= AIR_RATE_SGI;
	} else if ((rt->present & RADIOTAP_RATE) != 0 && rt->rate != 0) {
		r->index = rt->rate;
	}
	if ((rt->present & RADIOTAP_RETRIES) != 0)
		r->tries = rt->retries == 255 ? 255 : (uint8_t)(rt->retries + 1);
	if ((rt->present & RADIOTAP_TX_FLAGS) != 0 && (rt->tx_flags & RADIOTAP_TX_NOACK) != 0)
		f->flags |= AIR_TX_NOACK;
}

static bool
sendable(const struct txframe *f)
{
	if (f->len < AIR_FRAME_MIN || f->len > AIR_FRAME_MAX)
		return false;
	if ((f->flags & AIR_TX_TSF) != 0 && f->len < TSF_END)
		return false;
	if (air_freq_chan(f->freq) == 0)
		return false;
	for (unsigned i = 0; i < f->nrates; i++) {
		const struct air_rate *r = &f->rate[i];

		if (!air_rate_valid(r, f->freq) || r->tries == 0)
			return false;
		if (r->kind == AIR_RATE_HT && (r->flags & AIR_RATE_40MHZ) != 0 && f->width != 40)
			return false;
	}
	return true;
}

static void
set_channel(struct txframe *f, const struct radio *r, const struct air_tx *m)
{
	if (m->freq == 0 || (r->tune.on != 0 && m->freq == r->tune.freq)) {
		f->freq = r->tune.freq;
		f->center = r->tune.center;
		f->width = r->tune.width;
	} else {
		f->freq = f->center = m->freq;
		f->width = 20;
	}
}

static const char *
tx_check(const struct radio *r, const struct air_tx *m)
{
	if ((r->flags & AIR_HELLO_PASSIVE) != 0)
		return "TX: from a radio that said it is passive";
	if ((m->flags & ~TX_FLAGS) != 0)
		return "TX: unknown flags";
	if (m->nrates > AIR_RATES_MAX)
		return "TX: more than 16 rates";
	if (m->prio >= NPRIO)
		return "TX: prio is 0 to 7";
	return NULL;
}

const char *
tx_input(struct radio *r, const struct air_tx *m, const uint8_t *rest, size_t len)
{
	const char *why = tx_check(r, m);
	struct radiotap rt;
	struct txframe *f;
	size_t rtlen;

	if (why != NULL)
		return why;
	if (radiotap_parse(rest, len, &rt, &rtlen) != 0)
		return "TX: the radiotap header is malformed";
	rest += rtlen;
	len -= rtlen;
	if ((rt.present & RADIOTAP_FLAGS) != 0 && (rt.flags & RADIOTAP_F_FCS) != 0 && len >= 4)
		len -= 4;
	f = calloc(1, sizeof(*f) + len);
	if (f == NULL)
		return "TX: the hub is out of memory";
	f->cookie = m->cookie;
	f->flags = m->flags;
	f->ampdu = m->ampdu;
	f->prio = m->prio;
	f->nrates = m->nrates;
	f->arrival = r->hub->now;
	memcpy(f->rate, m->rate, sizeof(f->rate));
	f->len = len;
	memcpy(f->data, rest, len);
	set_channel(f, r, m);
	if (f->nrates == 0)
		rate_from_radiotap(f, &rt);
	if (r->tune.on == 0 || !sendable(f)) {
		r->stats.invalid++;
		medium_status(r, f, r->tune.on == 0 ? AIR_TX_OFF : AIR_TX_INVALID, 0);
		free(f);
		return NULL;
	}
	f->wants_ack = (f->flags & AIR_TX_NOACK) == 0 && dot11_wants_ack(f->data, f->len);
	medium_queue(r, f);
	return NULL;
}
