/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scan.c - searching for networks: the firmware visits the channels by itself; what it hears
 * comes as received frames, the end as a notification.
 *
 * While a network is in service (background) it returns to that network's channel in between,
 * after having told the access point that it dozes.
 */
#include "iwm.h"
#include "fwapi_mac.h"
#include "fwapi_phy.h"
#include "fwapi_scan.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"
#include "rateword.h"

/* A scan of all channels takes 5 s, in the background three times as long. */
#define WATCHDOG	30000	/* ms */
#define ABORT_TIMEOUT	1000

/* In the background, TU: at most so long away, then so long back. */
#define MAX_OUT_TIME	120
#define SUSPEND_TIME	30

/* Elements of 802.11-2016 9.4.2. */
#define IE_SSID		0
#define IE_RATES	1
#define IE_DS_PARAMS	3
#define IE_XRATES	50
#define FC0_PROBE_REQ	0x40

/* ---- the probe request ---- */

/* The rates of a band in units of 500 kb/s, for the elements of the probe request. */
static const uint8_t rates_24[] = { 2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108 };
static const uint8_t rates_5[] = { 12, 18, 24, 36, 48, 72, 96, 108 };
#define NRATES_IE	8	/* more go into the second element */

static uint8_t *
put_rates(uint8_t *p, const uint8_t *rates, unsigned n)
{
	unsigned first = MIN(n, NRATES_IE);

	*p++ = IE_RATES;
	*p++ = first;
	memcpy(p, rates, first);
	p += first;
	if (n == first)
		return p;
	*p++ = IE_XRATES;
	*p++ = n - first;
	memcpy(p, rates + first, n - first);
	return p + (n - first);
}

static void
end_segment(struct iwm_scan_probe_req *pr, struct iwm_scan_probe_segment *seg,
    const uint8_t *start, const uint8_t *end)
{
	seg->offset = htole16(start - pr->buf);
	seg->len = htole16(end - start);
}

/* The segments of the template.  ENOSPC: `ies` are too long. */
static int
put_probe(struct iwm_softc *sc, const struct pdk80211_scan *s, struct iwm_scan_probe_req *pr)
{
	uint8_t *p = pr->buf, *start;

	memset(p, 0, 24);
	p[0] = FC0_PROBE_REQ;
	memset(p + 4, 0xff, 6);
	memcpy(p + 10, sc->sc_nvm.mac, 6);
	memset(p + 16, 0xff, 6);
	p[24] = IE_SSID;			/* the firmware puts one in */
	p[25] = 0;
	end_segment(pr, &pr->mac_header, p, p + 26);
	start = p + 26;
	p = put_rates(start, rates_24, nitems(rates_24));
	if (IWM_FW_HAS(sc->sc_fw.capabits, IWM_UCODE_TLV_CAPA_DS_PARAM_SET_IE)) {
		*p++ = IE_DS_PARAMS;		/* the firmware fills it in */
		*p++ = 1;
		*p++ = 0;
	}
	end_segment(pr, &pr->band_data[0], start, p);
	start = p;
	p = put_rates(start, rates_5, nitems(rates_5));
	end_segment(pr, &pr->band_data[1], start, p);
	if (s->ies_len > sizeof(pr->buf) - (p - pr->buf))
		return ENOSPC;
	if (s->ies_len != 0)
		memcpy(p, s->ies, s->ies_len);
	end_segment(pr, &pr->common_data, p, p + s->ies_len);
	return 0;
}

/* ---- the request ---- */

/* Places for channels; the probe request is behind them. */
static unsigned
max_channels(const struct iwm_softc *sc)
{
	return sc->sc_fw.n_scan_channels != 0 ? sc->sc_fw.n_scan_channels : SCAN_DEF_CHANNELS;
}

static size_t
req_size(const struct iwm_softc *sc)
{
	return sizeof(struct iwm_scan_req_lmac) +
	    max_channels(sc) * sizeof(struct iwm_scan_channel_cfg_lmac) +
	    sizeof(struct iwm_scan_probe_req);
}

