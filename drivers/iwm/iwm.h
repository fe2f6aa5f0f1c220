/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm.h - driver for Intel's 7000 family of wifi cards: the softc, and what the parts of the
 * driver offer each other.
 *
 * Way of a card: attach() maps it and allocates; attach_late() loads the INIT firmware
 * and reads the non-volatile memory; up() calibrates with the INIT firmware, then starts
 * the runtime firmware and sets it up ("alive"); down() stops the card.
 *
 * Rules of this driver
 *	- Everything below iwm_read() in this file runs with the device lock, and what sends
 *	  commands or waits runs in WORKER, unless its comment says otherwise.
 *	- The filter only masks the interrupt; causes are read and served in BH.
 *	- Any read that gives all ones is checked against CSR_HW_REV; a card that is gone
 *	  fails everything from then on with ENXIO and is not touched again.
 *	- An error is reported where it is found (IWM_FAIL), and only returned from there on.
 */
#ifndef IWM_H
#define IWM_H

#include <pdk.h>
#include <pdk80211.h>

#include "csr.h"
#include "fh.h"
#include "fw.h"
#include "fwapi_alive.h"
#include "fwapi_cmd.h"
#include "nvm.h"
#include "phydb.h"
#include "wifi.h"

struct iwm_softc;

/* ---- kinds of card ---- */

struct iwm_chip {
	uint16_t	 product;		/* PCI */
	const char	*name;
	uint16_t	 hw_type;		/* CSR_HW_REV_TYPE() */
	const char	*fwname;
	struct iwm_fwspec fwspec;
	uint8_t		 nqueues;
	uint8_t		 host_interrupt_operation_mode;	/* erratum: coalescing, L1 exit */
};

/* ---- rings ---- */

struct iwm_rx_ring {
	struct pdk_dma	 rbd;			/* 256 words: buffer address >> 8 */
	struct pdk_dma	 stat;			/* struct iwm_rb_status */
	unsigned	 cur;			/* next buffer to look at */
	int		 running;
	struct mbuf	*m[RX_QUEUE_SIZE];
	struct pdk_dmamap map[RX_QUEUE_SIZE];
	unsigned	 nmaps;			/* created */
};

struct iwm_tx_ring {
	struct pdk_dma	 tfd;			/* 256 struct iwm_tfd */
	unsigned	 cur;			/* next free TFD */
	unsigned	 tail;			/* of frames: the oldest */
	unsigned	 queued;
	uint16_t	 txd[TFD_QUEUE_SIZE_MAX];	/* of frames: index into the pool */
};

/* A command's place in the command ring: header and payload. */
#define IWM_CMD_SLOT_SIZE	320
#define IWM_CMD_FIRST_TB	20		/* bytes; the device also writes there */
#define IWM_CMD_MAX_LEN		(IWM_CMD_FIRST_TB + IWM_TB_MAX_LENGTH)

struct iwm_cmd_ring {
	struct pdk_dma	 slots;
	struct pdk_dma	 big;			/* the rest of one command too long for a slot */
	uint16_t	 id[TFD_QUEUE_SIZE_MAX];
	uint8_t		 busy[TFD_QUEUE_SIZE_MAX];
	uint16_t	 last_id;		/* sent last, for reports */
	uint8_t		 any_sent;
	/* The one synchronous command that WORKER waits for. */
	int		 waiting, done, error;
	unsigned	 idx;
	void		*resp;
	size_t		 resp_size, resp_len;
};

/* A command to the firmware. */
struct iwm_hcmd {
	uint16_t	 id;			/* IWM_CMD_ID() */
	uint8_t		 async;			/* do not wait; the reply is ignored */
	const void	*data[2];
	uint16_t	 len[2];
	void		*resp;			/* payload of the reply goes here, or NULL */
	size_t		 resp_size;
	size_t		 resp_len;		/* out: of the reply, may exceed resp_size */
};

/* ---- softc ---- */

