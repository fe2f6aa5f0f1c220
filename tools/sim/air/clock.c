/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c - the hub is the clock: when time goes with the wall, stands still and jumps. The rules
 * are in vfio/air_clock.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/sim/air/hub_int.h"

/* Things done in one hub_run() before the sockets get their turn. */
#define RUN_MAX		256u

/* ---- the page -------------------------------------------------------------------------- */

/*
 * Sealed, so that no reader can cut it off under another (SIGBUS), nor write: F_SEAL_FUTURE_WRITE
 * leaves only our mapping, made before.
 */
static struct air_page *
page_map(int fd)
{
	void *va;

	if (ftruncate(fd, AIR_PAGE_SIZE) != 0)
		return NULL;
	va = mmap(NULL, AIR_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (va == MAP_FAILED)
		return NULL;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
	    F_SEAL_SEAL) == 0)
		return va;
	munmap(va, AIR_PAGE_SIZE);
	return NULL;
}

/* Without a page (an old kernel) radios go by the skew in the messages. */
static void
page_make(struct hub_clock *k)
{
	k->fd = memfd_create("air-clock", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	k->page = k->fd >= 0 ? page_map(k->fd) : NULL;
	if (k->page == NULL && k->fd >= 0) {
		close(k->fd);
		k->fd = -1;
	}
	if (k->page == NULL)
		return;
	k->page->magic = AIR_PAGE_MAGIC;
	k->page->version = AIR_PAGE_VERSION;
}

static void
publish(const struct hub_clock *k)
{
	uint64_t word = air_page_word(k->stands, k->stands ? k->at : (uint64_t)k->skew);

	if (k->page == NULL)
		return;
	k->page->patience = k->patience;
	__atomic_store_n(&k->page->now, word, __ATOMIC_RELEASE);
}

/* ---- the clock ------------------------------------------------------------------------- */

void
clock_new(struct hub *h, bool fast)
{
	struct hub_clock *k = &h->clock;

	k->fast = fast;
	k->skew = -(int64_t)h->started;
	k->patience = CLOCK_PATIENCE;
	page_make(k);
	publish(k);
}

void
clock_free(struct hub *h)
{
	if (h->clock.page != NULL)
		munmap(h->clock.page, AIR_PAGE_SIZE);
	if (h->clock.fd >= 0)
		close(h->clock.fd);
}

void
clock_patience(struct hub *h, uint64_t us)
{
	h->clock.patience = us;
	publish(&h->clock);
}

uint64_t
clock_tsf(const struct hub *h)
{
	const struct hub_clock *k = &h->clock;

	return k->stands ? k->at : h->ops->mono_us(h->arg) + (uint64_t)k->skew;
}

int64_t
clock_skew(const struct hub *h)
{
	const struct hub_clock *k = &h->clock;

	return k->stands ? (int64_t)(k->at - h->ops->mono_us(h->arg)) : k->skew;
}

static void
stand(struct hub *h, uint64_t at)
{
	h->clock.stands = true;
	h->clock.at = at;
	h->clock.moved = h->ops->mono_us(h->arg);
	publish(&h->clock);
}

static void
go(struct hub *h)
{
	if (!h->clock.stands)
		return;
	h->clock.skew = clock_skew(h);
	h->clock.stands = false;
	publish(&h->clock);
}

static void
jump(struct hub *h, uint64_t to)
{
	h->clock.njump++;
	h->clock.jumped += to - clock_tsf(h);
	h->clock.impatient = false;
	stand(h, to);
}

/* For how long the clock has stood still. */
static uint64_t
stood(const struct hub *h)
{
	return h->ops->mono_us(h->arg) - h->clock.moved;
}

/* ---- who is idle ----------------------------------------------------------------------- */

bool
radio_idle(const struct radio *r)
{
	return r->idle && r->idle_seq == r->seq;
}

enum parties { SOME_ON_WALL, SOME_BUSY, ALL_IDLE };

/* What the parties do, and the earliest `until` of the idle ones. */
static enum parties
parties(const struct hub *h, uint64_t *until)
{
	unsigned radios = 0, counted = 0, busy = 0, wall = 0;

	*until = UINT64_MAX;
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		const struct radio *r = h->radio[i];

		if (r == NULL || r->id == 0)
			continue;
		if (radio_idle(r) && r->idle_until < *until)
			*until = r->idle_until;
		if ((r->flags & AIR_HELLO_PASSIVE) != 0)
			continue;
		counted++;
		radios += (r->flags & AIR_HELLO_CLOCK) == 0;
		busy += !radio_idle(r);
		wall += !r->takes_part;
	}
	if (wall != 0 || counted == 0 || radios < h->want_radios)
		return SOME_ON_WALL;
	return busy != 0 ? SOME_BUSY : ALL_IDLE;
}

