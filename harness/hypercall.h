/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h - everything that a personality needs from the host.
 *
 * A personality is a kernel interface in user space: pdk today (shims/linux), a rump
 * kernel's PCI component another day.  It gets a device from the harness and reaches it
 * through these calls only; a second host would implement just these.
 *
 *	struct hyp_bar *bar;
 *	hyp_bar_map(dev, 0, &bar);
 *	v = hyp_read4(bar, 0x28);
 *
 * All calls may be made from any thread and may sleep unless their comment says
 * otherwise.  Errors are positive errno values; 0 is success.
 */
#ifndef HARNESS_HYPERCALL_H
#define HARNESS_HYPERCALL_H

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct hyp_dev;			/* one device under one driver; the harness's */
struct hyp_bar;			/* a mapped BAR; the harness's */

/* ---- configuration space ---- */

/* 32 bits at `reg`, a multiple of 4.  All ones where the device has none or is gone. */
uint32_t hyp_conf_read(struct hyp_dev *, unsigned reg);
void	hyp_conf_write(struct hyp_dev *, unsigned reg, uint32_t val);

/* ---- registers ---- */

/* Map memory BAR `bar`.  ENXIO: no such memory BAR; EBUSY: mapped already. */
int	hyp_bar_map(struct hyp_dev *, unsigned bar, struct hyp_bar **);
void	hyp_bar_unmap(struct hyp_bar *);
uint64_t hyp_bar_size(const struct hyp_bar *);

/*
 * One access of just this width, traced.  An offset that is unaligned or beyond the BAR
 * is a violation.  A device that is gone reads all ones.  Never sleep on a mapped BAR; on
 * one that the backend cannot map they take a round trip to it.
 */
uint8_t	hyp_read1(struct hyp_bar *, uint64_t off);
uint16_t hyp_read2(struct hyp_bar *, uint64_t off);
uint32_t hyp_read4(struct hyp_bar *, uint64_t off);
void	hyp_write1(struct hyp_bar *, uint64_t off, uint8_t val);
void	hyp_write2(struct hyp_bar *, uint64_t off, uint16_t val);
void	hyp_write4(struct hyp_bar *, uint64_t off, uint32_t val);

/* ---- interrupts ---- */

#define HYP_INTX	0x01
#define HYP_MSI		0x02
#define HYP_MSIX	0x04

/* What a handler makes of an interrupt. */
#define HYP_INTR_STRAY		0	/* the device had no reason that it knows */
#define HYP_INTR_CLAIMED	1
#define HYP_INTR_LOST		2	/* it has not looked; no judgement */

/*
 * Connect up to *nvec vectors of the best kind in `kinds` (MSI-X, MSI, INTx in this order)
 * to fn(arg, vector), which runs in the interrupt thread, one at a time, sleeps as little as
 * possible, and returns HYP_INTR_*: a storm of them ends the run.  *nvec becomes the number
 * connected, *kind their kind.  INTx is masked while fn runs and unmasked when it returns.
 * EINVAL: the device has none of these kinds; EBUSY: connected.
 */
int	hyp_intr_establish(struct hyp_dev *, unsigned kinds, unsigned *nvec, unsigned *kind,
	    int (*fn)(void *arg, unsigned vec), void *arg);
/* Disconnect all; when it returns fn does not run.  Not from the interrupt thread. */
void	hyp_intr_disestablish(struct hyp_dev *);

/* ---- power ---- */

/*
 * on 0: the device loses its power.  When it returns no interrupt handler runs, nor will one
 * until the power is back; a register access meanwhile is a violation.  on 1: it has power
 * again and has lost everything but the header of configuration space; interrupts are
 * connected as before.  Memory, maps and BARs stay.  Not from the interrupt thread.  0, or why
 * the interrupts could not be connected again.
 */
int	hyp_power(struct hyp_dev *, int on);

/* ---- DMA ---- */

struct hyp_dma {
	void		*va;
	uint64_t	 iova;		/* what the device uses */
	size_t		 size;		/* bytes asked for */
};

/*
 * Memory that the device can reach: contiguous, zeroed, aligned to `align` (power of
 * two), not crossing a multiple of `boundary` (power of two, 0: none).  `what` names it in
 * traces (borrowed, static).  From one arena that is mapped once and lies below the
 * address limit given to hyp_dma_limit().  ENOMEM; EINVAL: cannot be satisfied at all.
 */
int	hyp_dma_alloc(struct hyp_dev *, size_t size, size_t align, size_t boundary,
	    const char *what, struct hyp_dma *);
