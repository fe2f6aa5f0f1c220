/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * card.h - the state of a simulated card (7260, 3160, 7265) and what its parts ask of each other.
 *
 * One struct, because the parts of the real card are one clock domain, too. Each part owns the
 * members under its name and changes no others.
 */
#ifndef TOOLS_SIM_I7260_CARD_H
#define TOOLS_SIM_I7260_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/sim/i7260/fw.h"
#include "tools/sim/i7260/radio.h"
#include "tools/sim/i7260/reg.h"
#include "tools/sim/i7260/tx.h"
#include "tools/sim/sim.h"

/* ---- members of the family (chips.c) ---- */

#define ANT_A	1u
#define ANT_B	2u

struct chip {
	const char	*model;
	uint16_t	device, subdevice;	/* PCI; the vendor is Intel */
	uint8_t		revision;
	uint16_t	hw_rev;
	uint32_t	data_size;		/* SRAM for data */
	unsigned	antennas;		/* ANT_* */
};
extern const struct chip chip_7260, chip_3160, chip_7265;

/* ---- settings (settings.c) ---- */

#define CFG_NONE	0xffffffffu	/* no command: fw.assert_on and the like */

enum nvm_corrupt {
	NVM_GOOD, NVM_NO_MAC, NVM_OLD_VERSION, NVM_EMPTY, NVM_SHORT, NVM_STATUS, NVM_OFFSET,
	NVM_OVERLONG,
};

struct card_cfg {
	uint8_t		mac[6];
	bool		rfkill;			/* switch says: radio off */
	bool		msi;			/* has the capability */
	uint64_t	prepare_ms;		/* the ME gives the card away after that long */
	uint64_t	alive_ms;
	uint64_t	calib_ms;
	uint16_t	nvm_version, nvm_sku, nvm_radio_cfg;
	uint16_t	temperature;		/* degrees Celsius */
	uint8_t		bt;			/* how busy Bluetooth is, 0 to 4 */
	enum nvm_corrupt nvm_corrupt;
	bool		fw_silent, fw_no_calib, fw_alive_bad;
	uint32_t	fw_assert_on;		/* group << 8 | id */
	uint32_t	fw_ignore;
	bool		sleep;			/* the MAC sleeps when it may */
};

/* ---- firmware ---- */

enum fw_image { FW_NONE, FW_INIT, FW_RUNTIME, FW_WOWLAN, FW_USNIFFER, FW_NIMAGES };

struct fwfile;

enum fw_state {
	FW_HELD,		/* CPU in reset */
	FW_BOOTING,		/* released, ALIVE still to come */
	FW_RUNNING,
	FW_LOST,		/* released into something that is no image */
	FW_DEAD,		/* asserted */
};

struct fw_cmd;

/* A host command as the firmware sees it. */
struct fw_req {
	const struct fw_cmd	*cmd;
	uint8_t		group, id;
	uint16_t	seq;
	const uint8_t	*data;		/* after the header */
	size_t		len;
};

struct nvm_copy;

#define PHYDB_NPARTS	16

struct phydb_part {
	uint16_t	type, len;
	uint8_t		data[256];
};

/* ---- the rest ---- */

struct rx_packet;

struct rx {
	struct rx_packet *head, **tail;	/* waiting for a buffer */
	struct sim_timer pump;
	uint32_t	read;		/* RBD being filled */
	uint32_t	wptr;		/* as the driver wrote it */
	bool		open;
	bool		ran;		/* since the card's reset */
	uint64_t	addr;		/* of the open buffer */
	uint32_t	off;		/* in it */
	uint32_t	frames;
};

struct txq {
	uint8_t		wptr, rptr;
	bool		wptr_valid;
	bool		stuck;		/* for good; see tx_wrptr() */
	bool		by_cmd;		/* activated by SCD_QUEUE_CFG */
	uint8_t		sta, tid, fifo;
	bool		aggregate;
	uint8_t		window;
	uint16_t	ssn;		/* of the frame at rptr, 12 bits */
	unsigned	flying;		/* frames with the radio */
	unsigned	flush;		/* frames still to be thrown away */
	uint32_t	life;		/* activations: answers to an older one are dropped */
};

