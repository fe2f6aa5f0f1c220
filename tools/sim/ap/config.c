/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config.c - the settings of access points: one by one, or from a JSON file.
 *
 *	{
 *	  "aps": [
 *	    {"ssid": "open net", "channel": 6},
 *	    {"ssid": "home", "channel": 36, "psk": "correct horse", "bssid": "02:00:00:00:36:01"}
 *	  ]
 *	}
 *
 * Other members of the file ("air") belong to other programs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define MAX_FILE	(1u << 20)

struct setting {
	const char	*key;
	size_t		offset;
	long		min, max;
	char		kind;		/* u: unsigned, i: int, b: bool, else by name */
};
#define UINT(k, m, lo, hi) { k, offsetof(struct ap_conf, m), lo, hi, 'u' }
#define BOOL(k, m)	{ k, offsetof(struct ap_conf, m), 0, 1, 'b' }

static const struct setting settings[] = {
	{ "name", 0, 0, 0, 'n' },
	{ "ssid", 0, 0, 0, 's' },
	{ "bssid", 0, 0, 0, 'm' },
	{ "psk", 0, 0, 0, 'k' },
	{ "country", 0, 0, 0, 'c' },
	UINT("channel", channel, 1, 177),
	UINT("beacon_interval", beacon_interval, 15, 65535),
	UINT("dtim_period", dtim_period, 1, 255),
	UINT("max_sta", max_sta, 1, AP_MAX_STA),
	UINT("inactivity", inactivity, 1, 86400),
	UINT("group_rekey", group_rekey, 0, 86400),
	{ "rssi", offsetof(struct ap_conf, rssi), -127, 20, 'i' },
	BOOL("hidden", hidden),
	BOOL("ht", ht),
	BOOL("wmm", wmm),
	BOOL("uapsd", uapsd),
	BOOL("b_only", b_only),
	BOOL("ht40", ht40),
};

void
conf_default(struct ap_conf *c)
{
	*c = (struct ap_conf){ .channel = 1, .beacon_interval = 100,
	    .dtim_period = 2, .max_sta = AP_MAX_STA, .inactivity = 300, .ht = true,
	    .wmm = true, .uapsd = true };
}

int
conf_secondary(unsigned n)
{
	if (n == 14)
		return 0;
	if (n < 14)
		return n <= 7 ? 1 : -1;
	return (n - (n < 149 ? 36 : 149)) / 4 % 2 == 0 ? 1 : -1;
}

static int
set_text(struct ap_conf *c, char kind, const char *v, char *errmsg, size_t n)
{
	size_t len = strlen(v);

	switch (kind) {
	case 'n':
		if (len == 0 || len >= sizeof(c->name) || v[strspn(v, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
			break;
		memcpy(c->name, v, len + 1);
		return 0;
	case 's':
		if (len == 0 || len > AP_SSID_MAX) {
			snprintf(errmsg, n, "an SSID has 1 to 32 octets, not %zu", len);
			return EINVAL;
		}
		memcpy(c->ssid, v, len);
		c->ssid_len = len;
		return 0;
	case 'm':
		if (mac_parse(v, c->bssid) != 0 || (c->bssid[0] & 1) != 0) {
			snprintf(errmsg, n, "%s is no address like 02:00:00:00:00:01", v);
			return EINVAL;
		}
		return 0;
	case 'k':
		if (len != 0 && (len < 8 || len > 64)) {
			snprintf(errmsg, n, "a passphrase has 8 to 63 characters, a key 64 "
			    "hexadecimal digits; this has %zu", len);
			return EINVAL;
		}
		memcpy(c->psk, v, len + 1);
		return 0;
	case 'c':
		if (len != 2 || !isupper((unsigned char)v[0]) || !isupper((unsigned char)v[1]))
			break;
		memcpy(c->country, v, 3);
		return 0;
	}
	snprintf(errmsg, n, "%s: not allowed here: %s", v, kind == 'n' ?
	    "a name has 1 to 31 letters, digits and ._-" : "a country is two capital letters");
	return EINVAL;
}

static int
set_number(struct ap_conf *c, const struct setting *s, const char *v, char *errmsg, size_t n)
{
	void *p = (char *)c + s->offset;
	const char *digits = strcmp(v, "true") == 0 ? "1" : strcmp(v, "false") == 0 ? "0" : v;
	char *end;
	long x;

	errno = 0;
	x = strtol(digits, &end, 10);
	if (errno != 0 || *digits == '\0' || *end != '\0' || x < s->min || x > s->max) {
		if (s->kind == 'b')
			snprintf(errmsg, n, "%s is neither true nor false", v);
		else
			snprintf(errmsg, n, "%s is not a number from %ld to %ld", v, s->min,
			    s->max);
		return EINVAL;
	}
	if (s->kind == 'u')
		*(unsigned *)p = (unsigned)x;
	else if (s->kind == 'i')
		*(int *)p = (int)x;
	else
		*(bool *)p = x != 0;
	return 0;
}

int
conf_set(struct ap_conf *c, const char *key, const char *value, char *errmsg, size_t n)
{
	char cause[160];
	int error;

	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->key, key) != 0)
			continue;
		error = strchr("uib", s->kind) != NULL ?
		    set_number(c, s, value, cause, sizeof(cause)) :
		    set_text(c, s->kind, value, cause, sizeof(cause));
		if (error != 0)
			snprintf(errmsg, n, "%s: %s", key, cause);
		return error;
	}
	snprintf(errmsg, n, "%s: no such setting of an access point", key);
	return ENOENT;
}

