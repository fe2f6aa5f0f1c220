/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The radio's library against the hub program that was built with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"
#include "tools/sim/air/air.h"
#include "tools/sim/air/frame.h"

#define WAIT_MS	20000

struct seen {
	struct air	*air;
	unsigned	welcome, rx, status, time, gone;
	struct air_rx	last_rx;
	size_t		len;
	uint8_t		frame[AIR_FRAME_MAX];
	struct air_txstatus last;
	uint64_t	tsf;
	char		why[AIR_TEXT_MAX];
};

static char path[64];
static pid_t hub;

static void
on_welcome(void *arg, const struct air_welcome *w)
{
	struct seen *s = arg;

	(void)w;
	s->welcome++;
}

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	struct seen *s = arg;

	s->rx++;
	s->last_rx = *rx;
	s->len = len;
	memcpy(s->frame, frame, len);
}

static void
on_status(void *arg, const struct air_txstatus *st)
{
	struct seen *s = arg;

	s->status++;
	s->last = *st;
}

static void
on_time(void *arg, uint64_t tsf)
{
	struct seen *s = arg;

	s->time++;
	s->tsf = tsf;
}

/* Closing in the hook has to be safe. */
static void
on_gone(void *arg, const char *why)
{
	struct seen *s = arg;

	s->gone++;
	snprintf(s->why, sizeof(s->why), "%s", why);
	air_close(s->air);
	s->air = NULL;
}

static const struct air_ops ops = { .welcome = on_welcome, .rx = on_rx, .txstatus = on_status,
    .time = on_time, .gone = on_gone };