/* One timer of many of a kind. */
struct card_timer {
	struct sim_timer timer;
	struct card	*card;
	unsigned	id;
};

struct card {
	struct sim_dev	*dev;
	const struct chip *chip;
	struct card_cfg	cfg;
	bool		started;

	/* csr.c */
	uint32_t	csr[0x400 / 4];
	bool		nic_ready, ever_ready, preparing;
	uint64_t	prepared_at;
	uint64_t	clock_at;	/* MAC clock stable from then on (INIT_DONE set) */
	bool		asleep;
	uint64_t	wake_at;
	struct sim_timer sleep;
	uint32_t	shr[SHR_SIZE / 4];

	/* irq.c */
	uint32_t	inta, inta_mask, fh_int;
	uint32_t	ict_index, ict_told;	/* its next entry; pending causes that it has */
	struct sim_timer periodic;

	/* prph.c, scd.c, sram.c, fh.c */
	uint32_t	prph[(PRPH_ADDR + 1) / 4];
	uint32_t	prph_raddr, prph_waddr, mem_raddr, mem_waddr;
	uint8_t		inst[SRAM_INST_EXT_END];
	uint8_t		data[SRAM_DATA_MAX];
	uint8_t		scd_sram[SCD_SRAM_SIZE];
	uint32_t	fh[(FH_END - FH_BASE) / 4];
	struct { uint32_t addr, len; } chunk[256];
	unsigned	nchunks;

	struct rx	rx;
	struct txq	txq[I7260_NQUEUES];
	struct sim_timer tx_kick, tx_pause;
	uint8_t		frame[20 * 4096];	/* a TFD's buffers, put together */
	uint8_t		mpdu[8192];		/* the frame of a TX command */
	uint32_t	wep_iv;

	/* boot.c, fw*.c */
	struct fwfile	*file;
	enum fw_state	fw;
	enum fw_image	image;
	uint64_t	init_hash;	/* without a file: the first image seen is INIT */
	struct sim_timer boot;
	struct sim_timer calib;
	struct fw_run	run;
	struct nvm_copy	*nvm;		/* sections that the driver wrote, or NULL */
	struct phydb_part phydb[PHYDB_NPARTS];
	unsigned	nphydb;
	uint64_t	fw_started;
	uint32_t	last_hcmd;

	/* the air */
	struct radio	radio;
	struct card_timer tbtt[FW_NMACS];	/* fw_beacon.c */
	struct card_timer doze[FW_NMACS], alive[FW_NMACS];	/* fw_power.c */
	struct card_timer tbeacon[FW_NMACS];	/* fw_ap.c */
	struct sim_timer events, scan, stats, turns;
};

/* ---- small helpers ---- */

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

/* ---- settings.c ---- */
/* Of each chip, by name: sim_model's. */
extern const struct sim_setting settings_7260[], settings_3160[], settings_7265[];
/* What the table gives for the OTP. */
void	settings_defaults(struct card *, const struct sim_setting *);
/* sim_model's set: EINVAL, ENOENT, EBUSY (not while it runs), ENOMEM. */
int	settings_set(void *card, const char *key, const char *value);

/* ---- pci.c ---- */
int	pci_build(struct card *);

/* ---- csr.c: always-on registers, power ---- */
void	csr_power_on(struct card *);
uint32_t csr_read(struct card *, uint32_t off);
void	csr_write(struct card *, uint32_t off, uint32_t v);
void	csr_write8(struct card *, uint32_t off, uint8_t v);
void	csr_sleep_fire(void *);
/* MAC clock runs and the MAC is awake. */
bool	csr_mac_awake(struct card *);
/* The driver holds MAC_ACCESS_REQ. */
bool	csr_mac_requested(const struct card *);
bool	csr_clock_ready(struct card *);
/* The firmware lets the MAC sleep or keeps it awake (something to do). */
void	csr_mac_idle(struct card *);
void	csr_mac_wake(struct card *);
/* The rfkill switch was turned. */
void	csr_rfkill(struct card *, bool blocked);
/* SW_RESET of the MAC: everything but the always-on part. */
void	card_mac_reset(struct card *);

