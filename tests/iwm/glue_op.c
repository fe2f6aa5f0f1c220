/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue_op.c - requests into calls of struct pdk80211_ops; see glue.c and iwmglue.py.
 */
#include "tests/iwm/glue.h"

#include <string.h>

/* ---- members of a request ---- */

static long long
num(json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Bytes of a hexadecimal string, at most `size`; how many. */
static size_t
unhex(const char *s, void *to, size_t size)
{
	size_t n = 0;
	unsigned v;

	while (s != NULL && n < size && sscanf(s + 2 * n, "%2x", &v) == 1)
		((uint8_t *)to)[n++] = (uint8_t)v;
	return n;
}

static size_t
bytes(json_t *o, const char *key, void *to, size_t size)
{
	return unhex(json_string_value(json_object_get(o, key)), to, size);
}

static struct pdk80211_chan
channel(json_t *o)
{
	int n = (int)num(o, "num");
	struct pdk80211_chan c = {
		.num = (uint8_t)n,
		.freq = (uint16_t)(n <= 14 ? n == 14 ? 2484 : 2407 + 5 * n : 5000 + 5 * n),
		.width = 20, .sco = (int8_t)num(o, "sco"), .flags = (uint8_t)num(o, "flags"),
	};

	if (c.sco != 0)
		c.width = 40;
	return c;
}

/* Default EDCA parameters of 802.11, by ACI. */
static const struct pdk80211_wme edca[PDK80211_NAC] = {
	{ 3, 4, 10, 0, 0 }, { 7, 4, 10, 0, 0 }, { 2, 3, 4, 0, 94 }, { 2, 2, 3, 0, 47 },
};

static struct pdk80211_bss
bss(json_t *o)
{
	struct pdk80211_bss b = {
		.dtim_period = (uint8_t)num(o, "dtim_period"),
		.bintval = (uint16_t)num(o, "bintval"), .aid = (uint16_t)num(o, "aid"),
		.capinfo = (uint16_t)num(o, "capinfo"), .flags = (uint32_t)num(o, "flags"),
		.basic_rates = (uint32_t)num(o, "basic_rates"),
		.htcaps = (uint16_t)num(o, "htcaps"), .ampdu = (uint8_t)num(o, "ampdu"),
		.htprot = (uint8_t)num(o, "htprot"), .tsf = (uint64_t)num(o, "tsf"),
	};

	bytes(o, "bssid", b.bssid, 6);
	b.essid_len = (uint8_t)bytes(o, "essid", b.essid, sizeof(b.essid));
	b.nrates = (uint8_t)bytes(o, "rates", b.rates, sizeof(b.rates));
	bytes(o, "mcs", b.mcs, sizeof(b.mcs));
	b.chan = channel(json_object_get(o, "chan"));
	memcpy(b.wme, edca, sizeof(edca));
	if (json_object_get(o, "vo_txop") != NULL)
		b.wme[PDK_AC_VO].txop = (uint16_t)num(o, "vo_txop");
	return b;
}

/* ---- in WORKER ---- */

/* One request at a time: the control socket has one thread. */
static struct {
	const char	*what;
	json_t		*req, *o;
} job;

static int
scan(struct pdk_dev *dev)
{
	struct pdk80211_chan chans[64];
	struct pdk80211_scan s = { .chans = chans, .passive = (uint8_t)num(job.req, "passive"),
	    .background = (uint8_t)num(job.req, "background") };
	uint8_t ies[1024];
	json_t *list = json_object_get(job.req, "chans"), *ssids, *j;
	size_t i;

	json_array_foreach(list, i, j)
		if (i < 64)
			chans[s.nchans++] = channel(j);
	ssids = json_object_get(job.req, "ssids");
	json_array_foreach(ssids, i, j) {
		if (i == PDK80211_NSSID)
			break;
		s.ssid_len[i] = (uint8_t)json_string_length(j);
		memcpy(s.ssid[i], json_string_value(j), s.ssid_len[i]);
		s.n_ssid++;
	}
	s.ies_len = (uint16_t)bytes(job.req, "ies", ies, sizeof(ies));
	s.ies = ies;
	return glue.ops->scan(dev, &s);
}

static int
with_key(struct pdk_dev *dev, bool set)
{
	struct pdk80211_key k = { .id = (uint8_t)num(job.req, "id"),
	    .cipher = (uint8_t)num(job.req, "cipher"), .group = (uint8_t)num(job.req, "group"),
	    .tsc = (uint64_t)num(job.req, "tsc") };

	k.len = (uint8_t)bytes(job.req, "key", k.key, sizeof(k.key));
	if (set)
		return glue.ops->set_key(dev, &k);
	glue.ops->del_key(dev, &k);
	return 0;
}

static int
block_ack(struct pdk_dev *dev)
{
	uint16_t ssn = (uint16_t)num(job.req, "ssn");
	int error;

	error = glue.ops->ba(dev, (enum pdk80211_baop)num(job.req, "op"),
	    (int)num(job.req, "tid"), &ssn, (int)num(job.req, "winsize"));
	json_object_set_new(job.o, "ssn", json_integer(ssn));
	return error;
}

static int
stats(struct pdk_dev *dev)
{
	struct pdk80211_stats s;
	int error;

	if ((error = glue.ops->stats(dev, &s)) != 0)
		return error;
	json_object_set_new(job.o, "stats", json_pack("{s:i,s:i,s:i,s:b,s:I,s:I,s:I,s:I,s:I,"
	    "s:I,s:i,s:i,s:i,s:i,s:i}", "signal", s.signal, "noise", s.noise, "temperature",
	    s.temperature, "counted", s.counted, "beacons", (json_int_t)s.beacons, "missed",
	    (json_int_t)s.missed,
	    "rx_time", (json_int_t)s.rx_time, "tx_time", (json_int_t)s.tx_time, "scan_time",
	    (json_int_t)s.scan_time, "rx_nomem", (json_int_t)s.rx_nomem, "tx_rate", s.tx_rate,
	    "tx_mcs", s.tx_mcs, "tx_nss", s.tx_nss, "tx_width", s.tx_width, "tx_ht", s.tx_ht));
	return 0;
}

static int
up_or_down(struct pdk_dev *dev)
{
	int error;

	if (strcmp(job.what, "up") == 0) {
		error = glue.ops->up(dev);
		glue.up = error == 0;
		return error;
	}
	glue.ops->down(dev);
	glue.up = false;
	return 0;
}

static int
in_worker(struct pdk_dev *dev)
{
	struct pdk80211_bss b = bss(json_object_get(job.req, "bss"));
	const char *w = job.what;

	if (strcmp(w, "up") == 0 || strcmp(w, "down") == 0)
		return up_or_down(dev);
	if (strcmp(w, "scan") == 0)
		return scan(dev);
	if (strcmp(w, "join") == 0)
		return glue.ops->join(dev, &b);
	if (strcmp(w, "assoc") == 0)
		return glue.ops->assoc(dev, &b);
	if (strcmp(w, "update") == 0)
		return glue.ops->update(dev, (int)num(job.req, "changed"), &b);
	if (strcmp(w, "set_key") == 0 || strcmp(w, "del_key") == 0)
		return with_key(dev, *w == 's');
	if (strcmp(w, "stats") == 0)
		return stats(dev);
	if (strcmp(w, "ba") == 0)
		return block_ack(dev);
	if (strcmp(w, "scan_abort") == 0)
		glue.ops->scan_abort(dev);
	else if (strcmp(w, "leave") == 0)
		glue.ops->leave(dev);
	else
		return ENOSYS;
	return 0;
}

/* ---- sending, in TX ---- */

static int
send_one(struct pdk_softc *sc, json_t *req, json_t *frame, uintptr_t cookie)
{
	struct pdk80211_txinfo ti = { .cookie = (void *)cookie, .tid = (uint8_t)num(req, "tid"),
	    .ac = (uint8_t)num(req, "ac"), .flags = (uint8_t)num(req, "flags"),
	    .hdrlen = (uint8_t)num(req, "hdrlen"), .key_id = (uint8_t)num(req, "key_id") };
	struct mbuf *m = shim_mbuf_get(sc, 4000, NULL);
	int error;

	if (m == NULL)
		return ENOMEM;
	m->m_len = m->m_pkthdr.len = (int)unhex(json_string_value(frame), m->m_data, 4000);
	error = glue.ops->tx(sc->dev, m, &ti);
	if (error != 0)
		m_freem(m);
	return error;
}

/* "frames", or "frame" `count` times; "sent" says how many were taken before an error. */
static int
send_frames(struct pdk_softc *sc, json_t *req, json_t *o)
{
	json_t *list = json_object_get(req, "frames"), *one = json_object_get(req, "frame");
	json_int_t i, n = num(req, "count") > 0 ? num(req, "count") : 1;
	struct shim_ctx saved = shim_enter(sc, C_TX);
	int error = 0;

	if (list != NULL)
		n = (json_int_t)json_array_size(list);
	for (i = 0; i < n && error == 0; i++)
		error = send_one(sc, req, list != NULL ? json_array_get(list, (size_t)i) : one,
		    (uintptr_t)(num(req, "cookie") + i));
	shim_leave(saved);
	json_object_set_new(o, "sent", json_integer(error != 0 ? i - 1 : i));
	return error;
}

void
glue_op(struct pdk_softc *sc, const char *what, json_t *req, json_t *o)
{
	int error;

	if (strcmp(what, "tx") == 0) {
		error = send_frames(sc, req, o);
	} else {
		job.what = what;
		job.req = req;
		job.o = o;
		error = shim_in_worker(sc, in_worker);
	}
	json_object_set_new(o, "error", json_integer(error));
}
