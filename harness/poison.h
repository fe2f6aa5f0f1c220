/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poison.h - memory that is mapped but nobody's: AddressSanitizer and Memcheck report who
 * touches it. Without either it is as any other. Any thread.
 */
#ifndef HARNESS_POISON_H
#define HARNESS_POISON_H

#include "harness/memcheck.h"
#include "harness/sanitized.h"

#if SANITIZED_ADDRESS
#include <sanitizer/asan_interface.h>
#define POISON_GAP	64	/* bytes of nobody's behind each piece of memory; else 0 */
#else
#define POISON_GAP	0
#endif

/* From here on nobody's. AddressSanitizer looks at whole words of eight bytes. */
static inline void
poison(const volatile void *p, size_t n)
{
#if SANITIZED_ADDRESS
	ASAN_POISON_MEMORY_REGION(p, n);
#endif
	memcheck_noaccess(p, n);
}

/* Somebody's again, who has not yet written anything to it. */
static inline void
unpoison(const volatile void *p, size_t n)
{
#if SANITIZED_ADDRESS
	ASAN_UNPOISON_MEMORY_REGION(p, n);
#endif
	memcheck_undefined(p, n);
}

#endif /* HARNESS_POISON_H */