void	hyp_dma_free(struct hyp_dev *, struct hyp_dma *);

/*
 * The device's address width in bits; before the first hyp_dma_alloc().  ENOSPC: the host
 * has no usable addresses below it.
 */
int	hyp_dma_limit(struct hyp_dev *, unsigned bits);

/* Whose memory is, and for what. */
enum hyp_dma_use {
	HYP_DMA_SHARED,		/* the device's too, both write at any time: a ring */
	HYP_DMA_DRIVER,		/* the driver's alone, as before */
	HYP_DMA_OUT,		/* loaded in a map: for the device to read */
	HYP_DMA_IN,		/* the same: for the device to write */
};
/*
 * The driver hands memory to the device, or takes it back (HYP_DMA_DRIVER).  Traced;
 * with --dma=strict the IOMMU maps memory just while the device has it, at page grain; with
 * --dma=check the device can use it as it is given and the syncs permit.
 * `iova` and `len` lie within one hyp_dma object, and are the same when it is taken back.
 */
void	hyp_dma_own(struct hyp_dev *, uint64_t iova, size_t len, enum hyp_dma_use);
/*
 * bus_dmamap_sync(9) of a range: traced, a full memory barrier; with --dma=check the bytes
 * move here.  What is loaded in a map is synced whole.  `op`: HYP_SYNC_*, PRE and POST not mixed.
 */
#define HYP_SYNC_PREREAD	0x01
#define HYP_SYNC_POSTREAD	0x02
#define HYP_SYNC_PREWRITE	0x04
#define HYP_SYNC_POSTWRITE	0x08
void	hyp_dma_sync(struct hyp_dev *, uint64_t iova, size_t len, int op);
/*
 * A part of an object is nobody's (idle), or somebody's again: what keeps memory for later says
 * so, and AddressSanitizer and valgrind report who uses it meanwhile. `va`: a multiple of 8.
 */
void	hyp_dma_idle(void *va, size_t len, int idle);
/*
 * Is DMA checked?  Then memory that was given back is better not used again soon: a device that
 * still uses it is found out.  1 or 0; never sleeps.
 */
int	hyp_dma_checked(const struct hyp_dev *);

/* ---- firmware ---- */

/*
 * Read the file `name` from VOY_FIRMWARE_PATH, the build cache, or the system's
 * folders, the first of them that has it.  ENOENT: none has; EINVAL: a name with a slash, or
 * no plain file; EFBIG: above 64 MiB; ENOMEM; EACCES, EIO and others as open(2) and read(2).
 * The reason is logged.  *data is malloced; free by hyp_firmware_put().
 */
int	hyp_firmware_get(struct hyp_dev *, const char *name, void **data, size_t *size);
void	hyp_firmware_put(struct hyp_dev *, void *data, size_t size);

/* ---- time, and who waits for it ---- */

/*
 * The driver's clock need not be the wall's.  On a simulated air whose time jumps while all
 * are idle (voy-air --time fast) it follows the air's: hours pass in a moment when nobody has
 * anything to do, and time stands still while somebody is at work.  The host has to know
 * then who is at work and what the others wait for.  It does when all code above the
 * harness keeps to this:
 *
 *  - Time is hyp_clock_ns(), never clock_gettime(2) and the like.  It never goes back.
 *  - To wait is hyp_cond_wait(), hyp_clock_delay(), or a personality's call made of them
 *    (in the pdk: pdk_wait(), pdk_timer_arm(), DELAY()); never sleep(3), timerfd(2), a
 *    pthread_cond_timedwait(3) or a loop that looks at the clock: it may stand still.
 *  - Threads that do something of themselves begin by hyp_thread_start().  Such a thread is
 *    at work except in hyp_cond_wait(), hyp_clock_delay() and between hyp_clock_leave() and
 *    hyp_clock_enter(), which go around a poll(2) or read(2) that waits for the world outside.
 *  - A mutex that may be held while one waits, delays, or takes another that may, is
 *    hyp_lock()ed; pthread_mutex_lock(3) is for those that are not.  To wait for a thread's end
 *    is hyp_thread_join().
 *  - Who hands work to another thread wakes it by hyp_cond_wake(): it is at work from then on,
 *    not only when the scheduler comes to it.
 *
 *	static void *
 *	reader(void *arg)			a thread that serves a descriptor
 *	{
 *		for (;;) {
 *			hyp_clock_leave();
 *			n = read(fd, buf, sizeof(buf));
 *			hyp_clock_enter();
 *			...			locks, wakes, arms timers
 *		}
 *	}
 *	error = hyp_thread_start(&thread, "tap", reader, arg);
 *
 * Where time is the wall's, all of this costs next to nothing and means what it says.
 */

