/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver's clock follows that of the simulated air its card is on: the host's part in
 * vfio/air_clock.h.
 *
 * One thread hears the hub; whoever changes who is at work tells it.  The thread is not at work
 * itself, and time does not wait for it.  A hub that ends, drops us or does not move for longer
 * than it may (it cannot hang a run) is followed no more: time goes on by the wall's clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"
#include "vfio/air_page.h"

#define S_NS		UINT64_C(1000000000)
#define WELCOME_MS	20000		/* a hub that is there is only slow */
#define LOOK_NS		S_NS		/* a waiter looks at the clock that often at least */
#define STANDS_NS	20000000	/* and while it stands not more often than that */

static struct {
	pthread_t	 thread;
	int		 fd, stop;	/* the hub; an eventfd that ends the thread */
	bool		 started;	/* there is a thread */
	/* All below with clock_lock_. */
	bool		 on;
	const struct air_page *page;
	uint32_t	 seq;		/* of the last message from the hub */
	struct clock_claim told;	/* BUSY also: nothing */
	uint64_t	 told_tsf;
	bool		 asked;		/* an answer is to come */
	pthread_cond_t	 answered;
	uint64_t	 word, since;	/* the page's word, since then */
	char		 why[AIR_TEXT_MAX + 64];	/* why not on any more; "": by us */
} F = { .fd = -1, .stop = -1 };

/* ---- losing it; with the lock ---- */

static void
wake_thread(void)
{
	uint64_t one = 1;
	ssize_t n = write(F.stop, &one, sizeof(one));

	(void)n;		/* it is full: it wakes anyway */
}

static void
lose(const char *why)
{
	if (!F.on)
		return;
	F.on = F.asked = false;
	snprintf(F.why, sizeof(F.why), "%s", why);
	clock_use_wall();
	clock_look();
	pthread_cond_broadcast(&F.answered);
	wake_thread();
}

/* The longest that a hub at work lets time stand still, and then some. */
static uint64_t
limit_ns(void)
{
	return 2 * F.page->patience * 1000 + S_NS;
}

static bool
stands(void)
{
	bool yes;

	(void)air_page_tsf(F.page, 0, &yes);
	return yes;
}

static void
check_hub(void)
{
	uint64_t word = __atomic_load_n(&F.page->now, __ATOMIC_ACQUIRE), now = clock_mono_ns();

	if (word != F.word || !stands()) {
		F.word = word;
		F.since = now;
	} else if (now - F.since > limit_ns()) {
		lose("the air's hub does not move the clock");
	}
}

uint64_t
follow_patience(uint64_t deadline)
{
	uint64_t now, left;

	if (F.on)
		check_hub();
	now = clock_now_ns();
	left = deadline > now ? deadline - now : 0;
	if (!F.on)
		return clock_wall_from(left);
	if (left < STANDS_NS && stands())
		left = STANDS_NS;
	return left < LOOK_NS ? left : LOOK_NS;
}

/* ---- to the hub; with the lock ---- */