bool
conf_is_channel(unsigned n)
{
	return (n >= 1 && n <= 14) || (n >= 36 && n <= 64 && n % 4 == 0) ||
	    (n >= 100 && n <= 144 && n % 4 == 0) || (n >= 149 && n <= 177 && n % 4 == 1);
}

int
conf_finish(struct ap_conf *c, unsigned index, char *errmsg, size_t n)
{
	static const uint8_t none[6];
	uint8_t pmk[AP_PMK_LEN];

	if (c->name[0] == '\0')
		snprintf(c->name, sizeof(c->name), "ap%u", index);
	if (c->ssid_len == 0) {
		snprintf(errmsg, n, "ssid: missing");
		return EINVAL;
	}
	if (!conf_is_channel(c->channel)) {
		snprintf(errmsg, n, "channel: there is no channel %u", c->channel);
		return EINVAL;
	}
	if (c->psk[0] != '\0' && ap_pmk(c->psk, c->ssid, c->ssid_len, pmk) != 0) {
		snprintf(errmsg, n, "psk: a passphrase is of printable ASCII characters, a key "
		    "of 64 hexadecimal digits");
		return EINVAL;
	}
	if (memcmp(c->bssid, none, 6) == 0)
		memcpy(c->bssid, (uint8_t[]){ 2, 0x56, 0x4f, 0x59, 0, (uint8_t)index }, 6);
	/* A country where the channel is allowed: stations obey. */
	if (c->country[0] == '\0')
		memcpy(c->country, c->channel == 14 ? "JP" : c->channel == 12 || c->channel == 13 ?
		    "DE" : "US", 3);
	/* HT needs WMM and OFDM. */
	if (!c->wmm || c->b_only)
		c->ht = false;
	if (!c->ht)
		c->ht40 = false;
	if (!c->wmm)
		c->uapsd = false;
	if (c->ht40 && conf_secondary(c->channel) == 0) {
		snprintf(errmsg, n, "ht40: not on channel %u", c->channel);
		return EINVAL;
	}
	if (c->b_only && air_chan_freq(c->channel) >= 5000) {
		snprintf(errmsg, n, "b_only: not on channel %u", c->channel);
		return EINVAL;
	}
	return 0;
}

const char *
conf_same(const struct ap_conf *c, unsigned i, unsigned *other)
{
	for (*other = 0; *other < i; (*other)++) {
		if (strcmp(c[i].name, c[*other].name) == 0)
			return "name";
		if (memcmp(c[i].bssid, c[*other].bssid, 6) == 0)
			return "bssid";
	}
	return NULL;
}

/* ---- the file --------------------------------------------------------------------------- */

/* Where in the text things are: a walk over well-formed JSON that counts lines. */
struct walk {
	const char	*p;
	int		line;
};

static void
space(struct walk *w)
{
	for (; isspace((unsigned char)*w->p) || *w->p == ',' || *w->p == ':'; w->p++)
		w->line += *w->p == '\n';
}

/* A string, with its text (escapes as they stand) in buf. */
static void
string(struct walk *w, char *buf, size_t cap)
{
	size_t n = 0;

	for (w->p++; *w->p != '"' && *w->p != '\0'; w->p++) {
		if (n + 1 < cap)
			buf[n++] = *w->p;
		if (*w->p == '\\' && w->p[1] != '\0')
			w->p++;
	}
	buf[n] = '\0';
	w->p += *w->p == '"';
}

/* A number, true, false, null. */
static void
word(struct walk *w)
{
	w->p += strspn(w->p, "abcdefghijklmnopqrstuvwxyzE0123456789.+-");
}

/* Steps over one value. */
static void
value(struct walk *w)
{
	char buf[64];
	int depth = 0;

	do {
		space(w);
		if (*w->p == '"') {
			string(w, buf, sizeof(buf));
		} else if (*w->p == '{' || *w->p == '[') {
			depth++;
			w->p++;
		} else if (*w->p == '}' || *w->p == ']') {
			depth--;
			w->p++;
		} else {
			word(w);
		}
		if (depth > 0)
			space(w);
	} while (depth > 0 && *w->p != '\0');
}

