/* SPDX-License-Identifier: BSD-2-Clause */
/* See json.h. */
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/json.h"

#define SSID_MAX	32u

void
json_put_addr(json_t *o, const char *key, const uint8_t a[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
	    a[5]);
	json_object_set_new(o, key, json_string(text));
}

/* Octet by octet, what is no UTF-8 replaced: jansson takes a sequence only when it is right. */
static json_t *
lenient(const char *s, size_t len)
{
	char out[SSID_MAX * 3 + 1];
	size_t i = 0, n = 0, k;
	json_t *whole = json_stringn(s, len), *part;

	if (whole != NULL)
		return whole;
	while (i < len) {
		part = NULL;
		for (k = 1; k <= 4 && k <= len - i && part == NULL; k++)
			part = json_stringn(s + i, k);
		if (part != NULL) {
			memcpy(out + n, s + i, k - 1);
			n += k - 1;
			i += k - 1;
			json_decref(part);
		} else {
			memcpy(out + n, "\xef\xbf\xbd", 3);
			n += 3;
			i++;
		}
	}
	return json_stringn(out, n);
}

void
json_put_ssid(json_t *o, const uint8_t *ssid, size_t len)
{
	char hex[2 * SSID_MAX + 1] = "";
	size_t i;

	if (len == 0 || len > SSID_MAX) {
		json_object_set_new(o, "ssid", json_null());
		json_object_set_new(o, "ssid_hex", json_null());
		return;
	}
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", ssid[i]);
	json_object_set_new(o, "ssid", lenient((const char *)ssid, len));
	json_object_set_new(o, "ssid_hex", json_string(hex));
}
