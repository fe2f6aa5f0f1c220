/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bridge between a kernel and a hub that are both played here: what each is told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/tap.h"
#include "tools/sim/hwsim/bridge.h"
#include "tools/sim/hwsim/hwsim.h"
#include "tools/sim/prog/say.h"

#define HUB	"bridge-hub.sock"
#define WINDOW	4u

/* ---- the kernel ---------------------------------------------------------------------------- */

struct hwsim {
	const struct hwsim_ops *ops;
	void		*arg;
	int		pipe[2];
	struct hwsim_txinfo info[400];
	unsigned	ninfo;
	struct hwsim_rx	rx;
	unsigned	nrx;
	size_t		rxlen;
};

static struct hwsim kernel;
static const uint8_t HW[6] = { 0x42, 0, 0, 0, 1, 0 }, PERM[6] = { 2, 0, 0, 0, 1, 0 };
static const uint8_t OTHER[6] = { 2, 0, 0, 0, 1, 7 };

int
hwsim_open(const struct hwsim_ops *ops, void *arg, struct hwsim **hp, char *errmsg, size_t errlen)
{
	(void)errmsg;
	(void)errlen;
	memset(&kernel, 0, sizeof(kernel));
	kernel.ops = ops;
	kernel.arg = arg;
	if (pipe(kernel.pipe) != 0)
		abort();
	*hp = &kernel;
	return 0;
}

void
hwsim_close(struct hwsim *h)
{
	close(h->pipe[0]);
	close(h->pipe[1]);
}

int
hwsim_fd(const struct hwsim *h)
{
	return h->pipe[0];
}

int
hwsim_dispatch(struct hwsim *h)
{
	(void)h;
	return EIO;
}

unsigned
hwsim_overruns(const struct hwsim *h)
{
	(void)h;
	return 0;
}

int
hwsim_rx(struct hwsim *h, const uint8_t hw[6], const struct hwsim_rx *rx, const uint8_t *frame,
    size_t len)
{
	(void)frame;
	if (memcmp(hw, HW, 6) != 0)
		abort();
	if (len < HWSIM_FRAME_MIN || len > HWSIM_FRAME_MAX)
		return EMSGSIZE;
	h->rx = *rx;
	h->rxlen = len;
	h->nrx++;
	return 0;
}

int
hwsim_txinfo(struct hwsim *h, const uint8_t hw[6], const struct hwsim_txinfo *info)
{
	if (memcmp(hw, HW, 6) != 0)
		abort();
	h->info[h->ninfo++ % 400] = *info;
	return 0;
}

static void
kernel_sends(uint64_t cookie, uint32_t freq, size_t len)
{
	static uint8_t frame[9000] = { 0x08, 0x01, [4] = 2, [10] = 2, [14] = 1 };

	kernel.ops->tx(kernel.arg, HW, &(struct hwsim_tx){ .cookie = cookie, .freq = freq,
	    .frame = frame, .len = len, .rate = { { 0, 3, 0 }, { -1, 0, 0 }, { -1, 0, 0 },
	    { -1, 0, 0 } } });
}

/* ---- the hub ------------------------------------------------------------------------------- */

static int hub_listen, hub;
static struct bridge *bridge;
static union {
	struct air_hdr	hdr;
	struct air_hello hello;
	struct air_tune	tune;
	struct air_tx	tx;
	uint8_t		raw[AIR_MSG_MAX];
} msg;

static void
make_hub(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = HUB };

	unlink(HUB);
	hub_listen = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(hub_listen, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(hub_listen, 40) != 0)
		abort();
}

static void
turn(void)
{
	struct pollfd p[1 + BRIDGE_RADIOS];
	size_t n = bridge_fill(bridge, p);

	poll(p, n, 0);
	bridge_poll(bridge, p, n);
}

/* The next message for the hub: its type, or 0. */
static unsigned
hub_gets(void)
{
	turn();
	return recv(hub, &msg, sizeof(msg), MSG_DONTWAIT) > 0 ? msg.hdr.type : 0;
}

static void
hub_says(void *m, size_t len, uint16_t type)
{
	struct air_hdr *h = m;

	h->type = type;
	h->len = (uint32_t)len;
	if (send(hub, m, len, 0) != (ssize_t)len)
		abort();
	turn();
}

static void
hub_status(uint64_t cookie, enum air_tx_result result)
{
	struct air_txstatus st = { .cookie = cookie, .result = result, .tries = 1,
	    .rate = { .tries = 1 }, .ack_signal = -40 };

	hub_says(&st, sizeof(st), AIR_TXSTATUS);
}

