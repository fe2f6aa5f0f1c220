/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capture file; see pcap.h.  Format: draft-ietf-opsawg-pcapng, one section, one interface.
 * Frames are put into one of two buffers under the lock, and the thread writes the other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/hypercall.h"
#include "harness/life.h"
#include "harness/pcap.h"

#define BLOCK_SHB	0x0a0d0d0au
#define BLOCK_IDB	1u
#define BLOCK_EPB	6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define OPT_END		0u
#define OPT_SHB_USERAPPL 4u
#define OPT_IF_NAME	2u
#define OPT_EPB_FLAGS	2u
#define EPB_INBOUND	1u
#define EPB_OUTBOUND	2u
#define LINKTYPE_RADIOTAP 127u

#define BUFFER		((size_t)1 << 20)
#define FRAME_MAX	((size_t)1 << 16)
#define LATENCY_NS	UINT64_C(100000000)	/* for who watches the file grow */

static struct {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 fill, room;
	const char	*path;
	int		 fd;			/* -1: none */
	uint64_t	 epoch;			/* real time at hyp_clock_ns() == 0 */
	atomic_bool	 on, done;
	bool		 stop, failed;		/* by lock, as all below */
	unsigned	 now;			/* the buffer that is being filled */
	size_t		 len;
	uint8_t		 buf[2][BUFFER];
} P = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .fill = PTHREAD_COND_INITIALIZER,
	.room = PTHREAD_COND_INITIALIZER, .fd = -1,
};

/* ---- blocks; with the lock --------------------------------------------------------------- */

static void
put(const void *data, size_t n)
{
	memcpy(P.buf[P.now] + P.len, data, n);
	P.len += n;
}

static void
put32(uint32_t v)
{
	put(&v, sizeof(v));
}

static void
put16(uint16_t v)
{
	put(&v, sizeof(v));
}

static void
pad(void)
{
	while (P.len % 4 != 0)
		put("", 1);
}

static void
option(uint16_t code, const void *data, uint16_t n)
{
	put16(code);
	put16(n);
	put(data, n);
	pad();
}

/* Begin a block; give what it returns to end(). */
static size_t
begin(uint32_t type)
{
	size_t at = P.len;

	put32(type);
	put32(0);
	return at;
}

static void
end(size_t at)
{
	uint32_t n = (uint32_t)(P.len - at + 4);

	put32(n);
	memcpy(P.buf[P.now] + at + 4, &n, sizeof(n));
}

static void
put_head(const char *unit)
{
	size_t at = begin(BLOCK_SHB);

	put32(BYTE_ORDER_MAGIC);
	put16(1);
	put16(0);
	put32(UINT32_MAX);
	put32(UINT32_MAX);		/* section length: not given */
	option(OPT_SHB_USERAPPL, "voyageur", 8);
	option(OPT_END, "", 0);
	end(at);
	at = begin(BLOCK_IDB);
	put16(LINKTYPE_RADIOTAP);
	put16(0);
	put32(0);			/* no snapshot length */
	option(OPT_IF_NAME, unit, (uint16_t)strlen(unit));
	option(OPT_END, "", 0);
	end(at);
}

static void
put_frame(int out, const void *head, size_t headlen, const void *frame, size_t len)
{
	uint32_t flags = out ? EPB_OUTBOUND : EPB_INBOUND;
	uint64_t us = (P.epoch + hyp_clock_ns()) / 1000;	/* the default unit */
	size_t at = begin(BLOCK_EPB);

	put32(0);
	put32((uint32_t)(us >> 32));
	put32((uint32_t)us);
	put32((uint32_t)(headlen + len));
	put32((uint32_t)(headlen + len));
	put(head, headlen);
	put(frame, len);
	pad();
	option(OPT_EPB_FLAGS, &flags, sizeof(flags));
	option(OPT_END, "", 0);
	end(at);
}

/* ---- hypercalls -------------------------------------------------------------------------- */

int
hyp_capture_wanted(struct hyp_dev *dev)
{
	(void)dev;
	return atomic_load_explicit(&P.on, memory_order_relaxed);
}

