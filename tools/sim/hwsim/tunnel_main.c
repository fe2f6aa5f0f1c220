/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel_main.c - voy-tunnel: the air's socket inside a guest.
 *
 *	host$ voy-tunnel --socket /tmp/lab.sock --hub /tmp/air.sock --json
 *	host$ voy lab --channel air=/tmp/lab.sock ...
 *	guest# voy-tunnel --device /dev/voy/air --listen /run/air.sock
 *	guest# voy-hwsim --air /run/air.sock
 *
 * On the host it takes any number of guests, one stream each. A guest that sends anything but a
 * tunnel's messages is cut off and counts as a violation; the others do not notice.
 * Exit status 0: no violation; 1: one, or (in the guest) the stream broke; 2: could not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/hwsim/tunnel.h"
#include "tools/sim/prog/opts.h"
#include "tools/sim/prog/say.h"
#include "tools/sim/prog/sock.h"
#include "tools/sim/prog/stop.h"

#define STREAMS	8u

struct options {
	const char	*socket, *hub, *device, *listen;
	bool		json, once;
};

/* A stream and what became of it. */
struct slot {
	struct tun_end	*end;
	bool		over;
	struct program	*program;
	unsigned	id;
};

struct program {
	struct options	o;
	struct prog_sock	sock;
	struct slot	slot[STREAMS];
	unsigned	nstreams, violations;
	bool		done;
};

static void
usage(FILE *f)
{
	fputs("usage: voy-tunnel --socket PATH --hub PATH [--once] [--json]\n"
	    "       voy-tunnel --device PATH --listen PATH [--json]\n"
	    "\n"
	    "Carries radios' connections to the air's hub through a stream of bytes.\n"
	    "\n"
	    "On the host:\n"
	    "  --socket PATH   stream socket to which guests' channels connect (mode 0600)\n"
	    "  --hub PATH      the socket of voy-air\n"
	    "  --once          end when the first guest has left\n"
	    "In the guest:\n"
	    "  --device PATH   the channel (a virtio-serial port)\n"
	    "  --listen PATH   where radios in the guest connect\n"
	    "\n"
	    "  --json          events as JSON, one object per line\n", f);
}

static void
stream_gone(void *arg, const char *why)
{
	struct slot *s = arg;

	s->over = true;
	if (why != NULL) {
		s->program->violations++;
		say("violation", "{s:s,s:s,s:i}", "rule", "tunnel", "text", why, "stream",
		    (int)s->id);
		fprintf(stderr, "voy-tunnel: stream %u: %s\n", s->id, why);
	} else {
		say("stream-closed", "{s:i}", "stream", (int)s->id);
	}
	if (s->program->o.once || s->program->o.device != NULL)
		s->program->done = true;
}

static const struct tun_end_ops stream_ops = { .gone = stream_gone };

static int
add_stream(struct program *p, int fd)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		struct slot *s = &p->slot[i];

		if (s->end != NULL)
			continue;
		*s = (struct slot){ .program = p, .id = ++p->nstreams };
		s->end = tun_end_new(fd, p->o.hub, &stream_ops, s);
		if (s->end == NULL)
			return ENOMEM;
		if (p->o.hub != NULL)
			say("stream", "{s:i}", "stream", (int)s->id);
		return 0;
	}
	close(fd);
	return EMFILE;
}

/* A guest at the host's socket, or a radio at the guest's. */
static void
accept_one(struct program *p)
{
	int fd = accept4(p->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), error;

	if (fd < 0)
		return;
	if (p->o.hub != NULL)
		error = add_stream(p, fd);
	else
		error = tun_end_accept(p->slot[0].end, fd);
	if (error != 0)
		say_error("connection refused: %s", error == EMFILE ? p->o.hub != NULL ?
		    "8 guests are connected" : "32 radios are connected" : strerror(error));
}

static void
reap(struct program *p)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		if (p->slot[i].end == NULL || !p->slot[i].over)
			continue;
		tun_end_free(p->slot[i].end);
		p->slot[i].end = NULL;
	}
}

static void
loop(struct program *p, const sigset_t *waiting)
{
	struct pollfd pfd[1 + STREAMS * (1 + TUN_CONNS)];
	size_t n, at[STREAMS], count[STREAMS];

	while (!p->done && !stop_asked) {
		pfd[0] = (struct pollfd){ .fd = p->sock.fd, .events = POLLIN };
		n = 1;
		for (unsigned i = 0; i < STREAMS; i++) {
			at[i] = n;
			count[i] = p->slot[i].end == NULL ? 0 :
			    tun_end_fill(p->slot[i].end, pfd + n);
			n += count[i];
		}
		if (ppoll(pfd, n, NULL, waiting) < 0)
			continue;
		for (unsigned i = 0; i < STREAMS; i++)
			if (count[i] != 0)
				tun_end_poll(p->slot[i].end, pfd + at[i], count[i]);
		reap(p);
		if (!p->done && (pfd[0].revents & POLLIN) != 0)
			accept_one(p);
	}
	for (unsigned i = 0; i < STREAMS; i++)
		p->slot[i].over = true;
	reap(p);
}

static int
open_device(struct program *p)
{
	int fd = open(p->o.device, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		say_error("device %s: %s; has the guest a channel (voy lab --channel)?",
		    p->o.device, strerror(errno));
		return errno;
	}
	return add_stream(p, fd);
}

static int
run(struct program *p)
{
	const char *path = p->o.hub != NULL ? p->o.socket : p->o.listen;
	sigset_t waiting;
	char msg[512];

	stop_signals(&waiting);
	if (prog_sock_listen(&p->sock, path, p->o.hub != NULL ? SOCK_STREAM : SOCK_SEQPACKET,
	    msg, sizeof(msg)) != 0) {
		say_error("%s", msg);
		return 2;
	}
	if (p->o.device != NULL && open_device(p) != 0) {
		prog_sock_close(&p->sock);
		return 2;
	}
	say("listening", "{s:s}", "socket", path);
	loop(p, &waiting);
	prog_sock_close(&p->sock);
	say("result", "{s:b,s:i,s:i}", "ok", p->violations == 0, "violations",
	    (int)p->violations, "streams", (int)p->nstreams);
	return p->violations == 0 ? 0 : 1;
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	bool help = false;
	const struct opt table[] = {
		{ "socket", .text = &o->socket }, { "hub", .text = &o->hub },
		{ "device", .text = &o->device }, { "listen", .text = &o->listen },
		{ "once", .flag = &o->once }, { "json", .flag = &o->json },
		{ "help", .flag = &help }, { .name = NULL }
	};
	int error = opts_parse(argc, argv, table);

	if (error == 0 && help) {
		usage(stdout);
		return 0;
	}
	if (error != 0 || optind < argc || (o->socket == NULL) != (o->hub == NULL) ||
	    (o->device == NULL) != (o->listen == NULL) ||
	    (o->hub == NULL) == (o->device == NULL)) {
		usage(stderr);
		return 2;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	static struct program p;
	int status = parse(argc, argv, &p.o);

	if (status >= 0)
		return status;
	say_init("voy-tunnel", p.o.json);
	return run(&p);
}
