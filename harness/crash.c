/* SPDX-License-Identifier: BSD-2-Clause */
/* Fatal signals; see crash.h. */
#define _GNU_SOURCE
#include <signal.h>
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

#define STACK_SIZE	(128 * 1024)

static _Thread_local void *own_stack;

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