/* sc_flags */
#define IWM_F_GONE	0x0001			/* the card does not answer */
#define IWM_F_FATAL	0x0002			/* the firmware is dead until started again */
#define IWM_F_ICT	0x0004			/* causes come by the table */
#define IWM_F_ENABLED	0x0008			/* powered */
#define IWM_F_ALIVE	0x0010			/* firmware takes commands */
#define IWM_F_UP	0x0020			/* runtime firmware is set up */
#define IWM_F_RFKILL	0x0040			/* radio switched off */
#define IWM_F_FAILED	0x0080			/* this operation's failure was reported */
#define IWM_F_DETACHING	0x0100
#define IWM_F_OWNED	0x0200			/* taken over from the management engine */
#define IWM_F_CTKILL	0x0400			/* too hot for the radio */

/* sc_events: what BH has seen */
#define IWM_EV_CHUNK	0x01			/* the service channel has finished */
#define IWM_EV_ALIVE	0x02
#define IWM_EV_INITDONE	0x04
#define IWM_EV_TEV	0x08			/* a time event began or ended */
#define IWM_EV_TEMP	0x10			/* a temperature was measured */

#define IWM_MAX_QUEUES	31
#define IWM_CMD_QUEUE	0			/* with dynamic queue allocation */
#define IWM_AUX_QUEUE	1
#define IWM_MAX_RESTARTS 5			/* without a successful IWM_RESTART_WINDOW */
#define IWM_RESTART_WINDOW 60000		/* ms */

/* What an image told in its ALIVE (struct iwm_alive_resp); in the processor's byte order. */
struct iwm_alive {
	uint16_t	status;
	uint32_t	error_event_table_ptr;
	uint32_t	scd_base_ptr;
	uint32_t	error_info_addr;
};

struct iwm_softc {
	struct pdk_dev		 sc_dev;
	const struct iwm_chip	*sc_chip;
	bus_space_tag_t		 sc_st;
	bus_space_handle_t	 sc_sh;
	bus_size_t		 sc_sz;
	int			 sc_mapped;
	uint32_t		 sc_hw_rev;
	int			 sc_ltr;	/* latency reports enabled by the host */

	unsigned		 sc_flags;
	int			 sc_nic_locks;
	uint32_t		 sc_intmask;
	unsigned		 sc_strays;	/* interrupts without a cause, one after the other */
	unsigned		 sc_events;
	struct pdk_wchan	 sc_wchan;	/* sc_events, command replies, failure */
	struct pdk_wchan	 sc_sleepchan;	/* nobody wakes this one */

	struct pdk_dma		 sc_ict;
	unsigned		 sc_ict_cur;
	struct pdk_dma		 sc_kw;		/* "keep warm" page */
	struct pdk_dma		 sc_sched;	/* struct iwm_scd_bc_tbl a queue */
	struct pdk_dma		 sc_fwdma;	/* a chunk of firmware */
	struct iwm_rx_ring	 sc_rx;
	struct iwm_tx_ring	 sc_tx[IWM_MAX_QUEUES];
	struct iwm_cmd_ring	 sc_cmd;

	const void		*sc_fwdata;
	size_t			 sc_fwsize;
	struct iwm_fw		 sc_fw;
	enum iwm_ucode		 sc_ucode;	/* image that runs or is loaded */
	struct iwm_alive	 sc_alive;
	uint32_t		 sc_scd_base;
	struct iwm_nvm		 sc_nvm;
	struct iwm_phydb	 sc_phydb;

	int			 sc_80211;	/* attached to the stack */
	struct iwm_upcalls	 sc_upcalls;
	struct iwm_scan		 sc_scan;
	struct iwm_net		 sc_net;
	struct iwm_tev		 sc_tev;
	struct iwm_lq		 sc_lq;
	struct iwm_ba		 sc_ba;
	struct iwm_txpool	 sc_txpool;
	struct iwm_tt		 sc_tt;
	struct pdk80211_stats	 sc_stats;
	struct iwm_rx_phy_info	 sc_rxphy;	/* little-endian; of the frames that follow */
	int			 sc_rxphy_valid;
	int8_t			 sc_noise;	/* dBm; 0: not measured yet */
	unsigned		 sc_rx_nombuf;	/* frames lost for want of memory */
	struct pdk_task		 sc_restart_task;
	struct pdk_task		 sc_rfkill_task;
	unsigned		 sc_restarts;
	uint64_t		 sc_restart_ms;	/* when the first of them was */
};

