/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim.h - what a simulated PCI card (a "model") and the simulator library say to each other.
 *
 * The library is a vfio-user server: it owns the socket, config space, BAR decoding, interrupt
 * wiring, DMA translation, timers, faults and reporting. A model is only registers and behaviour:
 *
 *	struct blinker { struct sim_dev *dev; struct sim_timer tick; uint32_t period; };
 *
 *	static int
 *	blinker_create(struct sim_dev *dev, void **statep)
 *	{
 *		struct blinker *b = calloc(1, sizeof(*b));
 *
 *		if (b == NULL)
 *			return ENOMEM;
 *		b->dev = dev;
 *		sim_timer_init(dev, &b->tick, blinker_tick, b);
 *		*statep = b;
 *		return 0;
 *	}
 *
 *	static int
 *	blinker_start(void *state)			settings are known now: build the card
 *	{
 *		struct blinker *b = state;
 *
 *		sim_cfg_ids(b->dev, &(struct sim_ids){ .vendor = 0x1234, .device = 0xb11c,
 *		    .class_code = 0xff0000, .int_pin = 1 });
 *		sim_cfg_bar(b->dev, 0, SIM_BAR_MEM32, 4096);
 *		return sim_cap_msi(b->dev, 1, true, false);
 *	}
 *
 *	const struct sim_model sim_blinker = { .name = "blinker", .create = blinker_create, ... };
 *
 * Everything runs in one thread, in one event loop: a model never locks, never blocks and never
 * sleeps; it is entered by one hook at a time and no hook is entered while another one runs.
 * In particular sim_dma_read() and sim_dma_write() never enter the model again, even when they
 * have to ask the client by message and wait.
 *
 * Functions return 0 or a positive errno unless their comment says otherwise. Numbers in
 * registers and config space are host integers here; the library does the byte order.
 */
#ifndef TOOLS_SIM_SIM_H
#define TOOLS_SIM_SIM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sim_dev;			/* the device as the library keeps it */

/* ---- the model ------------------------------------------------------------------------- */

enum sim_reset {
	SIM_RESET_POWER,	/* power applied: once after start(), before the first client */
	SIM_RESET_CLIENT,	/* the client left, or a new one came: as after power on */
	SIM_RESET_DEVICE,	/* VFIO_USER_DEVICE_RESET */
	SIM_RESET_FLR,		/* function level reset by the PCIe capability */
	SIM_RESET_D3,		/* D3hot -> D0 without No_Soft_Reset */
};

/* One setting of a model, for --help and for checking names. */
struct sim_setting {
	const char	*key;
	const char	*dflt;		/* shown, not applied: create() applies defaults */
	const char	*help;
};

struct sim_model {
	const char			*name;		/* "edu" */
	const char			*summary;	/* one line for voy-sim --list */
	const struct sim_setting	*settings;	/* ended by key == NULL; may be NULL */

	/* Allocates the state with default settings. Timers are initialised here. */
	int	(*create)(struct sim_dev *, void **state);
	/* Frees the state. Timers and watches were stopped by the library. */
	void	(*destroy)(void *state);
	/*
	 * One setting. Called between create() and start() and also at run time (control
	 * socket). EINVAL: bad value; EBUSY: not while running; ENOENT: no such key.
	 */
	int	(*set)(void *state, const char *key, const char *value);
	/* Builds config space and BARs with sim_cfg_*() and sim_cap_*(). Called once. */
	int	(*start)(void *state);
	/*
	 * All registers to their reset values, all work in flight forgotten. Config space,
	 * interrupts and the pin were reset by the library just before. Timers are the
	 * model's to stop.
	 */
	void	(*reset)(void *state, enum sim_reset why);
	/*
	 * Optional. Config space [off, off+len) was written by the client; the new value is
	 * in place (masks applied). See sim_cfg_read(), sim_power_state().
	 */
	void	(*conf_write)(void *state, unsigned off, unsigned len);
	/*
	 * Register access: size is 1, 2, 4 or 8 and never more than sim_bar_width(); off is
	 * a multiple of size. Not called for memory areas (sim_bar_memory()), nor while the
	 * card does not decode (memory space off, D3hot, card gone).
	 */
	uint64_t (*bar_read)(void *state, unsigned bar, uint64_t off, unsigned size);
	void	(*bar_write)(void *state, unsigned bar, uint64_t off, unsigned size,
		    uint64_t value);
	/* Optional. Name of a register for traces, or NULL. */
	const char *(*reg_name)(void *state, unsigned bar, uint64_t off);
	/* Optional. A client came (true) or left (false). */
	void	(*peer)(void *state, bool present);
	/*
	 * Optional, for a model whose clock is shared with others (sim_use_clock()). rest: there
	 * is nothing to do before sim_now() is `next`, unless the client or a descriptor brings
	 * it. stir: the client is about to get an answer, to what may have changed that. clock:
	 * the client can follow the clock, too: a descriptor to give it, or -1.
	 */
	void	(*rest)(void *state, uint64_t next);
	void	(*stir)(void *state, uint64_t next);
	int	(*clock)(void *state);
	/* Optional. Adds lines to the answer of the control command "status": sim_status(). */
	void	(*status)(void *state);
};

