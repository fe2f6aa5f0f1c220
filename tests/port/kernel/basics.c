/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * basics.c - what every small kernel has alike: memory that is counted, messages, the end.  See
 * kernel.h.  It opens no header of the system's, so the C library's names are the C library's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

int k_live, cold, hz = 100;
char k_console[8192];
void (*k_event)(void);

_Noreturn void
k_panic(const char *what, const char *file, int line)
{
	printf("Bail out! panic: %s at %s:%d\n", what, file, line);
	fflush(stdout);
	_Exit(1);
}

void *
k_take(size_t n)
{
	return calloc(1, n);
}

void
k_give(void *p)
{
	free(p);
}

/* The size stands in front; 16 keeps what follows aligned. */
void *
k_take_sized(size_t n)
{
	size_t *p = k_take(n + 16);

	*p = n;
	k_live++;
	return p + 2;
}

void
k_give_sized(void *p, size_t n)
{
	size_t *q = p;

	if (q == NULL || q[-2] != n)
		k_panic("freed with another size", __FILE__, __LINE__);
	k_live--;
	k_give(q - 2);
}

void
k_message(const char *fmt, va_list ap)
{
	size_t len = strlen(k_console);

	vsnprintf(k_console + len, sizeof(k_console) - len, fmt, ap);
}

size_t
k_strlcpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
	return strlen(from);
}