void
hyp_capture(struct hyp_dev *dev, int out, const void *head, size_t headlen, const void *frame,
    size_t len)
{
	size_t need = headlen + len + 64;

	(void)dev;
	if (!atomic_load_explicit(&P.on, memory_order_relaxed) || need > FRAME_MAX)
		return;
	busy_outside();
	pthread_mutex_lock(&P.lock);
	while (P.len + need > BUFFER && !P.failed)
		pthread_cond_wait(&P.room, &P.lock);
	busy_inside();
	if (!P.failed) {
		put_frame(out, head, headlen, frame, len);
		if (P.len > BUFFER / 2)
			pthread_cond_signal(&P.fill);
	}
	pthread_mutex_unlock(&P.lock);
}

/* ---- the thread -------------------------------------------------------------------------- */

/* An errno. */
static int
write_all(const uint8_t *p, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(P.fd, p, n);
		if (done < 0 && errno != EINTR)
			return errno;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

/* With the lock, which is given up while it writes. */
static void
flush(void)
{
	const uint8_t *full = P.buf[P.now];
	size_t n = P.len;
	int error;

	P.now ^= 1;
	P.len = 0;
	pthread_cond_broadcast(&P.room);
	pthread_mutex_unlock(&P.lock);
	error = write_all(full, n);
	if (error != 0)
		life_fail(NULL, error, "pcap: %s: cannot be written; free some space, or name "
		    "another file", P.path);
	pthread_mutex_lock(&P.lock);
	if (error != 0) {
		P.failed = true;
		atomic_store(&P.on, false);
		pthread_cond_broadcast(&P.room);
	}
}

static void *
pcap_main(void *arg)
{
	struct timespec ts;
	uint64_t until;

	(void)arg;
	pthread_setname_np(pthread_self(), "pcap");
	pthread_mutex_lock(&P.lock);
	while (!P.failed && (!P.stop || P.len > 0)) {
		if (P.len > 0)
			flush();
		until = clock_mono_ns() + LATENCY_NS;
		ts.tv_sec = (time_t)(until / 1000000000);
		ts.tv_nsec = (long)(until % 1000000000);
		if (!P.stop && P.len <= BUFFER / 2)
			pthread_cond_clockwait(&P.fill, &P.lock, CLOCK_MONOTONIC, &ts);
	}
	pthread_mutex_unlock(&P.lock);
	atomic_store(&P.done, true);
	return NULL;
}

static uint64_t
real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int
pcap_open(const char *path, const char *unit, char *why, size_t size)
{
	int error = 0;

	if (path == NULL)
		return 0;
	P.path = path;
	P.epoch = real_ns() - hyp_clock_ns();
	P.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (P.fd < 0)
		error = errno;
	else {
		put_head(unit);
		error = write_all(P.buf[P.now], P.len);
		P.len = 0;
	}
	if (error == 0)
		error = pthread_create(&P.thread, NULL, pcap_main, NULL);
	if (error != 0)
		snprintf(why, size, "pcap: %s: cannot be written: %s; name another file", path,
		    strerror(error));
	atomic_store(&P.on, error == 0);
	return error;
}

void
pcap_close(void)
{
	if (P.fd < 0)
		return;
	atomic_store(&P.on, false);
	pthread_mutex_lock(&P.lock);
	P.stop = true;
	pthread_cond_signal(&P.fill);
	pthread_mutex_unlock(&P.lock);
	pthread_join(P.thread, NULL);
	if (close(P.fd) != 0 && !P.failed)
		life_fail(NULL, errno, "pcap: %s", P.path);
	P.fd = -1;
}

void
pcap_fatal(void)
{
	struct timespec ts = { 0, 1000000 };
	bool locked;
	int i;

	if (P.fd < 0)
		return;
	pthread_detach(P.thread);	/* nobody will join it */
	atomic_store(&P.on, false);
	for (i = 0; !(locked = pthread_mutex_trylock(&P.lock) == 0) && i < 200; i++)
		nanosleep(&ts, NULL);
	if (!locked)
		return;
	P.stop = true;
	pthread_cond_signal(&P.fill);
	pthread_mutex_unlock(&P.lock);
	for (i = 0; i < 1000 && !atomic_load(&P.done); i++)
		nanosleep(&ts, NULL);
}