static void
send_msg(void *msg, size_t len, uint16_t type, uint32_t seq)
{
	ssize_t n;

	*(struct air_hdr *)msg = (struct air_hdr){ .type = type, .len = (uint32_t)len,
	    .seq = seq };
	do {
		n = send(F.fd, msg, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		lose(errno == EAGAIN ? "the air's hub does not read" :
		    "the air's hub has ended");
}

static void
send_busy(uint32_t flags)
{
	struct air_busy m = { .flags = flags };

	send_msg(&m, sizeof(m), AIR_BUSY, 0);
}

static void
send_idle(uint64_t until)
{
	struct air_idle m = { .until = until };

	send_msg(&m, sizeof(m), AIR_IDLE, F.seq);
}

void
follow_tell(void)
{
	struct clock_claim c;
	uint64_t tsf;

	if (!F.on)
		return;
	c = clock_claim();
	tsf = c.kind != CLAIM_IDLE || c.until == UINT64_MAX ? AIR_FOREVER : clock_to_tsf(c.until);
	if (c.kind == F.told.kind && tsf == F.told_tsf)
		return;
	F.told = c;
	F.told_tsf = tsf;
	if (c.kind == CLAIM_IDLE)
		send_idle(tsf);
	else
		send_busy(c.kind == CLAIM_WALL ? AIR_BUSY_WALL : 0);
}

static void
ask(void)
{
	F.told = (struct clock_claim){ .kind = CLAIM_BUSY };
	F.told_tsf = AIR_FOREVER;
	F.asked = true;
	send_busy(AIR_BUSY_ANSWER);
}

static void
await_answer(void)
{
	uint64_t until = clock_mono_ns() + (F.on ? limit_ns() : 0);
	struct timespec ts = { .tv_sec = (time_t)(until / S_NS), .tv_nsec = (long)(until % S_NS) };

	while (F.asked)
		if (pthread_cond_timedwait(&F.answered, &clock_lock_, &ts) == ETIMEDOUT)
			lose("the air's hub does not answer");
	follow_tell();
}

void
follow_ask(void)
{
	if (F.on && F.told.kind == CLAIM_IDLE)
		ask();
	await_answer();
}

/* ---- from the hub ---- */

/* Who is told the time is no longer idle, for the hub. */
static void
got_time(const struct air_hdr *h)
{
	pthread_mutex_lock(&clock_lock_);
	F.seq = h->seq;
	F.asked = false;
	pthread_cond_broadcast(&F.answered);
	if (F.told.kind == CLAIM_IDLE)
		F.told = (struct clock_claim){ .kind = CLAIM_BUSY };
	F.told_tsf = AIR_FOREVER;
	clock_due();
	follow_tell();
	pthread_mutex_unlock(&clock_lock_);
}

static void
got_end(const char *why)
{
	pthread_mutex_lock(&clock_lock_);
	lose(why);
	pthread_mutex_unlock(&clock_lock_);
}

static void
hear(void)
{
	union {
		struct air_hdr	hdr;
		struct air_bye	bye;
		uint8_t		bytes[512];
	} m;
	char text[AIR_TEXT_MAX + 32];
	ssize_t n = recv(F.fd, &m, sizeof(m), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < (ssize_t)sizeof(m.hdr)) {
		got_end("the air's hub has ended");
	} else if (m.hdr.type == AIR_BYE && n == (ssize_t)sizeof(m.bye)) {
		snprintf(text, sizeof(text), "the air's hub says: %.*s", (int)AIR_TEXT_MAX - 1,
		    m.bye.text);
		got_end(text);
	} else if (m.hdr.type == AIR_TIME) {
		got_time(&m.hdr);
	}
}

static bool
following(void)
{
	bool on;

	pthread_mutex_lock(&clock_lock_);
	on = F.on;
	pthread_mutex_unlock(&clock_lock_);
	return on;
}

static void *
follow_main(void *arg)
{
	struct pollfd p[2] = { { .fd = F.fd, .events = POLLIN },
		{ .fd = F.stop, .events = POLLIN } };

	(void)arg;
	pthread_setname_np(pthread_self(), "clock");
	while (following())
		if (poll(p, 2, -1) > 0 && p[0].revents != 0)
			hear();
	if (F.why[0] != '\0')
		hyp_log(NULL, HYP_LOG_WARN, "clock: %s: time is the wall's from here on", F.why);
	return NULL;
}

/* ---- begin and end ---- */

/* WELCOME, with the page. */
static const struct air_page *
welcome(int fd, uint32_t *seq)
{
	char ctl[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct air_welcome w = { .fast = 0 };
	struct iovec iov = { &w, sizeof(w) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctl,
	    .msg_controllen = sizeof(ctl) };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const struct air_page *page = NULL;
	ssize_t n;
	int page_fd;

	if (poll(&p, 1, WELCOME_MS) != 1)
		return NULL;
	n = recvmsg(fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	page_fd = n > 0 ? air_page_fd(&mh) : -1;
	if (page_fd >= 0) {
		if (n == (ssize_t)sizeof(w) && w.hdr.type == AIR_WELCOME && w.fast != 0)
			page = air_page_map(page_fd);
		close(page_fd);
	}
	*seq = w.hdr.seq;
	return page;
}

/* Nothing of the driver begins before the hub counts us: until then time may go with the wall. */
static int
start(int fd, const struct air_page *page, uint32_t seq)
{
	pthread_condattr_t attr;
	int error;

	F.fd = fd;
	F.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (F.stop < 0)
		return errno;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&F.answered, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&clock_lock_);
	F.page = page;
	F.seq = seq;
	F.why[0] = '\0';
	F.since = clock_mono_ns();
	F.on = true;
	clock_use_page(page);
	ask();
	pthread_mutex_unlock(&clock_lock_);
	error = pthread_create(&F.thread, NULL, follow_main, NULL);
	F.started = error == 0;
	if (error != 0) {
		got_end("");
		return error;
	}
	pthread_mutex_lock(&clock_lock_);
	await_answer();
	pthread_mutex_unlock(&clock_lock_);
	return 0;
}

void
clock_follow(int fd)
{
	const struct air_page *page;
	uint32_t seq = 0;
	int error;

	page = welcome(fd, &seq);
	if (page == NULL) {
		/* Kept, so that the hub goes on counting us as one of the wall's. */
		hyp_log(NULL, HYP_LOG_WARN, "clock: the air's hub does not show its clock: time is "
		    "the wall's");
		F.fd = fd;
		return;
	}
	error = start(fd, page, seq);
	if (error != 0)
		hyp_log(NULL, HYP_LOG_WARN, "clock: %s: time is the wall's", strerror(error));
}

void
clock_unfollow(void)
{
	pthread_mutex_lock(&clock_lock_);
	lose("");
	pthread_mutex_unlock(&clock_lock_);
	if (F.started) {
		wake_thread();
		pthread_join(F.thread, NULL);
		pthread_cond_destroy(&F.answered);
	}
	if (F.stop >= 0)
		close(F.stop);
	if (F.fd >= 0)
		close(F.fd);
	F.started = false;
	F.stop = F.fd = -1;
}
