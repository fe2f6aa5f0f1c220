/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel_main.c - voy-tunnel: the air's socket inside a guest; or a guest's socket on its host.
 *
 *	host$ voy-tunnel --socket /tmp/lab.sock --hub /tmp/air.sock --json
 *	host$ voy lab --channel air=/tmp/lab.sock ...
 *	guest# voy-tunnel --device /dev/voy/air --listen /run/air.sock
 *	guest# voy-hwsim --air /run/air.sock
 *
 *	host$ voy-tunnel --stream --socket /tmp/lab.sock --listen /tmp/control
 *	host$ voy lab --channel control=/tmp/lab.sock ...
 *	guest# voy-tunnel --stream --device /dev/voy/control --hub /run/control
 *
 * With --hub on the host it takes several guests, one stream each; with --listen there, one. A
 * guest that sends anything but a tunnel's messages is cut off and counts as a violation; the
 * others do not notice.
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
	bool		json, once, stream;
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
	struct prog_sock	streams, conns;	/* each only if asked for */
	struct slot	slot[STREAMS];
	unsigned	nstreams, violations;
	bool		done;
};

static void
usage(FILE *f)
{
	fputs("usage: voy-tunnel --socket PATH --hub PATH|--listen PATH [--stream] [--once] [--json]\n"
	    "       voy-tunnel --device PATH --listen PATH|--hub PATH [--stream] [--json]\n"
	    "\n"
	    "Carries connections through a stream of bytes: radios' in a guest to the air's hub on\n"
	    "the host, or, the other way, connections on the host to a socket in the guest.\n"
	    "\n"
	    "The stream:\n"
	    "  --socket PATH   on the host: to which guests' channels connect (mode 0600)\n"
	    "  --device PATH   in the guest: the channel (a virtio-serial port)\n"
	    "The connections:\n"
	    "  --hub PATH      they are passed on to this socket\n"
	    "  --listen PATH   they come here; the other end has --hub\n"
	    "  --stream        of bytes (a control socket's), not of messages (the air's)\n"
	    "\n"
	    "  --once          end when the first guest has left\n"
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
socktype(const struct program *p)
{
	return p->o.stream ? SOCK_STREAM : SOCK_SEQPACKET;
}

/* Connections that come to us are for one guest. */
static unsigned
most(const struct program *p)
{
	return p->o.listen != NULL ? 1 : STREAMS;
}

static int
add_stream(struct program *p, int fd)
{
	for (unsigned i = 0; i < most(p); i++) {
		struct slot *s = &p->slot[i];

		if (s->end != NULL)
			continue;
		*s = (struct slot){ .program = p, .id = ++p->nstreams };
		s->end = tun_end_new(fd, p->o.hub, socktype(p), &stream_ops, s);
		if (s->end == NULL)
			return ENOMEM;
		if (p->o.socket != NULL)
			say("stream", "{s:i}", "stream", (int)s->id);
		return 0;
	}
	close(fd);
	return EMFILE;
}

static void
refused(const char *of, unsigned n, int error)
{
	if (error == EMFILE)
		say_error("connection refused: %u %s are connected", n, of);
	else if (error != 0)
		say_error("connection refused: %s", strerror(error));
}

static void
accept_from(struct program *p, struct prog_sock *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (s == &p->streams)
		refused("guests", most(p), add_stream(p, fd));
	else
		refused("clients", TUN_CONNS, tun_end_accept(p->slot[0].end, fd));
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
	struct pollfd pfd[2 + STREAMS * (1 + TUN_CONNS)];
	size_t n, at[STREAMS], count[STREAMS];

	while (!p->done && !stop_asked) {
		pfd[0] = (struct pollfd){ .fd = p->streams.fd, .events = POLLIN };
		/* Clients wait until there is whom to pass them to. */
		pfd[1] = (struct pollfd){ .fd = p->slot[0].end != NULL ? p->conns.fd : -1,
		    .events = POLLIN };
		n = 2;
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
			accept_from(p, &p->streams);
		if (!p->done && (pfd[1].revents & POLLIN) != 0 && p->slot[0].end != NULL)
			accept_from(p, &p->conns);
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
set_up(struct program *p)
{
	char msg[512];

	if ((p->o.socket != NULL && prog_sock_listen(&p->streams, p->o.socket, SOCK_STREAM, msg,
	    sizeof(msg)) != 0) || (p->o.listen != NULL && prog_sock_listen(&p->conns, p->o.listen,
	    socktype(p), msg, sizeof(msg)) != 0)) {
		say_error("%s", msg);
		return EIO;
	}
	return p->o.device != NULL ? open_device(p) : 0;
}

static int
run(struct program *p)
{
	sigset_t waiting;
	int error;

	stop_signals(&waiting);
	p->streams.fd = p->conns.fd = -1;
	error = set_up(p);
	if (error == 0) {
		say("listening", "{s:s}", "socket", p->o.socket != NULL ? p->o.socket :
		    p->o.listen != NULL ? p->o.listen : p->o.device);
		loop(p, &waiting);
	}
	prog_sock_close(&p->streams);
	prog_sock_close(&p->conns);
	if (error != 0)
		return 2;
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
		{ "stream", .flag = &o->stream }, { "help", .flag = &help }, { .name = NULL }
	};
	int error = opts_parse(argc, argv, table);

	if (error == 0 && help) {
		usage(stdout);
		return 0;
	}
	if (error != 0 || optind < argc || (o->socket == NULL) == (o->device == NULL) ||
	    (o->hub == NULL) == (o->listen == NULL)) {
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
