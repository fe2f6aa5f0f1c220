/* SPDX-License-Identifier: BSD-2-Clause */
/* voy-netns; see netns.h. */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/netns/netns.h"

static struct netns_options o = { .mtu = 1500, .busybox = "busybox",
    .script = "/etc/udhcpc/default.script", .fd = -1 };

static void
vsay(const char *prefix, const char *fmt, va_list ap)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s", prefix);

	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	if (o.fd >= 0 && send(o.fd, text, strlen(text), MSG_NOSIGNAL) >= 0)
		return;
	if (n > 0)		/* an error; other words are for the harness, which has gone */
		fprintf(stderr, "voy-netns: %s\n", text);
}

void
netns_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("", fmt, ap);
	va_end(ap);
}

void
netns_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("error network: ", fmt, ap);
	va_end(ap);
	dhcp_stop();
	exit(1);
}

/* The port's descriptor, and whose namespaces a command is to join. */
static void
hand_over(int fd)
{
	char text[64], control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { text, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	iov.iov_len = (size_t)snprintf(text, sizeof(text), "port %s %d", o.ifname,
	    (int)getpid());
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(o.fd, &msg, MSG_NOSIGNAL) < 0)
		exit(1);		/* the harness is gone */
}

static bool
parse_mac(const char *s)
{
	char end;

	return sscanf(s, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx%c", &o.mac[0], &o.mac[1], &o.mac[2],
	    &o.mac[3], &o.mac[4], &o.mac[5], &end) == 6;
}

static void
parse(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "fd", required_argument, NULL, 'f' }, { "ifname", required_argument, NULL, 'i' },
		{ "mac", required_argument, NULL, 'a' }, { "mtu", required_argument, NULL, 'u' },
		{ "busybox", required_argument, NULL, 'b' },
		{ "script", required_argument, NULL, 's' }, { "host", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *mac = "";
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 'f': o.fd = atoi(optarg); break;
		case 'i': o.ifname = optarg; break;
		case 'a': mac = optarg; break;
		case 'u': o.mtu = (unsigned)atoi(optarg); break;
		case 'b': o.busybox = optarg; break;
		case 's': o.script = optarg; break;
		case 'h': o.host = true; break;
		default: exit(2);
		}
	}
	if (o.ifname == NULL || o.ifname[0] == '\0' || strlen(o.ifname) >= IFNAMSIZ ||
	    strchr(o.ifname, '/') != NULL)
		netns_die("interface %s: a name has 1 to %d characters and no slash",
		    o.ifname != NULL ? o.ifname : "", IFNAMSIZ - 1);
	if (!parse_mac(mac))
		netns_die("%s: not an Ethernet address", mac);
}

/* A message of the harness; ends when it has closed its end. */
static void
heard(void)
{
	char text[32];
	ssize_t n = recv(o.fd, text, sizeof(text) - 1, 0);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		dhcp_stop();
		exit(0);
	}
	text[n] = '\0';
	if (strcmp(text, "up") == 0) {
		port_link(true);
		dhcp_start(&o);
	} else {
		dhcp_stop();
		dhcp_forget(&o);
		port_link(false);
		netns_say("nolease");
	}
}

int
main(int argc, char **argv)
{
	struct pollfd p[3];

	/* The harness ends us by closing the socket, not a Ctrl-C on its terminal. */
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	parse(argc, argv);
	if (!o.host)
		space_enter();
	hand_over(port_make(&o));
	for (;;) {
		p[0] = (struct pollfd){ .fd = o.fd, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = dhcp_fd(), .events = POLLIN };
		p[2] = (struct pollfd){ .fd = port_changes_fd(), .events = POLLIN };
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents != 0)
			heard();
		if (p[1].revents != 0 && dhcp_fd() >= 0)
			dhcp_read();
		if (p[2].revents != 0)
			port_changed(o.ifname);
	}
}
