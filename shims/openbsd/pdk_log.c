/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_log.c - messages: printf(9).
 */
#include "pdk_unit.h"

#define PDK_LINE	256		/* of a message */

/*
 * In one call of printf(9), so that other processors' lines do not mix with it.  While the
 * device attaches, autoconf's line "foo0 at pci0 ..." has no end yet.
 */
static void
pdk_line(struct pdk_dev *d, const char *head, const char *fmt, va_list ap)
{
	struct pdk_unit *u = d->pd_unit;
	char text[PDK_LINE];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (len != 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	printf("%s%s: %s%s%s\n", u->pu_line_open ? "\n" : "", pdk_name(d), head,
	    *head != '\0' ? " " : "", text);
	u->pu_line_open = 0;
}

void
pdk_printf(struct pdk_dev *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(d, "", fmt, ap);
	va_end(ap);
}

void
pdk_info(struct pdk_dev *d, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(d, key, fmt, ap);
	va_end(ap);
}

void
pdk_fail(struct pdk_dev *d, int error, const char *fmt, ...)
{
	char head[32];
	va_list ap;

	snprintf(head, sizeof(head), "given up, error %d:", error);
	va_start(ap, fmt);
	pdk_line(d, head, fmt, ap);
	va_end(ap);
}

/* Verbose is boot -c's `verbose'. */
void
pdk_state(struct pdk_dev *d, const char *state)
{
	if (autoconf_verbose)
		pdk_printf(d, "%s", state);
}
