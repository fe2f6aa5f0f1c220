/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * softc.h - the Linux shim's inside: one struct pdk_softc per device, contexts, rules.
 *
 * Threads.  The life-cycle thread of the harness is CONFIG.  The harness's interrupt
 * thread is FILTER, then BH.  Each device has two threads of its own: WORKER (task.c) and
 * TIMER (timer.c).  Which one a thread is at the moment is in the thread-local shim_ctx.
 *
 * Locks.  sc->mtx is the driver's lock, and guards the lists of timers and tasks and the
 * state of waiting too.  sc->res_mtx guards the lists of resources; it is a leaf: nothing
 * is called with it held.  Every entry of a resource list knows the place in the driver
 * that allocated it.
 *
 *	SHIM_CHECK(sc, pdk_wait);	// stops the run when pdk_wait() may not be called here
 */
#ifndef PDK_SOFTC_H
#define PDK_SOFTC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "harness/hypercall.h"
#include <pdk.h>
#include <pdk80211.h>

#include "fault.h"

/* ---- contexts and rules: context.c ---- */

enum shim_context {
	C_NONE = 0,
	C_FILTER = 1,
	C_BH = 2,
	C_TIMER = 4,
	C_WORKER = 8,
	C_TX = 16,
	C_CONFIG = 32,
};
enum shim_lockstate { ANY, HELD, FREE };

enum shim_rule_id {
#define CALL(name, contexts, lockstate, rule) R_##name,
#include "rules.def"
#undef CALL
	R_COUNT
};

struct shim_rule {
	const char	*call;
	const char	*text;
	uint8_t		 contexts;
	uint8_t		 lock;
};
extern const struct shim_rule shim_rules[R_COUNT];

/* What the calling thread is at the moment. */
struct shim_ctx {
	struct pdk_softc	*sc;
	enum shim_context	 ctx;
	const void		*frame;		/* of the function that became it */
};
extern _Thread_local struct shim_ctx shim_ctx;

/* Become `ctx` of `sc`; give what it returns to shim_leave(). */
struct shim_ctx shim_enter(struct pdk_softc *, enum shim_context);
void	shim_leave(struct shim_ctx saved);
/* `sc` is about to go. */
void	shim_forget(struct pdk_softc *sc);
/* Rule 6, after the driver's function at `fn` has returned. */
void	shim_left_unlocked(struct pdk_softc *, void (*fn)(void));
#define SHIM_LEFT_UNLOCKED(sc, fn)	shim_left_unlocked(sc, (void (*)(void))(fn))
/* What the driver's function at `fn`, or by `call` if that is NULL, gives as an error is one. */
void	shim_check_errno(struct pdk_softc *, int error, void (*fn)(void), const char *call);
#define SHIM_RETURNED(sc, error, fn)	shim_check_errno(sc, error, (void (*)(void))(fn), NULL)

