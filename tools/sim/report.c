/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.c - what a card has to say: events, violations with the register accesses that led
 * to them, log, status. Everything leaves through the transport's emit().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/sim/dev_int.h"

/* After so many violations only the count goes on: a driver gone wild must not fill the disk. */
#define MAX_PRINTED	100u
/* Accesses shown to a human; JSON has all of the ring. */
#define SHOWN		8u

static void
json_text(FILE *f, const char *text)
{
	putc('"', f);
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7f)
			fprintf(f, "\\u%04x", *p);
		else
			putc(*p, f);
	}
	putc('"', f);
}

static double
seconds(struct sim_dev *dev, uint64_t when)
{
	return (double)(when - dev->t0) / 1e9;
}

/* A line under construction: begin, members, send. */
struct line {
	FILE	*f;
	char	*buf;
	size_t	len;
};

static bool
line_begin(struct sim_dev *dev, struct line *l, const char *name)
{
	l->buf = NULL;
	if (dev->ops == NULL || dev->ops->emit == NULL)
		return false;
	l->f = open_memstream(&l->buf, &l->len);
	if (l->f == NULL)
		return false;
	fputs("{\"event\":", l->f);
	json_text(l->f, name);
	fprintf(l->f, ",\"t\":%.6f", seconds(dev, sim_wall(dev)));
	return true;
}

static void
line_send(struct sim_dev *dev, struct line *l, const char *name, const char *text)
{
	putc('}', l->f);
	if (fclose(l->f) == 0)
		dev->ops->emit(dev->arg, name, l->buf, text);
	free(l->buf);
}

/*
 * Members of a JSON object as people read them: "image":"init","scd":3 becomes
 * image=init scd=3. Made in place, it only gets shorter.
 */
static void
human_members(char *s)
{
	char *to = s;
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			*to++ = *++s;
		} else if (*s == '"') {
			quoted = !quoted;
		} else if (!quoted && *s == ':') {
			*to++ = '=';
		} else if (!quoted && *s == ',') {
			*to++ = ' ';
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

void
sim_event(struct sim_dev *dev, const char *name, const char *fmt, ...)
{
	struct line l;
	char *members = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&members, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (line_begin(dev, &l, name)) {
		if (n > 0)
			fprintf(l.f, ",%s", members);
		human_members(members);
		line_send(dev, &l, name, members);
	}
	free(members);
}

void
sim_event_str(struct sim_dev *dev, const char *name, const char *key, const char *value)
{
	struct line l;

	if (!line_begin(dev, &l, name))
		return;
	putc(',', l.f);
	json_text(l.f, key);
	putc(':', l.f);
	json_text(l.f, value);
	line_send(dev, &l, name, value);
}

void
sim_log(struct sim_dev *dev, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	sim_event_str(dev, "log", "text", text);
	free(text);
}

/* ---- the trace ------------------------------------------------------------------------- */

void
sim_trace(struct sim_dev *dev, unsigned bar, uint64_t off, unsigned size, uint64_t value,
    bool write)
{
	dev->trace[dev->naccess % SIM_NTRACE] = (struct sim_access){ .when = sim_wall(dev),
	    .off = off, .value = value, .bar = (uint8_t)bar, .size = (uint8_t)size,
	    .write = write };
}

static void
access_text(struct sim_dev *dev, const struct sim_access *a, FILE *f)
{
	const char *name = NULL;

	if (dev->model->reg_name != NULL)
		name = dev->model->reg_name(dev->state, a->bar, a->off);
	fprintf(f, "%.6f %s%u BAR%u+0x%03llx %s 0x%0*llx", seconds(dev, a->when),
	    a->write ? "W" : "R", a->size * 8u, a->bar, (unsigned long long)a->off,
	    a->write ? "=" : "->", (int)a->size * 2, (unsigned long long)a->value);
	if (name != NULL)
		fprintf(f, " %s", name);
}

/* Calls out the last n accesses, oldest first, each as one string. */
static void
trace_out(struct sim_dev *dev, unsigned n, void (*out)(FILE *, const char *, bool), FILE *f)
{
	uint64_t last = dev->naccess, first;
	bool comma = false;

	first = last >= n ? last - n + 1 : 1;
	for (uint64_t i = first; i <= last; i++) {
		const struct sim_access *a = &dev->trace[i % SIM_NTRACE];
		char *text = NULL;
		size_t len;
		FILE *m;

		if (a->size == 0)
			continue;
		m = open_memstream(&text, &len);
		if (m == NULL)
			return;
		access_text(dev, a, m);
		fclose(m);
		out(f, text, comma);
		comma = true;
		free(text);
	}
}

static void
out_json(FILE *f, const char *text, bool comma)
{
	if (comma)
		putc(',', f);
	json_text(f, text);
}

static void
out_human(FILE *f, const char *text, bool comma)
{
	(void)comma;
	fprintf(f, "\n    %s", text);
}

void
sim_violation(struct sim_dev *dev, const char *rule, const char *fmt, ...)
{
	char *text = NULL, *human = NULL;
	struct line l;
	size_t len;
	va_list ap;
	FILE *f;
	int n;

	if (++dev->nviolation > MAX_PRINTED)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	f = open_memstream(&human, &len);
	if (f != NULL) {
		fprintf(f, "%s: %s", rule, text);
		trace_out(dev, SHOWN, out_human, f);
		fclose(f);
	}
	if (line_begin(dev, &l, "violation")) {
		fputs(",\"rule\":", l.f);
		json_text(l.f, rule);
		fputs(",\"text\":", l.f);
		json_text(l.f, text);
		fputs(",\"trace\":[", l.f);
		trace_out(dev, SIM_NTRACE, out_json, l.f);
		putc(']', l.f);
		line_send(dev, &l, "violation", human);
	}
	free(human);
	free(text);
}

/* ---- status ---------------------------------------------------------------------------- */

void
sim_status(struct sim_dev *dev, const char *key, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	if (dev->status == NULL)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	putc(',', dev->status);
	json_text(dev->status, key);
	putc(':', dev->status);
	json_text(dev->status, text);
	free(text);
}

char *
sim_dev_status(struct sim_dev *dev)
{
	static const char *const modes[] = { "none", "intx", "msi", "msix" };
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		return NULL;
	fprintf(f, "\"model\":\"%s\",\"client\":%s,\"violations\":%u,\"accesses\":%llu,"
	    "\"interrupts\":%llu,\"dma_maps\":%zu,\"dma_messages\":%llu,\"intr_mode\":\"%s\","
	    "\"vectors\":%u,\"bus_master\":%s,\"power\":\"D%u\",\"gone\":%s",
	    dev->model->name, dev->attached ? "true" : "false", dev->nviolation,
	    (unsigned long long)dev->naccess, (unsigned long long)dev->nintr, dev->ndma,
	    (unsigned long long)dev->ndmamsg, modes[sim_intr_mode(dev)],
	    sim_intr_vectors(dev), sim_bus_master(dev) ? "true" : "false",
	    sim_power_state(dev), dev->fault.gone ? "true" : "false");
	dev->status = f;
	if (dev->model->status != NULL)
		dev->model->status(dev->state);
	dev->status = NULL;
	fclose(f);
	return out;
}

/* ---- values of settings ---------------------------------------------------------------- */

int
sim_parse_u64(const char *text, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return EINVAL;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno != 0 || *end != '\0' || v > max)
		return EINVAL;
	*out = v;
	return 0;
}

int
sim_parse_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "1", "yes", "on", "true" };
	static const char *const no[] = { "0", "no", "off", "false" };

	for (unsigned i = 0; i < 4; i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*out = strcasecmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return EINVAL;
}
