/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_intr.c - interrupts of each kind that edu has; in WORKER.
 */
#include "conf.h"

int
conf_filter(void *arg)
{
	struct conf_softc *sc = arg;
	uint32_t cause = CONF_READ(sc, EDU_INTR_STATUS);

	if (cause == 0 || cause == 0xffffffff)
		return PDK_INTR_STRAY;
	CONF_WRITE(sc, EDU_INTR_ACK, cause);
	sc->sc_cause = cause;
	CONF_STORE(&sc->sc_filters, CONF_LOAD(&sc->sc_filters) + 1);
	return CONF_LOAD(&sc->sc_filter_result);
}

/* 802.11 frames are passed up here, in BH, unlocked. */
static void
bh_rx(struct conf_softc *sc)
{
	static const struct pdk80211_rxinfo rxi = { .rssi = -40, .chan = 1 };
	struct mbuf *m = pdk_mbuf_rxalloc(100);

	if (m != NULL)
		pdk80211_rx(&sc->sc_dev, m, &rxi);
	pdk80211_tx_ready(&sc->sc_dev);
}

void
conf_bh(void *arg)
{
	struct conf_softc *sc = arg;
	enum conf_bhmode mode;

	pdk_assert_unlocked(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	mode = sc->sc_bhmode;
	if (mode == CONF_BH_POST)
		pdk_task_post(&sc->sc_task[0]);
	if (mode == CONF_BH_TIMER)
		pdk_timer_arm(&sc->sc_timer[0], 0);
	pdk_unlock(&sc->sc_dev);
	if (mode == CONF_BH_RX)
		bh_rx(sc);
	pdk_lock(&sc->sc_dev);
	sc->sc_bhs++;
	sc->sc_bh_cause = sc->sc_cause;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

void
conf_raise(struct conf_softc *sc, uint32_t cause)
{
	int before = sc->sc_bhs;

	CONF_WRITE(sc, EDU_INTR_RAISE, cause);
	CONF_WAIT(sc, sc->sc_bhs != before);
}

/* The bottom half stands at the lock until WORKER waits. */
static void
test_bh_and_lock(struct conf_softc *sc)
{
	int before;

	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x2);
	DELAY(20000);
	CONF_OK(sc, sc->sc_bhs == before, "no bottom half gets past the lock that WORKER holds");
	CONF_WAIT(sc, sc->sc_bhs != before);
	CONF_OK(sc, sc->sc_bhs == before + 1, "the bottom half runs while WORKER waits");
	CONF_OK(sc, sc->sc_bh_cause == 0x2, "and sees what its filter saw");
	pdk_unlock(&sc->sc_dev);
}

static void
test_bh_posts(struct conf_softc *sc)
{
	int fired;

	pdk_lock(&sc->sc_dev);
	fired = sc->sc_fired[0];
	sc->sc_bhmode = CONF_BH_TIMER;
	conf_raise(sc, 0x4);
	CONF_WAIT(sc, sc->sc_fired[0] != fired);
	CONF_OK(sc, sc->sc_fired[0] == fired + 1, "a bottom half may arm a timer");
	sc->sc_ran[0] = sc->sc_norder = 0;
	sc->sc_bhmode = CONF_BH_POST;
	conf_raise(sc, 0x4);
	sc->sc_bhmode = CONF_BH_WAKE;
	CONF_OK(sc, sc->sc_ran[0] == 0, "a task posted by it does not run before this one ends");
	pdk_unlock(&sc->sc_dev);
}

static void
test_filter_done(struct conf_softc *sc, int result, const char *name)
{
	int filters, bhs;

	pdk_lock(&sc->sc_dev);
	filters = CONF_LOAD(&sc->sc_filters);
	bhs = sc->sc_bhs;
	CONF_STORE(&sc->sc_filter_result, result);
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x8);
	conf_pause(sc, 3 * CONF_SHORT_MS);
	CONF_OK(sc, CONF_LOAD(&sc->sc_filters) == filters + 1 && sc->sc_bhs == bhs, name);
	CONF_STORE(&sc->sc_filter_result, PDK_INTR_BH);
	pdk_unlock(&sc->sc_dev);
}

static void
test_many(struct conf_softc *sc)
{
	int i, before;

	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	for (i = 0; i < 50; i++)
		conf_raise(sc, 1 + (uint32_t)i);
	CONF_OK(sc, sc->sc_bhs == before + 50, "fifty interrupts one after the other all arrive");
	pdk_unlock(&sc->sc_dev);
}

static void
test_factorial(struct conf_softc *sc)
{
	int before;

	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	CONF_WRITE(sc, EDU_STATUS, EDU_STATUS_IRQ);
	CONF_WRITE(sc, EDU_FACTORIAL, 7);
	CONF_WAIT(sc, sc->sc_bhs != before);
	CONF_WRITE(sc, EDU_STATUS, 0);
	pdk_unlock(&sc->sc_dev);
	CONF_OK(sc, CONF_READ(sc, EDU_FACTORIAL) == 5040,
	    "the device's own interrupt: the factorial is there");
}

