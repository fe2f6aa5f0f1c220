/* SPDX-License-Identifier: BSD-2-Clause */
/* What is given up, and the report when it is missed; see contain.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/contain.h"
#include "harness/event.h"
#include "harness/fatal.h"
#include "harness/hypercall.h"
#include "harness/jsonw.h"
#include "harness/leakcheck.h"
#include "harness/memcheck.h"
#include "harness/sanitizer.h"
#include "harness/warden.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP	1	/* of a SIGSYS: from a filter */
#endif
#define NOBODY	65534

#define RULE	"a driver asks the system for nothing but by its interface"
#define MEMORY_RULE "a driver's memory has a limit"

/* Memory that the harness may want besides the driver's: threads' stacks, recordings. */
#define OWN_BYTES ((rlim_t)256 << 20)
#define PROBE	((size_t)1 << 20)

static struct {
	bool		 on;
	int		 landlock;	/* its version; 0: none */
	const char	*no_landlock;
	bool		 locks;		/* the kernel's VFIO locks memory for the device */
	int		 death;		/* the signal when our parent ends */
	pid_t		 parent;
	int		 statm;
	unsigned	 expected;	/* threads, each of which posts */
	sem_t		 arrived;
	uint64_t	 limit;		/* bytes; 0: none */
	_Atomic int64_t	 used;
} C;

/* ---- the report ---- */

static void
on_offence(int sig, siginfo_t *info, void *ucontext)
{
	const struct warden_offence *o = warden_offence();
	bool mine = o != NULL && o->tid == (int)syscall(SYS_gettid);
	int saved = errno;
	struct fatal *f;

	(void)sig;
	if (fatal_is()) {		/* the report itself; it goes on without that call */
		errno = saved;
		return;
	}
	if (o != NULL)
		warden_taken();
	f = fatal_begin();
	f->event = "violation";
	f->rule = RULE;
	f->status = FATAL_STATUS_RULE;
	f->offence = o;
	if (o != NULL)
		snprintf(f->text, sizeof(f->text), "forbidden system call: %s in %s%s; what a "
		    "driver needs it gets by its interface; --no-contain allows all", o->text,
		    mine ? "thread " : "a thread that blocks signals", mine ? f->thread : "");
	else
		snprintf(f->text, sizeof(f->text), "forbidden system call: %d of another machine "
		    "(a 32-bit one?) in thread %s, or a SIGSYS from outside",
		    info->si_code == SYS_SECCOMP ? info->si_syscall : -1, f->thread);
	if (mine || o == NULL)
		bt_interrupted(&f->bt, ucontext);
	fatal_end();
}

static void
catch_offences(void)
{
	struct sigaction sa = { .sa_sigaction = on_offence, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGSYS, &sa, NULL);
}

/* ---- memory ---- */

void
contain_memory(int64_t bytes)
{
	int64_t used = atomic_fetch_add_explicit(&C.used, bytes, memory_order_relaxed) + bytes;

	if (bytes <= 0 || C.limit == 0 || used <= (int64_t)C.limit)
		return;
	/* The report is not to stumble over it again. */
	C.limit = 0;
	hyp_violation(NULL, MEMORY_RULE, "with these %lld bytes it has %lld MiB; is memory lost? "
	    "--memory MIB allows more", (long long)bytes, (long long)(used >> 20));
}

void
hyp_memory(struct hyp_dev *dev, long bytes)
{
	(void)dev;
	contain_memory(bytes);
}

void
hyp_memory_wanted(struct hyp_dev *dev, size_t bytes)
{
	uint64_t limit = C.limit;
	char text[128];

	contain_memory_text(text, sizeof(text));
	if (limit == 0 || (bytes <= limit && text[0] == '\0'))
		return;
	C.limit = 0;
	hyp_violation(dev, MEMORY_RULE, "%zu bytes are not to be had beside the %lld MiB that it "
	    "has, in however small pieces, of %llu MiB; is memory lost? --memory MIB allows more",
	    bytes, (long long)(atomic_load(&C.used) >> 20), (unsigned long long)(limit >> 20));
}

void
contain_memory_text(char *buf, size_t size)
{
	void *p;

	buf[0] = '\0';
	if (!C.on || C.limit == 0 || sanitizer_takes_memory())
		return;
	p = mmap(NULL, PROBE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED)
		munmap(p, PROBE);
	else
		snprintf(buf, size, "; no memory is left of what --memory allows (%llu MiB)",
		    (unsigned long long)(C.limit >> 20));
}

/*
 * What does not go through the interface.  A sanitizer's shadow, and what it keeps of freed
 * memory, would count as well.
 */