/*
 * Report why an operation fails: the first failure of an operation gives the device up,
 * what follows from it is only logged.
 */
#define IWM_FAIL(sc, error, ...) do {						\
	if (((sc)->sc_flags & IWM_F_FAILED) != 0)				\
		pdk_printf(&(sc)->sc_dev, __VA_ARGS__);				\
	else {									\
		(sc)->sc_flags |= IWM_F_FAILED;					\
		pdk_fail(&(sc)->sc_dev, (error), __VA_ARGS__);			\
	}									\
} while (0)

#define IWM_RFKILL_TEXT	"radio is off by the hardware switch (rfkill); it starts when that is on"

#define iwm_sc(dev)	((struct iwm_softc *)(dev))

/* ---- chips.c, regs.c ---- */
extern const struct pdk_pci_id iwm_ids[];
extern const struct pdk_reg iwm_regs[];
const struct iwm_chip *iwm_chip_find(uint32_t pciid);
const char *iwm_reg_name(uint32_t off);		/* or "register" */

/* ---- pci.c: in CONFIG, unlocked ---- */
int	iwm_pci_attach(struct iwm_softc *);	/* find, map, HW_REV */
void	iwm_pci_detach(struct iwm_softc *);
void	iwm_pci_config(struct iwm_softc *);	/* also WORKER */

/* ---- io.c ---- */
uint32_t iwm_read(struct iwm_softc *, uint32_t reg);
void	iwm_write(struct iwm_softc *, uint32_t reg, uint32_t val);
void	iwm_write_1(struct iwm_softc *, uint32_t reg, uint8_t val);
void	iwm_set(struct iwm_softc *, uint32_t reg, uint32_t bits);
void	iwm_clr(struct iwm_softc *, uint32_t reg, uint32_t bits);
/* Until (reg & mask) == val, at most `us`: 0, ETIMEDOUT, or ENXIO (gone).  Busy-waits. */
int	iwm_poll(struct iwm_softc *, uint32_t reg, uint32_t val, uint32_t mask, unsigned us);
/* ENXIO when the card is gone, else 0; reads a register. */
int	iwm_check_card(struct iwm_softc *);
/* Keep the chip awake for FH, PRPH and SRAM; nests.  0, ETIMEDOUT (reported) or ENXIO. */
int	iwm_nic_lock(struct iwm_softc *);
void	iwm_nic_unlock(struct iwm_softc *);
/* With the chip awake. */
uint32_t iwm_read_prph(struct iwm_softc *, uint32_t addr);
void	iwm_write_prph(struct iwm_softc *, uint32_t addr, uint32_t val);
void	iwm_set_prph(struct iwm_softc *, uint32_t addr, uint32_t bits);
void	iwm_clr_prph(struct iwm_softc *, uint32_t addr, uint32_t bits);
void	iwm_read_mem(struct iwm_softc *, uint32_t addr, uint32_t *words, unsigned n);
void	iwm_write_mem(struct iwm_softc *, uint32_t addr, uint32_t word, unsigned n);

/* ---- wait.c: WORKER ---- */
void	iwm_sleep(struct iwm_softc *, unsigned ms);
/* Until all events are there: 0, ETIMEDOUT, EIO (firmware died) or ENXIO. */
int	iwm_wait_events(struct iwm_softc *, unsigned events, unsigned ms);
/* Something to wait for may have happened.  Any context with the lock. */
void	iwm_wake(struct iwm_softc *);
void	iwm_event(struct iwm_softc *, unsigned events);
/* For texts about time-outs: what the card and the driver think. */
void	iwm_report(struct iwm_softc *, const char *what);
const char *iwm_irq_advice(struct iwm_softc *);

/* ---- hw.c: WORKER ---- */
int	iwm_start_hw(struct iwm_softc *);	/* own, reset and power the card */
int	iwm_prepare_card(struct iwm_softc *);
int	iwm_nic_init(struct iwm_softc *);	/* power, radio configuration, rings */
void	iwm_stop_device(struct iwm_softc *, int leave);
int	iwm_check_rfkill(struct iwm_softc *);	/* nonzero: switched off */