/* The models of this program, ended by NULL (models.c). */
extern const struct sim_model *const sim_models[];

/* The model of that name, or NULL. */
const struct sim_model *sim_model_find(const char *name);

/* ---- building the card: only in start() ------------------------------------------------ */

struct sim_ids {
	uint16_t	vendor, device, subvendor, subdevice;
	uint32_t	class_code;	/* 24 bits: class << 16 | subclass << 8 | interface */
	uint8_t		revision;
	uint8_t		int_pin;	/* 0 none, 1 INTA */
};

void	sim_cfg_ids(struct sim_dev *, const struct sim_ids *);

#define SIM_BAR_MEM32	0x0
#define SIM_BAR_IO	0x1
#define SIM_BAR_MEM64	0x4		/* also takes the next BAR */
#define SIM_BAR_PREF	0x8

/* A BAR. size: a power of two, at least 16 (memory) or 4 (I/O). */
int	sim_cfg_bar(struct sim_dev *, unsigned bar, unsigned flags, uint64_t size);

/*
 * Largest access that the model sees for this BAR: 1, 2, 4 or 8 (default 4). A larger one is
 * split, lowest address first.
 */
void	sim_bar_width(struct sim_dev *, unsigned bar, unsigned width);

/*
 * Makes [off, off+len) of a BAR plain memory that clients may map (sparse mmap area); both in
 * whole pages. *vap is the library's own mapping of it, valid until destroy, zero at first.
 */
int	sim_bar_memory(struct sim_dev *, unsigned bar, uint64_t off, uint64_t len, void **vap);

/*
 * Capabilities, linked in the order of the calls. Each: 0, or ENOSPC, EINVAL. The library
 * does what they control. PM: power states D0 and D3hot. MSI, MSI-X: enable, address, data,
 * mask. PCIe: FLR.
 */
int	sim_cap_pm(struct sim_dev *, uint16_t pmc, uint16_t pmcsr);	/* pmcsr: reset value */
int	sim_cap_msi(struct sim_dev *, unsigned nvec, bool addr64, bool maskable);
int	sim_cap_msix(struct sim_dev *, unsigned nvec, unsigned table_bar, uint32_t table_off,
	    unsigned pba_bar, uint32_t pba_off);

/* PCIe endpoint capability, version 2 (60 bytes). Registers as in the PCIe base spec 7.5.3. */
struct sim_pcie {
	uint32_t	devcap;		/* bit 28: FLR */
	uint16_t	devctl;		/* reset value */
	uint32_t	lnkcap;
	uint16_t	lnkctl, lnksta;
	uint32_t	devcap2, lnkcap2;
	uint16_t	devctl2, lnkctl2, lnksta2;
	bool		legacy;		/* type "legacy endpoint" instead of "endpoint" */
};
int	sim_cap_pcie(struct sim_dev *, const struct sim_pcie *);

/*
 * An extended capability: body is what follows the 4-byte header, wmask says which bits the
 * client can write (NULL: none). *offp (may be NULL): where its header is. EINVAL: the card has
 * no sim_cap_pcie().
 */
int	sim_extcap_raw(struct sim_dev *, uint16_t id, unsigned version, const void *body,
	    const void *wmask, size_t len, unsigned *offp);

/* Config space without masks or side effects; size 1, 2 or 4. Usable at any time. */
uint32_t sim_cfg_read(struct sim_dev *, unsigned off, unsigned size);
void	sim_cfg_poke(struct sim_dev *, unsigned off, unsigned size, uint32_t value);
/* Further writable bits for the client; start() only. The value now is the reset value. */
void	sim_cfg_wmask(struct sim_dev *, unsigned off, unsigned size, uint32_t mask);

/* ---- while running --------------------------------------------------------------------- */

/* 0 for D0, 3 for D3hot. */
unsigned sim_power_state(struct sim_dev *);
bool	sim_bus_master(struct sim_dev *);

