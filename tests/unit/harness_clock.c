/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver's clock and the hub of a simulated air that it follows: who is at work, what the hub
 * hears of it, and what becomes of time when the hub ends or hangs. The hub is clock_hub.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/hypercall.h"
#include "tests/unit/clock_hub.h"
#include "tests/unit/tap.h"

#define MS		UINT64_C(1000000)	/* ns */

/* ---- those who wait ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct waiter {
	pthread_t	thread;
	struct hyp_cond	cond;
	uint64_t	deadline, woke_at;	/* hyp_clock_ns() */
	int		result;
	atomic_bool	over;
	sem_t		go_on;			/* it is at work until then */
	bool		works;
};

static atomic_uint order;

static void *
wait_once(void *arg)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&lock);
	w->result = hyp_cond_wait(&w->cond, &lock, w->deadline);
	w->woke_at = hyp_clock_ns();
	pthread_mutex_unlock(&lock);
	if (w->works)
		while (sem_wait(&w->go_on) != 0)
			continue;
	atomic_store(&w->over, true);
	atomic_fetch_add(&order, 1);
	return NULL;
}

/* Started while the test counts as at work, so that the hub hears only of the end of that. */
static void
waiter_start(struct waiter *w, uint64_t deadline, bool works)
{
	*w = (struct waiter){ .deadline = deadline, .works = works };
	sem_init(&w->go_on, 0, 0);
	if (hyp_thread_start(&w->thread, "waiter", wait_once, w) != 0)
		exit(1);
}

static void
waiter_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	sem_destroy(&w->go_on);
}

static void
wake(struct waiter *w)
{
	pthread_mutex_lock(&lock);
	hyp_cond_wake(&w->cond);
	pthread_mutex_unlock(&lock);
}

/* In a thread of its own, for who wakes from outside waits for the hub. */
static void *
wake_main(void *arg)
{
	wake(arg);
	return NULL;
}

/* ---- tests ---- */

static void
test_wall(void)
{
	uint64_t before = hyp_clock_ns();
	struct waiter w;

	ok(!clock_follows(), "nobody is followed at first");
	waiter_start(&w, before + 30 * MS, false);
	waiter_end(&w);
	ok(w.result == ETIMEDOUT && w.woke_at >= before + 30 * MS, "a wait ends at its time");
	waiter_start(&w, 0, false);
	while (!atomic_load(&w.over)) {
		wake(&w);
		sched_yield();
	}
	waiter_end(&w);
	ok(w.result == 0, "a wait for ever ends when woken");
	before = hyp_clock_ns();
	hyp_clock_delay(20);
	hyp_clock_delay(2000);
	ok(hyp_clock_ns() >= before + 2020000, "a delay takes its time");
}

/* Two waiters with deadlines: the hub hears of the nearer, and each wakes at its time exactly. */
static void
test_deadlines(void)
{
	uint64_t before = hyp_clock_ns(), start;
	struct waiter near, far;

	hub_new();
	start = hyp_clock_ns();
	ok(start >= before, "time does not go back when a hub is followed");
	hyp_clock_delay(0);
	(void)hub_next(&(union message){ .hdr = { 0 } }, 0);
	hub_free();

	hub_new();
	start = hyp_clock_ns();
	ok(hyp_clock_ns() == start, "and stands still with the hub's");
	clock_interrupted();
	ok(hub_hears_busy(0), "work begins");
	waiter_start(&far, start + 10000 * MS, false);
	waiter_start(&near, start + 3600000 * MS / 1000 + 1, false);
	hyp_clock_leave();
	ok(hub_hears_idle(START_US + 3600001), "idle until the nearest deadline, to the microsecond "
	    "after it");
	hub_give_time(START_US + 3600001);
	ok(hub_hears_idle(START_US + 10000000), "the next deadline");
	waiter_end(&near);
	ok(near.result == ETIMEDOUT && near.woke_at == start + 3600001000 &&
	    !atomic_load(&far.over), "one woke at its time, the other waits on");
	hub_give_time(START_US + 10000000);
	ok(hub_hears_idle(AIR_FOREVER), "and then none");
	waiter_end(&far);
	ok(far.result == ETIMEDOUT && far.woke_at == start + 10000 * MS, "each at its own time");
	hub_free();
	ok(logged[0] == '\0', "nothing to complain of");
}

