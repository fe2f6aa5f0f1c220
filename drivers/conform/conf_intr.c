/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_intr.c - interrupts, of each kind that the device has; in WORKER.
 */
#include "conf.h"

#define IN_BH_MS	100	/* that a slow bottom half lasts */

/* ---- handlers ---- */

static int
intr_filter(void *arg)
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

	if (m != NULL) {
		memset(m->m_data, 0xff, 100);
		pdk80211_rx(&sc->sc_dev, m, &rxi);
	}
	pdk80211_tx_ready(&sc->sc_dev);
}

static void
bh_slow(struct conf_softc *sc)
{
	int i;

	CONF_STORE(&sc->sc_in_bh, 1);
	for (i = 0; i < IN_BH_MS; i++)
		DELAY(1000);
}

static void
intr_bh(void *arg)
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
	if (mode == CONF_BH_SLOW)
		bh_slow(sc);
	pdk_lock(&sc->sc_dev);
	sc->sc_bhs++;
	sc->sc_bh_cause = sc->sc_cause;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

/* ---- for the checks ---- */

/* 0, or the check is skipped, if the system has none of a kind that the device has, or bad. */
int
conf_connect(struct conf_softc *sc, unsigned kinds)
{
	unsigned nvec = 1;
	int error;

	error = pdk_intr_alloc(&sc->sc_dev, kinds, &nvec);
	if (error != 0 && kinds == PDK_INTR_MSI) {
		CONF_SKIP(sc, "the system has no MSI for this device");
		return error;
	}
	if (!CONF_OK(sc, error == 0, "no vector is to be had"))
		return error;
	CONF_STORE(&sc->sc_filter_result, PDK_INTR_BH);
	CONF_STORE(&sc->sc_in_bh, 0);
	sc->sc_bhmode = CONF_BH_WAKE;
	error = pdk_intr_establish(&sc->sc_dev, 0, intr_filter, intr_bh, sc);
	CONF_OK(sc, error == 0, "the vector cannot be connected");
	if (error != 0)
		pdk_intr_disestablish(&sc->sc_dev);
	return error;
}

int
conf_raise(struct conf_softc *sc, uint32_t cause)
{
	int before = sc->sc_bhs;

	CONF_WRITE(sc, EDU_INTR_RAISE, cause);
	CONF_WAIT(sc, sc->sc_bhs != before);
	return CONF_OK(sc, sc->sc_bhs != before, "no bottom half came");
}

/* Until `*p` has another value, or so many milliseconds have passed. */
static void
give_time(const int *p, int before, int ms)
{
	for (; ms > 0 && CONF_LOAD(p) == before; ms--)
		DELAY(1000);
}

/* Does the device have what the check is about?  QEMU's edu has no MSI-X. */
static int
has(struct conf_softc *sc, unsigned kind)
{
	int off;

	if (kind == PDK_INTR_MSIX && pdk_pci_find_cap(&sc->sc_dev, PCI_CAP_MSIX, &off) != 0) {
		CONF_SKIP(sc, "the device has no MSI-X");
		return 0;
	}
	return 1;
}

/* The check's own kind, connected; 0: it has ended. */
static int
begin(struct conf_softc *sc)
{
	return has(sc, sc->sc_check->arg) && conf_connect(sc, sc->sc_check->arg) == 0;
}

static void
end(struct conf_softc *sc)
{
	pdk_intr_disestablish(&sc->sc_dev);
	CONF_WRITE(sc, EDU_INTR_ACK, 0xffffffff);
}

/* ---- the checks ---- */

/* A second reservation that forgets the first; a handler on a vector of somebody else. */
static void
reserve(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned kind = sc->sc_check->arg, nvec = 1, more = 1;

	CONF_OK(sc, pdk_intr_kind(dev) == 0, "there is an interrupt already");
	if (!begin(sc))
		return;
	CONF_OK(sc, pdk_intr_kind(dev) == kind, "it is of another kind");
	CONF_OK(sc, pdk_intr_establish(dev, 0, intr_filter, intr_bh, sc) == EBUSY,
	    "connecting a vector again is not EBUSY");
	end(sc);
	CONF_OK(sc, pdk_intr_kind(dev) == 0, "the kind is still there after disestablish");
	pdk_intr_disestablish(dev);		/* again: harmless */
	if (!CONF_OK(sc, pdk_intr_alloc(dev, kind, &nvec) == 0 && nvec == 1,
	    "after disestablish there is no vector"))
		return;
	CONF_OK(sc, pdk_intr_alloc(dev, kind, &more) == EBUSY, "a second time is not EBUSY");
	CONF_OK(sc, pdk_intr_establish(dev, 1, intr_filter, intr_bh, sc) == EINVAL,
	    "a vector that was not reserved is not EINVAL");
	CONF_OK(sc, pdk_intr_establish(dev, 0, NULL, intr_bh, sc) == EINVAL,
	    "no handler is not EINVAL");
	end(sc);
}