static void
test_kind(struct conf_softc *sc, unsigned kind, const char *name)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 1, more = 1;
	int filters;

	pdk_printf(dev, "# %s\n", name);
	CONF_OK(sc, pdk_intr_alloc(dev, kind, &nvec) == 0 && nvec == 1, "one vector is reserved");
	CONF_OK(sc, pdk_intr_kind(dev) == kind, "of the kind that was asked for");
	CONF_OK(sc, pdk_intr_alloc(dev, kind, &more) == EBUSY, "a second time is EBUSY");
	CONF_OK(sc, pdk_intr_establish(dev, 1, conf_filter, conf_bh, sc) == EINVAL,
	    "a vector that was not reserved is EINVAL");
	CONF_OK(sc, pdk_intr_establish(dev, 0, NULL, conf_bh, sc) == EINVAL,
	    "no handler is EINVAL");
	CONF_STORE(&sc->sc_filter_result, PDK_INTR_BH);
	sc->sc_bhmode = CONF_BH_WAKE;
	CONF_OK(sc, pdk_intr_establish(dev, 0, conf_filter, conf_bh, sc) == 0, "it is connected");
	CONF_OK(sc, pdk_intr_establish(dev, 0, conf_filter, conf_bh, sc) == EBUSY,
	    "connecting it again is EBUSY");
	test_bh_and_lock(sc);
	test_bh_posts(sc);
	test_filter_done(sc, PDK_INTR_DONE, "PDK_INTR_DONE runs no bottom half");
	test_filter_done(sc, PDK_INTR_STRAY, "PDK_INTR_STRAY runs no bottom half");
	test_many(sc);
	test_factorial(sc);
	pdk_intr_disestablish(dev);
	CONF_OK(sc, pdk_intr_kind(dev) == 0, "after disestablish there is no kind");
	filters = CONF_LOAD(&sc->sc_filters);
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x10);
	DELAY(20000);
	CONF_OK(sc, CONF_LOAD(&sc->sc_filters) == filters, "and no filter runs");
	CONF_WRITE(sc, EDU_INTR_ACK, 0xffffffff);
	pdk_intr_disestablish(dev);
	CONF_OK(sc, 1, "pdk_intr_disestablish() again is harmless");
}

/* One vector of several: its own handlers, its own argument. */
struct vector {
	struct conf_softc	*sc;
	int			 filters, bhs;
};

static int
vector_filter(void *arg)
{
	struct vector *v = arg;

	CONF_WRITE(v->sc, EDU_INTR_ACK, CONF_READ(v->sc, EDU_INTR_STATUS));
	CONF_STORE(&v->filters, CONF_LOAD(&v->filters) + 1);
	return PDK_INTR_BH;
}

static void
vector_bh(void *arg)
{
	struct vector *v = arg;

	pdk_lock(&v->sc->sc_dev);
	v->bhs++;
	pdk_wake(&v->sc->sc_dev, &v->sc->sc_wchan);
	pdk_unlock(&v->sc->sc_dev);
}

/* The simulated edu raises vector n for causes 8n to 8n + 7. */
static void
test_vectors(struct conf_softc *sc)
{
	struct vector v[4] = { { .sc = sc }, { .sc = sc }, { .sc = sc }, { .sc = sc } };
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = nitems(v), i;
	int ok = 1;

	ok &= pdk_intr_alloc(dev, PDK_INTR_MSIX, &nvec) == 0 && nvec == nitems(v);
	CONF_OK(sc, ok, "four vectors are reserved");
	CONF_OK(sc, pdk_intr_establish(dev, 4000, vector_filter, vector_bh, &v[0]) == EINVAL,
	    "one far beyond them is EINVAL");
	for (i = 0; i < nvec; i++)
		ok &= pdk_intr_establish(dev, i, vector_filter, vector_bh, &v[i]) == 0;
	pdk_lock(dev);
	for (i = nvec; ok && i-- > 0;) {
		CONF_WRITE(sc, EDU_INTR_RAISE, 1u << 8 * i);
		CONF_WAIT(sc, v[i].bhs != 0);
	}
	pdk_unlock(dev);
	pdk_intr_disestablish(dev);
	for (i = 0; i < nitems(v); i++)
		ok &= v[i].filters == 1 && v[i].bhs == 1;
	CONF_OK(sc, ok, "each has handlers of its own");
}

void
conf_worker_intr(struct conf_softc *sc)
{
	unsigned nvec = 1, best = PDK_INTR_MSI;
	int off;

	CONF_OK(sc, pdk_intr_kind(&sc->sc_dev) == 0, "there is no interrupt at first");
	CONF_OK(sc, pdk_intr_alloc(&sc->sc_dev, 0, &nvec) == EINVAL, "no kind at all is EINVAL");
	test_kind(sc, PDK_INTR_MSI, "MSI");
	test_kind(sc, PDK_INTR_INTX, "INTx");
	if (pdk_pci_find_cap(&sc->sc_dev, PCI_CAP_MSIX, &off) == 0) {
		test_kind(sc, PDK_INTR_MSIX, "MSI-X");
		test_vectors(sc);
		best = PDK_INTR_MSIX;
	} else {
		CONF_OK(sc, pdk_intr_alloc(&sc->sc_dev, PDK_INTR_MSIX, &nvec) == EINVAL,
		    "a kind that the device has not is EINVAL");
	}
	nvec = 32;
	CONF_OK(sc, pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec) == 0 &&
	    pdk_intr_kind(&sc->sc_dev) == best && nvec == (best == PDK_INTR_MSI ? 1 : 4),
	    "of all kinds the best is taken, and as many vectors as there are");
	pdk_intr_disestablish(&sc->sc_dev);
}