/* Who hands over work is not idle before the other is at work. */
static void
test_hand_over(void)
{
	struct waiter w;
	pthread_t waker;

	hub_new();
	clock_interrupted();
	(void)hub_hears_busy(0);
	waiter_start(&w, 0, true);
	hyp_clock_leave();
	ok(hub_hears_idle(AIR_FOREVER), "a waiter without deadline");
	pthread_create(&waker, NULL, wake_main, &w);
	ok(hub_hears_busy(AIR_BUSY_ANSWER), "who wakes from outside asks first");
	ok(hub_stays_busy() && w.woke_at == 0, "and wakes nobody before the answer");
	hub_give_time(START_US + 5);
	pthread_join(waker, NULL);
	ok(hub_stays_busy(), "the one that was woken is at work already");
	sem_post(&w.go_on);
	ok(hub_hears_idle(AIR_FOREVER), "until it has done");
	waiter_end(&w);
	ok(w.result == 0 && w.woke_at >= START_US, "it was woken");
	hub_free();
}

/* The device's interrupt need not be asked for: the card keeps time still. */
static void
test_interrupt(void)
{
	hub_new();
	clock_interrupted();
	ok(hub_hears_busy(0), "an interrupt says BUSY and goes on");
	hyp_clock_enter();
	hyp_clock_leave();
	ok(hub_stays_busy(), "entering nests");
	hyp_clock_leave();
	ok(hub_hears_idle(AIR_FOREVER), "the interrupt is over");
	hub_give_time(START_US + 100);
	ok(hub_hears_idle(AIR_FOREVER), "a time nobody waited for is answered by being idle again");
	hub_free();
}

static void *
delay_main(void *arg)
{
	struct waiter *w = arg;

	hyp_clock_delay(150);
	w->woke_at = hyp_clock_ns();
	return NULL;
}

/* A delay passes although others are at work, for they may wait for the lock of who delays. */
static void
test_delay(void)
{
	struct waiter d = { .woke_at = 0 }, w;
	uint64_t start;

	hub_new();
	start = hyp_clock_ns();
	clock_interrupted();
	(void)hub_hears_busy(0);
	waiter_start(&w, start + 1, false);
	if (hyp_thread_start(&d.thread, "delay", delay_main, &d) != 0)
		exit(1);
	ok(hub_hears_idle(START_US + 150), "only the delay's end counts");
	hub_give_time(START_US + 150);
	pthread_join(d.thread, NULL);
	ok(d.woke_at == start + 150000, "it has passed, exactly");
	waiter_end(&w);
	ok(w.woke_at == start + 150000, "who waited for less was late");
	ok(hub_stays_busy(), "there is still somebody at work");
	hyp_clock_leave();
	ok(hub_hears_idle(AIR_FOREVER), "and now nobody");
	hub_free();
}

static void
test_pin(void)
{
	pthread_t thread;

	hub_new();
	pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))hyp_clock_pin, NULL);
	ok(hub_hears_busy(AIR_BUSY_ANSWER), "who pins asks");
	hub_give_time(START_US + 1);
	pthread_join(thread, NULL);
	ok(hub_hears_busy(AIR_BUSY_WALL), "time is the wall's");
	clock_interrupted();
	hyp_clock_leave();
	ok(hub_stays_busy(), "whatever else happens");
	hyp_clock_unpin();
	ok(hub_hears_idle(AIR_FOREVER), "until it is unpinned");
	hub_free();
}

/* ---- a hub that is no help ---- */

/* A wait of 40 ms of simulated time, begun under a hub that will not be asked. */
static void
outlives(const char *what, void (*harm)(void), const char *text)
{
	struct waiter w;
	uint64_t start;

	hub_new();
	start = hyp_clock_ns();
	clock_interrupted();
	(void)hub_hears_busy(0);
	waiter_start(&w, start + 40 * MS, false);
	hyp_clock_leave();
	(void)hub_hears_idle(START_US + 40000);
	harm();
	waiter_end(&w);
	ok(w.result == ETIMEDOUT && w.woke_at >= start + 40 * MS, what);
	while (clock_follows())
		sched_yield();
	ok(hyp_clock_ns() >= w.woke_at, "time goes on from there");
	hyp_clock_enter();
	hyp_clock_leave();
	clock_unfollow();
	like(logged, text, "and the log says why");
	like(logged, "time is the wall's from here on", "and what follows");
	hub_free();
}

