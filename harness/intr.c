/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt thread: waits on the eventfds of the vectors, on the device's error (ERR) and
 * release (REQ) notices, and on the backend's own socket.
 *
 * The vectors' eventfds are watched edge-triggered and never read: each signal is a new edge,
 * which saves a system call per interrupt; signals that come while the handler runs make
 * it run once more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/intr_int.h"
#include "harness/life.h"
#include "harness/rr.h"
#include "harness/trace.h"

#define HANDLER		"the interrupt handler"	/* one, whatever vectors there are */

/* What an epoll event is about, in the upper half of its data; the lower has a number. */
enum source { SRC_VECTOR, SRC_ERR, SRC_REQ, SRC_BACKEND, SRC_STOP };

static int
watch(struct intr *in, int fd, uint32_t events, enum source src, uint32_t vec)
{
	struct epoll_event ev = { .events = events };

	/* vector in 16 bits, generation in the 32 above, source on top */
	ev.data.u64 = (uint64_t)src << 56 | (uint64_t)(in->generation & 0xffffffff) << 16 | vec;
	return epoll_ctl(in->epoll, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : errno;
}

/* For a recording: this is why the thread is at work. */
static void
note(enum source src, unsigned vec)
{
	if (!rr_records() || !turn_mine())
		return;
	rr_call(RR_INTR, 0);
	rr_result(src);
	rr_result(vec);
	rr_done();
}

static void
fire(struct intr *in, uint64_t data)
{
	uint32_t generation = (uint32_t)(data >> 16);
	unsigned vec = data & 0xffff;
	int (*fn)(void *, unsigned), result;
	void *arg;
	uint64_t mark;
	bool intx;

	hyp_lock(&in->lock);
	if (in->nvec == 0 || in->held || generation != in->generation || vec >= in->nvec) {
		hyp_unlock(&in->lock);
		return;
	}
	in->running = true;
	fn = in->fn;
	arg = in->arg;
	intx = in->kind == HYP_INTX && !rr_replays();
	hyp_unlock(&in->lock);

	note(SRC_VECTOR, vec);
	trace_put(TRACE_INTR, vec, 0, 0, 0);
	atomic_store_explicit(&in->last[vec], clock_ticks(), memory_order_relaxed);
	atomic_store_explicit(&in->runs[vec], atomic_load_explicit(&in->runs[vec],
	    memory_order_relaxed) + 1, memory_order_relaxed);
	hyp_role(in, HANDLER);
	hyp_call_begin("interrupt handler", NULL);
	mark = trace_mark();
	result = fn(arg, vec);
	intr_storm(in, vec, result, mark);
	hyp_call_end();
	hyp_release(in);
	trace_put(TRACE_INTR_END, vec, 0, 0, 0);
	if (intx)
		vfio_irq_unmask(in->dev->vfio, VFIO_PCI_INTX_IRQ_INDEX, 0);

	hyp_lock(&in->lock);
	in->running = false;
	hyp_cond_wake(&in->idle);
	hyp_unlock(&in->lock);
}

static bool
serve(struct intr *in, const struct epoll_event *ev)
{
	int fd;

	switch ((enum source)(ev->data.u64 >> 56)) {
	case SRC_VECTOR:
		fire(in, ev->data.u64);
		break;
	case SRC_ERR:
		note(SRC_ERR, 0);
		life_fail(in->dev, EIO, "the device reported an error that it cannot recover "
		    "from (PCIe AER); see the kernel log");
		break;
	case SRC_REQ:
		note(SRC_REQ, 0);
		life_fail(in->dev, ENODEV, "the host wants the device back (unbind or hot "
		    "removal)");
		break;
	case SRC_BACKEND:
		fd = vfio_poll_fd(in->dev->vfio);
		if (vfio_process(in->dev->vfio) != 0 && fd >= 0)
			epoll_ctl(in->epoll, EPOLL_CTL_DEL, fd, NULL);
		break;
	case SRC_STOP:
		note(SRC_STOP, 0);
		return false;
	}
	return true;
}

/* What the recording has for this turn; false: the thread ends. */
static bool
serve_recorded(struct intr *in)
{
	struct epoll_event ev;
	uint64_t src;

	while (rr_next_is(RR_INTR)) {
		rr_take(RR_INTR);
		src = rr_result(0);
		ev.data.u64 = src << 56 | (uint64_t)in->generation << 16 | (rr_result(0) & 0xffff);
		rr_done();
		if (!serve(in, &ev))
			return false;
	}
	rr_idle("the interrupt handler has returned");
	return true;
}

/* What has come, and when nothing has, what comes. */
static int
await(struct intr *in, struct epoll_event *ev, int max)
{
	int n = 0;

	if (in->suspects) {
		n = epoll_wait(in->epoll, ev, max, 0);
		if (n == 0)
			intr_paused(in);
	}
	return n != 0 ? n : epoll_wait(in->epoll, ev, max, -1);
}

static void *
intr_main(void *arg)
{
	struct intr *in = arg;
	struct epoll_event ev[16];
	bool go_on = true;
	int n, i;

	while (go_on) {
		hyp_clock_leave();
		n = rr_replays() ? 0 : await(in, ev, 16);
		clock_interrupted();
		if (rr_replays())
			go_on = serve_recorded(in);
		for (i = 0; i < n && go_on; i++)
			go_on = serve(in, &ev[i]);
	}
	return NULL;
}

/* Have ERR or REQ signal an eventfd, where the device has that. */
static int
notice(struct intr *in, unsigned index, enum source src)
{
	struct vfio_irq irq;
	int fd;

	if (rr_replays() || vfio_irq_info(in->dev->vfio, index, &irq) != 0 || irq.count == 0)
		return -1;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -1;
	if (vfio_irq_enable(in->dev->vfio, index, 0, 1, &fd, NULL) == 0 &&
	    watch(in, fd, EPOLLIN | EPOLLET, src, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
free_intr(struct intr *in)
{
	if (in->epoll >= 0)
		close(in->epoll);
	if (in->stop >= 0)
		close(in->stop);
	if (in->err >= 0)
		close(in->err);
	if (in->req >= 0)
		close(in->req);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

int
intr_start(struct hyp_dev *dev, struct vfio_err *err)
{
	struct intr *in = calloc(1, sizeof(*in));
	int error;

	if (in == NULL) {
		snprintf(err->text, sizeof(err->text), "interrupt thread: %s", strerror(ENOMEM));
		return ENOMEM;
	}
	in->dev = dev;
	in->err = in->req = -1;
	pthread_mutex_init(&in->lock, NULL);
	in->epoll = epoll_create1(EPOLL_CLOEXEC);
	in->stop = eventfd(0, EFD_CLOEXEC);
	error = in->epoll < 0 || in->stop < 0 ? errno : 0;
	if (error == 0)
		error = watch(in, in->stop, EPOLLIN, SRC_STOP, 0);
	if (error == 0 && !rr_replays() && vfio_poll_fd(dev->vfio) >= 0)
		error = watch(in, vfio_poll_fd(dev->vfio), EPOLLIN, SRC_BACKEND, 0);
	if (error == 0) {
		in->err = notice(in, VFIO_PCI_ERR_IRQ_INDEX, SRC_ERR);
		in->req = notice(in, VFIO_PCI_REQ_IRQ_INDEX, SRC_REQ);
		error = hyp_thread_start(&in->thread, "intr", intr_main, in);
	}
	if (error != 0) {
		snprintf(err->text, sizeof(err->text), "interrupt thread: %s", strerror(error));
		free_intr(in);
		return error;
	}
	dev->intr = in;
	return 0;
}

void
intr_stop(struct hyp_dev *dev)
{
	struct intr *in = dev->intr;
	uint64_t one = 1;

	if (in == NULL)
		return;
	hyp_intr_disestablish(dev);
	if (write(in->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	hyp_thread_join(in->thread);
	if (in->err >= 0)
		vfio_irq_disable(dev->vfio, VFIO_PCI_ERR_IRQ_INDEX);
	if (in->req >= 0)
		vfio_irq_disable(dev->vfio, VFIO_PCI_REQ_IRQ_INDEX);
	dev->intr = NULL;
	free_intr(in);
}

bool
intr_established(struct hyp_dev *dev)
{
	bool any;

	hyp_lock(&dev->intr->lock);
	any = dev->intr->nvec > 0;
	hyp_unlock(&dev->intr->lock);
	return any;
}

int
intr_vector_fd(struct hyp_dev *dev, unsigned vec)
{
	struct intr *in = dev->intr;
	int fd;

	hyp_lock(&in->lock);
	fd = vec < in->nvec ? in->fd[vec] : -1;
	hyp_unlock(&in->lock);
	return fd;
}

static void
close_vectors(struct intr *in, unsigned n)
{
	while (n > 0)
		if (in->fd[--n] >= 0)
			close(in->fd[n]);
}

static int
open_vectors(struct intr *in, unsigned n)
{
	unsigned i;
	int error = 0;

	for (i = 0; i < n && error == 0; i++) {
		in->fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (in->fd[i] < 0)
			error = errno;
		else if ((error = watch(in, in->fd[i], EPOLLIN | EPOLLET, SRC_VECTOR, i)) != 0)
			close(in->fd[i]);
		if (error != 0)
			close_vectors(in, i);
	}
	return error;
}

/* Connect n vectors of one kind; with the lock. */
static int
establish(struct intr *in, unsigned index, unsigned kind, unsigned n, struct vfio_err *err)
{
	int error;

	in->generation++;
	error = open_vectors(in, n);
	if (error != 0) {
		snprintf(err->text, sizeof(err->text), "eventfd: %s", strerror(error));
		return error;
	}
	in->index = index;
	in->kind = kind;
	in->nvec = n;
	error = vfio_irq_enable(in->dev->vfio, index, 0, n, in->fd, err);
	if (error != 0) {
		in->nvec = 0;
		close_vectors(in, n);
	}
	return error;
}

static const struct { unsigned kind, index; } kinds_best_first[] = {
	{ HYP_MSIX, VFIO_PCI_MSIX_IRQ_INDEX },
	{ HYP_MSI, VFIO_PCI_MSI_IRQ_INDEX },
	{ HYP_INTX, VFIO_PCI_INTX_IRQ_INDEX },
};

/* The best of the kinds that the device has; with the lock. */
static int
establish_best(struct intr *in, unsigned kinds, unsigned want, struct vfio_err *err)
{
	struct vfio_dev *vfio = in->dev->vfio;
	struct vfio_irq irq;
	unsigned i, n;
	int error = EINVAL;

	for (i = 0; i < 3 && error != 0 && want > 0; i++) {
		if ((kinds & kinds_best_first[i].kind) == 0 ||
		    vfio_irq_info(vfio, kinds_best_first[i].index, &irq) != 0 || irq.count == 0)
			continue;
		n = want < irq.count ? want : irq.count;
		n = n < INTR_VECTORS ? n : INTR_VECTORS;
		error = establish(in, kinds_best_first[i].index, kinds_best_first[i].kind, n,
		    err);
	}
	return error;
}

/* What came of it, into the recording or out of it; with the lock. */
static int
recorded(struct intr *in, unsigned kinds, unsigned want, int error)
{
	unsigned i;

	if (!turn_mine())
		return error;
	rr_call(RR_INTR_ON, 2, (uint64_t)kinds, (uint64_t)want);
	error = (int)rr_result((uint64_t)error);
	in->kind = (unsigned)rr_result(in->kind);
	in->nvec = (unsigned)rr_result(in->nvec) % (INTR_VECTORS + 1);
	rr_done();
	for (i = 0; rr_replays() && i < in->nvec; i++)
		in->fd[i] = -1;
	return error;
}

int
hyp_intr_establish(struct hyp_dev *dev, unsigned kinds, unsigned *nvec, unsigned *kind,
    int (*fn)(void *, unsigned), void *arg)
{
	struct intr *in = dev->intr;
	struct vfio_err err = { "" };
	int error = EBUSY;

	hyp_lock(&in->lock);
	if (in->nvec == 0) {
		in->fn = fn;
		in->arg = arg;
		memset(in->runs, 0, sizeof(in->runs));
		memset(in->last, 0, sizeof(in->last));
		memset(in->storm, 0, sizeof(in->storm));
		error = rr_replays() ? 0 : establish_best(in, kinds, *nvec, &err);
		error = recorded(in, kinds, *nvec, error);
	}
	if (error == 0) {
		in->had = in->nvec;
		*nvec = in->nvec;
		*kind = in->kind;
		trace_put(TRACE_INTR_ON, in->kind, in->nvec, 0, 0);
	}
	hyp_unlock(&in->lock);
	if (error != 0 && err.text[0] != '\0')
		rr_log(dev, HYP_LOG_ERROR, "interrupts: %s", err.text);
	return error;
}

/* With the lock: no handler runs. */
static void
await_idle(struct intr *in)
{
	while (in->running) {
		hyp_await(in, HANDLER);
		(void)hyp_cond_wait(&in->idle, &in->lock, 0);
		hyp_awaited();
	}
}

void
hyp_intr_disestablish(struct hyp_dev *dev)
{
	struct intr *in = dev->intr;
	unsigned n;

	if (pthread_equal(pthread_self(), in->thread))
		hyp_violation(dev, "interrupts are not disconnected by their own handler",
		    "disestablish in the interrupt thread");
	hyp_order(in, HANDLER);
	hyp_lock(&in->lock);
	n = in->nvec;
	in->nvec = 0;
	await_idle(in);
	if (n > 0) {
		trace_put(TRACE_INTR_OFF, in->kind, n, 0, 0);
		if (!rr_replays())
			vfio_irq_disable(dev->vfio, in->index);
		close_vectors(in, n);
	}
	if (n > 0 && turn_mine()) {
		rr_call(RR_INTR_OFF, 0);
		rr_done();
	}
	hyp_unlock(&in->lock);
}

void
intr_hold(struct hyp_dev *dev)
{
	struct intr *in = dev->intr;

	hyp_order(in, HANDLER);
	hyp_lock(&in->lock);
	in->held = true;
	await_idle(in);
	if (in->nvec > 0 && !rr_replays())
		vfio_irq_disable(dev->vfio, in->index);
	hyp_unlock(&in->lock);
}

int
intr_release(struct hyp_dev *dev)
{
	struct intr *in = dev->intr;
	struct vfio_err err = { "" };
	int error = 0;

	hyp_lock(&in->lock);
	in->held = false;
	if (in->nvec > 0 && !rr_replays())
		error = vfio_irq_enable(dev->vfio, in->index, 0, in->nvec, in->fd, &err);
	hyp_unlock(&in->lock);
	if (error != 0)
		rr_log(dev, HYP_LOG_ERROR, "interrupts: %s", err.text);
	return error;
}
