/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_newbus.h - what shims/vap finds of a device and of frames on FreeBSD and DragonFly
 * alike; for their pdk80211_os.h alone.
 */
#ifndef PDK80211_NEWBUS_H
#define PDK80211_NEWBUS_H

/* The stack may be a module of its own. */
#define VAP_MODULE_DEPEND	MODULE_DEPEND(pdk80211, wlan, 1, 1, 1)

/* ---- the device ---- */

struct pdk80211_softc;

static inline struct pdk80211_softc *
vap_sc(struct pdk_dev *dev)
{
	return (dev->pd_glue);
}

static inline void
vap_sc_set(struct pdk_dev *dev, struct pdk80211_softc *sc)
{
	dev->pd_glue = sc;
}

/* Before suspend (0) and after resume (1); when the device is gone. */
static inline void
vap_hooks(struct pdk_dev *dev, void (*power)(struct pdk_dev *, int),
    void (*gone)(struct pdk_dev *))
{
	dev->pd_glue_power = power;
	dev->pd_glue_free = gone;
}

static inline const char *
vap_unit(struct pdk_dev *dev)
{
	return (device_get_nameunit(dev->pd_dev));
}

/* ---- locks ---- */

typedef os_mtx_t vap_mtx_t;
#define vap_mtx_init(mtx, unit, what)	os_mtx_init(mtx, unit, what)
#define vap_mtx_destroy(mtx)		os_mtx_destroy(mtx)
#define vap_mtx_lock(mtx)		os_mtx_lock(mtx)
#define vap_mtx_unlock(mtx)		os_mtx_unlock(mtx)

/* ---- frames ---- */

/* A frame in transmission carries its node where a received one has its interface. */
static inline struct ieee80211_node *
vap_mbuf_node(const struct mbuf *m)
{
	return ((struct ieee80211_node *)m->m_pkthdr.rcvif);
}

#define vap_task_destroy(task)		((void)(task))

/* The packet header, with flags and tags, of a frame that is copied. */
static inline bool
vap_mbuf_dup_header(struct mbuf *to, struct mbuf *from)
{
	return (m_dup_pkthdr(to, from, M_NOWAIT) != 0);
}

#endif /* PDK80211_NEWBUS_H */
