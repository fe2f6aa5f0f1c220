/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DHCP client is busybox's udhcpc.  It runs udhcpc.sh for each event, whose words come
 * back by a pipe: "lease ADDRESS/BITS ROUTER DNS" or "nolease", passed on as they are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/netns/netns.h"

static pid_t client;
static int words = -1;

static _Noreturn void
become_client(const struct netns_options *o, int out, pid_t parent)
{
	const char *const argv[] = { "udhcpc", "-i", o->ifname, "-f", "-R", "-t", "20", "-T", "1",
	    "-A", "2", "-s", o->script, NULL };
	int null;

	/* On SIGTERM it gives its address back; the link may be gone, so we do not wait for it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setenv("VOY_HOST", o->host ? "1" : "", 1);
	setenv("VOY_BUSYBOX", o->busybox, 1);
	execvp(o->busybox, (char *const *)argv);
	dprintf(STDOUT_FILENO, "error DHCP client %s: %s; install busybox, or name it in "
	    "VOY_BUSYBOX\n", o->busybox, strerror(errno));
	_exit(1);
}

void
dhcp_start(const struct netns_options *o)
{
	pid_t self = getpid();
	int p[2];

	dhcp_stop();
	/* The client itself says nothing about a script that it cannot run. */
	if (access(o->script, X_OK) != 0)
		netns_die("DHCP script %s: %s; VOY_DHCP_SCRIPT names another", o->script,
		    strerror(errno));
	if (pipe2(p, O_CLOEXEC) != 0)
		netns_die("pipe: %s", strerror(errno));
	client = fork();
	if (client < 0)
		netns_die("fork: %s", strerror(errno));
	if (client == 0)
		become_client(o, p[1], self);
	close(p[1]);
	words = p[0];
	fcntl(words, F_SETFL, O_NONBLOCK);
}

void
dhcp_stop(void)
{
	if (client > 0) {
		kill(client, SIGKILL);
		waitpid(client, NULL, 0);
		client = 0;
	}
	if (words >= 0)
		close(words);
	words = -1;
}

/* A client that was killed has left its address where it was; its script takes it away. */
void
dhcp_forget(const struct netns_options *o)
{
	pid_t child = fork();
	int null;

	if (child == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		setenv("interface", o->ifname, 1);
		setenv("VOY_HOST", o->host ? "1" : "", 1);
		setenv("VOY_BUSYBOX", o->busybox, 1);
		execl(o->script, o->script, "deconfig", NULL);
		_exit(1);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

int
dhcp_fd(void)
{
	return words;
}

/* The script writes each event as one line in one write. */
void
dhcp_read(void)
{
	char line[1024], *p, *end;
	ssize_t n = read(words, line, sizeof(line) - 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		dhcp_stop();		/* the client has ended by itself */
		netns_say("nolease");
		return;
	}
	line[n] = '\0';
	for (p = line; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		*end = '\0';
		if (strncmp(p, "lease ", 6) == 0 || strcmp(p, "nolease") == 0 ||
		    strncmp(p, "error ", 6) == 0)
			netns_say("%s", p);
	}
}