static void
hub_rx(uint16_t freq, size_t len)
{
	static const uint8_t radiotap[8] = { [2] = 8 };
	uint8_t m[sizeof(struct air_rx) + 8 + 4000] = { 0 };
	struct air_rx rx = { .freq = freq, .signal = -70,
	    .rate = { .kind = AIR_RATE_LEGACY, .index = 12 } };

	memcpy(m, &rx, sizeof(rx));
	memcpy(m + sizeof(rx), radiotap, sizeof(radiotap));
	hub_says(m, sizeof(rx) + 8 + len, AIR_RX);
}

static void
begin(void)
{
	char text[256];

	if (bridge_new(&(struct bridge_conf){ .air = HUB, .name = "t" }, &bridge, text,
	    sizeof(text)) != 0)
		abort();
}

static void
radio_comes(void)
{
	struct air_welcome w = { .version = AIR_VERSION, .id = 1, .window = WINDOW };

	kernel.ops->radio(kernel.arg, HW, PERM, 0);
	hub = accept4(hub_listen, NULL, NULL, SOCK_CLOEXEC);
	ok(hub_gets() == AIR_HELLO && strcmp(msg.hello.name, "t0") == 0 &&
	    msg.hello.flags == AIR_HELLO_ALLCHAN, "a radio says HELLO and hears all channels");
	ok(msg.hello.naddr == 1 && memcmp(msg.hello.addr[0].addr, PERM, 6) == 0 &&
	    msg.hello.addr[0].mask[5] == 0xff, "and answers to its first address");
	hub_says(&w, sizeof(w), AIR_WELCOME);
	kernel.ops->radio(kernel.arg, HW, PERM, 0);
	ok(accept(hub_listen, NULL, NULL) < 0, "told again it is no second radio");
}

static void
finish(void)
{
	bridge_free(bridge);
	close(hub);
}

/* ---- tests --------------------------------------------------------------------------------- */

/* Whoever waits for the bridge may scan at once: not before the air answers. */
static void
readiness(void)
{
	struct air_welcome w = { .version = AIR_VERSION, .id = 1, .window = WINDOW };

	begin();
	ok(!bridge_ready(bridge), "not ready before the kernel has told of its radios");
	kernel.ops->radio(kernel.arg, HW, PERM, 0);
	kernel.ops->listed(kernel.arg);
	hub = accept4(hub_listen, NULL, NULL, SOCK_CLOEXEC);
	ok(hub_gets() == AIR_HELLO && !bridge_ready(bridge), "nor before the hub has answered");
	hub_says(&w, sizeof(w), AIR_WELCOME);
	ok(bridge_ready(bridge), "then it is");
	finish();
	begin();
	kernel.ops->listed(kernel.arg);
	ok(bridge_ready(bridge), "without radios there is nobody to wait for");
	bridge_free(bridge);
}

static void
addresses(void)
{
	begin();
	radio_comes();
	kernel.ops->addr(kernel.arg, HW, PERM, true);
	while (hub_gets() != 0)
		;
	ok(msg.hdr.type == AIR_ADDR && msg.hello.naddr == 1, "an interface that comes up");
	kernel.ops->addr(kernel.arg, HW, PERM, true);
	kernel.ops->addr(kernel.arg, HW, PERM, false);
	ok(hub_gets() == 0, "a scan with the same address and its end change nothing");
	kernel.ops->addr(kernel.arg, HW, OTHER, true);
	ok(hub_gets() == AIR_ADDR && msg.hello.naddr == 2, "a second interface");
	kernel_sends(1, 2412, 100);
	ok(hub_gets() == AIR_TUNE && hub_gets() == AIR_TX, "it is on a channel");
	hub_status(1, AIR_TX_ACKED);
	kernel.ops->addr(kernel.arg, HW, PERM, false);
	ok(hub_gets() == AIR_ADDR && msg.hello.naddr == 1 &&
	    memcmp(msg.hello.addr[0].addr, OTHER, 6) == 0, "the first one goes");
	kernel.ops->addr(kernel.arg, HW, OTHER, false);
	ok(hub_gets() == AIR_ADDR && msg.hello.naddr == 0, "the last one goes");
	ok(hub_gets() == AIR_TUNE && msg.tune.on == 0, "and the radio is off");
	hub_rx(2412, 60);
	ok(kernel.nrx == 0, "off: the kernel gets nothing");
	kernel.ops->addr(kernel.arg, HW, OTHER, false);
	ok(hub_gets() == 0, "an address that it has not");
	finish();
}

