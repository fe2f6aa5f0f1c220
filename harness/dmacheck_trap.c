/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page protection for the DMA checker, on x86-64.  The driver's view of memory that the device
 * may write unseen is not readable, of memory that the device may read not writable; a fault
 * looks at what is accessed there, and lets the access happen: a write opens the page until the
 * next sync of it, a read is done by a single step, after which the page is closed again.
 * Another thread's access in just that moment is not seen.  Where accesses of the device are
 * seen, a page of shared memory is closed only from its write to the driver's sync of all that
 * was written.  Where not, it is from a PRE sync to a POST of any of it; and after some steps it
 * stays open until the next sync, for drivers do look through whole rings: not before the whole
 * page has been looked at byte by byte, though, while the device's bytes in it are unseen.
 *
 * On other processors nothing is protected, and only what compares is found.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness/dmacheck_int.h"

static _Atomic(struct dmacheck *) checker;

#if defined(__x86_64__)

#define EFLAGS_TF	0x100
#define FAULT_WRITE	0x2		/* of the page fault's error code */
#define STEP_MAX	4		/* pages that one instruction can need */
#define PATIENCE	64		/* steps on a page between syncs */
#define PATIENCE_UNSEEN	4096		/* while the driver has not been given all of it */

/* Pages that are open for the instruction that this thread steps over. */
static _Thread_local struct {
	unsigned	 n;
	uint8_t		*page[STEP_MAX];
} step;

