/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for the backtraces of a sanitizer's report, in a program that has one.  By itself its
 * runtime would start addr2line or llvm-symbolizer, which a contained process may not; these
 * functions it calls instead when a program has them.  Source: LLVM, compiler-rt/lib/
 * sanitizer_common/sanitizer_symbolizer_posix_libcdep.cpp.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "harness/addr2line.h"
#include "harness/sanitized.h"
#include "harness/sanitizer.h"

bool
sanitizer_takes_memory(void)
{
	return SANITIZED_ADDRESS || SANITIZED_THREAD;
}

_Bool	__sanitizer_symbolize_code(const char *module, uint64_t off, char *buf, int size);
_Bool	__sanitizer_symbolize_data(const char *module, uint64_t off, char *buf, int size);
_Bool	__sanitizer_symbolize_frame(const char *module, uint64_t off, char *buf, int size);
void	__sanitizer_symbolize_flush(void);
int	__sanitizer_symbolize_demangle(const char *name, char *buf, int size);
_Bool	__sanitizer_symbolize_set_demangle(_Bool);
_Bool	__sanitizer_symbolize_set_inline_frames(_Bool);

#define TEXT	8192

/*
 * The runtime's own memory counts as out of bounds, and the C library's functions are checked, too:
 * from and to there by hand.
 */
static size_t __attribute__((no_sanitize("address", "thread", "undefined")))
copy(char *to, const char *from, size_t size)
{
	volatile char *p = to;
	size_t n = 0;

	for (; n + 1 < size && from[n] != '\0'; n++)
		p[n] = from[n];
	p[n] = '\0';
	return n;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Is it this program, and not a library? */
static bool
is_program(const char *module)
{
	char name[TEXT];
	Dl_info info;

	copy(name, module, sizeof(name));
	return dladdr((const void *)(uintptr_t)is_program, &info) != 0 && info.dli_fname != NULL &&
	    strcmp(base_name(name), base_name(info.dli_fname)) == 0;
}

/* A line with the function, one with file and line; and so on for what it is inlined into. */
_Bool
__sanitizer_symbolize_code(const char *module, uint64_t off, char *buf, int size)
{
	struct addr2line_ask ask = { .options = "-fiC", .n = 1, .addr = { off } };
	char text[TEXT], *p, *end;

	if (size < 2 || !is_program(module) || addr2line(&ask, text, sizeof(text)) == 0)
		return false;
	while ((p = strstr(text, " (discriminator")) != NULL) {
		end = p + strcspn(p, "\n");
		memmove(p, end, strlen(end) + 1);
	}
	copy(buf, text, (size_t)size);
	return true;
}

/* What a variable is called it does without. */
_Bool
__sanitizer_symbolize_data(const char *module, uint64_t off, char *buf, int size)
{
	(void)module, (void)off, (void)buf, (void)size;
	return false;
}

_Bool
__sanitizer_symbolize_frame(const char *module, uint64_t off, char *buf, int size)
{
	(void)module, (void)off, (void)buf, (void)size;
	return false;
}

void
__sanitizer_symbolize_flush(void)
{
}

int
__sanitizer_symbolize_demangle(const char *name, char *buf, int size)
{
	return (int)copy(buf, name, (size_t)size);
}

_Bool
__sanitizer_symbolize_set_demangle(_Bool on)
{
	(void)on;
	return true;
}

_Bool
__sanitizer_symbolize_set_inline_frames(_Bool on)
{
	(void)on;
	return true;
}