/* ---- irq.c ---- */
void	irq_reset(struct card *);
void	irq_raise(struct card *, uint32_t inta, uint32_t fh);
void	irq_ack(struct card *, uint32_t inta);
void	irq_mask(struct card *, uint32_t mask);
void	irq_ict_set(struct card *, uint32_t v);
void	irq_periodic(struct card *, uint8_t units);
void	irq_periodic_fire(void *);
/* The driver has been interrupted, or would be, and has not dealt with it. */
bool	irq_pending(const struct card *);

/* ---- prph.c: HBUS windows ---- */
void	prph_reset(struct card *);
uint32_t hbus_read(struct card *, uint32_t off);
void	hbus_write(struct card *, uint32_t off, uint32_t v);
bool	prph_dma_clock(const struct card *);
bool	prph_extended_sram(const struct card *);

/* ---- sram.c ---- */
void	sram_reset(struct card *);
/* The len bytes at a device address, or NULL where nothing is (or not wholly). */
uint8_t	*sram_at(struct card *, uint32_t addr, uint32_t len);
uint32_t sram_read32(struct card *, uint32_t addr);
void	sram_write32(struct card *, uint32_t addr, uint32_t v);

/* ---- fh.c ---- */
void	fh_reset(struct card *);
uint32_t fh_read(struct card *, uint32_t off);
void	fh_write(struct card *, uint32_t off, uint32_t v);
static inline uint32_t
fh_reg(const struct card *c, uint32_t off)
{
	return c->fh[(off - FH_BASE) / 4];
}
/* Address of a queue's TFD ring, 0 when never set. */
uint64_t fh_cbbc(const struct card *, unsigned q);

/* ---- scd.c ---- */
void	scd_reset(struct card *);
uint32_t scd_read(struct card *, uint32_t reg);
void	scd_write(struct card *, uint32_t reg, uint32_t v);
bool	scd_queue_active(const struct card *, unsigned q);
unsigned scd_queue_fifo(const struct card *, unsigned q);
void	scd_queue_enable(struct card *, unsigned q, unsigned fifo, unsigned ssn);
void	scd_queue_disable(struct card *, unsigned q);
uint64_t scd_bc_table(const struct card *);

/* ---- rx.c: from the card to the host ---- */
void	rx_init(struct card *);
void	rx_reset(struct card *);
void	rx_config(struct card *, uint32_t v);
void	rx_wptr(struct card *, uint32_t v);
/* A response (seq of the command) or a notification (RX_NOTIF). payload is copied. */
#define RX_NOTIF	0x8000u
void	rx_send(struct card *, uint8_t group, uint8_t id, uint16_t seq, const void *payload,
	    size_t len);

/* ---- tx.c: TFD queues ---- */
void	tx_reset(struct card *);
void	tx_wrptr(struct card *, uint32_t v);
void	tx_kick(struct card *);
void	tx_fire(void *);

/* ---- boot.c ---- */
void	boot_reset(struct card *);
void	boot_release(struct card *);
void	boot_fire(void *);
const char *fw_image_name(enum fw_image);
/* All that the firmware does of itself ends; the radio is off. */
void	fw_stop(struct card *);

/* ---- fwfile.c: the .ucode file ---- */
struct fwsec {
	uint32_t	addr, len;
	const uint8_t	*data;
};
#define FWSEC_SEPARATOR_CPU	0xffffccccu
#define FWSEC_SEPARATOR_PAGING	0xaaaabbbbu
#define FWFILE_NSECS	16
struct fwfile {
	uint8_t		*bytes;
	size_t		size;
	uint32_t	major, minor;
	unsigned	ncpus;
	struct { struct fwsec sec[FWFILE_NSECS]; unsigned n; } image[FW_NIMAGES];
};
/* NULL after printing why on stderr. */
struct fwfile *fwfile_open(const char *path);
void	fwfile_close(struct fwfile *);