static void
wake_idle(struct hub *h, uint64_t now)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		struct radio *r = h->radio[i];

		if (r != NULL && r->id != 0 && radio_idle(r) && r->idle_until <= now)
			radio_time(r);
	}
}

/* ---- time passes ----------------------------------------------------------------------- */

/* Whether the clock goes or stands, now that it does not jump. */
static void
regulate(struct hub *h, enum parties who)
{
	if (who == SOME_BUSY && !h->clock.impatient) {
		if (!h->clock.stands)
			stand(h, clock_tsf(h));
		return;
	}
	go(h);
	if (who == SOME_ON_WALL)
		h->clock.impatient = false;
}

void
clock_heed(struct hub *h)
{
	uint64_t until;

	if (h->clock.fast && parties(h, &until) == SOME_BUSY)
		regulate(h, SOME_BUSY);
}

/* Nothing is due now; true: time has jumped. */
static bool
pass(struct hub *h, uint64_t next, enum parties who)
{
	if (who != ALL_IDLE || next == UINT64_MAX) {
		/* Idle for ever: what comes next comes from outside, and that lives on the wall. */
		regulate(h, who == ALL_IDLE ? SOME_ON_WALL : who);
		return false;
	}
	switch (h->ops->unread(h->arg)) {
	case HUB_UNREAD_NONE:
		jump(h, next);
		return true;
	case HUB_UNREAD_SOME:
		regulate(h, SOME_BUSY);
		return false;
	default:
		h->clock.held = true;
		regulate(h, SOME_ON_WALL);
		return false;
	}
}

/* True: something was done or time has moved. */
static bool
step(struct hub *h)
{
	struct hub_clock *k = &h->clock;
	uint64_t next, until;
	enum parties who;

	k->held = false;
	if (k->stands && stood(h) >= k->patience) {
		k->impatient = true;
		go(h);
	}
	h->now = clock_tsf(h);
	next = sched_next(h);
	if (next <= h->now) {
		sched_run_one(h);
		return true;
	}
	if (!k->fast)
		return false;
	who = parties(h, &until);
	if (until <= h->now) {
		wake_idle(h, h->now);
		return true;
	}
	return pass(h, next < until ? next : until, who);
}

void
hub_run(struct hub *h)
{
	for (unsigned i = 0; i < RUN_MAX && step(h); i++)
		continue;
}

/* Until the clock, which goes, is there. */
static uint64_t
until_tsf(const struct hub *h, uint64_t tsf)
{
	uint64_t now = clock_tsf(h);

	return tsf == UINT64_MAX ? tsf : tsf <= now ? 0 : tsf - now;
}

uint64_t
hub_wait(struct hub *h)
{
	const struct hub_clock *k = &h->clock;
	uint64_t next = sched_next(h), until, wait;
	enum parties who;

	if (!k->fast)
		return until_tsf(h, next);
	who = parties(h, &until);
	if (until < next)
		next = until;
	if (who == ALL_IDLE && next != UINT64_MAX && !k->held)
		return 0;
	wait = until_tsf(h, next);
	if (k->stands && wait != 0)
		wait = stood(h) < k->patience ? k->patience - stood(h) : 0;
	return wait;
}

uint64_t
hub_tsf(struct hub *h)
{
	return clock_tsf(h);
}

int
hub_clock_fd(const struct hub *h)
{
	return h->clock.fd;
}
