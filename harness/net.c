/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port between a wifi driver and the host: hyp_net_*() of hypercall.h.  One thread reads
 * frames and the keeper's messages; it is woken by an eventfd.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/dev.h"
#include "harness/event.h"
#include "harness/life.h"
#include "harness/net.h"
#include "harness/rec_int.h"
#include "harness/rr.h"

#define ETHER_HEADER	14
#define VLAN_TAG	4
#define FRAME_MAX	(ETHER_HEADER + VLAN_TAG + 9216)
#define BURST		64		/* frames between two looks at the other descriptors */

struct hyp_net {
	struct hyp_dev		*dev;
	const struct hyp_net_ops *ops;
	void			*arg;
	unsigned		 mtu;
	struct keeper		 keeper;
	pthread_t		 thread;
	int			 wake;		/* eventfd: ready, or stop */
	atomic_bool		 stop, ready;
	bool			 gone;		/* the keeper has ended, or the interface */
	bool			 leased;
	size_t			 held;		/* bytes of a frame that tx refused; 0: none */
	uint8_t			 frame[FRAME_MAX];
	atomic_ullong		 to_host, to_host_bytes, to_host_dropped;
	atomic_ullong		 from_host, from_host_bytes, stalls;
};

#define COUNT(n, what, by)	atomic_fetch_add_explicit(&(n)->what, by, memory_order_relaxed)

static const struct options *opt;

void
net_init(const struct options *o)
{
	opt = o;
}

