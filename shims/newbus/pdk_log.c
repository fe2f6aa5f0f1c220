/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_log.c - messages: device_printf(9), a line in one call.
 */
#include "pdk_newbus.h"

#define PDK_LINE	256		/* octets of a log line */

/* One line in one call: lines of several processors would mix. */
static void
pdk_line(struct pdk_dev *dev, const char *prefix, const char *fmt, va_list ap)
{
	char text[PDK_LINE];
	int n;

	n = os_vsnprintf(text, sizeof(text), fmt, ap);
	while (n > 0 && n < (int)sizeof(text) && text[n - 1] == '\n')
		text[--n] = '\0';
	device_printf(dev->pd_dev, "%s%s\n", prefix, text);
}

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(dev, "", fmt, ap);
	va_end(ap);
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	if (bootverbose)
		device_printf(dev->pd_dev, "state: %s\n", state);
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	os_snprintf(prefix, sizeof(prefix), "%s: ", key);
	va_start(ap, fmt);
	pdk_line(dev, prefix, fmt, ap);
	va_end(ap);
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	os_snprintf(prefix, sizeof(prefix), "failed (error %d): ", error);
	va_start(ap, fmt);
	pdk_line(dev, prefix, fmt, ap);
	va_end(ap);
}
