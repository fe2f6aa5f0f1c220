/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_log.c - messages: aprint_normal(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#define LINE	256

/* Without the newline that a driver may have put. */
static void
format(char *line, size_t size, const char *fmt, va_list ap)
{
	size_t len;

	vsnprintf(line, size, fmt, ap);
	len = strlen(line);
	if (len != 0 && line[len - 1] == '\n')
		line[len - 1] = '\0';
}

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_normal_dev(dev->pd_self, "%s\n", line);
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_normal_dev(dev->pd_self, "%s: %s\n", key, line);
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	aprint_verbose_dev(dev->pd_self, "%s\n", state);
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_error_dev(dev->pd_self, "%s (error %d)\n", line, error);
}