/*
 * DMA by the card. iova: bus address as the driver wrote it; buf: len bytes of the model's.
 * Errors, each also reported as a violation by the driver (the model need not):
 *   EFAULT  not (wholly) mapped for this direction; on a read buf is all ones then
 *   EACCES  bus master is off, or the card is in D3hot
 * and without a violation, because nobody did wrong:
 *   ENODEV  the card is "gone" (fault) or there is no client
 *   ETIMEDOUT, EIO  the client was asked by message and did not answer, or refused
 */
int	sim_dma_read(struct sim_dev *, uint64_t iova, void *buf, size_t len);
int	sim_dma_write(struct sim_dev *, uint64_t iova, const void *buf, size_t len);

/* Whether [iova, iova+len) is mapped, without a violation: for "what if" checks by a model. */
bool	sim_dma_mapped(struct sim_dev *, uint64_t iova, size_t len, bool write);

enum sim_intr_mode { SIM_INTR_NONE, SIM_INTR_INTX, SIM_INTR_MSI, SIM_INTR_MSIX };

/* How the driver has set interrupts up now (INTx also when it is not listened to). */
enum sim_intr_mode sim_intr_mode(struct sim_dev *);
/* Vectors enabled in MSI or MSI-X mode, else 0. */
unsigned sim_intr_vectors(struct sim_dev *);

/*
 * One message-signalled interrupt (MSI or MSI-X, whichever is on). A masked vector becomes
 * pending and fires when unmasked. Not delivered: bus master off, vector not enabled, D3hot.
 */
void	sim_intr_msi(struct sim_dev *, unsigned vec);
/*
 * Level of the INTx pin. Delivered once per assertion; the client's unmask delivers again while
 * the level is still high. Shown as Interrupt Status in config space; respects INTx Disable.
 */
void	sim_intr_intx(struct sim_dev *, bool level);

/* Nanoseconds, monotonic; the clock of the timers. */
uint64_t sim_now(struct sim_dev *);
/* The same of the wall, for waits that have nothing to do with the card. */
uint64_t sim_wall(struct sim_dev *);

/* A clock of the model's own: nanoseconds; whether it stands still at the moment. */
struct sim_clock {
	uint64_t (*now)(void *arg);
	bool	(*stands)(void *arg);
};
/* sim_now() goes by it from here on, without a jump; NULL: by the wall. */
void	sim_use_clock(struct sim_dev *, const struct sim_clock *, void *arg);
/* What that clock reads when sim_now() is `when`. */
uint64_t sim_clock_time(struct sim_dev *, uint64_t when);

/* A one-shot timer. The fields are the library's. */
struct sim_timer {
	struct sim_dev	*dev;
	void		(*fn)(void *arg);
	void		*arg;
	uint64_t	when, number;	/* ns; in the order of arming */
	struct sim_timer *next;
	bool		armed;
};
void	sim_timer_init(struct sim_dev *, struct sim_timer *, void (*fn)(void *), void *arg);
/* (Re)arms: fn runs once, usec microseconds from now. 0 means as soon as the hook has returned. */
void	sim_timer_arm(struct sim_timer *, uint64_t usec);
void	sim_timer_stop(struct sim_timer *);	/* harmless when not armed; fn will not run */

/*
 * A file descriptor in the event loop (the air of a radio). fn runs while events (poll(2)'s
 * POLLIN, POLLOUT) hold. The descriptor stays the caller's; remove it before closing it.
 */
int	sim_watch(struct sim_dev *, int fd, short events, void (*fn)(void *arg, short revents),
	    void *arg);
void	sim_unwatch(struct sim_dev *, int fd);

/* ---- reporting ------------------------------------------------------------------------- */

/*
 * One event line. fmt gives the further members as JSON text without braces, for example
 * sim_event(dev, "alive", "\"image\":\"%s\",\"scd\":%u", name, base). Values from outside go
 * through sim_event_str() instead. fmt may be "".
 */
void	sim_event(struct sim_dev *, const char *name, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* One event with one string member, escaped as JSON wants it. */
void	sim_event_str(struct sim_dev *, const char *name, const char *key, const char *value);

/*
 * The driver did something wrong. rule: short stable name ("tfd-bad", "access-asleep"); the text
 * says what, where, and how it should be. Counted; printed with the last register accesses;
 * the run has failed (exit status, result event).
 */
void	sim_violation(struct sim_dev *, const char *rule, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Diagnostics of the model: stderr or {"event":"log"}; only with --verbose or --json. */
void	sim_log(struct sim_dev *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* From the status hook only: one member of the status answer. */
void	sim_status(struct sim_dev *, const char *key, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Helpers for set(): decimal or 0x hex, whole string, at most max; EINVAL otherwise. */
int	sim_parse_u64(const char *text, uint64_t max, uint64_t *out);
int	sim_parse_bool(const char *text, bool *out);	/* 0 1 no yes off on false true */

#endif
