/* SPDX-License-Identifier: BSD-2-Clause */
/* A system call in words, with what its arguments point to; see warden_int.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "harness/text.h"
#include "harness/warden_int.h"

/*
 * What the arguments are: p a path or other string, d a number, x bits, D a domain of sockets,
 * S the address of one, - nothing that says something.
 */
static const struct {
	const char *name, *args;
} calls[] = {
	{ "accept", "d" }, { "access", "pd" }, { "bind", "dS" }, { "chdir", "p" },
	{ "chmod", "px" }, { "chown", "pdd" }, { "clone", "x" }, { "connect", "dS" },
	{ "creat", "px" }, { "execve", "p" }, { "execveat", "-p" }, { "faccessat", "-pd" },
	{ "faccessat2", "-pd" }, { "fork", "" }, { "kill", "dd" }, { "link", "pp" },
	{ "linkat", "-p-p" }, { "listen", "d" }, { "lstat", "p" }, { "mkdir", "px" },
	{ "mkdirat", "-px" }, { "mount", "ppp" }, { "newfstatat", "-p" }, { "open", "px" },
	{ "openat", "-px" }, { "openat2", "-p" }, { "ptrace", "dd" }, { "readlink", "p" },
	{ "readlinkat", "-p" }, { "rename", "pp" }, { "renameat2", "-p-p" }, { "rmdir", "p" },
	{ "socket", "Ddd" }, { "stat", "p" }, { "statx", "-p" }, { "symlink", "pp" },
	{ "tgkill", "ddd" }, { "truncate", "pd" }, { "unlink", "p" }, { "unlinkat", "-p" },
	{ "vfork", "" },
};

struct list {
	struct text	 t;
	bool		 comma;
};

static void __attribute__((format(printf, 2, 3)))
add(struct list *l, const char *fmt, ...)
{
	va_list ap;

	if (l->comma)
		text_add(&l->t, ", ");
	l->comma = true;
	va_start(ap, fmt);
	text_vadd(&l->t, fmt, ap);
	va_end(ap);
}

static void
add_string(struct list *l, pid_t tid, uint64_t addr)
{
	char s[160];

	if (!warden_string(tid, addr, s, sizeof(s)))
		add(l, "%#llx", (unsigned long long)addr);
	else
		add(l, "\"%s\"", s);
}

static void
add_domain(struct list *l, uint64_t domain)
{
	static const struct {
		uint64_t domain;
		const char *name;
	} domains[] = {
		{ AF_UNIX, "AF_UNIX" }, { AF_INET, "AF_INET" }, { AF_INET6, "AF_INET6" },
		{ AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" },
	};
	unsigned i;

	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (domains[i].domain == domain) {
			add(l, "%s", domains[i].name);
			return;
		}
	add(l, "%llu", (unsigned long long)domain);
}

static void
add_address(struct list *l, pid_t tid, uint64_t addr)
{
	union {
		struct sockaddr		any;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
		struct sockaddr_un	un;
	} a;
	struct iovec here = { &a, sizeof(a) }, there = { (void *)(uintptr_t)addr, sizeof(a) };
	char host[INET6_ADDRSTRLEN] = "";

	memset(&a, 0, sizeof(a));
	there.iov_len = here.iov_len = sizeof(a.in6);
	if (process_vm_readv(tid, &here, 1, &there, 1, 0) < (ssize_t)sizeof(a.in))
		add(l, "%#llx", (unsigned long long)addr);
	else if (a.any.sa_family == AF_INET)
		add(l, "%s port %u", inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof(host)),
		    ntohs(a.in.sin_port));
	else if (a.any.sa_family == AF_INET6)
		add(l, "%s port %u", inet_ntop(AF_INET6, &a.in6.sin6_addr, host, sizeof(host)),
		    ntohs(a.in6.sin6_port));
	else
		add_domain(l, a.any.sa_family);
}

static const char *
arguments(const char *name)
{
	unsigned i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].args;
	return "xxx";
}

void
warden_describe(const struct seccomp_notif *req, struct warden_offence *o)
{
	char *name = seccomp_syscall_resolve_num_arch(req->data.arch, req->data.nr);
	struct list l = { { o->text, sizeof(o->text), 0 }, false };
	const char *arg;
	unsigned i;

	if (name != NULL)
		snprintf(o->name, sizeof(o->name), "%s", name);
	else
		snprintf(o->name, sizeof(o->name), "number %d", req->data.nr);
	free(name);
	add(&l, "%s(", o->name);
	l.comma = false;
	for (i = 0, arg = arguments(o->name); *arg != '\0'; arg++, i++) {
		if (*arg == 'p')
			add_string(&l, (pid_t)req->pid, req->data.args[i]);
		else if (*arg == 'S')
			add_address(&l, (pid_t)req->pid, req->data.args[i]);
		else if (*arg == 'D')
			add_domain(&l, req->data.args[i]);
		else if (*arg == 'd')
			add(&l, "%d", (int)req->data.args[i]);
		else if (*arg == 'x')
			add(&l, "%#llx", (unsigned long long)req->data.args[i]);
	}
	l.comma = false;
	add(&l, ")");
	for (i = 0; i < 6; i++)
		snprintf(o->args[i], sizeof(o->args[i]), "%#llx",
		    (unsigned long long)req->data.args[i]);
	o->tid = (int)req->pid;
}
