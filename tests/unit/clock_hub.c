/* SPDX-License-Identifier: BSD-2-Clause */
/* A hub that the test plays; see clock_hub.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/hypercall.h"
#include "tests/unit/clock_hub.h"
#include "tests/unit/tap.h"

struct hub hub;
char logged[4096];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

/* In place of the harness's own. */
void
hyp_log(struct hyp_dev *dev, enum hyp_level level, const char *fmt, ...)
{
	va_list ap;

	(void)dev;
	(void)level;
	pthread_mutex_lock(&log_lock);
	va_start(ap, fmt);
	vsnprintf(logged, sizeof(logged), fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&log_lock);
}

static void
set_tsf(uint64_t tsf)
{
	hub.tsf = tsf;
	__atomic_store_n(&hub.page->now, air_page_word(true, tsf), __ATOMIC_RELEASE);
}

void
hub_make_page(int seals)
{
	hub.page_fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (hub.page_fd < 0 || ftruncate(hub.page_fd, AIR_PAGE_SIZE) != 0)
		exit(1);
	hub.page = mmap(NULL, AIR_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, hub.page_fd, 0);
	if (hub.page == MAP_FAILED || fcntl(hub.page_fd, F_ADD_SEALS, seals) != 0)
		exit(1);
	hub.page->magic = AIR_PAGE_MAGIC;
	hub.page->version = AIR_PAGE_VERSION;
	hub.page->patience = 3600u * 1000000u;
	set_tsf(START_US);
}

void
hub_give(void *msg, size_t len, uint16_t type, int fd)
{
	char ctl[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { msg, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	*(struct air_hdr *)msg = (struct air_hdr){ .type = type, .len = (uint32_t)len,
	    .seq = ++hub.seq };
	if (fd >= 0) {
		mh.msg_control = ctl;
		mh.msg_controllen = sizeof(ctl);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(hub.sock, &mh, MSG_NOSIGNAL) != (ssize_t)len)
		exit(1);
}

void
hub_give_time(uint64_t tsf)
{
	struct air_time m = { .tsf = tsf };

	set_tsf(tsf);
	hub_give(&m, sizeof(m), AIR_TIME, -1);
}

void
hub_give_welcome(uint32_t fast, int page_fd)
{
	struct air_welcome m = { .version = 1, .id = 1, .window = 64, .fast = fast };

	hub_give(&m, sizeof(m), AIR_WELCOME, page_fd);
}

bool
hub_next(union message *m, int ms)
{
	struct pollfd p = { .fd = hub.sock, .events = POLLIN };

	memset(m, 0, sizeof(*m));
	return poll(&p, 1, ms) == 1 && recv(hub.sock, m, sizeof(*m), 0) > 0;
}

/* Overtaken by a TIME that the host had not read, or said because it saw the page change first. */
static bool
is_overtaken(const union message *m)
{
	return (m->hdr.type == AIR_IDLE && m->hdr.seq != hub.seq) ||
	    (m->hdr.type == AIR_BUSY && m->busy.flags == 0);
}

bool
hub_hears_idle(uint64_t until)
{
	union message m;

	while (hub_next(&m, HANG_MS))
		if (!is_overtaken(&m))
			return m.hdr.type == AIR_IDLE && m.hdr.len == sizeof(m.idle) &&
			    m.idle.until == until;
	return false;
}

bool
hub_hears_busy(uint32_t flags)
{
	union message m;

	return hub_next(&m, HANG_MS) && m.hdr.type == AIR_BUSY && m.hdr.len == sizeof(m.busy) &&
	    m.busy.flags == flags;
}

bool
hub_stays_busy(void)
{
	union message m;

	while (hub_next(&m, 50))
		if (!is_overtaken(&m))
			return false;
	return true;
}

void
hub_new(void)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0)
		exit(1);
	hub.seq = 0;
	hub.sock = sv[0];
	hub_make_page(F_SEAL_SHRINK | F_SEAL_GROW);
	logged[0] = '\0';
	hyp_clock_enter();
	hub_give_welcome(1, hub.page_fd);
	hub_give_time(START_US);
	clock_follow(sv[1]);
	if (!hub_hears_busy(AIR_BUSY_ANSWER))
		printf("# the host does not begin with BUSY, and wait for the answer\n");
	hyp_clock_leave();
	ok(hub_hears_idle(AIR_FOREVER), "a host with nothing to do is idle for ever");
}

void
hub_free(void)
{
	clock_unfollow();
	if (hub.sock >= 0)
		close(hub.sock);
	munmap(hub.page, AIR_PAGE_SIZE);
	close(hub.page_fd);
}