/* ---- intr.c ---- */
int	iwm_intr_filter(void *);
void	iwm_intr_bh(void *);
void	iwm_intr_mask(struct iwm_softc *, uint32_t causes);
void	iwm_intr_disable(struct iwm_softc *);	/* mask and acknowledge all */
void	iwm_ict_reset(struct iwm_softc *);

/* ---- rx.c, tx.c: alloc and free in CONFIG, unlocked ---- */
int	iwm_rx_alloc(struct iwm_softc *);
void	iwm_rx_free(struct iwm_softc *);
void	iwm_rx_start(struct iwm_softc *);	/* chip awake */
void	iwm_rx_stop(struct iwm_softc *);	/* chip awake */
void	iwm_rx_intr(struct iwm_softc *);	/* BH */
int	iwm_tx_alloc(struct iwm_softc *);
void	iwm_tx_free(struct iwm_softc *);
void	iwm_tx_init(struct iwm_softc *);	/* chip awake; before the firmware */
int	iwm_tx_start(struct iwm_softc *);	/* chip awake; after ALIVE */
void	iwm_tx_stop(struct iwm_softc *);	/* chip awake */
void	iwm_tx_kick(struct iwm_softc *, unsigned qid, unsigned sta_id, unsigned len);
void	iwm_tx_reclaim(struct iwm_softc *, unsigned qid, unsigned sta_id);
void	iwm_tfd_set(struct iwm_tfd *, unsigned tb, bus_addr_t, unsigned len);

/* ---- cmd.c: WORKER ---- */
int	iwm_cmd_alloc(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_cmd_free(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_cmd_reset(struct iwm_softc *);
int	iwm_cmd(struct iwm_softc *, struct iwm_hcmd *);
int	iwm_cmd_send(struct iwm_softc *, uint16_t id, const void *data, uint16_t len);
int	iwm_cmd_status(struct iwm_softc *, uint16_t id, const void *data, uint16_t len,
	    uint32_t *status);
void	iwm_cmd_done(struct iwm_softc *, const struct iwm_rx_packet *, size_t len);	/* BH */
void	iwm_cmd_refused(struct iwm_softc *, const struct iwm_error_resp *);	/* BH */
const char *iwm_cmd_name(uint16_t id);
const char *iwm_cmd_last(struct iwm_softc *);

/* ---- notif.c: BH ---- */
void	iwm_notif(struct iwm_softc *, const struct iwm_rx_packet *, size_t len);

/* ---- fwfile.c, load.c: WORKER ---- */
int	iwm_fw_read(struct iwm_softc *);	/* unlocked */
void	iwm_fw_release(struct iwm_softc *);	/* any, unlocked */
int	iwm_start_ucode(struct iwm_softc *, enum iwm_ucode);	/* until commands work */

/* ---- init.c, nvm.c, setup.c, up.c: WORKER ---- */
int	iwm_run_init(struct iwm_softc *, int calibrate);
int	iwm_nvm_read(struct iwm_softc *);
int	iwm_send_bt_init_conf(struct iwm_softc *);
int	iwm_send_tx_ant_cfg(struct iwm_softc *);
int	iwm_send_phy_cfg(struct iwm_softc *);
int	iwm_setup_runtime(struct iwm_softc *);
int	iwm_up(struct iwm_softc *);
void	iwm_down(struct iwm_softc *);

/* ---- errlog.c ---- */
int	iwm_errlog(struct iwm_softc *);		/* BH, TIMER or WORKER */

/* ---- recover.c ---- */
void	iwm_fw_died(struct iwm_softc *, const char *how);	/* BH, TIMER or WORKER */
void	iwm_restart_task(void *);
void	iwm_rfkill_task(void *);
void	iwm_rfkill_changed(struct iwm_softc *);	/* BH or WORKER */

/* ---- wifi.c: WORKER or CONFIG, unlocked ---- */
int	iwm_wifi_attach(struct iwm_softc *);
void	iwm_wifi_detach(struct iwm_softc *);

#endif /* IWM_H */
