/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_os.h - what <pdk.h> needs from the system, for a Linux process.
 *
 * Types, the names that all BSD kernels share (bus_space_*, BUS_DMASYNC_*, htole32, struct
 * mbuf, <sys/queue.h>, ...), and nothing else: no libc header is opened to the driver, only
 * the compiler's own, the C library's types of <stdint.h>, the kernel's errno values and
 * sys/queue.h.  A driver includes <pdk.h>, never this file.
 *
 * Members of the structures below belong to the shim unless their comment says otherwise.
 */
#ifndef PDK_OS_H
#define PDK_OS_H

#include <linux/errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "pdk_kern.h"
#include "pdk_pcireg.h"

/* ---- compiler ---- */

#define PDK_PRINTFLIKE(f, a)	__attribute__((__format__(__printf__, f, a)))

/* ---- device and driver ---- */

struct pdk_softc;		/* the shim's part of a device: softc.h */
struct pdk_pci_driver;

/* The head of every softc. */
struct pdk_dev {
	struct pdk_softc	*pd_sc;
};

/* One driver per program; the harness finds it by this name. */
extern const struct pdk_pci_driver *const pdk_linux_driver;
#define PDK_PCI_DRIVER(drvname, drv) \
	const struct pdk_pci_driver *const pdk_linux_driver = &(drv)

#define PDK_ASSERT(e) \
	((e) ? (void)0 : pdk_assert_failed(#e, __FILE__, __LINE__, __func__))
_Noreturn void pdk_assert_failed(const char *expr, const char *file, int line,
	    const char *func);

/* ---- bus_space(9) ---- */

typedef uint64_t	bus_addr_t;
typedef uint64_t	bus_size_t;
typedef struct pdk_softc *bus_space_tag_t;
typedef struct pdk_bar	*bus_space_handle_t;

#define BUS_SPACE_BARRIER_READ	0x01
#define BUS_SPACE_BARRIER_WRITE	0x02

uint8_t	bus_space_read_1(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint16_t bus_space_read_2(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint32_t bus_space_read_4(bus_space_tag_t, bus_space_handle_t, bus_size_t);
void	bus_space_write_1(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint8_t);
void	bus_space_write_2(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint16_t);
void	bus_space_write_4(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint32_t);
void	bus_space_barrier(bus_space_tag_t, bus_space_handle_t, bus_size_t off,
	    bus_size_t len, int flags);

/* ---- bus_dma(9) ---- */

#define BUS_DMASYNC_PREREAD	0x01
#define BUS_DMASYNC_POSTREAD	0x02
#define BUS_DMASYNC_PREWRITE	0x04
#define BUS_DMASYNC_POSTWRITE	0x08

struct pdk_dma {
	void			*va;		/* public */
	bus_addr_t		 pa;		/* public: what the device uses */
	bus_size_t		 size;		/* public */
	struct pdk_dmaobj	*d_obj;
};

struct pdk_dmamap {
	struct pdk_mapobj	*dm_obj;
};

/* ---- waiting, timers, tasks ---- */

struct pdk_wchan {
	unsigned	wc_wakeups;
	unsigned	wc_waiters;
};

struct pdk_timer {
	TAILQ_ENTRY(pdk_timer)	 tm_link;	/* while armed */
	struct pdk_softc	*tm_sc;
	void			(*tm_fn)(void *);
	void			*tm_arg;
	uint64_t		 tm_when;	/* ns */
	const void		*tm_site;	/* who armed it last */
	unsigned		 tm_magic;
	bool			 tm_armed;
};

struct pdk_task {
	TAILQ_ENTRY(pdk_task)	 tk_link;	/* while queued */
	struct pdk_softc	*tk_sc;
	void			(*tk_fn)(void *);
	void			*tk_arg;
	const void		*tk_site;	/* who posted it last */
	unsigned		 tk_magic;
	bool			 tk_queued;
};

/* ---- mbuf(9) ---- */

typedef char *caddr_t;

struct mbuf {
	struct mbuf	*m_next;		/* public, as all up to m_pkthdr */
	struct mbuf	*m_nextpkt;
	caddr_t		 m_data;
	int		 m_len;
	int		 m_flags;
	struct {
		int	 len;
	}		 m_pkthdr;
	struct pdk_mbufbuf *m_buf;
};

#define M_EXT		0x0001
#define M_PKTHDR	0x0002

#define mtod(m, t)	((t)((m)->m_data))

struct mbuf *m_free(struct mbuf *);
void	m_freem(struct mbuf *);
void	m_adj(struct mbuf *, int len);
void	m_cat(struct mbuf *, struct mbuf *);
struct mbuf *m_pullup(struct mbuf *, int len);
void	m_copydata(struct mbuf *, int off, int len, void *to);

#endif /* PDK_OS_H */
