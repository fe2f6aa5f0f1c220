/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcheck.h - what valgrind's Memcheck is told, and asked, when the process runs under it.
 *
 *	memcheck_noaccess(p, n);	whoever touches it now is reported
 *	memcheck_undefined(p, n);	whoever decides by what is in it
 *	memcheck_defined(p, n);		nobody
 *
 * A request is a few instructions that do nothing, and that valgrind recognises (its manual, "The
 * Client Request mechanism"; the numbers are those of its valgrind.h and memcheck.h, which do not
 * change). On machines other than x86-64 and AArch64 there are none, so that Memcheck knows less of
 * DMA memory. Any thread.
 */
#ifndef HARNESS_MEMCHECK_H
#define HARNESS_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much more time than usual things take under it: threads run one at a time, and slowly. */
#define MEMCHECK_SLOW	10

enum memcheck_request {
	MEMCHECK_RUNNING = 0x1001,
	MEMCHECK_ERRORS = 0x1201,
	MEMCHECK_NOACCESS = 'M' << 24 | 'C' << 16,
	MEMCHECK_UNDEFINED,
	MEMCHECK_DEFINED,
	MEMCHECK_LEAKS = MEMCHECK_DEFINED + 4,
};

/* Its answer; 0 without valgrind. */
static inline uintptr_t
memcheck_ask(enum memcheck_request request, const volatile void *p, size_t n)
{
	uintptr_t answer = 0;
#if defined(__x86_64__)
	const volatile uintptr_t args[6] = { request, (uintptr_t)p, n };

	__asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\t"
	    "rolq $51, %%rdi\n\txchgq %%rbx, %%rbx" : "+d" (answer) : "a" (args) : "cc", "memory");
#elif defined(__aarch64__)
	const volatile uintptr_t args[6] = { request, (uintptr_t)p, n };
	register uintptr_t x3 __asm__("x3") = 0;
	register const volatile uintptr_t *x4 __asm__("x4") = args;

	__asm__ volatile("ror x12, x12, #3\n\tror x12, x12, #13\n\tror x12, x12, #51\n\t"
	    "ror x12, x12, #61\n\torr x10, x10, x10" : "+r" (x3) : "r" (x4) : "cc", "memory");
	answer = x3;
#else
	(void)request;
	(void)p;
	(void)n;
#endif
	return answer;
}

/* Does the process run under valgrind? */
static inline bool
memcheck_is(void)
{
	return memcheck_ask(MEMCHECK_RUNNING, NULL, 0) != 0;
}

/* What a time limit is multiplied with. */
static inline unsigned
memcheck_slow(void)
{
	return memcheck_is() ? MEMCHECK_SLOW : 1;
}

/* Errors that it has reported, those with the same place once. */
static inline unsigned
memcheck_errors(void)
{
	return (unsigned)memcheck_ask(MEMCHECK_ERRORS, NULL, 0);
}

/* Look for memory that is lost: each is an error, with where it was allocated. */
static inline void
memcheck_leaks(void)
{
	memcheck_ask(MEMCHECK_LEAKS, NULL, 0);
}

static inline void
memcheck_noaccess(const volatile void *p, size_t n)
{
	memcheck_ask(MEMCHECK_NOACCESS, p, n);
}

static inline void
memcheck_undefined(const volatile void *p, size_t n)
{
	memcheck_ask(MEMCHECK_UNDEFINED, p, n);
}

static inline void
memcheck_defined(const volatile void *p, size_t n)
{
	memcheck_ask(MEMCHECK_DEFINED, p, n);
}

#endif /* HARNESS_MEMCHECK_H */