/*
 * A bottom half that runs beside WORKER's locked part; one that cannot run while WORKER waits,
 * so that the answer to a command never comes; a cause that is lost between the two handlers.
 */
static void
while_waiting(struct conf_softc *sc)
{
	int before, filters;

	if (!begin(sc))
		return;
	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	filters = CONF_LOAD(&sc->sc_filters);
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x2);
	give_time(&sc->sc_filters, filters, IN_BH_MS);	/* OpenBSD's waits for the lock, too */
	DELAY(5000);
	CONF_OK(sc, sc->sc_bhs == before, "a bottom half got past the lock that WORKER holds");
	CONF_WAIT(sc, sc->sc_bhs != before);
	CONF_OK(sc, sc->sc_bhs == before + 1, "no bottom half came while WORKER waited");
	CONF_OK(sc, sc->sc_bh_cause == 0x2, "it did not see what its filter saw");
	pdk_unlock(&sc->sc_dev);
	end(sc);
}

static void
timer0(void *arg)
{
	struct conf_softc *sc = arg;

	sc->sc_fired[0]++;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

static void
task0(void *arg)
{
	struct conf_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	sc->sc_ran[0]++;
	pdk_unlock(&sc->sc_dev);
}

/* Timers and tasks from an interrupt: lists that are not locked against it. */
static void
posts(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	sc->sc_ran[0] = -1;
	if (!begin(sc))
		return;
	pdk_timer_init(dev, &sc->sc_timer[0], timer0, sc);
	pdk_task_init(dev, &sc->sc_task[0], task0, sc);
	pdk_lock(dev);
	sc->sc_fired[0] = sc->sc_ran[0] = 0;
	sc->sc_bhmode = CONF_BH_TIMER;
	(void)conf_raise(sc, 0x4);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	CONF_OK(sc, sc->sc_fired[0] == 1, "a timer that a bottom half has armed did not run");
	sc->sc_bhmode = CONF_BH_POST;
	(void)conf_raise(sc, 0x4);
	CONF_OK(sc, sc->sc_ran[0] == 0, "a task ran beside another");
	pdk_unlock(dev);
	end(sc);
	pdk_timer_drain(&sc->sc_timer[0]);
}

static void
posts_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 1 || sc->sc_ran[0] == -1,
	    "a task that a bottom half has posted did not run");
}

/* The interrupt without a bottom half and then one with: was there one for the first, too? */
static void
no_bh(struct conf_softc *sc, int result, const char *fault)
{
	int filters, before = sc->sc_bhs;

	CONF_STORE(&sc->sc_filter_result, result);
	filters = CONF_LOAD(&sc->sc_filters);
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x8);
	give_time(&sc->sc_filters, filters, CONF_LONG_MS);
	CONF_OK(sc, CONF_LOAD(&sc->sc_filters) == filters + 1, "the filter did not run once");
	CONF_STORE(&sc->sc_filter_result, PDK_INTR_BH);
	pdk_lock(&sc->sc_dev);
	(void)conf_raise(sc, 0x10);
	CONF_OK(sc, sc->sc_bhs == before + 1, fault);
	pdk_unlock(&sc->sc_dev);
}

/* FILTER_* and the BSDs' 0 and 1 mixed up: bottom halves for nothing, or none at all. */
static void
results(struct conf_softc *sc)
{
	if (!begin(sc))
		return;
	no_bh(sc, PDK_INTR_DONE, "PDK_INTR_DONE has run a bottom half");
	no_bh(sc, PDK_INTR_STRAY, "PDK_INTR_STRAY has run a bottom half");
	end(sc);
}

/* A line that stays masked after the bottom half; an interrupt that is lost. */
static void
many(struct conf_softc *sc)
{
	int i, before;

	if (!begin(sc))
		return;
	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	for (i = 0; i < 50 && conf_raise(sc, 1 + (uint32_t)i); i++)
		continue;
	CONF_OK(sc, sc->sc_bhs == before + 50, "fifty interrupts are not fifty bottom halves");
	pdk_unlock(&sc->sc_dev);
	end(sc);
}