/* The firmware sends the last first; the wildcard is to be the first. */
static unsigned
put_ssids(const struct pdk80211_scan *s, struct iwm_scan_req_lmac *req)
{
	unsigned i, n = MIN(s->n_ssid, PDK80211_NSSID);

	for (i = 0; i < n; i++) {
		req->direct_scan[i].id = IE_SSID;
		req->direct_scan[i].len = MIN(s->ssid_len[n - 1 - i], 32);
		memcpy(req->direct_scan[i].ssid, s->ssid[n - 1 - i], req->direct_scan[i].len);
	}
	req->direct_scan[n].id = IE_SSID;
	req->direct_scan[n].len = 0;
	return n + 1;
}

static void
put_channels(const struct pdk80211_scan *s, struct iwm_scan_req_lmac *req, unsigned nssids)
{
	uint32_t flags = UNIFIED_SCAN_CHANNEL_PARTIAL;
	unsigned i;

	if (!s->passive)
		flags |= ((1 << nssids) - 1) << 1;
	req->n_channels = s->nchans;
	for (i = 0; i < s->nchans; i++) {
		req->channel[i].flags = htole32(flags);
		req->channel[i].channel_num = htole16(s->chans[i].num);
		req->channel[i].iter_count = htole16(1);
	}
}

/* Probe requests go out from the scanning station, at the lowest rate of the band. */
static void
put_tx(struct iwm_softc *sc, struct iwm_scan_req_lmac *req)
{
	uint32_t ant = (sc->sc_nvm.tx_ant & 1 ? 1 : 2) << RATE_MCS_ANT_POS;
	unsigned i;

	for (i = 0; i < 2; i++) {
		req->tx_cmd[i].tx_flags = htole32(TX_CMD_FLG_SEQ_CTL | TX_CMD_FLG_BT_DIS);
		req->tx_cmd[i].rate_n_flags =
		    htole32(iwm_rate_legacy(i == 0 ? rates_24[0] : rates_5[0]) | ant);
		req->tx_cmd[i].sta_id = IWM_AUX_STA_ID;
	}
}

static void
put_times(const struct pdk80211_scan *s, struct iwm_scan_req_lmac *req)
{
	req->active_dwell = SCAN_DWELL_ACTIVE;
	req->passive_dwell = SCAN_DWELL_PASSIVE;
	req->fragmented_dwell = SCAN_DWELL_FRAGMENTED;
	req->extended_dwell = SCAN_DWELL_EXTENDED;
	if (s->background) {
		req->max_out_time = htole32(MAX_OUT_TIME);
		req->suspend_time = htole32(SUSPEND_TIME);
	}
	req->scan_prio = htole32(SCAN_PRIORITY_EXT_6);
	req->iter_num = htole32(1);
	req->schedule[0].iterations = 1;
	req->schedule[0].full_scan_mul = 1;
}

static int
build(struct iwm_softc *sc, const struct pdk80211_scan *s, struct iwm_scan_req_lmac *req)
{
	uint32_t rx = sc->sc_nvm.rx_ant, flags = LMAC_SCAN_FLAG_PASS_ALL;
	unsigned nssids;

	put_times(s, req);
	put_tx(sc, req);
	nssids = put_ssids(s, req);
	put_channels(s, req, nssids);
	flags |= s->passive ? LMAC_SCAN_FLAG_PASSIVE : LMAC_SCAN_FLAG_EXTENDED_DWELL;
	req->scan_flags = htole32(flags);
	req->rx_chain_select = htole16(rx << PHY_RX_CHAIN_VALID_POS |
	    rx << PHY_RX_CHAIN_FORCE_SEL_POS | rx << PHY_RX_CHAIN_FORCE_MIMO_SEL_POS |
	    1 << PHY_RX_CHAIN_DRIVER_FORCE_POS);
	req->flags = htole32(s->chans[0].num <= 14 ? PHY_BAND_24 : PHY_BAND_5);
	req->filter_flags = htole32(MAC_FILTER_ACCEPT_GRP | MAC_FILTER_IN_BEACON);
	return put_probe(sc, s, (void *)&req->channel[max_channels(sc)]);
}