/* At an object: on to the value of a member; false: it has none of that name. */
static bool
member(struct walk *w, const char *key)
{
	char buf[64];

	space(w);
	for (w->p++; space(w), *w->p == '"'; value(w)) {
		string(w, buf, sizeof(buf));
		if (strcmp(buf, key) == 0)
			return true;
	}
	return false;
}

/* The line of member `key` of access point i (of that itself when key is NULL or not there). */
static int
locate(const char *text, unsigned i, const char *key)
{
	struct walk w = { text, 1 }, at;

	if (!member(&w, "aps"))
		return 1;
	space(&w);
	w.p++;
	while (i-- > 0)
		value(&w);
	space(&w);
	at = w;
	return key != NULL && member(&at, key) ? at.line : w.line;
}

static char *
read_file(const char *path, char *errmsg, size_t len)
{
	FILE *f = fopen(path, "r");
	char *text = f != NULL ? malloc(MAX_FILE + 1) : NULL;
	size_t n;

	if (text == NULL) {
		snprintf(errmsg, len, "%s: %s", path, strerror(errno));
		if (f != NULL)
			fclose(f);
		return NULL;
	}
	n = fread(text, 1, MAX_FILE, f);
	text[n] = '\0';
	if (ferror(f) || (n == MAX_FILE && !feof(f)) || strlen(text) != n) {
		snprintf(errmsg, len, "%s: %s", path, ferror(f) ? strerror(errno) :
		    "not a configuration file (too long, or not text)");
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static const char *
value_text(const json_t *v, char *buf, size_t n)
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (!json_is_integer(v))
		return NULL;
	snprintf(buf, n, "%lld", (long long)json_integer_value(v));
	return buf;
}

static int
one_ap(const char *path, const char *text, json_t *o, unsigned i, struct ap_conf *c,
    char *errmsg, size_t len)
{
	char cause[200], buf[32];
	const char *key;
	json_t *v;

	conf_default(c);
	if (!json_is_object(o)) {
		snprintf(errmsg, len, "%s:%d: an access point is an object: {\"ssid\": ...}", path,
		    locate(text, i, NULL));
		return EINVAL;
	}
	json_object_foreach(o, key, v) {
		const char *t = value_text(v, buf, sizeof(buf));

		if (t == NULL)
			snprintf(cause, sizeof(cause), "%s: wants text, a whole number, true or "
			    "false", key);
		if (t == NULL || conf_set(c, key, t, cause, sizeof(cause)) != 0) {
			snprintf(errmsg, len, "%s:%d: %s", path, locate(text, i, key), cause);
			return EINVAL;
		}
	}
	if (conf_finish(c, i, cause, sizeof(cause)) != 0) {
		/* The cause begins with the key. */
		snprintf(buf, sizeof(buf), "%.*s", (int)strcspn(cause, ":"), cause);
		snprintf(errmsg, len, "%s:%d: %s", path, locate(text, i, buf), cause);
		return EINVAL;
	}
	return 0;
}

static int
all_different(const char *path, const char *text, const struct ap_conf *c, unsigned n,
    char *errmsg, size_t len)
{
	const char *same;
	unsigned other;

	for (unsigned i = 1; i < n; i++) {
		if ((same = conf_same(c, i, &other)) == NULL)
			continue;
		snprintf(errmsg, len, "%s:%d: %s: that of the access point in line %d, too", path,
		    locate(text, i, same), same, locate(text, other, NULL));
		return EINVAL;
	}
	return 0;
}

int
conf_load(const char *path, struct ap_conf *conf, unsigned *n, unsigned max, char *errmsg,
    size_t len)
{
	char *text = read_file(path, errmsg, len);
	json_error_t where;
	json_t *root, *aps;
	int error = 0;

	if (text == NULL)
		return EINVAL;
	root = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	aps = json_object_get(root, "aps");
	*n = 0;
	if (root == NULL) {
		snprintf(errmsg, len, "%s:%d: %s", path, where.line, where.text);
		error = EINVAL;
	} else if (!json_is_array(aps) || json_array_size(aps) == 0 || json_array_size(aps) > max) {
		snprintf(errmsg, len, "%s:1: \"aps\" wants a list of 1 to %u access points", path,
		    max);
		error = EINVAL;
	}
	for (unsigned i = 0; error == 0 && i < json_array_size(aps); i++) {
		error = one_ap(path, text, json_array_get(aps, i), i, &conf[i], errmsg, len);
		*n = i + 1;
	}
	if (error == 0)
		error = all_different(path, text, conf, *n, errmsg, len);
	json_decref(root);
	free(text);
	return error;
}
