/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simkern.c - see simkern.h.
 */
#include "simkern.h"

int autoconf_verbose, k_ipl;
const char *k_file;
const char *const k_files[2] = { "toy-7260-17", "iwlwifi-7260-17.ucode" };

static char main_thread, worker_thread;
struct proc *curproc = (struct proc *)&main_thread;
static uint64_t now;			/* us */
static void *asleep, *woken;

/* ---- messages, memory ---- */

int
k_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	k_message(fmt, ap);
	va_end(ap);
	return 0;
}

/* free(9) has to be told the size, unless there is nothing to free. */
void *
k_malloc(size_t n, int flags)
{
	KASSERT((flags & M_WAITOK) == 0 || k_ipl < IPL_NET);
	return k_take_sized(n);
}

void
k_free(void *p, size_t n)
{
	if (p != NULL)
		k_give_sized(p, n);
}

int
loadfirmware(const char *name, u_char **buf, size_t *size)
{
	if (k_file == NULL || strcmp(name, k_file) != 0)
		return ENOENT;
	*buf = k_malloc(5, M_WAITOK);
	memcpy(*buf, "hello", 5);
	*size = 5;
	return 0;
}

/* ---- priority levels, sleeping, tasks ---- */

int
splnet(void)
{
	int s = k_ipl;

	k_ipl = MAX(k_ipl, IPL_NET);
	return s;
}

void
splx(int s)
{
	k_ipl = s;
}

TAILQ_HEAD(tasklist, task);
struct taskq {
	struct tasklist	list;
};
static struct taskq *the_queue;

struct taskq *
taskq_create(const char *name __unused, unsigned n, int ipl, unsigned flags)
{
	KASSERT(n == 1 && ipl == IPL_NET && flags == 0);
	the_queue = k_malloc(sizeof(*the_queue), M_WAITOK);
	TAILQ_INIT(&the_queue->list);
	return the_queue;
}

void
taskq_destroy(struct taskq *q)
{
	KASSERT(TAILQ_EMPTY(&q->list));
	k_free(q, sizeof(*q));
	the_queue = NULL;
}

void
task_set(struct task *t, void (*fn)(void *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->t_func = fn;
	t->t_arg = arg;
}

int
task_add(struct taskq *q, struct task *t)
{
	if (t->t_queued)
		return 0;
	t->t_queued = 1;
	TAILQ_INSERT_TAIL(&q->list, t, t_entry);
	return 1;
}

int
task_del(struct taskq *q, struct task *t)
{
	if (!t->t_queued)
		return 0;
	t->t_queued = 0;
	TAILQ_REMOVE(&q->list, t, t_entry);
	return 1;
}

/* One task of the queue, as the thread of the worker. */
static int
work(void)
{
	struct task *t = the_queue == NULL ? NULL : TAILQ_FIRST(&the_queue->list), copy;
	int ipl = k_ipl;

	if (t == NULL)
		return 0;
	task_del(the_queue, t);
	copy = *t;
	curproc = (struct proc *)&worker_thread;
	k_ipl = 0;
	copy.t_func(copy.t_arg);
	KASSERT(k_ipl == 0);
	k_ipl = ipl;
	curproc = (struct proc *)&main_thread;
	return 1;
}

int
tsleep_nsec(void *ident, int prio __unused, const char *wmesg __unused, uint64_t ns)
{
	void *outer = asleep;
	int ipl = k_ipl, woke;

	KASSERT(!cold && ns != 0);
	asleep = ident;
	woken = NULL;
	k_ipl = 0;
	if (curproc == (struct proc *)&main_thread) {
		while (woken != ident && work())
			continue;
	} else if (k_event != NULL)
		k_event();
	woke = woken == ident;
	woken = NULL;
	asleep = outer;
	k_ipl = ipl;
	if (woke)
		return 0;
	KASSERT(ns != INFSLP);			/* nobody would ever wake it */
	k_clock((unsigned)(ns / 1000000));
	return EWOULDBLOCK;
}

void
wakeup(void *ident)
{
	if (asleep == ident)
		woken = ident;
}

/* ---- time ---- */

static TAILQ_HEAD(, timeout) timeouts = TAILQ_HEAD_INITIALIZER(timeouts);

void
k_delay(unsigned us)
{
	now += us;
}

void
getmicrouptime(struct timeval *tv)
{
	tv->tv_sec = (time_t)(now / 1000000);
	tv->tv_usec = (suseconds_t)(now % 1000000);
}

void
timeout_set(struct timeout *t, void (*fn)(void *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->to_func = fn;
	t->to_arg = arg;
}

int
timeout_add(struct timeout *t, int ticks)
{
	timeout_del(t);
	t->to_time = now / 10000 + (unsigned)ticks;
	t->to_pending = 1;
	TAILQ_INSERT_TAIL(&timeouts, t, to_entry);
	return 1;
}

int
timeout_del(struct timeout *t)
{
	if (!t->to_pending)
		return 0;
	t->to_pending = 0;
	TAILQ_REMOVE(&timeouts, t, to_entry);
	return 1;
}

int
timeout_del_barrier(struct timeout *t)
{
	return timeout_del(t);
}

void
k_clock(unsigned ms)
{
	uint64_t end = now + (uint64_t)ms * 1000;
	struct timeout *t;

	do {
		now = MIN(now + 10000, end);
		TAILQ_FOREACH(t, &timeouts, to_entry)
			if (t->to_time <= now / 10000)
				break;
		if (t != NULL) {
			timeout_del(t);
			t->to_func(t->to_arg);
		}
	} while (now < end || t != NULL);
}
