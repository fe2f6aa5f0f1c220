/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings.c - the hub's settings by name, from the command line and the control socket.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/hub_int.h"

#define RULES_MAX	8192u
#define HOUR_US		3600e6

static const struct {
	const char	*name, *unit;
	double		min, max;
} pair_keys[LINK_KEYS] = {
	[LINK_RSSI] = { "rssi", "dBm", -127, 20 },
	[LINK_NOISE] = { "noise", "dBm", -127, 20 },
	[LINK_LOSS] = { "loss", "percent", 0, 100 },
	[LINK_DELAY] = { "delay", "us", 0, HOUR_US },
};

enum hub_key { HUB_SENSITIVITY, HUB_AIRTIME, HUB_RADIOS, HUB_SEED, HUB_PATIENCE, HUB_KEYS };

static const struct {
	const char	*name, *unit;
	double		min, max;
	bool		whole;
} hub_keys[HUB_KEYS] = {
	[HUB_SENSITIVITY] = { "sensitivity", "dBm", -127, 20, false },
	[HUB_AIRTIME] = { "airtime", "(off, on)", 0, 1, true },
	[HUB_RADIOS] = { "radios", "(count)", 0, HUB_RADIOS_MAX, true },
	[HUB_SEED] = { "seed", "(whole number)", 0, 9007199254740992.0, true },
	[HUB_PATIENCE] = { "patience", "ms", 1, HOUR_US / 1000, false },
};

static int
find_pair_key(const char *key)
{
	for (int k = 0; k < LINK_KEYS; k++)
		if (strcmp(pair_keys[k].name, key) == 0)
			return k;
	return -1;
}

static struct rule *
find_rule(struct hub *h, const char *from, const char *to, bool make)
{
	struct rule *r;

	for (r = h->rules; r != NULL; r = r->next)
		if (strcmp(r->from, from) == 0 && strcmp(r->to, to) == 0)
			return r;
	if (!make || h->nrules >= RULES_MAX)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	snprintf(r->from, sizeof(r->from), "%s", from);
	snprintf(r->to, sizeof(r->to), "%s", to);
	r->next = h->rules;
	h->rules = r;
	h->nrules++;
	return r;
}

static int
set_rule(struct hub *h, unsigned k, const char *from, const char *to, double value)
{
	struct rule *r = find_rule(h, from, to, true);

	if (r == NULL)
		return ENOMEM;
	r->have |= 1u << k;
	r->value[k] = value;
	return 0;
}

static int
range_error(const char *key, const char *unit, double min, double max, char *errmsg,
    size_t errlen)
{
	snprintf(errmsg, errlen, "%s: wants a value from %.0f to %.0f %s", key, min, max, unit);
	return EINVAL;
}

static int
bad_names(const char *a, const char *b, char *errmsg, size_t errlen)
{
	const char *bad = strlen(a) >= AIR_NAME_MAX ? a : strlen(b) >= AIR_NAME_MAX ? b : NULL;

	if (bad == NULL && a[0] != '\0' && b[0] != '\0')
		return 0;
	snprintf(errmsg, errlen, "\"%.40s\" is no name of a radio (1 to 31 characters)",
	    bad != NULL ? bad : "");
	return EINVAL;
}

static int
set_pair(struct hub *h, unsigned k, const char *a, const char *b, bool oneway, double value,
    char *errmsg, size_t errlen)
{
	int error = bad_names(a, b, errmsg, errlen);

	if (error != 0)
		return error;
	if (!(value >= pair_keys[k].min && value <= pair_keys[k].max))
		return range_error(pair_keys[k].name, pair_keys[k].unit, pair_keys[k].min,
		    pair_keys[k].max, errmsg, errlen);
	error = set_rule(h, k, a, b, value);
	if (error == 0 && !oneway)
		error = set_rule(h, k, b, a, value);
	if (error != 0)
		snprintf(errmsg, errlen, "%s: too many settings of pairs", pair_keys[k].name);
	links_update(h);
	return error;
}

static void
reseed(struct hub *h, uint64_t seed)
{
	h->seed = seed;
	h->rng = rng_seed(seed, "", "");
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL && h->radio[i]->id != 0)
			links_resolve(h, h->radio[i]);
}

static int
set_hub(struct hub *h, const char *key, double value, char *errmsg, size_t errlen)
{
	unsigned k = 0;

	while (k < HUB_KEYS && strcmp(hub_keys[k].name, key) != 0)
		k++;
	if (k == HUB_KEYS) {
		snprintf(errmsg, errlen, "%.40s: no such setting; there are rssi, noise, loss, "
		    "delay, sensitivity, airtime, radios, seed and patience", key);
		return ENOENT;
	}
	if (!(value >= hub_keys[k].min && value <= hub_keys[k].max) ||
	    (hub_keys[k].whole && value != floor(value)))
		return range_error(key, hub_keys[k].unit, hub_keys[k].min, hub_keys[k].max,
		    errmsg, errlen);
	switch (k) {
	case HUB_SENSITIVITY:
		h->sensitivity = value;
		break;
	case HUB_AIRTIME:
		h->airtime = value != 0;
		break;
	case HUB_RADIOS:
		h->want_radios = (unsigned)value;
		break;
	case HUB_PATIENCE:
		clock_patience(h, (uint64_t)(value * 1000));
		break;
	default:
		reseed(h, (uint64_t)value);
		break;
	}
	return 0;
}

int
hub_set(struct hub *h, const char *key, const char *a, const char *b, bool oneway, double value,
    char *errmsg, size_t errlen)
{
	int k = find_pair_key(key);

	if (k >= 0)
		return set_pair(h, (unsigned)k, a != NULL ? a : "*", b != NULL ? b : "*", oneway,
		    value, errmsg, errlen);
	if (a == NULL && b == NULL)
		return set_hub(h, key, value, errmsg, errlen);
	snprintf(errmsg, errlen, "%.40s: not a setting of pairs; those are rssi, noise, loss and "
	    "delay", key);
	return ENOENT;
}

static bool
unset_rule(struct hub *h, unsigned k, const char *from, const char *to)
{
	struct rule *r = find_rule(h, from, to, false);

	if (r == NULL || (r->have >> k & 1) == 0)
		return false;
	r->have &= ~(1u << k);
	return true;
}

int
hub_unset(struct hub *h, const char *key, const char *a, const char *b, bool oneway)
{
	int k = find_pair_key(key);
	bool found;

	if (k < 0)
		return ENOENT;
	a = a != NULL ? a : "*";
	b = b != NULL ? b : "*";
	found = unset_rule(h, (unsigned)k, a, b);
	if (!oneway)
		found |= unset_rule(h, (unsigned)k, b, a);
	links_update(h);
	return found ? 0 : ENOENT;
}

json_t *
hub_pair(struct hub *h, const char *a, const char *b)
{
	const struct radio *from = hub_find(h, a), *to = hub_find(h, b);
	json_t *out;

	if (from == NULL || to == NULL || from == to)
		return NULL;
	out = json_object();
	for (unsigned k = 0; k < LINK_KEYS; k++)
		json_object_set_new(out, pair_keys[k].name,
		    json_real(link_of(from, to)->value[k]));
	return out;
}
