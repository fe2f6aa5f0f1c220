/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev_int.h - struct sim_dev, private to the files of the library: dev.c, config.c, cfgbuild.c,
 * bar.c, intr.c, dma.c, timer.c, report.c, fault.c.
 */
#ifndef TOOLS_SIM_DEV_INT_H
#define TOOLS_SIM_DEV_INT_H

#include <stdio.h>
#include <linux/pci_regs.h>

#include "tools/sim/device.h"

#define SIM_CFG_SIZE	4096u
#define SIM_NBARS	6u
#define SIM_MAX_AREAS	8u
#define SIM_MAX_VEC	2048u
#define SIM_NTRACE	32u
#define SIM_MAX_WATCH	16u

struct sim_bar {
	uint64_t	size;			/* 0: no BAR */
	unsigned	flags, width;
	struct sim_area	areas[SIM_MAX_AREAS];
	unsigned	nareas;
	int		fd;			/* memfd behind the areas, or -1 */
	uint8_t		*va;
};

struct sim_access {
	uint64_t	when, off, value;
	uint8_t		bar, size;
	bool		write;
};

/* One vector of MSI or MSI-X, or INTx, ERR, REQ. */
struct sim_vec {
	int		fd;			/* eventfd, or -1 */
	bool		masked, pending;
};

struct sim_msix {
	unsigned	nvec, cap;		/* cap: config offset, 0 without */
	unsigned	table_bar, pba_bar;
	uint32_t	table_off, pba_off;
	uint8_t		*table;			/* 16 * nvec */
};

struct sim_watch_ent {
	int		fd;			/* -1: free */
	short		events;
	void		(*fn)(void *, short);
	void		*arg;
};

struct sim_fault {
	/* Accesses left until it is due; negative: off. */
	int64_t		gone_after, stall_after, close_after, nonsense_after, dma_fail_after;
	bool		gone, no_irq, nommap;
	enum sim_fault_act act;
	uint64_t	slow_us, nonsense_kind, storm_us;
	struct sim_timer storm;
};

struct sim_dma_node;
struct sim_dma_backing;

struct sim_dev {
	const struct sim_model		*model;
	void				*state;
	const struct sim_host_ops	*ops;
	void				*arg;
	bool				started, attached;
	uint64_t			t0;

	uint8_t		cfg[SIM_CFG_SIZE], init[SIM_CFG_SIZE], wmask[SIM_CFG_SIZE];
	uint8_t		w1c[SIM_CFG_SIZE];
	unsigned	last_cap, last_ext, cap_free, ext_free;
	unsigned	pm, msi, pcie;		/* config offsets of capabilities, 0 without */
	bool		flr;
	unsigned	msi_nvec, msi_mask;	/* msi_mask: offset of the mask register */
	uint8_t		int_pin;
	struct sim_bar	bars[SIM_NBARS];
	struct sim_msix	msix;

	struct sim_vec	*vec[VFIO_PCI_NUM_IRQS];
	uint32_t	nvec[VFIO_PCI_NUM_IRQS];
	int		unmask_fd;		/* INTx resample eventfd, or -1 */
	bool		level;

	struct sim_dma_node	*dma;
	struct sim_dma_backing	*backings;
	size_t			ndma;
	uint64_t		rng;
	unsigned		dma_timeout_ms;

	const struct sim_clock	*clock;		/* NULL: the wall's */
	void			*clock_arg;
	uint64_t		clock_ahead;	/* sim_now() less what the clock reads */
	uint64_t		clock_seen;	/* latest sim_now() */
	struct sim_timer	*timers;
	uint64_t		ntimer;		/* armed ever */
	struct sim_watch_ent	watch[SIM_MAX_WATCH];

	struct sim_access	trace[SIM_NTRACE];
	uint64_t		naccess;	/* ever */
	unsigned		nviolation;
	uint64_t		nintr, ndmamsg;
	FILE			*status;	/* while the status hook runs */

	struct sim_fault	fault;
};

/* config.c */
void	sim_conf_reset(struct sim_dev *);
void	sim_conf_read(struct sim_dev *, unsigned off, uint8_t *buf, unsigned len);
void	sim_conf_write(struct sim_dev *, unsigned off, const uint8_t *buf, unsigned len);
bool	sim_decodes(struct sim_dev *, unsigned bar);

/* bar.c */
void	sim_bar_access(struct sim_dev *, unsigned bar, uint64_t off, uint8_t *buf, size_t len,
	    bool write);
void	sim_bars_reset(struct sim_dev *);
void	sim_bars_free(struct sim_dev *);

/* intr.c */
int	sim_intr_init(struct sim_dev *);
void	sim_intr_reset(struct sim_dev *);
void	sim_intr_unwire(struct sim_dev *);
void	sim_intr_recheck(struct sim_dev *);	/* masks in config space have changed */
void	sim_intr_unmask_event(struct sim_dev *);
void	sim_intr_signal(struct sim_dev *, uint32_t index);
void	sim_intr_vec_mask(struct sim_dev *, uint32_t index, unsigned vec, bool masked);
bool	sim_intr_vec_pending(struct sim_dev *, uint32_t index, unsigned vec);

/* timer.c */
void	sim_timers_stop(struct sim_dev *);

/* fault.c */
void	sim_fault_init(struct sim_dev *);
int	sim_fault_set(struct sim_dev *, const char *key, const char *value);
void	sim_fault_access(struct sim_dev *);	/* one register access happens */
bool	sim_fault_dma(struct sim_dev *);	/* one transfer: whether it is to fail */

/* report.c */
void	sim_trace(struct sim_dev *, unsigned bar, uint64_t off, unsigned size, uint64_t value,
	    bool write);

#endif
