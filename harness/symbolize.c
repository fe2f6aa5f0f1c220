/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Naming the frames of a backtrace: addr2line for the program itself, the dynamic symbol and
 * offset for everything else.  It runs while the process crashes, perhaps with locks held: all
 * memory is static.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/addr2line.h"
#include "harness/backtrace.h"
#include "harness/hypercall.h"

static char output[64 * 1024];

/* Names and places of the frames that are in the program. */
static void
ask(const struct backtrace *bt)
{
	struct addr2line_ask ask = { .options = "-afiC" };
	unsigned i;

	for (i = 0; i < bt->n; i++)
		if (addr2line_knows(bt->pc[i]))
			ask.addr[ask.n++] =
			    addr2line_address(bt->pc[i] - (i > 0 || !bt->exact));
	addr2line(&ask, output, sizeof(output));
}

/* The next line of text, its newline cut; NULL at the end. */
static char *
next_line(char **text)
{
	char *line = *text, *nl;

	if (*line == '\0')
		return NULL;
	nl = strchr(line, '\n');
	*text = nl != NULL ? nl + 1 : line + strlen(line);
	if (nl != NULL)
		*nl = '\0';
	return line;
}

/* Paths below the working directory are shown relative to it. */
static const char *
shorten(char *where)
{
	char cwd[1024];
	char *p;
	size_t n;

	p = strstr(where, " (discriminator");
	if (p != NULL)
		*p = '\0';
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return where;
	n = strlen(cwd);
	return strncmp(where, cwd, n) == 0 && where[n] == '/' ? where + n + 1 : where;
}

static void
by_symbol(uintptr_t pc, unsigned frame, char *line)
{
	const char *file;
	Dl_info dl;

	if (dladdr((const void *)pc, &dl) == 0 || dl.dli_fname == NULL) {
		snprintf(line, BT_LINE, "#%-2u 0x%llx", frame, (unsigned long long)pc);
		return;
	}
	file = strrchr(dl.dli_fname, '/');
	file = file != NULL ? file + 1 : dl.dli_fname;
	if (dl.dli_sname != NULL)
		snprintf(line, BT_LINE, "#%-2u %.100s+0x%zx in %.100s", frame, dl.dli_sname,
		    (size_t)(pc - (uintptr_t)dl.dli_saddr), file);
	else
		snprintf(line, BT_LINE, "#%-2u 0x%llx in %.100s", frame, (unsigned long long)
		    (pc - (uintptr_t)dl.dli_fbase), file);
}

/*
 * One frame of the program out of addr2line's answer: the address's line was read; pairs
 * of function and place follow, innermost first.  Returns the lines made, 0 if it knows
 * nothing.
 */
static unsigned
by_debug_info(char **text, unsigned frame, bt_line *lines, unsigned max)
{
	unsigned n = 0;
	char *func, *where, *p;

	while (**text != '\0' && strncmp(*text, "0x", 2) != 0) {
		func = next_line(text);
		where = next_line(text);
		if (where == NULL || n >= max || strncmp(where, "??", 2) == 0)
			continue;
		p = strstr(func, " inlined at ");
		if (p != NULL)
			*p = '\0';
		if (n == 0)
			snprintf(lines[n], BT_LINE, "#%-2u %.80s at %.140s", frame, func,
			    shorten(where));
		else
			snprintf(lines[n], BT_LINE, "    inlined into %.80s at %.140s", func,
			    shorten(where));
		n++;
	}
	return n;
}

/* How many frames are worth showing: how the C library starts a thread is not. */
static unsigned
useful(const struct backtrace *bt)
{
	unsigned n = bt->n;

	while (n > 0 && !addr2line_knows(bt->pc[n - 1]))
		n--;
	return n > 0 ? n : bt->n;
}

/* How often the call at frame i is repeated after it, as in a recursion without an end. */
static unsigned
repeats(const struct backtrace *bt, unsigned i)
{
	unsigned n = 0;

	while (i + n + 1 < bt->n && bt->pc[i + n + 1] == bt->pc[i])
		n++;
	return n;
}

unsigned
bt_lines(const struct backtrace *bt, bt_line *lines, unsigned max)
{
	char *text = output;
	unsigned i, n = 0, k, again = 0, frames = useful(bt);

	ask(bt);
	for (i = 0; i < frames && n < max; i++) {
		k = 0;
		if (again > 0) {
			next_line(&text);
			while (*text != '\0' && strncmp(text, "0x", 2) != 0)
				next_line(&text);
			if (--again == 0)
				snprintf(lines[n++], BT_LINE, "    the same again, to #%u", i);
			continue;
		}
		again = repeats(bt, i);
		if (addr2line_knows(bt->pc[i]) && next_line(&text) != NULL)
			k = by_debug_info(&text, i, &lines[n], max - n);
		if (k == 0) {
			by_symbol(bt->pc[i], i, lines[n]);
			k = 1;
		}
		n += k;
	}
	return n;
}

const char *
hyp_where(const void *pc, char *buf, size_t size)
{
	struct addr2line_ask ask = { .options = "-fs", .n = 1 };
	char out[256], *line;
	uintptr_t off;
	Dl_info info;

	if (pc == NULL || dladdr(pc, &info) == 0) {
		snprintf(buf, size, "%p", pc);
		return buf;
	}
	off = (uintptr_t)pc - 1;		/* in the call, not behind it */
	ask.addr[0] = addr2line_address(off);
	if (!addr2line_knows(off) || addr2line(&ask, out, sizeof(out)) == 0 ||
	    (line = strchr(out, '\n')) == NULL || out[0] == '?') {
		snprintf(buf, size, "%s+%#jx", info.dli_fname,
		    (uintmax_t)(off - (uintptr_t)info.dli_fbase));
		return buf;
	}
	*line++ = '\0';
	line[strcspn(line, " \n")] = '\0';
	snprintf(buf, size, "%s (%s)", out, line);
	return buf;
}
