/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that a driver's process may make; see contain.h.  All others go to the
 * warden: it is told of the call while its thread waits, even if that has all signals blocked,
 * as the C library has when it starts a process; a signal of the kernel's would end the process
 * there without a word.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/contain.h"
#include "harness/leakcheck.h"
#include "harness/sanitizer.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#endif

/* With any arguments. */
static const int any[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(memfd_create), SCMP_SYS(mincore),
	SCMP_SYS(mremap), SCMP_SYS(msync), SCMP_SYS(munmap),
	/* descriptors that are open */
	SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2), SCMP_SYS(fallocate), SCMP_SYS(fcntl), SCMP_SYS(fdatasync),
	SCMP_SYS(fstat), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(getdents64),
	SCMP_SYS(lseek), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pread64),
	SCMP_SYS(preadv), SCMP_SYS(pselect6), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(select), SCMP_SYS(signalfd4),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime), SCMP_SYS(timerfd_settime),
	SCMP_SYS(write), SCMP_SYS(writev),
	/* sockets that are connected, or were bound */
	SCMP_SYS(accept4), SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	/* threads */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(getcpu),
	SCMP_SYS(get_robust_list), SCMP_SYS(membarrier), SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
	SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list),
	/* time */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(time), SCMP_SYS(times),
	/* signals */
	SCMP_SYS(pause), SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
	/* who and where one is */
	SCMP_SYS(getcwd), SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getrandom), SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
};

#define MASKED(n, mask, value)	{ (n), SCMP_CMP_MASKED_EQ, (mask), (value) }
#define HAS(n, bits)		MASKED(n, bits, bits)
#define LACKS(n, bits)		MASKED(n, bits, 0)
#define IS(n, value)		{ (n), SCMP_CMP_EQ, (scmp_datum_t)(value), 0 }

/* With one argument as said. */
struct some {
	int		    call;
	struct scmp_arg_cmp arg;
};

static int
allow_any(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return rc;
}

static int
allow_some(scmp_filter_ctx ctx, const struct some *some, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, some[i].call, 1, &some[i].arg);
	return rc;
}

static int
allow_always(scmp_filter_ctx ctx, pid_t self)
{
	const struct some some[] = {
		{ SCMP_SYS(mmap), LACKS(2, PROT_EXEC) },
		{ SCMP_SYS(mprotect), LACKS(2, PROT_EXEC) },
		{ SCMP_SYS(newfstatat), HAS(3, AT_EMPTY_PATH) },
		{ SCMP_SYS(statx), HAS(2, AT_EMPTY_PATH) },
		{ SCMP_SYS(socketpair), IS(0, AF_UNIX) },
		{ SCMP_SYS(clone), HAS(0, CLONE_THREAD) },
		{ SCMP_SYS(kill), IS(0, self) },
		{ SCMP_SYS(tgkill), IS(0, self) },
		{ SCMP_SYS(process_vm_readv), IS(0, self) },
		{ SCMP_SYS(prlimit64), IS(2, 0) },
		{ SCMP_SYS(prctl), IS(0, PR_SET_NAME) },
		{ SCMP_SYS(prctl), IS(0, PR_GET_NAME) },
		{ SCMP_SYS(prctl), IS(0, PR_SET_VMA) },
		{ SCMP_SYS(prctl), IS(0, PR_GET_DUMPABLE) },
		{ SCMP_SYS(prctl), IS(0, PR_SET_PTRACER) },
		/* VFIO's own, by their type; whether a descriptor is a terminal; what waits */
		{ SCMP_SYS(ioctl), MASKED(1, 0xff00, VFIO_TYPE << 8) },
		{ SCMP_SYS(ioctl), IS(1, TCGETS) },
		{ SCMP_SYS(ioctl), IS(1, FIONREAD) },
	};

	return allow_some(ctx, some, sizeof(some) / sizeof(some[0]));
}

/* What LeakSanitizer's check wants: a process beside the others that stops and reads them. */
static int
allow_leak_check(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(getdents), SCMP_SYS(ptrace), SCMP_SYS(wait4) };
	static const struct some some[] = {
		{ SCMP_SYS(clone), IS(0, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED) },
		{ SCMP_SYS(prctl), IS(0, PR_SET_PDEATHSIG) },
	};
	int rc = allow_any(ctx, calls, sizeof(calls) / sizeof(calls[0]));

	return rc == 0 ? allow_some(ctx, some, sizeof(some) / sizeof(some[0])) : rc;
}

/* A negative errno. */
static int
fill(scmp_filter_ctx ctx)
{
	int rc = allow_any(ctx, any, sizeof(any) / sizeof(any[0]));

	if (rc == 0)
		rc = allow_always(ctx, getpid());
	if (rc == 0 && leakcheck_is())
		rc = allow_leak_check(ctx);
	/* UndefinedBehaviorSanitizer's runtime looks at its first report who it is. */
	if (rc == 0 && sanitizer_is())
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(readlink), 0);
	/* Its flags are out of a filter's sight; the C library takes clone() then. */
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

static int
set_up(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	/* Another machine's calls, as 32-bit ones: their numbers mean something else. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);
	/* A search, not a list of comparisons. */
	if (rc == 0)
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Nothing is kept from the driver in its own process: a processor need not slow down. */
	if (rc == 0)
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	return rc == 0 ? fill(ctx) : rc;
}

int
contain_filter(char *why, size_t size)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_NOTIFY);
	int rc = ctx != NULL ? set_up(ctx) : -ENOMEM, fd = -1;

	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc == 0)
		fd = seccomp_notify_fd(ctx);
	else
		snprintf(why, size, "seccomp: %s", strerror(-rc));
	if (ctx != NULL)
		seccomp_release(ctx);
	return fd;
}