/* Monotonic time in nanoseconds since some fixed time.  Never sleeps; async-signal-safe. */
uint64_t hyp_clock_ns(void);

/* A condition, as pthread_cond_t; zeroed memory is one, and nothing is to be destroyed. */
struct hyp_cond {
	struct hyp_waiter *first;	/* private */
};
/*
 * Give the mutex up, wait for a hyp_cond_wake() or until hyp_clock_ns() is `deadline` (0:
 * for ever), take the mutex again.  0, which may be for no reason, or ETIMEDOUT.
 */
int	hyp_cond_wait(struct hyp_cond *, pthread_mutex_t *, uint64_t deadline);
/* Wake all who wait; with the mutex under which they look at what they wait for. */
void	hyp_cond_wake(struct hyp_cond *);

/*
 * A pthread mutex that others may hold for long; see above.  hyp_cond_wait() takes such a one.
 * With a run that is recorded or replayed it is got in the order of the recording.  The name is
 * static, and of the watchdog's report; a mutex of one that its holder has, or that is taken in
 * another order than before with others, ends the run.
 */
#define hyp_lock(m)	hyp_lock_as(m, #m)
void	hyp_lock_as(pthread_mutex_t *, const char *name);
/* 1: got it; 0: somebody has it. */
int	hyp_trylock_as(pthread_mutex_t *, const char *name);
void	hyp_unlock(pthread_mutex_t *);
/*
 * Where a thread goes on and on without waiting: a run that is recorded or replayed gives others
 * their turn here.  Without the mutexes that they may want.
 */
void	hyp_yield(void);

/* Let `us` microseconds pass, whatever others do meanwhile: time that a processor takes. */
void	hyp_clock_delay(unsigned us);

/* pthread_create(3) of a thread that counts.  name: at most 15 characters.  An errno. */
int	hyp_thread_start(pthread_t *, const char *name, void *(*fn)(void *), void *arg);
/* pthread_join(3) of such a thread, by another. */
void	hyp_thread_join(pthread_t);
/*
 * A thread that was idle, or none of ours, has something to do, now; and has done it.
 * Calls nest.  enter may sleep a moment: when it returns, time does not jump.
 */
void	hyp_clock_enter(void);
void	hyp_clock_leave(void);

/*
 * Somebody takes part who lives by the wall's clock (a command in a network namespace, a
 * person): time runs as the wall's until as many unpins.  Any thread; may sleep a moment.
 */
void	hyp_clock_pin(void);
void	hyp_clock_unpin(void);

/* ---- who does what: for the watchdog ---- */

/*
 * The watchdog looks from time to time at what each thread does, and ends a run that hangs: a
 * call of the driver's that does not come back, threads that wait for each other, a wake-up that
 * never comes.  What it knows, it knows from these; they cost some nanoseconds each, and never
 * sleep.  All strings are static.
 */

/*
 * The driver's function `fn` (or NULL) is called in this thread, as what it calls `context`
 * ("BH"); and has returned.  They nest; a thread that is in none is idle.
 */
void	hyp_call_begin(const char *context, const void *fn);
void	hyp_call_end(void);
/*
 * The thread has a thing that others wait for, or has it no more.  A thing is an address.  What is
 * hyp_lock()ed is one already.  A role is what the thread is ("WORKER", while a task runs), more
 * than what it has.
 */
void	hyp_hold(const void *thing, const char *name);
void	hyp_role(const void *thing, const char *name);
void	hyp_release(const void *thing);
/*
 * It is going to take the thing, or to wait for who has it; what it has at this moment, it will
 * have then.  Ends the run when it has the thing, or when another order is the rule.
 */
void	hyp_order(const void *thing, const char *name);
/* It waits for who has the thing, and has waited. */
void	hyp_await(const void *thing, const char *name);
void	hyp_awaited(void);
/*
 * It waits for a wake-up of the thing, until some time; it came (woken 1), or did not come for
 * `ns` of the driver's clock.  Who wakes says so.
 */
void	hyp_await_event(const void *thing, const char *name);
void	hyp_awaited_event(const void *thing, int woken, uint64_t ns);
void	hyp_woke(const void *thing);

/* Random bytes, none of them to be guessed.  EIO: the host has none.  Never sleeps. */
int	hyp_random(void *buf, size_t len);

/* ---- network ---- */

