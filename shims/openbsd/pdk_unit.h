/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_unit.h - a device as pdk.c sees it, and what pdk80211.c and pdknet.c share with it.
 * Not for drivers.
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
 * It hooks itself in when it is attached, so that pdk.c needs neither of them.
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

/* Sleep on `ident` for ms milliseconds, or until woken with 0.  0 or EWOULDBLOCK. */
int	pdk_tsleep(void *ident, const char *wmesg, unsigned ms);

#endif /* PDK_UNIT_H */