static void
end(void)
{
	close(hub.sock);
	hub.sock = -1;
}

static void
hang(void)
{
	hub.page->patience = 1000;
}

static void
dismiss(void)
{
	struct air_bye m = { .text = "kicked by the control socket" };

	hub_give(&m, sizeof(m), AIR_BYE, -1);
}

static void
test_silent(void)
{
	hub_new();
	hub.page->patience = 1000;
	hyp_clock_enter();
	hyp_clock_leave();
	ok(!clock_follows(), "a hub that does not answer is not waited for");
	clock_unfollow();
	like(logged, "does not answer", "and the log says so");
	hub_free();
}

static void
test_deaf(void)
{
	unsigned i;

	hub_new();
	for (i = 0; i < 100000 && clock_follows(); i++) {
		clock_interrupted();
		hyp_clock_leave();
	}
	ok(!clock_follows(), "a hub that does not read is not written to without end");
	clock_unfollow();
	like(logged, "does not read", "and the log says so");
	hub_free();
}

/* A hub whose clock goes with the wall: waits end by it without being told. */
static void
test_running(void)
{
	uint64_t now = clock_mono_ns() / 1000;
	struct waiter w;

	hub_new();
	__atomic_store_n(&hub.page->now, air_page_word(false, START_US - now), __ATOMIC_RELEASE);
	clock_interrupted();
	(void)hub_hears_busy(0);
	waiter_start(&w, hyp_clock_ns() + 30 * MS, false);
	waiter_end(&w);
	ok(w.result == ETIMEDOUT && w.woke_at >= w.deadline, "a clock that goes ends a wait, also "
	    "while somebody is at work");
	hyp_clock_leave();
	hub_free();
}

/* ---- no clock at all ---- */

static void
refuses(const char *what, uint32_t fast, int page_fd)
{
	uint64_t before = hyp_clock_ns();
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		exit(1);
	hub.sock = sv[0];
	logged[0] = '\0';
	hub_give_welcome(fast, page_fd);
	clock_follow(sv[1]);
	ok(!clock_follows() && hyp_clock_ns() >= before, what);
	like(logged, "time is the wall's", "and the log says so");
	clock_unfollow();
	close(sv[0]);
}

static void
test_bad_pages(void)
{
	int sv[2];

	hub_make_page(0);
	refuses("a page that can be cut off is not read", 1, hub.page_fd);
	close(hub.page_fd);
	munmap(hub.page, AIR_PAGE_SIZE);
	hub_make_page(F_SEAL_SHRINK);
	refuses("an air in real time is not followed", 0, hub.page_fd);
	refuses("a hub without a page is not followed", 1, -1);
	hub.page->version++;
	refuses("a page of another version is not read", 1, hub.page_fd);
	hub.page->magic = 0;
	refuses("a page of somebody else is not read", 1, hub.page_fd);
	close(hub.page_fd);
	munmap(hub.page, AIR_PAGE_SIZE);
	hub.page_fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	fcntl(hub.page_fd, F_ADD_SEALS, F_SEAL_SHRINK);
	refuses("an empty page is not read", 1, hub.page_fd);
	close(hub.page_fd);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		exit(1);
	close(sv[0]);
	clock_follow(sv[1]);
	ok(!clock_follows(), "a hub that has ended is not followed");
	clock_unfollow();
}

int
main(void)
{
	clock_init();
	test_wall();
	test_deadlines();
	test_hand_over();
	test_interrupt();
	test_delay();
	test_pin();
	outlives("a hub that ends does not stop time", end, "hub has ended");
	outlives("a hub that hangs does not stop time", hang, "does not move the clock");
	outlives("a hub that dismisses us does not stop time", dismiss, "kicked by the control");
	test_silent();
	test_deaf();
	test_running();
	test_bad_pages();
	return done();
}