/*
 * A port is how a wifi driver's data meets the host: an Ethernet interface named after the
 * unit, in a network namespace of its own (or, as root, among the host's), with a DHCP
 * client.  Its frames are whole Ethernet frames without FCS.
 */
struct hyp_net;

/* Called in the port's own thread, one at a time. */
struct hyp_net_ops {
	/* The thread begins; the last call.  May be NULL. */
	void	(*enter)(void *arg);
	void	(*leave)(void *arg);
	/*
	 * A frame from the host; borrowed.  0: taken (or dropped by intent, and counted there);
	 * ENOBUFS: not now - the port keeps it and reads no more until hyp_net_ready().
	 */
	int	(*tx)(void *arg, const void *frame, size_t len);
	/*
	 * The DHCP client has a lease ("10.0.2.15/24", and router and name server, "" if none),
	 * or lost it (address NULL).
	 */
	void	(*ip)(void *arg, const char *address, const char *router, const char *dns);
};

/* What has passed since hyp_net_open(). */
struct hyp_net_counts {
	uint64_t	to_host, to_host_bytes, to_host_dropped;
	uint64_t	from_host, from_host_bytes;
	uint64_t	stalls;			/* times tx said ENOBUFS */
};

/*
 * Make the port; its link is down.  `ops` and `arg` live until hyp_net_close().  ENOSYS: this
 * run has no network (--net none).  Other errors have been logged.
 */
int	hyp_net_open(struct hyp_dev *, const uint8_t mac[6], unsigned mtu,
	    const struct hyp_net_ops *, void *arg, struct hyp_net **);
/* When it returns no function of ops runs or will run.  Not from one of them. */
void	hyp_net_close(struct hyp_net *);
/*
 * A frame for the host, copied.  Never sleeps.  ENOBUFS, ENETDOWN (also counted); EINVAL: too
 * short or longer than the MTU allows.
 */
int	hyp_net_send(struct hyp_net *, const void *frame, size_t len);
/* tx may be called again.  Never sleeps. */
void	hyp_net_ready(struct hyp_net *);
/* The link is up: DHCP begins; or down: the lease is lost.  Never sleeps. */
void	hyp_net_carrier(struct hyp_net *, int up);
/* Any thread; each count by itself is right, together they are of no one moment. */
void	hyp_net_counts(struct hyp_net *, struct hyp_net_counts *);

/* ---- memory ---- */

/*
 * The driver has so many bytes of the host's memory more, or fewer when that is negative; what is
 * beyond the run's limit ends it as a broken rule.  Not for DMA memory, which counts by itself.
 */
void	hyp_memory(struct hyp_dev *, long bytes);
/*
 * So many more are not to be had, and the driver would wait for them: where that is the run's limit
 * the wait had no end, and the run ends so, too.
 */
void	hyp_memory_wanted(struct hyp_dev *, size_t bytes);

/* ---- reports ---- */

/*
 * Which function and line of this program an address is in, the one after a call, as text:
 * "edu_attach (edu.c:120)".  Slow: for what ends the run.  Returns buf.
 */
const char *hyp_where(const void *pc, char *buf, size_t size);

enum hyp_level { HYP_LOG_DEBUG, HYP_LOG_INFO, HYP_LOG_WARN, HYP_LOG_ERROR };

