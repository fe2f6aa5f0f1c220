/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card.h - the state of an 82574L, and what the files of the model offer each other.
 *
 *	model.c		reset, register accesses and whether they may be now
 *	settings.c	what the user sets
 *	pci.c		configuration space
 *	irq.c		causes, masks, moderation; MSI-X, MSI, INTx
 *	phy.c		MDIC, the PHY, the cable
 *	nvm.c		NVM
 *	ring.c		base, length, head, tail of a ring
 *	rx.c		filters, packet buffer, receive descriptors
 *	tx.c		transmit descriptors;  txseg.c cuts and sums what they ask for
 *	csum.c		checksums of IP, TCP, UDP
 *	stats.c		what is counted of a frame
 *	net.c		the other end of the cable: nothing, a socket, or
 *	user.c		a router (prog/usernet.c)
 */
#ifndef TOOLS_SIM_I82574_CARD_H
#define TOOLS_SIM_I82574_CARD_H

#include "tools/sim/sim.h"
#include "tools/sim/i82574/reg.h"

#define ETH_HDR		14u
#define ETH_MIN		60u		/* without FCS */
#define ETH_FCS		4u
#define FRAME_MAX	16288u		/* a frame that the card can move; 7.1 and 7.2 there */
#define NVEC		5u
#define FIFO_MAX	64u		/* frames, of which the packet buffer holds fewer */

struct frame {
	uint8_t		*data;		/* without FCS */
	size_t		 len;
};

/* A transmit context: where checksums and segments are (3.3.6 there). */
struct txctx {
	bool		set;
	uint8_t		ipcss, ipcso, tucss, tucso, tucmd, hdrlen;
	uint16_t	ipcse, tucse, mss;
	uint32_t	paylen;
};

struct user;

struct card {
	struct sim_dev	*dev;
	uint32_t	 reg[BAR_SIZE / 4];
	uint8_t		 kind[BAR_SIZE / 4];	/* enum reg_kind */
	uint32_t	 mask[BAR_SIZE / 4];
	uint16_t	 phy[32], nvm[NVM_WORDS];

	struct {
		uint8_t		mac[6];
		bool		link, full_duplex;
		uint64_t	speed;		/* Mb/s */
		uint64_t	an_us, reset_us, nvm_us, rx_errors, tx_hang;
		bool		nvm_bad, nvm_hang, mdic_hang, mdic_error, mdio_taken, rx_long;
		bool		reset_hang, load_hang, master_hang, phy_hang, no_msix, no_msi;
		char		net[108];	/* "user", "none", "unix:PATH" */
	} cfg;
	bool		 started;

	struct sim_timer resetting, loading, negotiating;
	bool		 in_reset, in_load, rx_was_on, negotiated, was_up;

	/* interrupts; a bit of `owed` has not been told of since it was set or unmasked */
	uint32_t	 icr, ims, owed;
	bool		 level;			/* of INTx */
	struct sim_timer throttle[NVEC];

	/* receive */
	struct frame	 fifo[FIFO_MAX];
	unsigned	 nfifo;
	size_t		 fifo_bytes;

	/* transmit */
	struct sim_timer txgo;
	struct txctx	 ctx;
	uint8_t		 popts, outcmd;		/* of the frame's first descriptor */
	bool		 begun, extended;
	uint8_t		 out[FRAME_MAX + 0x10000];	/* a frame, or what is to be cut */
	size_t		 outlen;
	uint64_t	 tx_sent;
	bool		 tx_bad;		/* a descriptor of the frame is bad */

	/* the other end */
	int		 sock;
	struct user	*user;
	uint64_t	 lost;			/* frames that the peer's socket had no room for */
};

static inline uint32_t *
reg(struct card *c, unsigned off)
{
	return &c->reg[off / 4];
}

/* settings.c */
extern const struct sim_setting gbe_settings[];
int	gbe_set(void *state, const char *key, const char *value);

/* pci.c */
int	gbe_pci_build(struct card *);

/* model.c */
const char *gbe_reg_name(void *state, unsigned bar, uint64_t off);

/* irq.c */
void	gbe_irq_init(struct card *);
void	gbe_irq_reset(struct card *);
void	gbe_irq_cause(struct card *, uint32_t bits);
uint32_t gbe_icr_read(struct card *);
void	gbe_icr_write(struct card *, uint32_t);
void	gbe_ims_write(struct card *, uint32_t);
void	gbe_imc_write(struct card *, uint32_t);

/* phy.c */
void	gbe_phy_init(struct card *);
void	gbe_phy_reset(struct card *);
void	gbe_phy_cable(struct card *);		/* cfg.link, speed or duplex have changed */
void	gbe_phy_follow(struct card *);		/* CTRL has changed */
bool	gbe_link_up(struct card *);
uint32_t gbe_status_read(struct card *);
void	gbe_mdic_write(struct card *, uint32_t);

/* nvm.c */
void	gbe_nvm_build(struct card *);
void	gbe_nvm_load(struct card *);		/* what a reset takes from it */
void	gbe_eerd_write(struct card *, uint32_t);

/* rx.c */
void	gbe_rx_reset(struct card *);
void	gbe_rx_frame(struct card *, const uint8_t *, size_t);	/* from the cable */
void	gbe_rx_write(struct card *, unsigned off, uint32_t);	/* RCTL, RDBAL ... RDT */

/* tx.c */
void	gbe_tx_init(struct card *);
void	gbe_tx_reset(struct card *);
void	gbe_tx_go(struct card *);
void	gbe_tx_write(struct card *, unsigned off, uint32_t);	/* TCTL, TDBAL ... TDT */

/* Ring registers that both have; `on`: the unit is enabled. */
struct ring {
	unsigned	 bal;		/* offset of its first register, the others follow */
	const char	*rule, *what;
};
uint64_t gbe_ring_desc(struct card *, const struct ring *, uint32_t i);
uint32_t gbe_ring_size(struct card *, const struct ring *);		/* in descriptors */
/* A write to one of its registers; true: its tail has moved and the ring is sound. */
bool	gbe_ring_write(struct card *, const struct ring *, unsigned off, uint32_t, bool on);

/* txseg.c: what c->out holds goes to the cable, as c->ctx wants it. */
void	gbe_tx_out(struct card *);

/* csum.c: RXS_* and RXE_* of a frame, as RXCSUM wants them. */
void	gbe_csum_check(struct card *, const uint8_t *, size_t, uint32_t *status, uint32_t *errors);
uint32_t gbe_csum_add(uint32_t sum, const uint8_t *, size_t);
uint16_t gbe_csum_fold(uint32_t sum);

/* stats.c */
void	gbe_count(struct card *, unsigned off, uint64_t n);
void	gbe_count_rx(struct card *, const uint8_t *, size_t);
void	gbe_count_tx(struct card *, const uint8_t *, size_t);

/* net.c */
int	gbe_net_open(struct card *);
void	gbe_net_close(struct card *);
void	gbe_net_send(struct card *, const uint8_t *, size_t);

/* user.c */
struct user *gbe_user_new(struct card *);
void	gbe_user_free(struct user *);
void	gbe_user_input(struct user *, const uint8_t *, size_t);

#endif
