/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks that the sanitizers' runtimes have for programs (the interface of compiler-rt, which
 * gcc's libsanitizer is made from); see sanitizer.h. Hooks are called in the midst of a report:
 * they take no locks and are not themselves watched.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/fatal.h"
#include "harness/leakcheck.h"
#include "harness/life.h"
#include "harness/memcheck.h"
#include "harness/sanitizer.h"

#define UNWATCHED	__attribute__((no_sanitize("address", "thread", "undefined")))
#define PREFIX		"SUMMARY: "
#define LOG_PATH	"log_path="

/* What a runtime has; in other programs they are not there. */
void	__sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));
void	__ubsan_get_current_report_data(const char **kind, const char **message,
	    const char **file, unsigned *line, unsigned *column, char **address)
	    __attribute__((weak));
/*
 * gcc's runtime of UndefinedBehaviorSanitizer alone begins at its first report, and then looks for
 * the folder of its report file, which a contained process may not.  This is its beginning.
 */
void	ubsan_begin(void) __asm__("_ZN7__ubsan16InitAsStandaloneEv") __attribute__((weak));
/* What it calls. */
void	__sanitizer_report_error_summary(const char *);
void	__ubsan_on_report(void);

static struct {
	atomic_uint	 reports;
	atomic_bool	 named, whole;	/* `first` is somebody's; is filled */
	atomic_bool	 ended;
	char		 first[400];	/* the first finding, in a line */
} S;

static UNWATCHED void
append_char(char c)
{
	size_t n = 0;

	while (n < sizeof(S.first) - 1 && S.first[n] != '\0')
		n++;
	if (n < sizeof(S.first) - 1)
		S.first[n] = c;
}

static UNWATCHED void
append(const char *text)
{
	for (; *text != '\0'; text++)
		append_char(*text);
}

static UNWATCHED void
append_number(unsigned v)
{
	char digits[12];
	int i = sizeof(digits) - 1;

	digits[i] = '\0';
	do
		digits[--i] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	append(digits + i);
}

/* UndefinedBehaviorSanitizer's, before the summary: what it says is the message itself. */
UNWATCHED void
__ubsan_on_report(void)
{
	const char *kind = "", *message = "", *file = "";
	unsigned line = 0, column = 0;
	char *address;

	if (__ubsan_get_current_report_data == NULL || atomic_exchange(&S.named, true))
		return;
	__ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
	append("UndefinedBehaviorSanitizer: ");
	/* On stderr it follows a colon, in small letters; here it has a capital. */
	if (*message >= 'A' && *message <= 'Z')
		append_char((char)(*message++ - 'A' + 'a'));
	append(message);
	append(" at ");
	append(file);
	append(":");
	append_number(line);
	atomic_store(&S.whole, true);
}

/* Each sanitizer's, at the end of a report. */
UNWATCHED void
__sanitizer_report_error_summary(const char *summary)
{
	const char *text = summary;
	size_t n = 0;

	while (n < sizeof(PREFIX) - 1 && text[n] == PREFIX[n])
		n++;
	if (n == sizeof(PREFIX) - 1)
		text += n;
	if (!atomic_exchange(&S.named, true)) {
		append(text);
		atomic_store(&S.whole, true);
	}
	atomic_fetch_add(&S.reports, 1);
	for (n = 0; summary[n] != '\0'; n++)
		;
	(void)!write(STDERR_FILENO, summary, n);
	(void)!write(STDERR_FILENO, "\n", 1);
}

/* The first finding in a line. */
static const char *
first(void)
{
	return atomic_load(&S.whole) ? S.first : "a sanitizer found an error";
}

/* A sanitizer has printed its report and is about to end the process. */
static void
on_death(void)
{
	struct fatal *f;

	if (fatal_is() || atomic_load(&S.ended))
		return;
	f = fatal_begin();
	f->event = "crash";
	f->signal = "sanitizer";
	f->status = FATAL_STATUS_RULE;
	snprintf(f->text, sizeof(f->text), "crash: %s, in thread %s; its report is on stderr",
	    first(), f->thread);
	/* In memset() and the like the place that it names is its own: none. */
	f->drivers = strstr(first(), " ??:") != NULL;
	bt_here(&f->bt);
	fatal_end();
}

bool
sanitizer_is(void)
{
	return __sanitizer_set_death_callback != NULL;
}

void
sanitizer_begin(void)
{
	if (ubsan_begin != NULL && !sanitizer_takes_memory())
		ubsan_begin();
}

void
sanitizer_init(void)
{
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(on_death);
}

/* Is it what `options` name (last) for reports, with the process's number, which is appended? */
static bool
names_report(const char *options, const char *path, pid_t pid)
{
	const char *p = NULL, *next = options;
	char number[16];
	size_t n;

	while (next != NULL && (next = strstr(next, LOG_PATH)) != NULL)
		p = next += strlen(LOG_PATH);
	if (p == NULL)
		return false;
	n = strcspn(p, ":, \n\t");
	snprintf(number, sizeof(number), ".%d", (int)pid);
	return n > 0 && strncmp(path, p, n) == 0 && strcmp(path + n, number) == 0;
}

bool
sanitizer_is_report(const char *path, pid_t pid)
{
	static const char *const names[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
	    "UBSAN_OPTIONS" };
	unsigned i;

	for (i = 0; sanitizer_is() && i < sizeof(names) / sizeof(names[0]); i++)
		if (names_report(getenv(names[i]), path, pid))
			return true;
	return false;
}

bool
sanitizer_spoke(void)
{
	return atomic_load(&S.reports) > 0;
}

static void
check_memcheck(void)
{
	unsigned n;

	if (!memcheck_is())
		return;
	memcheck_leaks();
	n = memcheck_errors();
	if (n > 0)
		life_fail(NULL, 0, "valgrind: Memcheck found %u error%s; see stderr", n,
		    n > 1 ? "s" : "");
}

void
sanitizer_check(void)
{
	unsigned n = atomic_load(&S.reports);

	if (n > 0)
		life_fail(NULL, 0, "%s%s; see stderr", first(), n > 1 ? ", and more" : "");
	if (leakcheck_found())
		life_fail(NULL, 0, "leak: %s; see stderr", first());
	check_memcheck();
}

void
sanitizer_end(void)
{
	atomic_store(&S.ended, true);
}
