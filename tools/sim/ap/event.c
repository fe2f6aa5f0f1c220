/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event.c - what voy-ap says on stdout: events as JSON lines, or lines for people; and texts
 * for addresses and names.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/prog/say.h"

#define TEXTS	4u

const char *
mac_text(const uint8_t mac[6])
{
	static char text[TEXTS][18];
	static unsigned next;
	char *t = text[next++ % TEXTS];

	snprintf(t, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
	    mac[5]);
	return t;
}

int
mac_parse(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	int end = -1;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
	    &end) != 6 || end != 17 || text[end] != '\0')
		return EINVAL;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return 0;
}

const char *
ssid_text(const uint8_t *ssid, size_t len)
{
	static char text[AP_SSID_MAX * 4 + 1];
	char *t = text;

	for (size_t i = 0; i < len && i < AP_SSID_MAX; i++) {
		if (ssid[i] >= 32 && ssid[i] < 127 && ssid[i] != '\\')
			*t++ = (char)ssid[i];
		else
			t += sprintf(t, "\\x%02x", ssid[i]);
	}
	*t = '\0';
	return text;
}

void
ap_event(const struct ap *ap, const char *name, const char *fmt, ...)
{
	json_t *o = json_object(), *more;
	va_list args;

	if (ap != NULL)
		json_object_set_new(o, "ap", json_string(ap->conf.name));
	if (fmt != NULL) {
		va_start(args, fmt);
		more = json_vpack_ex(NULL, 0, fmt, args);
		va_end(args);
		json_object_update(o, more);
		json_decref(more);
	}
	say_members(name, o);
}
