/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - counts the places where the host may fail, or lets one of them fail; see fault.h.
 */
#include "softc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH		8
#define NPOINTS		8192		/* power of 2 */

/* A place in the driver: return addresses, innermost first, relative to the program. */
struct site {
	uintptr_t	pc[DEPTH];
	unsigned	n;
};

struct point {
	struct site	site;
	enum shim_fault	what;
	unsigned	count;		/* 0: free */
};

static const char *const names[] = {
#define F(name, text)	text,
	SHIM_FAULTS(F)
#undef F
};

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

bool shim_fault_on;
atomic_bool shim_fault_gone;

static struct {
	bool		 counting;
	enum shim_fault	 what;
	bool		 anywhere;	/* `site` was not given */
	struct site	 site;
	unsigned	 nth;
	bool		 for_good, wakes;

	pthread_mutex_t	 mtx;		/* all below */
	unsigned	 calls, resets;
	bool		 fired;
	struct point	*points;	/* a hash table */
	unsigned	 npoints;
	unsigned	 order[NPOINTS];	/* as they were met */
} Fault = { .mtx = PTHREAD_MUTEX_INITIALIZER };

/* ---- what is asked for ---- */

/* "CALL", up to an @ or a colon; false: no such. */
static bool
parse_what(const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < SHIM_NFAULTS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0) {
			Fault.what = (enum shim_fault)i;
			return true;
		}
	return false;
}

/* "1a2b.3c4d" up to a colon; "" is a place, too: that of nobody's call. */
static bool
parse_site(const char *text)
{
	char *end;

	Fault.site.n = 0;
	while (*text != ':' && Fault.site.n < DEPTH) {
		Fault.site.pc[Fault.site.n++] = (uintptr_t)strtoull(text, &end, 16);
		if (end == text || (*end != '.' && *end != ':'))
			return false;
		text = *end == '.' ? end + 1 : end;
	}
	return *text == ':';
}

static bool
parse(const char *text)
{
	const char *at = strchr(text, '@'), *colon = strchr(text, ':');
	char *end;

	Fault.counting = strcmp(text, "count") == 0;
	if (Fault.counting)
		return true;
	if (colon == NULL || !parse_what(text, (size_t)((at != NULL ? at : colon) - text)))
		return false;
	Fault.anywhere = at == NULL;
	if (!Fault.anywhere && !parse_site(at + 1))
		return false;
	Fault.nth = (unsigned)strtoul(colon + 1, &end, 10);
	Fault.for_good = *end == '+';
	end += Fault.for_good;
	Fault.wakes = *end == '~';
	end += Fault.wakes;
	/* Who waits for memory gets some in the end. */
	return Fault.nth != 0 && *end == '\0' &&
	    !(Fault.for_good && Fault.what == SHIM_FAULT_zalloc_waitok) &&
	    !(Fault.wakes && Fault.what != SHIM_FAULT_wait);
}

int
shim_fault_begin(struct hyp_dev *hyp)
{
	const char *text = getenv("VOY_FAULT");

	if (text == NULL || text[0] == '\0')
		return 0;
	if (!parse(text)) {
		hyp_log(hyp, HYP_LOG_ERROR, "VOY_FAULT=%s: no call that can fail; it is CALL:N, "
		    "for example pdk_dma_alloc:1, or CALL:N+, CALL@PLACE:N, pdk_wait:N~, or count",
		    text);
		return EINVAL;
	}
	Fault.calls = Fault.resets = 0;
	Fault.fired = false;
	atomic_store(&shim_fault_gone, false);
	if (Fault.counting) {
		Fault.points = calloc(NPOINTS, sizeof(*Fault.points));
		Fault.npoints = 0;
		if (Fault.points == NULL)
			return ENOMEM;
	}
	shim_fault_on = true;
	return 0;
}

/* ---- where we are ---- */

static uintptr_t
relative(uintptr_t pc)
{
	return pc - (uintptr_t)__ehdr_start;
}

/*
 * By frame pointers, which all our code keeps, from the frame of the function that was called to
 * that of the function that entered the context.
 */
static void
find_site(const void *frame, struct site *site)
{
	const uintptr_t *fp = frame;

	memset(site, 0, sizeof(*site));
	while (fp != NULL && site->n < DEPTH) {
		site->pc[site->n] = relative(fp[1]);
		fp = (const uintptr_t *)fp[0];
		if (site->n > 0 && (const void *)fp > shim_ctx.frame)
			break;
		site->n++;
		if (shim_ctx.frame == NULL || (const void *)fp >= shim_ctx.frame)
			break;
	}
}

static bool
same_site(const struct site *a, const struct site *b)
{
	return a->n == b->n && memcmp(a->pc, b->pc, a->n * sizeof(a->pc[0])) == 0;
}

static const char *
site_text(const struct site *site, char *buf, size_t size)
{
	size_t len = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < site->n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%jx", i > 0 ? "." : "",
		    (uintmax_t)site->pc[i]);
	return buf;
}

/* ---- counting ---- */

static unsigned
hash(enum shim_fault what, const struct site *site)
{
	uintptr_t h = what;
	unsigned i;

	for (i = 0; i < site->n; i++)
		h = (h ^ site->pc[i]) * 0x9e3779b97f4a7c15u;
	return (unsigned)(h >> 40) & (NPOINTS - 1);
}

