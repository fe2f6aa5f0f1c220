/* SPDX-License-Identifier: BSD-2-Clause */
/* Fatal signals; see crash.h. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/contain.h"
#include "harness/crash.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/fatal.h"
#include "harness/life.h"

#define STACK_SIZE	(128 * 1024)	/* a handler's */
#define NEAR		(64 * 1024)	/* below a stack: one large frame may step over the guard */

static _Thread_local void *own_stack;
/* The thread's own stack; it may use `stack_size` bytes from there on. */
static _Thread_local uintptr_t stack_low;
static _Thread_local size_t stack_size;

static const char *
signal_name(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGFPE:
		return "SIGFPE";
	case SIGILL:
		return "SIGILL";
	default:
		return "SIGABRT";
	}
}

static void
learn_stack(void)
{
	pthread_attr_t attr;
	void *low;

	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	if (pthread_attr_getstack(&attr, &low, &stack_size) == 0)
		stack_low = (uintptr_t)low;
	pthread_attr_destroy(&attr);
}

static bool
below_stack(const void *addr)
{
	return (uintptr_t)addr < stack_low && stack_low - (uintptr_t)addr <= NEAR;
}

/* What the address means, where it is known. */
static void
describe(struct fatal *f, int sig, const siginfo_t *info)
{
	struct hyp_dev *dev = life_dev();
	char where[128];
	size_t n;

	if (sig == SIGABRT || info->si_code <= 0)
		snprintf(f->text, sizeof(f->text), "crash: %s in thread %s", f->signal, f->thread);
	else if (dev != NULL && bar_describe(dev, info->si_addr, where, sizeof(where)))
		snprintf(f->text, sizeof(f->text), "crash: %s in thread %s: %s does not answer; is "
		    "the device there, awake, and its memory space enabled?", f->signal,
		    f->thread, where);
	else if (sig == SIGSEGV && below_stack(info->si_addr))
		snprintf(f->text, sizeof(f->text), "crash: %s in thread %s: its stack of %zu KiB is "
		    "used up, at address %p: does a function call itself without end, or have large "
		    "variables?", f->signal, f->thread, stack_size >> 10, info->si_addr);
	else
		snprintf(f->text, sizeof(f->text), "crash: %s in thread %s: %s %p", f->signal,
		    f->thread, sig == SIGFPE || sig == SIGILL ? "instruction at" : "address",
		    info->si_addr);
	n = strlen(f->text);
	contain_memory_text(f->text + n, sizeof(f->text) - n);
}

static void
on_crash(int sig, siginfo_t *info, void *ucontext)
{
	struct fatal *f;

	if (sig == SIGSEGV && info->si_code == SEGV_ACCERR &&
	    dmacheck_fault(info->si_addr, ucontext))
		return;
	bt_crashed();
	f = fatal_begin();
	f->event = "crash";
	f->signal = signal_name(sig);
	f->status = 128 + sig;
	describe(f, sig, info);
	bt_interrupted(&f->bt, ucontext);
	fatal_end();
}

void
crash_init(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_sigaction = on_crash,
	    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	unsigned i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	crash_thread_start();
}

void
crash_thread_start(void)
{
	stack_t old, ss = { .ss_size = STACK_SIZE };

	learn_stack();
	/* A sanitizer may have set one up, which it will take away itself. */
	if (own_stack != NULL || sigaltstack(NULL, &old) != 0 ||
	    (old.ss_flags & SS_DISABLE) == 0)
		return;
	ss.ss_sp = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (ss.ss_sp == MAP_FAILED)
		return;
	own_stack = ss.ss_sp;
	sigaltstack(&ss, NULL);
}

void
crash_thread_end(void)
{
	stack_t off = { .ss_flags = SS_DISABLE };

	if (own_stack == NULL)
		return;
	sigaltstack(&off, NULL);
	munmap(own_stack, STACK_SIZE);
	own_stack = NULL;
}