static void
limit_data(void)
{
	unsigned long long pages = 0;
	struct rlimit rl;
	char text[128];
	ssize_t n = pread(C.statm, text, sizeof(text) - 1, 0);

	close(C.statm);
	if (C.limit == 0 || sanitizer_takes_memory() || n <= 0)
		return;
	text[n] = '\0';
	if (sscanf(text, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
		return;
	rl.rlim_cur = rl.rlim_max = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + C.limit +
	    OWN_BYTES;
	setrlimit(RLIMIT_DATA, &rl);
}

/* ---- who we are ---- */

/* May this process do without the right to lock memory for the device? */
static bool
memlock_free(void)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	return !C.locks || setrlimit(RLIMIT_MEMLOCK, &rl) == 0;
}

/* For this thread and those it starts; what locks memory is kept where that is limited. */
static void
drop_capabilities(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) != 0)
		return;
	d[0].permitted &= memlock_free() ? 0 : 1u << CAP_IPC_LOCK;
	d[0].effective = d[0].permitted;
	d[0].inheritable = d[1].effective = d[1].permitted = d[1].inheritable = 0;
	(void)syscall(SYS_capset, &h, d);
}

/* Who has become root by sudo, or nobody. */
static uid_t
somebody(const char *name)
{
	const char *text = getenv(name);
	unsigned long id = text != NULL ? strtoul(text, NULL, 10) : 0;

	return id > 0 && id < NOBODY ? (uid_t)id : NOBODY;
}

/* Root no more, all threads; false: this process must stay root. */
static bool
become_user(void)
{
	uid_t uid = somebody("SUDO_UID");
	gid_t gid = somebody("SUDO_GID");

	if (!memlock_free() || setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return false;
	/* What the change has taken away: whoever debugs us may, and we go when our parent goes. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, C.death);
	if (C.death != 0 && getppid() != C.parent)
		kill(getpid(), C.death);
	return true;
}

/* Of a user who has some; root's go with root, for all threads at once. */
static void
contain_capabilities(void)
{
	if (geteuid() != 0)
		drop_capabilities();
}

static void
arrive(void)
{
	contain_capabilities();
	sem_post(&C.arrived);
}

static int
look_for_leaks(void)
{
	if (!leakcheck_is())
		return 0;
	C.expected++;
	return leakcheck_start(arrive);
}

/* ---- all of it ---- */

int
contain_init(const struct options *opt)
{
	struct rlimit none = { 0, 0 };

	/*
	 * Valgrind hands on neither seccomp(2) nor Landlock's calls, and makes others of its own in
	 * this process; and without the filter nobody would open firmware for one who is not root.
	 */
	C.on = opt->contain && !memcheck_is();
	C.limit = opt->contain ? opt->memory : 0;
	if (!C.on)
		return 0;
	C.locks = strncmp(opt->target, OPTIONS_UNIX, strlen(OPTIONS_UNIX)) != 0 &&
	    strncmp(opt->target, OPTIONS_REPLAY, strlen(OPTIONS_REPLAY)) != 0;
	C.parent = getppid();
	prctl(PR_GET_PDEATHSIG, &C.death);
	C.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	/* A crash is reported here; a core would hold keys. */
	setrlimit(RLIMIT_CORE, &none);
	sem_init(&C.arrived, 0, 0);
	C.landlock = contain_files_init(&C.no_landlock);
	catch_offences();
	return C.landlock > 0 ? look_for_leaks() : 0;
}

void
contain_thread(void)
{
	if (!C.on)
		return;
	contain_files();
	contain_capabilities();
}

void
contain_expect(void)
{
	if (C.on)
		C.expected++;
}

void
contain_expected(void)
{
	contain_thread();
	if (C.on)
		sem_post(&C.arrived);
}

static void
wait_for_others(void)
{
	for (; C.expected > 0; C.expected--)
		while (sem_wait(&C.arrived) != 0 && errno == EINTR)
			;
}

static void
tell(const char *no_seccomp)
{
	char files[128], text[512], members[700];
	struct jsonw j;

	if (C.landlock > 0)
		snprintf(files, sizeof(files), "Landlock of version %d", C.landlock);
	else
		snprintf(files, sizeof(files), "no Landlock (%s)", C.no_landlock);
	snprintf(text, sizeof(text), "contained: %s%s, %s, user %u, %llu MiB of memory",
	    no_seccomp[0] == '\0' ? "system calls are filtered" : "system calls are not: ",
	    no_seccomp, files, (unsigned)geteuid(), (unsigned long long)(C.limit >> 20));
	jsonw_open(&j, members, sizeof(members));
	jsonw_bool(&j, "seccomp", no_seccomp[0] == '\0');
	jsonw_int(&j, "landlock", C.landlock);
	jsonw_int(&j, "uid", (int64_t)geteuid());
	jsonw_int(&j, "memory", (int64_t)(C.limit >> 20));
	jsonw_str(&j, "text", text);
	jsonw_close(&j);
	event_members("contained", members);
	event_log(no_seccomp[0] == '\0' ? HYP_LOG_DEBUG : HYP_LOG_WARN, text);
}

void
contain(void)
{
	char why[256] = "";
	int listener;

	if (!C.on) {
		if (C.limit != 0)
			event_log(HYP_LOG_DEBUG, "not contained: valgrind has no calls for it");
		return;
	}
	wait_for_others();
	limit_data();
	if (geteuid() == 0 && !become_user())
		drop_capabilities();
	listener = contain_filter(why, sizeof(why));
	if (listener >= 0) {
		/* Without it every call that is not allowed fails with ENOSYS. */
		if (warden_watch(listener) != 0)
			snprintf(why, sizeof(why), "the process that watches has ended");
		close(listener);
	}
	tell(why);
}