/* What the device raises by itself, at its own time. */
static void
factorial(struct conf_softc *sc)
{
	int before;

	if (!begin(sc))
		return;
	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	CONF_WRITE(sc, EDU_STATUS, EDU_STATUS_IRQ);
	CONF_WRITE(sc, EDU_FACTORIAL, 7);
	CONF_WAIT(sc, sc->sc_bhs != before);
	CONF_WRITE(sc, EDU_STATUS, 0);
	CONF_OK(sc, sc->sc_bhs != before, "no interrupt came for a factorial");
	pdk_unlock(&sc->sc_dev);
	CONF_OK(sc, CONF_READ(sc, EDU_FACTORIAL) == 5040, "the factorial of 7 is not there");
	end(sc);
}

/*
 * softint_disestablish(), bus_teardown_intr() and the others wait for a handler that runs, or
 * do not: then it goes on in a softc that is freed.
 */
static void
disestablish(struct conf_softc *sc)
{
	int before, filters, after;

	if (!begin(sc))
		return;
	pdk_lock(&sc->sc_dev);
	sc->sc_bhmode = CONF_BH_SLOW;
	before = sc->sc_bhs;
	pdk_unlock(&sc->sc_dev);
	CONF_WRITE(sc, EDU_INTR_RAISE, 0x20);
	give_time(&sc->sc_in_bh, 0, 10 * IN_BH_MS);
	pdk_intr_disestablish(&sc->sc_dev);
	CONF_WRITE(sc, EDU_INTR_ACK, 0xffffffff);
	filters = CONF_LOAD(&sc->sc_filters);
	pdk_lock(&sc->sc_dev);
	after = sc->sc_bhs;
	CONF_OK(sc, after == before + CONF_LOAD(&sc->sc_in_bh),
	    "the bottom half still runs after pdk_intr_disestablish()");
	pdk_unlock(&sc->sc_dev);
	DELAY(5000);
	pdk_lock(&sc->sc_dev);
	CONF_OK(sc, sc->sc_bhs == after && CONF_LOAD(&sc->sc_filters) == filters,
	    "a handler ran after pdk_intr_disestablish()");
	pdk_unlock(&sc->sc_dev);
}

/* Kinds that are not there; of those that are the best, with as many vectors as it has. */
static void
intr_kinds(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 1;
	int off;

	CONF_OK(sc, pdk_intr_kind(dev) == 0, "there is an interrupt at first");
	CONF_OK(sc, pdk_intr_alloc(dev, 0, &nvec) == EINVAL, "no kind at all is not EINVAL");
	if (pdk_pci_find_cap(dev, PCI_CAP_MSIX, &off) != 0)
		CONF_OK(sc, pdk_intr_alloc(dev, PDK_INTR_MSIX, &nvec) == EINVAL,
		    "a kind that the device has not is not EINVAL");
	nvec = 32;
	if (!CONF_OK(sc, pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec) == 0, "there is no interrupt"))
		return;
	CONF_OK(sc, nvec >= 1 && nvec <= 32, "there are more vectors than were asked for");
	CONF_OK(sc, pdk_pci_find_cap(dev, PCI_CAP_MSIX, &off) == 0 || nvec == 1,
	    "edu without MSI-X has more than one vector");
	pdk_intr_disestablish(dev);
}

#define KIND(prefix, kind)							\
	{ prefix "_reserve", CONF_WORKER, reserve, NULL, kind },		\
	{ prefix "_while_waiting", CONF_WORKER, while_waiting, NULL, kind },	\
	{ prefix "_posts", CONF_WORKER, posts, posts_then, kind },		\
	{ prefix "_results", CONF_WORKER, results, NULL, kind },		\
	{ prefix "_many", CONF_WORKER, many, NULL, kind },			\
	{ prefix "_factorial", CONF_WORKER, factorial, NULL, kind },		\
	{ prefix "_disestablish", CONF_WORKER, disestablish, NULL, kind }

const struct conf_check conf_intr_checks[] = {
	{ "intr_kinds", CONF_WORKER, intr_kinds, NULL, 0 },
	KIND("msi", PDK_INTR_MSI),
	KIND("intx", PDK_INTR_INTX),
	KIND("msix", PDK_INTR_MSIX),
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