/* The caller broke rule `id`; the text says how. */
_Noreturn void shim_violation(struct pdk_softc *, enum shim_rule_id id, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The context or the lock is wrong for this call: says which, and does not return. */
_Noreturn void shim_bad_call(struct pdk_softc *, enum shim_rule_id id, const char *call);

/* Is `sc` this thread's device, and does it hold the lock? */
#define SHIM_SELF()	((uintptr_t)&shim_ctx)
#define SHIM_OWNED(sc) \
	(atomic_load_explicit(&(sc)->owner, memory_order_relaxed) == SHIM_SELF())

/* `call` is what the driver called. */
#define SHIM_CHECK_AS(sc, name, call) do {					\
	if (__predict_false((shim_rules[R_##name].contexts & shim_ctx.ctx) == 0 ||	\
	    (shim_rules[R_##name].lock != ANY &&				\
	    (shim_rules[R_##name].lock == HELD) != SHIM_OWNED(sc))))		\
		shim_bad_call(sc, R_##name, call);					\
} while (0)
#define SHIM_CHECK(sc, name)	SHIM_CHECK_AS(sc, name, __func__)

/* The place in the driver that called this function of the shim. */
#define SHIM_SITE()	__builtin_extract_return_addr(__builtin_return_address(0))
/* "edu_attach (edu.c:210)" for a return address; "run-edu+0x1234" without addr2line(1). */
#define SHIM_WHERE(site)	hyp_where(site, (char[160]){ 0 }, 160)
/* The same for a function. */
#define SHIM_WHERE_FN(fn)	SHIM_WHERE((const char *)(fn) + 1)

/* ---- a device ---- */

struct pdk_bar {
	struct pdk_softc	*sc;
	struct hyp_bar		*bar;		/* NULL: not mapped */
	const void		*site;
};

#define SHIM_NVEC	32
/* One interrupt vector's handlers. */
struct shim_vec {
	int		(*filter)(void *);
	void		(*bh)(void *);
	void		*arg;
	atomic_bool	 ready;		/* the others are set */
};

/* What was not given back and is told already, each kind and place once; the rest only counted. */
struct shim_told {
	struct shim_leak {
		char		 what[160];
		const void	*site;
		unsigned	 more;		/* alike */
	}		 line[32];
	unsigned	 n, others;
};

struct shim_80211;
struct shim_net;

struct pdk_softc {
	struct hyp_dev			*hyp;
	const struct pdk_pci_driver	*drv;
	struct pdk_dev			*dev;		/* the driver's softc */

	/* lock.c, wait.c */
	pthread_mutex_t		 mtx;
	atomic_uintptr_t	 owner;		/* SHIM_SELF() of the holder, or 0 */
	const void		*lock_site;	/* where it was taken */
	struct hyp_cond		 wait_cv;

	/* task.c; by mtx */
	pthread_t		 worker;
	struct hyp_cond		 work_cv;	/* to the worker: there is something to do */
	struct hyp_cond		 done_cv;	/* from the worker: a task has ended */
	TAILQ_HEAD(, pdk_task)	 tasks;
	const void		*running;	/* the handler of the task that runs, or NULL */
	const void		*wait_site;	/* where that is in pdk_wait(), or NULL */
	bool			 worker_stop, worker_up;

	/* timer.c; by mtx */
	pthread_t		 timer;
	struct hyp_cond		 timer_cv;
	TAILQ_HEAD(shim_timerq, pdk_timer) timers;	/* armed, by time */
	bool			 timer_stop, timer_up;

	/* intr.c */
	unsigned		 nvec, intr_kind;
	const void		*intr_site;
	struct shim_vec		 vec[SHIM_NVEC];

	struct pdk_bar		 bars[6];

	/* resources, by res_mtx */
	pthread_mutex_t		 res_mtx;
	LIST_HEAD(, pdk_dmaobj)	 dmas;
	LIST_HEAD(, pdk_mapobj)	 maps;
	LIST_HEAD(, shim_fw)	 firmwares;
	struct shim_mem		*mem;
	struct shim_mbufs	*mbufs;
	/* how many there are now, for control.c */
	struct {
		atomic_uint	 memory, dma, maps, mbufs, firmware;
	}			 live;

	_Atomic(struct shim_80211 *) wifi;	/* ieee80211.c; NULL: not attached */
	struct shim_80211	*wifi_gone;	/* detached; freed at the end */
	_Atomic(struct shim_net *) net;		/* ethernet.c; the same */
	struct shim_net		*net_gone;

	struct shim_told	 told;		/* leak.c */
};

/* The device under `dev`, which is the head of the driver's softc. */
static inline struct pdk_softc *
shim_sc(struct pdk_dev *dev)
{
	return dev->pd_sc;
}

/* The calling thread's device, for calls that name none; violation outside all contexts. */
struct pdk_softc *shim_cur(enum shim_rule_id);

/* ---- parts ---- */

int	shim_worker_start(struct pdk_softc *);
void	shim_worker_stop(struct pdk_softc *);
/* Tasks of the shim's own; locked or unlocked. */
void	shim_task_init(struct pdk_softc *, struct pdk_task *, void (*fn)(void *), void *arg);
void	shim_task_post(struct pdk_task *);
void	shim_task_cancel(struct pdk_task *);
/* Run fn(dev) in WORKER and wait. */
int	shim_in_worker(struct pdk_softc *, int (*fn)(struct pdk_dev *));

int	shim_timer_start(struct pdk_softc *);
void	shim_timer_stop(struct pdk_softc *);

/* A violation of `id` if a timer is armed, a task queued or running; `when`: "after detach". */
void	shim_check_idle(struct pdk_softc *, enum shim_rule_id id, const char *when);

/* Memory that is about to go: a violation if a timer is armed or a task queued in it. */
void	shim_check_quiet(struct pdk_softc *, const void *p, size_t size, enum shim_rule_id,
	    const char *what);

int	shim_mem_init(struct pdk_softc *);
int	shim_mbuf_init(struct pdk_softc *);

/*
 * Count what is still allocated, log each with its place, and free it.  After the driver's
 * last call.
 */
void	shim_mem_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_mbuf_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_dma_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_map_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_fw_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_intr_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_bar_fini(struct pdk_softc *, struct hyp_leaks *);
void	shim_80211_fini(struct pdk_softc *);
void	shim_net_fini(struct pdk_softc *);
void	shim_leak(struct pdk_softc *, unsigned *count, const void *site, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* No more come: tell how many there were of each. */
void	shim_leaks_told(struct pdk_softc *);

#define SHIM_LIVE(sc, what, n) \
	atomic_fetch_add_explicit(&(sc)->live.what, (unsigned)(n), memory_order_relaxed)

/* Post ops->up if a stack was attached. */
int	shim_80211_run(struct pdk_softc *);
/* Around a suspend, if one is attached: down, and nothing queued; quiet: the latter alone. */
void	shim_80211_sleep(struct pdk_softc *);
void	shim_80211_quiet(struct pdk_softc *);
void	shim_80211_wake(struct pdk_softc *);
/* The same of an Ethernet interface. */
void	shim_net_run(struct pdk_softc *);
void	shim_net_sleep(struct pdk_softc *);
void	shim_net_quiet(struct pdk_softc *);
void	shim_net_wake(struct pdk_softc *);

/* Whatever sleeps, in CONFIG: power.c. */
int	shim_suspend(struct pdk_softc *);
int	shim_resume(struct pdk_softc *);

/* A request of the control socket: control.c. */
char	*shim_control(struct pdk_softc *, const char *request);
/* Its request "net", answered into `out` (a json_t): an error text, or NULL. */
const char *shim_net_control(struct pdk_softc *, void *out);
/* What the driver waits for now, in words; "": for nothing known. */
void	shim_waits(struct pdk_softc *, char *buf, size_t size);

/* What the watchdog calls the lock, and the thread that runs tasks while it does. */
#define SHIM_LOCK	"the lock"
#define SHIM_WORKER	"WORKER"

/* Take and give the lock without a check, for the shim's own needs. */
void	shim_lock(struct pdk_softc *);
void	shim_unlock(struct pdk_softc *);
/* Take it unless this thread has it; give the result to shim_unlock_if(). */
bool	shim_lock_if(struct pdk_softc *);
void	shim_unlock_if(struct pdk_softc *, bool);
/* hyp_cond_wait() with the lock; `deadline` in ns, 0: none.  0 or ETIMEDOUT. */
int	shim_cond_wait(struct pdk_softc *, struct hyp_cond *, uint64_t deadline);

/* ---- mbufs: mbuf.c, for map.c ---- */

struct pdk_mbufbuf {
	struct mbuf		 m;
	struct pdk_softc	*sc;
	struct hyp_dma		*slab;
	uint8_t			*va;
	uint64_t		 iova;
	uint32_t		 size;
	uint8_t			 class;
	bool			 live;
	unsigned		 loaded;	/* in this many maps */
	const void		*site;		/* allocated here, or freed here */
	LIST_ENTRY(pdk_mbufbuf)	 link;		/* of those that live */
	TAILQ_ENTRY(pdk_mbufbuf) free_link;
};

struct mbuf *shim_mbuf_get(struct pdk_softc *, size_t size, const void *site);
/* The buffer of a live mbuf whose data lies inside it; a violation of `id` otherwise. */
struct pdk_mbufbuf *shim_mbuf_buf(struct pdk_softc *, struct mbuf *, enum shim_rule_id id);

#endif /* PDK_SOFTC_H */