static void
wake(struct hyp_net *n)
{
	uint64_t one = 1;

	if (write(n->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
}

/* ---- the thread ---- */

/* Give the held frame to the driver; false: it is full. */
static bool
pass_on(struct hyp_net *n)
{
	int error;

	/* Before the try: who becomes ready during it is not missed. */
	atomic_store(&n->ready, false);
	hyp_call_begin("TX", NULL);
	error = n->ops->tx(n->arg, n->frame, n->held);
	hyp_call_end();
	if (error == ENOBUFS) {
		COUNT(n, stalls, 1);
		return false;
	}
	COUNT(n, from_host, 1);
	COUNT(n, from_host_bytes, n->held);
	n->held = 0;
	return true;
}

static void
lease(struct hyp_net *n, const char *address, const char *router, const char *dns)
{
	if (address == NULL && !n->leased)
		return;
	n->leased = address != NULL;
	if (address != NULL) {
		hyp_info(n->dev, "ip", address);
		hyp_info(n->dev, "router", router);
		hyp_info(n->dev, "dns", dns);
	} else
		hyp_log(n->dev, HYP_LOG_INFO, "%s: the address is gone", n->keeper.ifname);
	n->ops->ip(n->arg, address, router, dns);
}

/* Into a recording: this came from the host. */
static void
note(enum rr_op op, const void *data, size_t len)
{
	if (!rr_records() || !turn_mine())
		return;
	rr_call(op, 0);
	(void)rr_result_bytes(data, &len);
	rr_done();
}

/* There is no port any more: its interface was deleted, or who holds it has ended. */
static void
gone(struct hyp_net *n, bool deleted)
{
	note(RR_NET_GONE, "1", deleted ? 1 : 0);
	n->gone = true;
	lease(n, NULL, "", "");
	if (deleted)
		life_fail(n->dev, 0, "network: the interface %s was deleted; the run cannot go on "
		    "without it", n->keeper.ifname);
	else
		life_fail(n->dev, 0, "network: the process that holds %s has ended",
		    n->keeper.ifname);
}

static void
read_frames(struct hyp_net *n)
{
	ssize_t got;
	int i;

	for (i = 0; i < BURST; i++) {
		got = read(n->keeper.port, n->frame, sizeof(n->frame));
		/* What a TAP device says, again and again, when its interface was deleted. */
		if (got < 0 && errno == EBADFD)
			gone(n, true);
		if (got < 0)
			return;
		if (got < ETHER_HEADER)
			continue;
		n->held = (size_t)got;
		note(RR_NET_FRAME, n->frame, n->held);
		if (!pass_on(n))
			return;
	}
}

static const char *
or_none(const char *word)
{
	return strcmp(word, "-") == 0 ? "" : word;
}

static void
heard(struct hyp_net *n, const char *text)
{
	char address[64], router[64], dns[64];

	note(RR_NET_HEARD, text, strlen(text) + 1);
	if (sscanf(text, "lease %63s %63s %63s", address, router, dns) == 3)
		lease(n, address, or_none(router), or_none(dns));
	else if (strcmp(text, "nolease") == 0)
		lease(n, NULL, "", "");
	else if (strncmp(text, "warn ", 5) == 0)
		hyp_log(n->dev, HYP_LOG_WARN, "network: %s", text + 5);
	else if (strncmp(text, "error ", 6) == 0)
		life_fail(n->dev, 0, "%s", text + 6);
}

static void
read_keeper(struct hyp_net *n)
{
	char text[1024];
	int got;

	while ((got = keeper_next(&n->keeper, text, sizeof(text))) > 0)
		heard(n, text);
	if (got == 0 || n->gone)
		return;
	gone(n, false);
}

/* Wait for what comes, and serve it. */
static void
serve(struct hyp_net *n)
{
	struct pollfd p[3] = {
		{ .fd = n->wake, .events = POLLIN },
		{ .fd = n->gone ? -1 : n->keeper.sock, .events = POLLIN },
		{ .fd = n->gone || n->held > 0 ? -1 : n->keeper.port, .events = POLLIN },
	};
	uint64_t count;
	int got;

	hyp_clock_leave();
	got = poll(p, 3, -1);
	hyp_clock_enter();
	if (got < 0)
		return;
	if (p[0].revents != 0 && read(n->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		abort();
	if (p[1].revents != 0)
		read_keeper(n);
	if (p[2].revents != 0)
		read_frames(n);
}

/* One recorded thing that came, or another thread's turn. */
static void
serve_recorded(struct hyp_net *n)
{
	enum rr_op op = rr_next_is(RR_NET_HEARD) ? RR_NET_HEARD : rr_next_is(RR_NET_FRAME) ?
	    RR_NET_FRAME : rr_next_is(RR_NET_GONE) ? RR_NET_GONE : RR_OPS;
	const char *data;
	size_t len;

	if (op == RR_OPS) {
		rr_idle("waits for a frame");
		hyp_clock_leave();
		hyp_clock_enter();
		return;
	}
	rr_take(op);
	data = rr_result_bytes(NULL, &len);
	rr_done();
	if (op == RR_NET_GONE)
		gone(n, len > 0);
	else if (op == RR_NET_HEARD && len > 0 && data[len - 1] == '\0')
		heard(n, data);
	else if (op == RR_NET_FRAME && len >= ETHER_HEADER && len <= sizeof(n->frame)) {
		memcpy(n->frame, data, len);
		n->held = len;
		(void)pass_on(n);
	}
}

static void *
thread(void *arg)
{
	struct hyp_net *n = arg;

	if (n->ops->enter != NULL)
		n->ops->enter(n->arg);
	while (!atomic_load(&n->stop)) {
		if (n->held > 0 && atomic_load(&n->ready))
			(void)pass_on(n);
		if (n->held > 0 && atomic_load(&n->ready))
			continue;
		if (rr_replays())
			serve_recorded(n);
		else
			serve(n);
	}
	if (n->ops->leave != NULL)
		n->ops->leave(n->arg);
	return NULL;
}

/* ---- hyp_net_*() ---- */

/* For who starts a command in the port's namespaces. */
static void
tell_port(const struct hyp_net *n)
{
	char text[160];
	struct jsonw j;

	jsonw_open(&j, text, sizeof(text));
	jsonw_str(&j, "ifname", n->keeper.ifname);
	jsonw_int(&j, "pid", n->keeper.pid);
	jsonw_bool(&j, "namespace", opt->ifname == NULL);
	jsonw_close(&j);
	event_raw("net", "port", text);
}

/* What a sanitizer found in it is a failure of the run. */
static void
stop_keeper(struct hyp_net *n)
{
	int status = rr_replays() ? 0 : keeper_end(&n->keeper);

	if (status != 0 && !n->gone)
		life_fail(n->dev, 0, "network: voy-netns ended with status %d; what it said is on "
		    "stderr", status);
}

static int
start(struct hyp_net *n, const uint8_t mac[6], struct hyp_net **np)
{
	struct keeper_how how = { .host = opt->ifname != NULL, .mtu = n->mtu };
	char why[1024];
	int error;

	snprintf(how.ifname, sizeof(how.ifname), "%s",
	    opt->ifname != NULL ? opt->ifname : n->dev->unit);
	memcpy(how.mac, mac, sizeof(how.mac));
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0)
		return errno;
	snprintf(n->keeper.ifname, sizeof(n->keeper.ifname), "%s", how.ifname);
	error = rr_replays() ? 0 : keeper_start(&n->keeper, &how, why, sizeof(why));
	if (error != 0) {
		rr_log(n->dev, HYP_LOG_ERROR, "%s", why);
		close(n->wake);
		return error;
	}
	if (!rr_replays())
		tell_port(n);
	*np = n;			/* the thread's functions may want it at once */
	error = hyp_thread_start(&n->thread, "net", thread, n);
	if (error != 0) {
		*np = NULL;
		stop_keeper(n);
		close(n->wake);
	}
	return error;
}

/* Is there to be a port?  A recording knows. */
static int
wanted(unsigned mtu)
{
	int error = 0;

	if (!rr_replays() && (opt == NULL || !opt->net))
		error = ENOSYS;
	else if (mtu > FRAME_MAX - ETHER_HEADER - VLAN_TAG)
		error = EINVAL;
	if (!turn_mine())
		return error;
	rr_call(RR_NET_OPEN, 1, (uint64_t)mtu);
	error = (int)rr_result((uint64_t)error);
	rr_done();
	return error;
}

int
hyp_net_open(struct hyp_dev *dev, const uint8_t mac[6], unsigned mtu,
    const struct hyp_net_ops *ops, void *arg, struct hyp_net **np)
{
	struct hyp_net *n;
	int error;

	*np = NULL;
	error = wanted(mtu);
	if (error != 0)
		return error;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return ENOMEM;
	n->dev = dev;
	n->ops = ops;
	n->arg = arg;
	n->mtu = mtu;
	/* DHCP and whoever uses the interface live by the wall's clock. */
	hyp_clock_pin();
	busy_outside();
	error = start(n, mac, np);
	busy_inside();
	if (error != 0) {
		hyp_clock_unpin();
		free(n);
	}
	return error;
}

void
hyp_net_close(struct hyp_net *n)
{
	atomic_store(&n->stop, true);
	wake(n);
	hyp_thread_join(n->thread);
	busy_outside();
	stop_keeper(n);
	busy_inside();
	close(n->wake);
	free(n);
	hyp_clock_unpin();
}

int
hyp_net_send(struct hyp_net *n, const void *frame, size_t len)
{
	int error = 0;

	if (len < ETHER_HEADER || len > ETHER_HEADER + VLAN_TAG + n->mtu)
		error = EINVAL;
	else if (!rr_replays() && write(n->keeper.port, frame, len) < 0)
		/* EIO: the interface has been set down. */
		error = errno == EAGAIN || errno == ENOMEM ? ENOBUFS :
		    errno == EIO ? ENETDOWN : errno;
	if (turn_mine()) {
		rr_call(RR_NET_SEND, 2, (uint64_t)len, (uint64_t)rec_crc(0, frame, len));
		error = (int)rr_result((uint64_t)error);
		rr_done();
	}
	if (error != 0) {
		COUNT(n, to_host_dropped, 1);
		return error;
	}
	COUNT(n, to_host, 1);
	COUNT(n, to_host_bytes, len);
	return 0;
}

void
hyp_net_ready(struct hyp_net *n)
{
	if (!atomic_exchange(&n->ready, true))
		wake(n);
}

void
hyp_net_carrier(struct hyp_net *n, int up)
{
	if (turn_mine()) {
		rr_call(RR_NET_CARRIER, 1, (uint64_t)(up != 0));
		rr_done();
	}
	if (!rr_replays())
		keeper_tell(&n->keeper, up ? "up" : "down");
}

void
hyp_net_counts(struct hyp_net *n, struct hyp_net_counts *c)
{
	*c = (struct hyp_net_counts){
		.to_host = n->to_host, .to_host_bytes = n->to_host_bytes,
		.to_host_dropped = n->to_host_dropped, .from_host = n->from_host,
		.from_host_bytes = n->from_host_bytes, .stalls = n->stalls,
	};
}