/* A line for the user, prefixed by the unit's name. */
void	hyp_log(struct hyp_dev *, enum hyp_level, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	hyp_vlog(struct hyp_dev *, enum hyp_level, const char *fmt, va_list)
	    __attribute__((format(printf, 3, 0)));
/* The device reached a milestone; ends the run when it is the wanted one. */
void	hyp_state(struct hyp_dev *, const char *state);
/* A fact for the run's result. */
void	hyp_info(struct hyp_dev *, const char *key, const char *value);
/* The driver gave up: the run ends, orderly, as failed. */
void	hyp_fail(struct hyp_dev *, int error, const char *text);
/*
 * The driver broke a rule of its personality: print the rule, backtrace and trace, reset
 * the device, end the process.
 */
_Noreturn void hyp_violation(struct hyp_dev *, const char *rule, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/*
 * An entry of the personality's own in the trace (a task, timer, map, context): `kind`
 * and `name` are static strings.  Cheap, never sleeps.
 */
void	hyp_trace(struct hyp_dev *, const char *kind, const char *name, uint64_t a, uint64_t b);
/* The same, of what the device was told: the watchdog's report has each thread's last one. */
void	hyp_note(struct hyp_dev *, const char *kind, const char *name, uint64_t a, uint64_t b);
/*
 * The same for what lasts: it begins, and ends in the same thread, well nested.  `fn` is the
 * address of the driver's function that runs, which names it in the file; 0: `name` does.
 */
void	hyp_trace_begin(struct hyp_dev *, const char *kind, const char *name, uint64_t a,
	    uint64_t fn);
void	hyp_trace_end(struct hyp_dev *, const char *kind, const char *name, uint64_t a,
	    uint64_t b);
/* From now on `what` (the station, say) is in this state; static strings. */
void	hyp_trace_state(struct hyp_dev *, const char *what, const char *state);

/*
 * An event of the personality's own, for programs: `members` is a JSON object as text, whose
 * members follow "event" and "t" in the line.  It is what --json and subscribers of the control
 * socket see; who else should know is told by hyp_log() as well.
 */
void	hyp_event(struct hyp_dev *, const char *event, const char *members);

/* ---- wifi ---- */

/* What the command line says of the network to join.  All of it lives as long as the process. */
struct hyp_wifi {
	const uint8_t	*ssid;		/* NULL: no network was named */
	size_t		 ssid_len;	/* 1..32 */
	const char	*psk;		/* passphrase of 8 to 63 characters or 64 hexadecimal
					 * digits; NULL: the network is open */
	const uint8_t	*bssid;		/* only this access point; NULL: any */
	int		 stay;		/* the run does not end in the wanted state */
};
/* Never NULL, never sleeps. */
const struct hyp_wifi *hyp_wifi(struct hyp_dev *);

/*
 * The capture file (--pcap): is there one?  Then a frame goes into it, `out` when it was sent,
 * `head` being its radiotap header.  The first never sleeps; the second waits for the disk when
 * that is slow.  A file that cannot be written ends the run as failed.
 */
int	hyp_capture_wanted(struct hyp_dev *);
void	hyp_capture(struct hyp_dev *, int out, const void *head, size_t headlen,
	    const void *frame, size_t len);

/* ---- the other way: what the harness asks of the personality ---- */

/*
 * "MTA[128]" names 128 registers, MTA[0] to MTA[127], 4 bytes apart; "RAL[16:8]" 16, 8 bytes
 * apart.
 */
struct hyp_reg {
	uint8_t		 bar;
	uint32_t	 off;
	const char	*name;
};

/* What a leak check at the end of a life cycle found; zero when all is well. */
struct hyp_leaks {
	unsigned	memory, dma, maps, mbufs, timers, tasks, firmware, bars, interrupts;
};

struct hyp_personality {
	/* Facts, valid without a device. */
	const char		*driver;	/* "iwm" */
	const char *const	*states;	/* after "attached"; NULL ends; may be NULL */
	const struct hyp_reg	*regs;		/* name == NULL ends; may be NULL */
	unsigned		 dma_bits;
	/* Does the driver take vendor:product?  1 or 0. */
	int	(*match)(uint16_t vendor, uint16_t product);
	/*
	 * Life cycle, called by the harness's life-cycle thread in this order.  *softc is
	 * the personality's handle for the device.  attach undoes its own failures; after
	 * a successful attach, detach is called whatever else failed.
	 */
	int	(*attach)(struct hyp_dev *, void **softc);
	int	(*attach_late)(void *softc);
	/* The wanted state lies beyond "attached": bring the device up (may be NULL). */
	int	(*run)(void *softc);
	int	(*detach)(void *softc, struct hyp_leaks *);
	/*
	 * On request, after attach_late, in turn; by the life-cycle thread.  suspend stops the
	 * driver and takes the power by hyp_power(); an error leaves it running.  resume, which
	 * comes before detach, too, undoes it; an error has left the driver stopped.  Both or
	 * neither may be NULL.
	 */
	int	(*suspend)(void *softc);
	int	(*resume)(void *softc);
	/* A control-socket request that the harness does not know: JSON in, malloced JSON
	 * out, or NULL when the personality does not know it either.  May be NULL. */
	char	*(*control)(void *softc, const char *request);
	/*
	 * What the driver waits for now, in words ("the radio is switched off"), for who
	 * waits in vain; "" when nothing is known.  Any thread; answers also when the driver
	 * hangs.  May be NULL.
	 */
	void	(*waits)(void *softc, char *buf, size_t size);
	/*
	 * The host is about to reset the device: 1, it is to fail, which is what a sweep of all
	 * that may fail asks for; 0.  The life-cycle thread; may be NULL.
	 */
	int	(*reset_fails)(struct hyp_dev *);
};

/* Defined by the personality's library; the harness's main() uses it. */
extern const struct hyp_personality *hyp_personality(void);

#endif /* HARNESS_HYPERCALL_H */