static size_t
page_size(void)
{
	static size_t size;

	if (size == 0)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

static int
prot_of(enum dma_trap level)
{
	return level == DMA_CLOSED ? PROT_NONE :
	    level == DMA_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
}

/* A page for which there is no memory stays open: less is found. */
static void
trap_page(struct dma_chunk *k, size_t p, enum dma_trap level)
{
	k->steps[p] = 0;
	if (k->prot[p] != level &&
	    mprotect(k->va + p * page_size(), page_size(), prot_of(level)) == 0)
		k->prot[p] = level;
}

void
dma_trap(struct dma_chunk *k, uint64_t iova, size_t len, enum dma_trap level)
{
	size_t size = page_size(), p;
	size_t first = (size_t)(iova - k->iova) / size;
	size_t last = (size_t)(iova - k->iova + len - 1) / size;

	if (!k->trap)
		return;
	for (p = first; p <= last; p++)
		trap_page(k, p, level);
}

/* How many bytes the instruction reads, for the usual ones; 1 when it is none of them. */
static size_t
width(const uint8_t *pc)
{
	bool wide = false, half = false;
	size_t whole;

	for (;; pc++) {
		if (*pc == 0x66)
			half = true;
		else if ((*pc & 0xf0) == 0x40)		/* REX */
			wide = (*pc & 8) != 0;
		else if (*pc != 0xf2 && *pc != 0xf3)
			break;
	}
	whole = wide ? 8 : half ? 2 : 4;
	if (*pc == 0xc5 || *pc == 0xc4)			/* VEX: the L bit */
		return (pc[*pc == 0xc5 ? 1 : 2] & 4) != 0 ? 32 : 16;
	if (*pc == 0x0f)
		switch (pc[1]) {
		case 0x10: case 0x28: case 0x6f:	/* MOVUPS, MOVAPS, MOVDQA */
			return 16;
		case 0xb7: case 0xbf:			/* MOVZX, MOVSX of a word */
			return 2;
		case 0x6e: case 0x7e: case 0xd6:
			return wide ? 8 : 4;
		default:
			return 1;
		}
	switch (*pc) {
	case 0x8b: case 0x03: case 0x0b: case 0x23: case 0x2b: case 0x33: case 0x39: case 0x3b:
	case 0x81: case 0x83: case 0x85: case 0xa5: case 0xa7: case 0xf7: case 0x63:
		return whole;
	}
	return 1;
}

/* Did the device write any of it that the driver has not been given, now or in a map's time? */
static bool
unseen(struct dmacheck *c, struct dma_chunk *k, uint64_t iova, size_t len)
{
	size_t left = (size_t)(k->iova + k->size - iova);
	struct dma_bytes b = dma_bytes(k, iova, len < left ? len : left);
	struct dma_region *r;
	struct dma_span s;

	if (dma_differ(b.dev, b.was_dev, b.len, &s))
		return true;
	r = dma_live(c, iova, 1) == NULL ? dma_dead(c, iova, b.len) : NULL;
	return r != NULL && r->unseen;
}

static void
place_of(void *ucontext, struct dma_place *p)
{
	struct backtrace bt;

	bt_interrupted(&bt, ucontext);
	p->n = bt.n < DMA_FRAMES ? bt.n : DMA_FRAMES;
	p->exact = true;
	memcpy(p->pc, bt.pc, p->n * sizeof(p->pc[0]));
}

static void
look_at_read(struct dmacheck *c, uint64_t iova, size_t len, const struct dma_place *at)
{
	struct dma_region *r = dma_live(c, iova, 1);

	if (r != NULL && r->use != HYP_DMA_OUT)
		dma_found(DMA_NO_POSTREAD, r, iova, len, "the driver reads what the device "
		    "wrote, in", at);
	else if (r == NULL && (r = dma_dead(c, iova, 1)) != NULL && r->unseen)
		dma_found(DMA_NO_POSTREAD, r, iova, len, "the driver reads what the device wrote "
		    "before the map was unloaded, in", at);
}

static void
look_at_write(struct dmacheck *c, uint64_t iova, size_t len, const struct dma_place *at)
{
	struct dma_region *r = dma_live(c, iova, 1);

	if (r == NULL || r->use == HYP_DMA_SHARED || r->owner != DMA_DEVICE)
		return;
	dma_found(DMA_DRIVER_NOT_OWNER, r, iova, len, "in the device's time the driver writes", at);
	r->told = true;
}

/* Let the instruction read the page, and be told when it has. */
static void
step_over(uint8_t *page, ucontext_t *uc)
{
	mprotect(page, page_size(), PROT_READ | PROT_WRITE);
	step.page[step.n++] = page;
	uc->uc_mcontext.gregs[REG_EFL] |= EFLAGS_TF;
}

static struct dma_chunk *
chunk_at(struct dmacheck *c, const uint8_t *addr)
{
	struct dma_chunk *k;

	for (k = c->chunks; k != NULL; k = k->next)
		if (addr >= k->va && addr < k->va + k->size)
			return k;
	return NULL;
}

/* Of a page that is read: has that been stepped over often enough, so that it may stay open? */
static bool
enough(struct dmacheck *c, struct dma_chunk *k, size_t p)
{
	if (step.n == STEP_MAX || k->steps[p] == PATIENCE_UNSEEN)
		return true;
	return (c->sees || k->steps[p] >= PATIENCE) &&
	    !unseen(c, k, k->iova + p * page_size(), page_size());
}

static void
fault(struct dmacheck *c, struct dma_chunk *k, uint8_t *addr, ucontext_t *uc)
{
	size_t p = (size_t)(addr - k->va) / page_size();
	size_t len = width((const uint8_t *)uc->uc_mcontext.gregs[REG_RIP]);
	uint64_t iova = k->iova + (uint64_t)(addr - k->va);
	struct dma_place at;

	if (k->prot[p] == DMA_OPEN)
		return;			/* another thread was faster */
	if ((uc->uc_mcontext.gregs[REG_ERR] & FAULT_WRITE) != 0) {
		place_of(uc, &at);
		look_at_write(c, iova, len, &at);
		trap_page(k, p, DMA_OPEN);
		return;
	}
	if (unseen(c, k, iova, len)) {
		place_of(uc, &at);
		look_at_read(c, iova, len, &at);
	}
	if (enough(c, k, p)) {
		trap_page(k, p, DMA_OPEN);
		return;
	}
	k->steps[p]++;
	step_over(k->va + p * page_size(), uc);
}

bool
dmacheck_fault(void *addr, void *ucontext)
{
	struct dmacheck *c = atomic_load(&checker);
	int saved = errno;
	struct dma_chunk *k;

	if (c == NULL)
		return false;
	pthread_mutex_lock(&c->lock);
	k = chunk_at(c, addr);
	if (k != NULL)
		fault(c, k, addr, ucontext);
	pthread_mutex_unlock(&c->lock);
	errno = saved;
	return k != NULL;
}

/* The instruction is done: its pages are again what they were. */
static void
on_step(int sig, siginfo_t *info, void *ucontext)
{
	struct dmacheck *c = atomic_load(&checker);
	ucontext_t *uc = ucontext;
	int saved = errno;
	struct dma_chunk *k;
	uint8_t *page;

	(void)info;
	if (step.n == 0) {		/* somebody else's */
		signal(sig, SIG_DFL);
		return;
	}
	uc->uc_mcontext.gregs[REG_EFL] &= ~EFLAGS_TF;
	if (c != NULL)
		pthread_mutex_lock(&c->lock);
	while (step.n > 0) {
		page = step.page[--step.n];
		if (c != NULL && (k = chunk_at(c, page)) != NULL)
			mprotect(page, page_size(),
			    prot_of(k->prot[(size_t)(page - k->va) / page_size()]));
	}
	if (c != NULL)
		pthread_mutex_unlock(&c->lock);
	errno = saved;
}

void
dma_trap_for(struct dmacheck *c)
{
	struct sigaction sa = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&sa.sa_mask);
	if (c != NULL)
		sigaction(SIGTRAP, &sa, NULL);
	atomic_store(&checker, c);
}

#else

void
dma_trap(struct dma_chunk *k, uint64_t iova, size_t len, enum dma_trap level)
{
	(void)k, (void)iova, (void)len, (void)level;
}

bool
dmacheck_fault(void *addr, void *ucontext)
{
	(void)addr, (void)ucontext;
	return false;
}

void
dma_trap_for(struct dmacheck *c)
{
	atomic_store(&checker, c);
}

#endif