/* With the mutex. */
static void
count(enum shim_fault what, const struct site *site)
{
	unsigned i = hash(what, site);
	struct point *p;

	for (p = &Fault.points[i]; p->count != 0; p = &Fault.points[i]) {
		if (p->what == what && same_site(&p->site, site)) {
			p->count++;
			return;
		}
		i = (i + 1) & (NPOINTS - 1);
	}
	if (Fault.npoints == NPOINTS / 2)
		return;			/* told by tell_points() */
	*p = (struct point){ .site = *site, .what = what, .count = 1 };
	Fault.order[Fault.npoints++] = i;
}

static void
tell_points(struct hyp_dev *hyp)
{
	char text[DEPTH * 20], members[sizeof(text) + 160];
	const struct point *p;
	unsigned i;

	for (i = 0; i < Fault.npoints; i++) {
		p = &Fault.points[Fault.order[i]];
		snprintf(members, sizeof(members),
		    "{\"call\":\"%s\",\"place\":\"%s\",\"count\":%u}", names[p->what],
		    site_text(&p->site, text, sizeof(text)), p->count);
		hyp_event(hyp, "fault-point", members);
	}
	if (Fault.npoints == NPOINTS / 2)
		hyp_log(hyp, HYP_LOG_ERROR, "fault: more than %u places; no more are counted",
		    NPOINTS / 2);
	hyp_log(hyp, HYP_LOG_INFO, "fault: the host may fail at %u places on this way",
	    Fault.npoints);
	free(Fault.points);
	Fault.points = NULL;		/* who calls now is not counted */
}

/* ---- failing ---- */

/* With the mutex. */
static bool
is_now(enum shim_fault what, const struct site *site)
{
	if (what != Fault.what)
		return false;
	/* For good: everywhere.  But a register is stuck for those who read it here. */
	if (Fault.fired && Fault.for_good && what != SHIM_FAULT_stuck)
		return true;
	if (!Fault.anywhere && !same_site(site, &Fault.site))
		return false;
	return ++Fault.calls == Fault.nth || (Fault.fired && Fault.for_good);
}

/* The fault strikes for the first time; its own function, for a debugger to stop in. */
static void __attribute__((noinline))
shim_fault_strikes(struct hyp_dev *hyp)
{
	char members[128];

	hyp_trace(hyp, "fault", names[Fault.what], Fault.nth, Fault.for_good);
	hyp_log(hyp, HYP_LOG_WARN, "fault: call %u of %s%s fails%s", Fault.nth, names[Fault.what],
	    Fault.anywhere ? "" : " at that place", Fault.for_good ? ", as do all after it" : "");
	snprintf(members, sizeof(members), "{\"call\":\"%s\",\"nth\":%u,\"for_good\":%s}",
	    names[Fault.what], Fault.nth, Fault.for_good ? "true" : "false");
	hyp_event(hyp, "fault", members);
}

bool
shim_fault_hits(struct hyp_dev *hyp, enum shim_fault what, const void *frame)
{
	struct site site;
	bool now = false, first = false;

	if (!Fault.counting && what != Fault.what)
		return false;
	find_site(frame, &site);
	pthread_mutex_lock(&Fault.mtx);
	if (!Fault.counting)
		now = is_now(what, &site);
	else if (Fault.points != NULL && what != SHIM_FAULT_stuck)
		count(what, &site);
	first = now && !Fault.fired;
	if (now && what == SHIM_FAULT_read && Fault.for_good)
		atomic_store(&shim_fault_gone, true);
	Fault.fired = Fault.fired || now;
	pthread_mutex_unlock(&Fault.mtx);
	if (first)
		shim_fault_strikes(hyp);
	return now;
}

bool
shim_fault_wakes(const void *frame)
{
	struct site site;
	bool yes;

	if (!shim_fault_on || !Fault.wakes)
		return false;
	find_site(frame, &site);
	pthread_mutex_lock(&Fault.mtx);
	yes = !Fault.fired && (Fault.anywhere || same_site(&site, &Fault.site));
	pthread_mutex_unlock(&Fault.mtx);
	return yes;
}

/*
 * The last reset comes after detach, when the places have been told: resets are told by themselves,
 * each with how many there have been.
 */
static void
tell_reset(struct hyp_dev *hyp)
{
	char members[64];

	snprintf(members, sizeof(members), "{\"call\":\"%s\",\"place\":\"\",\"count\":%u}",
	    names[SHIM_FAULT_reset], ++Fault.resets);
	hyp_event(hyp, "fault-point", members);
}

int
shim_fault_reset(struct hyp_dev *hyp)
{
	if (!shim_fault_on)
		return 0;
	if (Fault.counting) {
		tell_reset(hyp);
		return 0;
	}
	return shim_fault_hits(hyp, SHIM_FAULT_reset, NULL);
}

void
shim_fault_end(struct hyp_dev *hyp)
{
	if (!shim_fault_on)
		return;
	pthread_mutex_lock(&Fault.mtx);
	if (Fault.counting)
		tell_points(hyp);
	else if (!Fault.fired && Fault.what != SHIM_FAULT_reset)
		hyp_log(hyp, HYP_LOG_WARN, "fault: %s was called %u times%s, so call %u never came",
		    names[Fault.what], Fault.calls, Fault.anywhere ? "" : " at that place",
		    Fault.nth);
	pthread_mutex_unlock(&Fault.mtx);
}
