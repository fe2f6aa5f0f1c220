/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace entries as text.  No allocation, no lock: also used while the process crashes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/hypercall.h"
#include "harness/jsonw.h"
#include "harness/trace.h"

#define REG_STEP	4		/* bytes from one in an array to the next */

struct reg {
	unsigned	 bar;
	uint64_t	 off;
	const char	*name;
	int		 len;		/* of the name, without what an array has behind it */
	uint64_t	 n, step;	/* an array: registers, bytes apart */
};

static struct reg *regs;		/* sorted by BAR and offset */
static size_t nregs;

static int
reg_cmp(const void *a, const void *b)
{
	const struct reg *x = a, *y = b;

	if (x->bar != y->bar)
		return x->bar < y->bar ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/* "CTRL", "MTA[128]", "RAL[16:8]" */
static struct reg
reg_of(const struct hyp_reg *r)
{
	struct reg reg = { .bar = r->bar, .off = r->off, .name = r->name, .step = REG_STEP };
	const char *bracket = strchr(r->name, '[');
	char *end;

	reg.len = bracket != NULL ? (int)(bracket - r->name) : (int)strlen(r->name);
	if (bracket != NULL) {
		reg.n = strtoul(bracket + 1, &end, 10);
		reg.step = *end == ':' ? strtoul(end + 1, NULL, 10) : REG_STEP;
		reg.step = reg.step > 0 ? reg.step : REG_STEP;
	}
	return reg;
}

int
trace_init(const struct hyp_reg *table)
{
	size_t n = 0, i;

	while (table != NULL && table[n].name != NULL)
		n++;
	if (n == 0)
		return 0;
	regs = malloc(n * sizeof(*regs));
	if (regs == NULL)
		return ENOMEM;
	for (i = 0; i < n; i++)
		regs[i] = reg_of(&table[i]);
	qsort(regs, n, sizeof(*regs), reg_cmp);
	nregs = n;
	return 0;
}

/* How many of them begin there or before. */
static size_t
not_behind(const struct reg *key)
{
	size_t low = 0, high = nregs, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (reg_cmp(&regs[mid], key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
trace_reg_name(unsigned bar, uint64_t off, char *buf, size_t size)
{
	struct reg key = { .bar = bar, .off = off };
	size_t i = not_behind(&key);
	const struct reg *r;

	buf[0] = '\0';
	for (; i > 0 && regs[i - 1].bar == bar; i--) {
		r = &regs[i - 1];
		if (r->n == 0 && r->off == off)
			snprintf(buf, size, " %s", r->name);
		else if ((off - r->off) % r->step == 0 && (off - r->off) / r->step < r->n)
			snprintf(buf, size, " %.*s[%llu]", r->len, r->name,
			    (unsigned long long)((off - r->off) / r->step));
		else
			continue;
		return;
	}
}

static const char *const op_names[] = {
	[TRACE_READ] = "read", [TRACE_WRITE] = "write", [TRACE_CONF_READ] = "conf-read",
	[TRACE_CONF_WRITE] = "conf-write", [TRACE_DMA_ALLOC] = "dma-alloc",
	[TRACE_DMA_FREE] = "dma-free", [TRACE_DMA_GIVE] = "dma-give",
	[TRACE_DMA_TAKE] = "dma-take", [TRACE_SYNC] = "dma-sync", [TRACE_INTR] = "intr",
	[TRACE_INTR_END] = "intr-end", [TRACE_INTR_ON] = "intr-on",
	[TRACE_INTR_OFF] = "intr-off", [TRACE_STATE] = "state", [TRACE_RESET] = "reset",
	[TRACE_FIRMWARE] = "firmware",
};

static const char *
string(uint64_t pointer)
{
	return pointer != 0 ? (const char *)(uintptr_t)pointer : "?";
}

void
trace_op_text(const struct trace_entry *e, char *buf, size_t size)
{
	unsigned op = trace_op(e);

	if (op >= TRACE_OTHER)
		snprintf(buf, size, "%s", string(e->a));
	else if (op == TRACE_READ || op == TRACE_WRITE)
		snprintf(buf, size, "%s%u", op_names[op], trace_sub(e) & 0xff);
	else if (op < sizeof(op_names) / sizeof(op_names[0]) && op_names[op] != NULL)
		snprintf(buf, size, "%s", op_names[op]);
	else
		snprintf(buf, size, "op %u", op);
}

static const char *
intr_kind(unsigned kind)
{
	return kind == HYP_MSIX ? "MSI-X" : kind == HYP_MSI ? "MSI" : "INTx";
}

void
trace_what_text(const struct trace_entry *e, char *buf, size_t size)
{
	unsigned sub = trace_sub(e);
	char name[64];

	switch (trace_op(e)) {
	case TRACE_READ:
	case TRACE_WRITE:
		trace_reg_name(sub >> 8, e->a, name, sizeof(name));
		snprintf(buf, size, "bar%u+0x%03llx%s", sub >> 8, (unsigned long long)e->a, name);
		break;
	case TRACE_CONF_READ:
	case TRACE_CONF_WRITE:
		snprintf(buf, size, "config+0x%03llx", (unsigned long long)e->a);
		break;
	case TRACE_DMA_ALLOC:
	case TRACE_DMA_FREE:
		snprintf(buf, size, "%s", string(e->b));
		break;
	case TRACE_INTR:
	case TRACE_INTR_END:
		snprintf(buf, size, "vector %u", sub);
		break;
	case TRACE_INTR_ON:
	case TRACE_INTR_OFF:
		snprintf(buf, size, "%s", intr_kind(sub));
		break;
	case TRACE_STATE:
	case TRACE_FIRMWARE:
		snprintf(buf, size, "%s", string(e->a));
		break;
	case TRACE_RESET:
		snprintf(buf, size, "device");
		break;
	case TRACE_OTHER:
	case TRACE_BEGIN:
	case TRACE_END:
	case TRACE_TRACK:
		snprintf(buf, size, "%s", string(e->b));
		break;
	default:
		snprintf(buf, size, "iova 0x%llx", (unsigned long long)e->a);
	}
}

void
trace_value_text(const struct trace_entry *e, char *buf, size_t size)
{
	unsigned long long a = e->a, b = e->b;
	unsigned len = trace_len(e), sub = trace_sub(e);

	buf[0] = '\0';
	switch (trace_op(e)) {
	case TRACE_READ:
	case TRACE_WRITE:
		snprintf(buf, size, "0x%0*llx", (int)(sub & 0xff) * 2, b);
		break;
	case TRACE_CONF_READ:
	case TRACE_CONF_WRITE:
		snprintf(buf, size, "0x%08llx", b);
		break;
	case TRACE_DMA_ALLOC:
	case TRACE_DMA_FREE:
		snprintf(buf, size, "iova 0x%llx, %u bytes", a, len);
		break;
	case TRACE_DMA_GIVE:
	case TRACE_DMA_TAKE:
		snprintf(buf, size, "%u bytes", len);
		break;
	case TRACE_SYNC:
		snprintf(buf, size, "%u bytes, op 0x%x", len, sub);
		break;
	case TRACE_INTR_ON:
	case TRACE_INTR_OFF:
		snprintf(buf, size, "%u vectors", len);
		break;
	case TRACE_FIRMWARE:
		snprintf(buf, size, "%u bytes", len);
		break;
	case TRACE_RESET:
		if (len != 0)
			snprintf(buf, size, "%s", strerrordesc_np((int)len));
		break;
	case TRACE_OTHER:
	case TRACE_END:
		snprintf(buf, size, "0x%llx 0x%llx", (unsigned long long)e->c,
		    (unsigned long long)e->d);
		break;
	case TRACE_BEGIN:
		snprintf(buf, size, "0x%llx", (unsigned long long)e->c);
		break;
	default:
		break;
	}
}

void
trace_text(const struct trace_entry *e, char *buf, size_t size)
{
	uint64_t ns = clock_ticks_to_run_ns(e->ticks);
	char op[24], what[64], value[64];

	trace_op_text(e, op, sizeof(op));
	trace_what_text(e, what, sizeof(what));
	trace_value_text(e, value, sizeof(value));
	snprintf(buf, size, "%4llu.%06u  %-15s  %-10s  %-30s  %s",
	    (unsigned long long)(ns / 1000000000), (unsigned)(ns % 1000000000 / 1000),
	    trace_thread_name(trace_thread(e)), op, what, value);
}

static bool
tells_same(const struct trace_entry *x, const struct trace_entry *y)
{
	unsigned op = trace_op(x);

	return (op == TRACE_READ || op == TRACE_CONF_READ) && x->head == y->head &&
	    x->a == y->a && x->b == y->b;
}

unsigned
trace_fold(struct trace_entry *entries, unsigned n, unsigned *times)
{
	unsigned i, out = 0;

	for (i = 0; i < n; i++) {
		if (out > 0 && tells_same(&entries[out - 1], &entries[i])) {
			times[out - 1]++;
			continue;
		}
		entries[out] = entries[i];
		times[out++] = 1;
	}
	return out;
}

void
trace_json(struct jsonw *j, const struct trace_entry *entries, const unsigned *times, unsigned n)
{
	char op[24], what[64], value[64];
	const struct trace_entry *e;

	jsonw_array(j, "trace");
	for (e = entries; e < entries + n; e++) {
		trace_op_text(e, op, sizeof(op));
		trace_what_text(e, what, sizeof(what));
		trace_value_text(e, value, sizeof(value));
		jsonw_object(j, NULL);
		jsonw_sec(j, "t", clock_ticks_to_run_ns(e->ticks));
		jsonw_str(j, "thread", trace_thread_name(trace_thread(e)));
		jsonw_str(j, "op", op);
		jsonw_str(j, "on", what);
		jsonw_str(j, "value", value);
		if (times != NULL && times[e - entries] > 1)
			jsonw_int(j, "times", times[e - entries]);
		jsonw_end(j);
	}
	jsonw_end(j);
}
