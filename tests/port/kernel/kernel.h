/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel.h - what each small kernel has for the checks that all systems share: shim.c, ether.c.
 *
 * A small kernel is as much of a system's as its shim calls, in a process.  Nothing in it runs by
 * itself: one thread at a time, until that sleeps; then the others, then k_event(), and when nobody
 * can go on, time passes until somebody can.  Whoever would sleep for ever, or breaks a rule
 * of the system's own (sleeps with a mutex, takes one twice, frees what is in use), ends the
 * program.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mbuf;
struct pdk_dev;

/* ---- basics.c ---- */

extern int	 k_live;		/* what is taken and not given back */
extern char	 k_console[8192];
extern void	(*k_event)(void);	/* an interrupt, say: when all threads sleep */
extern int	 cold, hz;

_Noreturn void k_panic(const char *what, const char *file, int line);
#define K_CHECK(e)	((e) ? (void)0 : k_panic(#e, __FILE__, __LINE__))

void	*k_take(size_t);		/* zeroed; not counted by k_live */
void	k_give(void *);
void	*k_take_sized(size_t);		/* counted, and who gives it back has to know its size */
void	k_give_sized(void *, size_t);
void	k_message(const char *fmt, va_list);	/* to the console */
size_t	k_strlcpy(char *, const char *, size_t);

/* ---- mbuf.c ---- */

void	k_copydata(const struct mbuf *, int off, int len, void *to);
void	k_mbuf_free(struct mbuf *);	/* the system's: this one's memory */

/* ---- shim.c ---- */

extern unsigned	 k_msix, k_msi, k_intx;	/* vectors to be had */
extern size_t	 k_bar_size;
extern const char *k_file;		/* the firmware file that there is */
extern const char *const k_files[2];	/* names of iwlwifi-7260-17.ucode here */

/* One device for the driver that PDK_PCI_DRIVER() names "toy". */
bool	k_match(uint16_t vendor, uint16_t product);
int	k_attach(void);			/* of 1234:11e8; at boot, before there are interrupts */
void	k_boot(void);			/* interrupts, root file system, the end of attach_late */
int	k_detach(void);
int	k_suspend(void);
int	k_resume(void);

void	k_interrupt(unsigned vec);
void	k_clock(unsigned ms);		/* let time pass: timers, and threads that wait for it */
struct mbuf *k_mbuf(size_t size);	/* with a packet header; m_len 0 */
/* Where the device finds memory, or NULL where there is none. */
void	*k_device_memory(uint64_t address);
extern int	 k_sync_op;		/* of the last bus_dmamap_sync() */

/* ---- ether.c: the interface ---- */

enum k_netop { K_UP, K_DOWN, K_PROMISC, K_GROUPS, K_MTU };
int	k_net(enum k_netop, int value);	/* as ifconfig(8) does; an errno value */
bool	k_net_running(void);
int	k_net_mtu(void);
void	k_net_send(size_t len);
/* Frames that came up, in order, since it was asked last; the checksum told with the last one. */
unsigned k_net_input(void);
bool	k_net_checked(void);
/* Frames that were not sent, frames that the device found bad. */
uint64_t k_net_oerrors(void);
uint64_t k_net_ierrors(void);
/* Mb/s, 0: down; how often it was told. */
unsigned k_net_link(unsigned *told);

#endif /* KERNEL_H */
