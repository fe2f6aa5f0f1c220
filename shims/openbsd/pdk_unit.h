/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_unit.h - a device as the portable driver kit on OpenBSD sees it; for the shim's files, not
 * for drivers.  For kernels from 2016 (5.9) to 7.8.
 *
 *	context	runs in						entered at
 *	FILTER	interrupt handler, IPL_NET, not IPL_MPSAFE	IPL_NET, kernel lock
 *	BH	the same call					IPL_NET, kernel lock
 *	TIMER	timeout(9), softclock				IPL_NET by the shim
 *	WORKER	a taskq(9) of one thread, not TASKQ_MPSAFE	IPL_NONE, kernel lock
 *	TX	if_start, by way of the network stack		IPL_NET, kernel lock
 *	CONFIG	autoconf(9): attach, detach, activate		IPL_NONE, kernel lock
 *
 * The lock is splnet() under the kernel lock: every context has the kernel lock, so only this
 * processor's own interrupt has to be kept out.  tsleep(9) gives both up and takes them again.
 *
 *	pdk_attach.c	autoconf(9): match, attach, attach_late, detach, suspend, resume
 *	pdk_pci.c	configuration space, BARs
 *	pdk_intr.c	vectors, FILTER, BH
 *	pdk_worker.c	WORKER, its tasks, pdk_call(), pdk_wait()
 *	pdk_timer.c	timers, the time
 *	pdk_dma.c	coherent memory
 *	pdk_map.c	maps for mbufs
 *	pdk_mem.c	memory, mbufs
 *	pdk_firmware.c	firmware files
 *	pdk_log.c	messages
 */
#ifndef PDK_UNIT_H
#define PDK_UNIT_H

#include <pdk.h>

#define PDK_NBAR	6
#define PDK_NVEC	16		/* interrupt vectors of a device, at most */

struct pdk_vec {
	struct pdk_unit		*v_unit;
	void			*v_cookie;	/* pci_intr_establish()'s; NULL: not connected */
	int			(*v_filter)(void *);
	void			(*v_bh)(void *);
	void			*v_arg;
	char			 v_name[32];	/* vmstat -i */
};

struct pdk_bar {
	bus_space_tag_t		 b_tag;
	bus_space_handle_t	 b_handle;
	bus_size_t		 b_size;	/* 0: not mapped */
};

/*
 * What the layer above the driver, 802.11 or Ethernet, has to do for the device as a whole.
 * It hooks itself in when it is attached, so that the kit needs neither of them.
 */
struct pdk_class {
	/* WORKER.  The system goes to sleep: take the radio or the link down, begin nothing. */
	void	(*sleep)(struct pdk_dev *);
	/* WORKER.  It is awake again, or did not go to sleep. */
	void	(*wake)(struct pdk_dev *);
	/* The end of a bottom half or of a task: pass on what was received in it. */
	void	(*flush)(struct pdk_dev *);
};

struct pdk_unit {
	struct device		*pu_self;
	struct pdk_dev		*pu_dev;	/* the driver's softc */
	const struct pdk_pci_driver *pu_drv;
	struct pci_attach_args	 pu_pa;
	struct taskq		*pu_worker;
	struct proc		*pu_worker_proc;
	struct pdk_bar		 pu_bar[PDK_NBAR];

	unsigned		 pu_kind;	/* PDK_INTR_*; 0: nothing reserved */
	unsigned		 pu_nvec;
	struct pdk_vec		 pu_vec[PDK_NVEC];

	void			*pu_rooted;	/* the mountroot hook, where it can be undone */
	int			 pu_attached;	/* drv->attach() has succeeded */
	int			 pu_late;	/* so has drv->attach_late() */
	int			 pu_asleep;	/* drv->suspend() has succeeded */
	int			 pu_dying;	/* detach has begun */
	int			 pu_line_open;	/* autoconf's line on the console is not ended */

	const struct pdk_class	*pu_class;
	void			*pu_class_sc;
};

static inline const char *
pdk_name(struct pdk_dev *d)
{
	return d->pd_unit->pu_self->dv_xname;
}

static inline void
pdk_class_flush(struct pdk_dev *d)
{
	if (d->pd_unit->pu_class != NULL)
		d->pd_unit->pu_class->flush(d);
}

/* ---- pdk_pci.c ---- */

/* Set and clear bits of the command register. */
void	pdk_pci_command(struct pdk_dev *, pcireg_t set, pcireg_t clear);

/* ---- pdk_dma.c ---- */

/* Address bits of the device; the flag of bus_dma(9) for it. */
unsigned pdk_dma_bits(struct pdk_dev *);
int	pdk_dma_flags(struct pdk_dev *);

/* ---- pdk_worker.c ---- */

/* Sleep on `ident` for ms milliseconds, or until woken with 0.  0 or EWOULDBLOCK. */
int	pdk_tsleep(void *ident, const char *wmesg, unsigned ms);

#endif /* PDK_UNIT_H */