static void
sending(void)
{
	begin();
	radio_comes();
	kernel_sends(7, 2437, 100);
	ok(hub_gets() == AIR_TUNE && msg.tune.on == 1 && msg.tune.freq == 2437 &&
	    msg.tune.width == 20, "tuned to where the frame goes");
	ok(hub_gets() == AIR_TX && msg.tx.cookie == 7 && msg.tx.freq == 2437 &&
	    msg.tx.nrates == 1 && msg.tx.rate[0].tries == 3, "the frame, with its rates");
	kernel_sends(8, 2437, 100);
	ok(hub_gets() == AIR_TX && msg.tx.cookie == 8, "on the same channel without TUNE");
	hub_status(8, AIR_TX_NOANSWER);
	ok(kernel.ninfo == 1 && kernel.info[0].cookie == 8 &&
	    (kernel.info[0].flags & HWSIM_TX_ACKED) == 0, "not acknowledged");
	hub_status(7, AIR_TX_ACKED);
	ok(kernel.ninfo == 2 && kernel.info[1].cookie == 7 && kernel.info[1].signal == -40 &&
	    (kernel.info[1].flags & HWSIM_TX_ACKED) != 0, "acknowledged");
	hub_status(7, AIR_TX_ACKED);
	ok(kernel.ninfo == 2, "a second status of the same frame is ignored");
	kernel_sends(9, 5955, 100);
	kernel_sends(10, 0, 100);
	kernel_sends(11, 2437 + 65536, 100);
	kernel_sends(12, 2437, 9);
	kernel_sends(13, 2437, 8500);
	ok(hub_gets() == 0 && kernel.ninfo == 7 && bridge_failed(bridge) == NULL,
	    "no channel or no frame of the air: a status at once, nothing sent");
	finish();
}

static void
window(void)
{
	unsigned at_hub = 0;

	begin();
	radio_comes();
	for (uint64_t c = 1; c <= 200; c++)
		kernel_sends(c, 2412, 60);
	while (hub_gets() != 0)
		at_hub += msg.hdr.type == AIR_TX;
	ok(at_hub == WINDOW, "no more than the hub's window");
	ok(kernel.ninfo == 200 - WINDOW - BRIDGE_WAITING, "and a limit to what waits");
	for (uint64_t c = 1; c <= WINDOW + BRIDGE_WAITING; c++) {
		hub_status(c, AIR_TX_ACKED);
		if (hub_gets() == AIR_TX)
			at_hub++;
	}
	ok(at_hub == WINDOW + BRIDGE_WAITING && kernel.ninfo == 200, "the rest follows in turn");
	finish();
}

static void
receiving(void)
{
	struct bridge_stats s;

	begin();
	radio_comes();
	hub_rx(5180, 60);
	ok(kernel.nrx == 1 && kernel.rxlen == 60 && kernel.rx.freq == 5180 &&
	    kernel.rx.rate == 0 && kernel.rx.signal == -70, "with channel, rate and signal");
	hub_rx(2412, 10);
	hub_rx(2412, 3900);
	bridge_stats(bridge, &s);
	ok(kernel.nrx == 1 && s.rx == 1 && s.rx_dropped == 2,
	    "an ACK, and more than the kernel takes, are dropped");
	finish();
}

static void
endings(void)
{
	struct air_bye bye = { .text = "name t0 is taken" };

	begin();
	radio_comes();
	kernel.ops->radio_gone(kernel.arg, 5);
	ok(bridge_radios(bridge) == 1, "another radio of the kernel goes");
	kernel.ops->radio_gone(kernel.arg, 0);
	ok(bridge_radios(bridge) == 0, "this one goes");
	close(hub);
	kernel_sends(1, 2412, 60);
	hub = accept4(hub_listen, NULL, NULL, SOCK_CLOEXEC);
	ok(hub_gets() == AIR_HELLO && strcmp(msg.hello.name, "t1") == 0 &&
	    memcmp(msg.hello.addr[0].addr, PERM, 6) == 0,
	    "a radio that was not told of is known by its first frame");
	hub_says(&bye, sizeof(bye), AIR_BYE);
	close(hub);
	turn();
	ok(bridge_failed(bridge) != NULL && strstr(bridge_failed(bridge), "t0 is taken") != NULL,
	    "the hub's reason is kept");
	bridge_free(bridge);
	begin();
	close(hub_listen);
	unlink(HUB);
	kernel_sends(1, 2412, 60);
	ok(bridge_failed(bridge) != NULL && strstr(bridge_failed(bridge), "start voy-air") != NULL,
	    "no hub: what to do");
	bridge_free(bridge);
}

int
main(void)
{
	say_init("test", true);
	make_hub();
	readiness();
	addresses();
	sending();
	window();
	receiving();
	endings();
	return done();
}