/* ---- fwcmd.c: commands ---- */
#define IMG_INIT	1u
#define IMG_RUN		2u
#define IMG_BOTH	3u
struct fw_cmd {
	uint8_t		group, id;
	const char	*name;
	uint16_t	min, max;	/* length without header */
	unsigned	images;
	void		(*fn)(struct card *, const struct fw_req *);
};
#define FW_CMD_MAX	0xffff		/* any length from min on */
/* One command from the command queue; frame begins with its header. */
void	fwcmd_run(struct card *, unsigned q, unsigned idx, const uint8_t *frame, size_t len);
/* Answers: a status word, or any payload. */
void	fw_reply(struct card *, const struct fw_req *, const void *payload, size_t len);
void	fw_status(struct card *, const struct fw_req *, uint32_t status);
void	fw_ok(struct card *, const struct fw_req *);	/* handler of commands without effect */
/* A notification of the legacy group, or of another. */
void	fw_notify(struct card *, uint8_t id, const void *payload, size_t len);
void	fw_notify_group(struct card *, uint8_t group, uint8_t id, const void *payload,
	    size_t len);
/* The driver did wrong and the firmware dies of it. */
void	fw_wrong(struct card *, uint32_t error_id, const char *rule, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/* ---- bss.c ---- */
/* How a network is secured, by its beacon or probe response: "open", "wpa2-psk", ... */
const char *bss_security(const uint8_t *frame, size_t len);

/* ---- the commands ---- */
/* One table per subject; the end has no name. All of them: fw_tables, with a NULL at the end. */
extern const struct fw_cmd *const fw_tables[];
extern const struct fw_cmd fw_init_cmds[], fw_run_cmds[], fw_ctx_cmds[], fw_sta_cmds[],
    fw_key_cmds[], fw_time_cmds[], fw_scan_cmds[], fw_beacon_cmds[], fw_power_cmds[], fw_tx_cmds[],
    fw_stats_cmds[], fw_ap_cmds[], fw_thermal_cmds[],
    fw_bt_cmds[];

void	fw_init_calib_fire(void *);

/* ---- rate.c ---- */
#define RATE_HT		0x00000100u
#define RATE_CCK	0x00000200u
#define RATE_ANT_A	0x00004000u
#define RATE_ANT_B	0x00008000u
#define RATE_VHT	0x04000000u
/*
 * A rate word for a channel of width MHz. False: there is no such rate, or it needs an antenna that
 * the card does not have. tries is left 0.
 */
bool	rate_to_air(const struct card *, uint32_t word, unsigned width, struct air_rate *);
uint32_t rate_from_air(const struct air_rate *);

/* ---- fw_sched.c: who has the radio ---- */
/* Something that decides it has changed. */
void	sched_update(struct card *);
/* The radio has nothing more to send. */
void	sched_sent(struct card *);
/* MACs or the scan have changed: the addresses that the radio answers to. */
void	sched_addrs(struct card *);
/* Whether a MAC is on its channel now, and may send. */
bool	sched_mac_on(const struct card *, unsigned mac);
/* Whether a frame from that channel (MHz) can be for a MAC; the radio may have left since then. */
bool	sched_mac_hears(const struct card *, unsigned mac, unsigned freq);
/* Whether a network is served, which a scan has to come back to. */
bool	sched_serving(const struct card *);
bool	sched_event_runs(const struct card *);
void	sched_fire(void *);
/* The PHY context a MAC is bound to, or NULL. */
const struct fw_phy *sched_phy(const struct card *, unsigned mac);

/* ---- fw_time.c ---- */
void	time_update(struct card *);
void	time_fire(void *);
bool	time_waiting(const struct card *);

/* ---- fw_scan.c ---- */
void	scan_fire(void *);
/* The radio is where it was wanted. */
void	scan_there(struct card *);
/* Whether a scan wants this frame. */
bool	scan_wants(struct card *, const struct air_rx *, const uint8_t *frame, size_t len);

/* ---- fw_rx.c ---- */
void	fw_rx(struct card *, const struct air_rx *, const uint8_t *frame, size_t len);
uint32_t fw_gp2(struct card *);		/* the firmware's clock, microseconds */
size_t	fw_hdrlen(const uint8_t *frame);

/* ---- fw_beacon.c: of the BSS that a MAC belongs to ---- */
void	beacon_start(struct card *, unsigned mac);
void	beacon_stop(struct card *, unsigned mac);
void	beacon_fire(void *);
void	beacon_heard(struct card *, unsigned mac, const struct air_rx *, const uint8_t *, size_t);
bool	beacon_passes(struct card *, unsigned mac, const struct air_rx *, const uint8_t *, size_t);

/* ---- fw_power.c: when a station is awake ---- */
void	power_start(struct card *, unsigned mac);	/* it is associated */
void	power_stop(struct card *, unsigned mac);	/* it is not any more */
void	power_wake(struct card *, unsigned mac);	/* out of power save, which the AP is told */
void	power_fire(void *);
void	power_alive_fire(void *);
/* A data frame is about to be sent: wakes the station, or is marked as a sleeping one's. */
void	power_sending(struct card *, unsigned mac, uint8_t *frame);
void	power_received(struct card *, unsigned mac, const uint8_t *frame, size_t len);
bool	power_hears(const struct card *, unsigned mac, const uint8_t *frame);
void	power_beacon(struct card *, unsigned mac, const uint8_t *frame, size_t len);

/* ---- fw_fetch.c: what a sleeping station says and how it gets its frames ---- */
/*
 * A null frame with that Power Management bit. done as radio_send(), or NULL. False: the radio is
 * not on the channel of this MAC now.
 */
bool	fetch_null(struct card *, unsigned mac, bool pm, radio_done *done);
/* Frames wait at the access point. */
void	fetch_begin(struct card *, unsigned mac);
void	fetch_received(struct card *, unsigned mac, const uint8_t *frame, size_t len);
/* The timer of a sleeping station: what it was waiting for has not come. */
void	fetch_fire(struct card *, unsigned mac);
/* Its own frame triggered a service period. */
void	fetch_triggered(struct card *, unsigned mac);

/* ---- fw_key.c ---- */
/* Decrypts in place; status bits for the driver. sta -1: nobody's key. */
uint32_t key_decrypt(struct card *, int sta, uint8_t *frame, size_t len);
void	key_forget_station(struct card *, unsigned sta);

/* ---- fw_sta.c ---- */
bool	sta_mark_released(struct fw_sta *, uint8_t *frame);
void	sta_period_over(struct card *, unsigned sta);

/* ---- fw_ap.c ---- */
void	ap_fire(void *);
void	ap_start(struct card *, unsigned mac);
void	ap_stop(struct card *, unsigned mac);

/* ---- fw_stats.c ---- */
void	stats_fire(void *);

/* ---- fw_bt.c ---- */
void	bt_changed(struct card *);		/* cfg.bt is another; likewise told */

/* ---- fw_thermal.c ---- */
/* The card is as warm as cfg.temperature now: a firmware that runs tells its driver. */
void	thermal_changed(struct card *);

/* ---- nvm.c ---- */
#define NVM_NSECTIONS	13
/* A section's bytes, or NULL with *len 0. buf has room for 2048. */
const uint8_t *nvm_section(const struct card *, unsigned section, size_t *len, uint8_t *buf);
/* Whether the OTP lets us send first on a channel. */
bool	nvm_channel_active(const struct card *, unsigned channel);
/* Changes the firmware's copy of a section. False: not a place in it, or no memory. */
bool	nvm_section_write(struct card *, unsigned section, unsigned offset, const uint8_t *data,
	    size_t len);
void	nvm_forget(struct card *);		/* that copy is gone */

/* ---- errlog.c ---- */
#define ERR_SYSASSERT		0x35u
#define ERR_BAD_COMMAND		0x38u
#define ERR_FATAL		0x3du
#define ERR_NMI_TRM_HW		0x46u
#define ERR_NMI_HOST		0x66u
/* The firmware stops: fills the error table, raises SW_ERR. Nothing when it does not run. */
void	errlog_assert(struct card *, uint32_t error_id, uint32_t data1, uint32_t data2);

#endif