/* ---- operations ---- */

static int
start(struct iwm_softc *sc, const struct iwm_scan_req_lmac *req)
{
	int error;

	if ((sc->sc_flags & IWM_F_UP) == 0)
		return ENXIO;
	if (sc->sc_scan.running)
		return EBUSY;
	sc->sc_scan.running = 1;		/* the end may overtake the reply */
	error = iwm_cmd_send(sc, IWM_SCAN_OFFLOAD_REQUEST_CMD, req, req_size(sc));
	if (error != 0)
		sc->sc_scan.running = 0;
	else if (sc->sc_scan.running)
		pdk_timer_arm(&sc->sc_scan.timer, WATCHDOG);
	return error;
}

/* EINVAL: no channels, or too many; ENOSPC: `ies` too long; EBUSY; EIO, ENXIO: firmware. */
int
iwm_scan_op(struct pdk_dev *dev, const struct pdk80211_scan *s)
{
	struct iwm_softc *sc = iwm_sc(dev);
	struct iwm_scan_req_lmac *req;
	int error;

	if (s->nchans == 0 || s->nchans > max_channels(sc))
		return EINVAL;
	req = pdk_zalloc(req_size(sc), PDK_WAITOK);
	if ((error = build(sc, s, req)) == 0) {
		pdk_lock(dev);
		error = start(sc, req);
		pdk_unlock(dev);
	}
	pdk_free(req, req_size(sc));
	return error;
}

/* The end is told by a notification; a firmware that says there is no scan has told it. */
static int
abort_scan(struct iwm_softc *sc)
{
	uint32_t status = 0;
	int error;

	if (!sc->sc_scan.running)
		return 0;
	error = iwm_cmd_status(sc, IWM_SCAN_OFFLOAD_ABORT_CMD, NULL, 0, &status);
	if (error == 0 && status != SCAN_ABORT_CAN && sc->sc_scan.running)
		pdk_printf(&sc->sc_dev, "firmware: nothing to abort in a scan (status %u)",
		    status);
	return error;
}

void
iwm_scan_abort_op(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);

	pdk_lock(dev);
	(void)abort_scan(sc);
	pdk_unlock(dev);
}

void
iwm_scan_stop(struct iwm_softc *sc)
{
	uint64_t end = pdk_uptime_ms() + ABORT_TIMEOUT, now;

	if (abort_scan(sc) != 0)
		return;
	while (sc->sc_scan.running && (now = pdk_uptime_ms()) < end &&
	    (sc->sc_flags & (IWM_F_FATAL | IWM_F_GONE)) == 0)
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, MIN(end - now, 50));
}

/* ---- its end ---- */

static void
over(struct iwm_softc *sc, int aborted)
{
	sc->sc_scan.running = 0;
	pdk_timer_stop(&sc->sc_scan.timer);
	iwm_wake(sc);
	iwm_upcall_set(sc, IWM_UPC_SCAN_DONE | (aborted ? IWM_UPC_SCAN_ABORTED : 0));
}

void
iwm_scan_complete(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_periodic_scan_complete *c = (const void *)payload;

	if (len >= sizeof(*c) && sc->sc_scan.running)
		over(sc, c->status != SCAN_OFFLOAD_COMPLETED);
}

void
iwm_scan_reset(struct iwm_softc *sc)
{
	if (sc->sc_scan.running)
		over(sc, 1);
}

/* TIMER. */
static void
watchdog(void *arg)
{
	struct iwm_softc *sc = arg;

	if (sc->sc_scan.running)
		iwm_fw_died(sc, "a scan does not end");
}

void
iwm_scan_init(struct iwm_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_scan.timer, watchdog, sc);
}

void
iwm_scan_fini(struct iwm_softc *sc)
{
	pdk_timer_drain(&sc->sc_scan.timer);
}