static void
start_hub(const char *time)
{
	char exe[512], ready[16];
	int out[2];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 32);

	exe[n < 0 ? 0 : n] = '\0';
	strcpy(strrchr(exe, '/'), "/voy-air");
	snprintf(path, sizeof(path), "/tmp/air-client.%ld.sock", (long)getpid());
	if (pipe(out) != 0)
		exit(1);
	hub = fork();
	if (hub == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(exe, exe, "--socket", path, "--time", time, "--set", "patience=3600000",
		    (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	/* "listening", and it will not write so much that nobody has to read on. */
	if (read(out[0], ready, sizeof(ready)) <= 0)
		exit(1);
}

static int
stop_hub(void)
{
	int status = -1;

	kill(hub, SIGTERM);
	waitpid(hub, &status, 0);
	return status;
}

static struct seen *
join(const char *name, uint8_t last, uint32_t flags)
{
	struct seen *s = calloc(1, sizeof(*s));
	struct air_hello hello = { .flags = flags, .naddr = 1 };
	char msg[200];

	snprintf(hello.name, sizeof(hello.name), "%s", name);
	hello.addr[0].addr[0] = 2;
	hello.addr[0].addr[5] = last;
	memset(hello.addr[0].mask, 0xff, 6);
	if (air_connect(path, &hello, &ops, s, &s->air, msg, sizeof(msg)) != 0) {
		printf("# %s\n", msg);
		exit(1);
	}
	return s;
}

static void
leave(struct seen *s)
{
	air_close(s->air);
	free(s);
}

/* Until *counter has reached n; false: it takes too long, or the hub is gone. */
static bool
wait_for(struct seen *s, const unsigned *counter, unsigned n)
{
	while (*counter < n && s->air != NULL) {
		struct pollfd p = { .fd = air_fd(s->air), .events = air_events(s->air) };

		if (poll(&p, 1, WAIT_MS) <= 0)
			return false;
		(void)air_dispatch(s->air, p.revents);
	}
	return *counter >= n;
}

static size_t
make_frame(uint8_t *raw, size_t cap, uint8_t to, uint8_t from)
{
	uint8_t a1[6] = { 2, 0, 0, 0, 0, to }, a2[6] = { 2, 0, 0, 0, 0, from };
	struct dot11_buf b = { .p = raw, .cap = cap };

	dot11_put_hdr(&b, DOT11_DATA, 1, a1, a2, a2);
	dot11_put(&b, "hello", 5);
	return b.len;
}

static const struct air_tune ch1 = { .on = 1, .freq = 2412, .center = 2412, .width = 20 };
static const struct air_tx tx6 = { .cookie = 0x123456789abcdefu, .nrates = 1,
    .rate = {{ AIR_RATE_LEGACY, 12, 0, 4 }} };

static void
test_talk(void)
{
	struct seen *a = join("a", 1, 0), *b = join("b", 2, 0);
	uint8_t raw[64];
	size_t len = make_frame(raw, sizeof(raw), 2, 1);

	ok(air_tsf(a->air) == 0, "there is no time before the hub has said it");
	ok(air_tune(a->air, &ch1) == 0 && air_tune(b->air, &ch1) == 0, "two radios tune");
	ok(wait_for(a, &a->welcome, 1) && wait_for(b, &b->welcome, 1), "both are welcome");
	ok(air_tsf(a->air) > 0 && !air_fast(a->air), "the clock runs, at the pace of the wall");
	ok(air_tx(a->air, &tx6, raw, len) == 0 && wait_for(a, &a->status, 1) &&
	    a->last.cookie == tx6.cookie && a->last.tries >= 1, "a frame gets its status");
	/* b may have been deaf still; then the frame comes again. */
	while (a->last.result != AIR_TX_ACKED && air_tx(a->air, &tx6, raw, len) == 0)
		wait_for(a, &a->status, a->status + 1);
	ok(wait_for(b, &b->rx, 1) && b->len == len && memcmp(b->frame + 2, raw + 2, len - 2) == 0 &&
	    b->last_rx.signal == -50 && (b->last_rx.flags & AIR_RX_FORME) != 0,
	    "and arrives with its signal");
	ok(air_tx(a->air, &tx6, raw, 9) == EMSGSIZE && air_tx(a->air, &tx6, raw, 7992) == EMSGSIZE,
	    "frames too short or too long are refused");
	ok(air_tx(a->air, &(struct air_tx){ .nrates = 0 }, raw, len) == EINVAL,
	    "so is one without a rate");
	leave(a);
	leave(b);
}

static void
test_window(void)
{
	struct seen *a = join("a", 1, 0);
	uint8_t raw[64];
	size_t len = make_frame(raw, sizeof(raw), 9, 1);
	unsigned sent = 0;

	air_tune(a->air, &ch1);
	wait_for(a, &a->welcome, 1);
	while (sent < 1000 && air_tx(a->air, &tx6, raw, len) == 0)
		sent++;
	ok(sent == 64 && air_window(a->air) == 0, "64 frames may wait for their status");
	ok(air_tx(a->air, &tx6, raw, len) == ENOBUFS, "the next is refused");
	ok(wait_for(a, &a->status, 1) && air_window(a->air) > 0 &&
	    air_tx(a->air, &tx6, raw, len) == 0, "until a status has come");
	ok(wait_for(a, &a->status, 65), "each frame gets one");
	leave(a);
}

/* The hub sleeps: the socket takes no more, the library keeps what was said. */
static void
test_hub_asleep(void)
{
	struct seen *a = join("a", 1, 0);
	unsigned kept = 0;
	int error = 0;

	wait_for(a, &a->welcome, 1);
	kill(hub, SIGSTOP);
	while (kept < 100000 && (error = air_tune(a->air, &ch1)) == 0)
		kept++;
	ok(error == ENOBUFS && (air_events(a->air) & POLLOUT) != 0,
	    "what the hub does not take is kept up to a limit");
	kill(hub, SIGCONT);
	while ((air_events(a->air) & POLLOUT) != 0) {
		struct pollfd p = { .fd = air_fd(a->air), .events = air_events(a->air) };

		if (poll(&p, 1, WAIT_MS) <= 0 || air_dispatch(a->air, p.revents) != 0)
			break;
	}
	ok(air_events(a->air) == POLLIN && air_tune(a->air, &ch1) == 0, "and sent when it wakes up");
	leave(a);
}

static void
test_gone(void)
{
	struct seen *a = join("a", 1, 0), *same = join("a", 2, 0);
	char msg[200];
	int status;

	ok(wait_for(same, &same->gone, 1) && strstr(same->why, "is there already") != NULL,
	    "a second radio of a name is told why it is refused");
	ok(wait_for(a, &a->welcome, 1) && a->gone == 0, "the first one stays");
	status = stop_hub();
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	    "the hub ends, and its status says that a radio did wrong");
	ok(wait_for(a, &a->gone, 1) && strcmp(a->why, "the hub ends") == 0, "and says so");
	ok(air_connect(path, &(struct air_hello){ .name = "x" }, &ops, a, &a->air, msg,
	    sizeof(msg)) == ENOENT && strstr(msg, "start voy-air first") != NULL,
	    "without a hub the error says what to do");
	free(a);
	free(same);
}

static void
test_fast(void)
{
	struct seen *a = join("a", 1, 0);
	uint64_t hour = UINT64_C(3600000000), began;

	wait_for(a, &a->welcome, 1);
	began = air_tsf(a->air);
	ok(air_fast(a->air) && air_idle(a->air, began + hour) == 0 &&
	    air_idle(a->air, began + hour) == 0, "in fast time a radio says that it is idle");
	ok(wait_for(a, &a->time, 1) && a->tsf >= began + hour, "and is woken an hour later");
	ok(air_tsf(a->air) >= began + hour, "its clock has jumped, too");
	ok(air_idle_until(a->air) == 0, "it is idle no longer");
	leave(a);
}

/* The simulated time of one radio and the host behind it. */
static void
test_parties(void)
{
	struct seen *a = join("a", 1, 0);
	struct air_idle idle = { .hdr = { .type = AIR_IDLE, .len = sizeof(idle), .seq = 1 } };
	struct air_time told = { .tsf = 0 };
	struct air_welcome w;
	struct pollfd p;
	uint64_t began;
	int host = air_host(path, "host1");

	p = (struct pollfd){ .fd = host, .events = POLLIN };
	ok(host >= 0 && poll(&p, 1, WAIT_MS) == 1 && recv(host, &w, sizeof(w), 0) == sizeof(w) &&
	    w.hdr.type == AIR_WELCOME && w.fast == 1, "a host is welcomed");
	wait_for(a, &a->welcome, 1);
	ok(!air_stands(a->air), "time goes while nobody has said that he takes part");
	began = air_tsf(a->air);
	idle.until = began + 1000000;
	(void)air_idle(a->air, AIR_FOREVER);
	ok(air_idle_until(a->air) == AIR_FOREVER, "the radio is idle for ever");
	if (send(host, &idle, sizeof(idle), 0) != (ssize_t)sizeof(idle))
		exit(1);
	/* It may have jumped only then: the host's time, or the radio's answer before. */
	ok(poll(&p, 1, WAIT_MS) == 1 && recv(host, &told, sizeof(told), 0) == sizeof(told) &&
	    told.hdr.type == AIR_TIME && told.tsf >= idle.until, "the host is told its time");
	ok(air_stands(a->air) && air_tsf(a->air) == told.tsf, "which stands still now, for all");
	ok(air_busy(a->air, 0) == 0 && air_idle_until(a->air) == 0, "busy takes idle back");
	ok(air_busy(a->air, AIR_BUSY_ANSWER) == 0 && wait_for(a, &a->time, 1) &&
	    a->tsf == told.tsf, "who asks is told");
	(void)air_busy(a->air, AIR_BUSY_WALL);
	close(host);
	(void)air_idle(a->air, told.tsf + 5);
	ok(wait_for(a, &a->time, 2) && a->tsf >= told.tsf + 5, "a host that leaves is not waited "
	    "for");
	ok(air_host("/nowhere/at/all", "x") < 0 && errno == ENOENT, "no host without a hub");
	leave(a);
}

int
main(void)
{
	start_hub("real");
	test_talk();
	test_window();
	test_hub_asleep();
	test_gone();
	start_hub("fast");
	test_fast();
	test_parties();
	ok(stop_hub() == 0, "the hub of fast time ends well");
	return done();
}
