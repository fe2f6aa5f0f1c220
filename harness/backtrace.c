/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a backtrace: the C runtime's unwinder, or, where it does not get past the
 * interrupted frame (a call through a bad pointer has no unwind data) or crashes (it reads what a
 * return address points to, and a stack that was written over has any), the frame pointers,
 * which all our code keeps.  See backtrace.h.
 */
#define _GNU_SOURCE
#include <execinfo.h>
#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness/backtrace.h"
#include "harness/sanitized.h"

#define RAW	(BT_FRAMES + 16)
#define STACK_MOST	((uintptr_t)64 << 20)	/* bytes: no frame lies farther from another */

/* There is libgcc_s: without it backtrace() looks for it each time, also where nobody may. */
static bool unwinds;

/* Where this thread goes on when the unwinder crashes in it. */
static _Thread_local sigjmp_buf *volatile recover;

void
bt_init(void)
{
	void *pc[4];

	unwinds = backtrace(pc, 4) > 0;		/* the first call loads it */
}

void
bt_crashed(void)
{
	if (recover != NULL)
		siglongjmp(*recover, 1);
}

/* backtrace(), or 0 when it crashes. */
static int __attribute__((noinline))
unwind(void **pc, int max)
{
	sigjmp_buf *before = recover;
	volatile int n = 0;
	sigjmp_buf here;

	if (unwinds && sigsetjmp(here, 1) == 0) {
		recover = &here;
		n = backtrace(pc, max);
	}
	recover = before;
	return n;
}

void __attribute__((noinline))
bt_here(struct backtrace *bt)
{
	uintptr_t cheap[RAW];
	void *pc[RAW];
	int n = unwind(pc, RAW), i;

	bt->n = 0;
	bt->exact = false;
	if (n == 0) {
		n = (int)bt_cheap(cheap, RAW);
		for (i = 1; i < n && bt->n < BT_FRAMES; i++)	/* without its caller */
			bt->pc[bt->n++] = cheap[i];
		return;
	}
	for (i = 3; i < n && bt->n < BT_FRAMES; i++)	/* nor this function, nor unwind() */
		bt->pc[bt->n++] = (uintptr_t)pc[i];
}

/* The end of this thread's stack, or 0. */
static uintptr_t
stack_end(void)
{
	static _Thread_local uintptr_t end;
	pthread_attr_t attr;
	size_t size;
	void *base;

	if (end == 0 && pthread_getattr_np(pthread_self(), &attr) == 0) {
		if (pthread_attr_getstack(&attr, &base, &size) == 0)
			end = (uintptr_t)base + size;
		pthread_attr_destroy(&attr);
	}
	return end;
}

/* Frames lie one above the other between here and the stack's end: all of that can be read. */
unsigned __attribute__((noinline, no_sanitize("address", "thread")))
bt_cheap(uintptr_t *pc, unsigned max)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0), last = stack_end();
	const uintptr_t *frame;
	unsigned n = 0, skip = 1;	/* its caller's is the first */

	while (fp % sizeof(uintptr_t) == 0 && fp < last && last - fp >= 2 * sizeof(uintptr_t)) {
		frame = (const uintptr_t *)fp;
		if (frame[1] == 0 || n == max)
			break;
		if (skip > 0)
			skip--;
		else
			pc[n++] = frame[1];
		if (frame[0] <= fp)
			break;
		fp = frame[0];
	}
	return n;
}

/* Read our own memory, which may not be there. */
static bool
peek(uintptr_t addr, uintptr_t *words, size_t n)
{
	struct iovec here = { words, n * sizeof(*words) };
	struct iovec there = { (void *)addr, n * sizeof(*words) };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)here.iov_len;
}

struct regs {
	uintptr_t pc, sp, fp;
};

static struct regs
registers(void *ucontext)
{
	const ucontext_t *uc = ucontext;
	struct regs r = { 0 };

#if defined(__x86_64__)
	r.pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	r.sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
	r.fp = (uintptr_t)uc->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
	r.pc = uc->uc_mcontext.pc;
	r.sp = uc->uc_mcontext.sp;
	r.fp = uc->uc_mcontext.regs[29];
#else
	(void)uc;
#endif
	return r;
}

/* A frame, by a register that is its pointer only in code that keeps one: that is on the stack. */
static bool
peek_frame(const struct regs *r, uintptr_t frame[2])
{
	return r->fp % sizeof(uintptr_t) == 0 && r->fp >= r->sp && r->fp - r->sp < STACK_MOST &&
	    peek(r->fp, frame, 2) && frame[1] != 0;
}

static void
by_frame_pointers(struct backtrace *bt, struct regs r)
{
	uintptr_t frame[2], ret;

	bt->n = 0;
	bt->pc[bt->n++] = r.pc;
#if defined(__x86_64__)
	/* A call to nowhere: its return address is still on top of the stack. */
	if (!peek(r.pc & ~(sizeof(ret) - 1), &ret, 1) && peek(r.sp, &ret, 1))
		bt->pc[bt->n++] = ret;
#else
	(void)ret;
#endif
	while (bt->n < BT_FRAMES && peek_frame(&r, frame)) {
		bt->pc[bt->n++] = frame[1];
		if (frame[0] <= r.fp)
			break;
		r.fp = frame[0];
	}
}

/*
 * May the unwinder be let loose?  ThreadSanitizer blocks all signals in a handler, so there a crash
 * in it is the end: it is not when a return address leads nowhere.
 */
static bool
trusted(struct regs r)
{
	uintptr_t frame[2], code;

	if (!SANITIZED_THREAD)
		return true;
	if (!peek(r.pc & ~(sizeof(code) - 1), &code, 1))
		return false;
	while (peek_frame(&r, frame)) {
		if (!peek(frame[1] & ~(sizeof(code) - 1), &code, 1))
			return false;
		if (frame[0] <= r.fp)
			break;
		r.fp = frame[0];
	}
	return true;
}

void
bt_interrupted(struct backtrace *bt, void *ucontext)
{
	struct regs r = registers(ucontext);
	void *pc[RAW];
	int n = trusted(r) ? unwind(pc, RAW) : 0, i;

	bt->n = 0;
	bt->exact = true;
	for (i = 0; i < n && (uintptr_t)pc[i] != r.pc; i++)
		;
	for (; i < n && bt->n < BT_FRAMES; i++)
		bt->pc[bt->n++] = (uintptr_t)pc[i];
	if (bt->n < 2)
		by_frame_pointers(bt, r);
}
