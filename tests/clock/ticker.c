/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ticker.c - a driver that does nothing to its card but wait beside it, in all the ways there are:
 * timers of an hour and of a millisecond, waits that nobody wakes, delays. It tells what time each
 * took: "timers" is a list of NUMBER@MS in the order in which they fired.
 */
#include <pdk.h>

#define NTIMERS		9
#define AGAIN		20		/* how often the last one arms itself */
#define AGAIN_MS	999
#define WAIT_MS		600000
#define DELAY_US	1500
#define ROOM		400

struct ticker;

struct ticker_timer {
	struct pdk_timer	 timer;
	struct ticker		*sc;
	unsigned		 number, left;
};

struct ticker {
	struct pdk_dev		 dev;
	struct pdk_task		 task;
	struct pdk_wchan	 never, fired;
	struct ticker_timer	 timer[NTIMERS];
	uint64_t		 start;
	unsigned		 pending;
	bool			 closing;
	char			 text[ROOM];
	size_t			 len;
};

/* Not in the order of time, and two of one time. */
static const unsigned ticker_ms[NTIMERS] = {
	3600000, 1, 250, 60000, 250, 1800001, 7, 3599999, AGAIN_MS
};

static void
put_number(struct ticker *sc, uint64_t v)
{
	char digit[20];
	size_t n = 0;

	do
		digit[n++] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	while (n > 0 && sc->len < ROOM - 1)
		sc->text[sc->len++] = digit[--n];
}

static void
put_char(struct ticker *sc, char c)
{
	if (sc->len < ROOM - 1)
		sc->text[sc->len++] = c;
}

/* TIMER; locked. */
static void
ticker_fire(void *arg)
{
	struct ticker_timer *t = arg;
	struct ticker *sc = t->sc;

	if (t->left > 0) {
		t->left--;
		pdk_timer_arm(&t->timer, AGAIN_MS);
		return;
	}
	if (sc->len > 0)
		put_char(sc, ' ');
	put_number(sc, t->number);
	put_char(sc, '@');
	put_number(sc, pdk_uptime_ms() - sc->start);
	sc->pending--;
	pdk_wake(&sc->dev, &sc->fired);
}

static void
ticker_wait(struct ticker *sc)
{
	uint64_t start = pdk_uptime_ms();
	int error;

	pdk_lock(&sc->dev);
	/* A detach that came first has already woken nobody. */
	error = sc->closing ? 0 : pdk_wait(&sc->dev, &sc->never, WAIT_MS);
	pdk_unlock(&sc->dev);
	pdk_info(&sc->dev, "wait", "%d after %u ms", error,
	    (unsigned)(pdk_uptime_ms() - start));
	start = pdk_uptime_ms();
	DELAY(DELAY_US);
	DELAY(DELAY_US);
	pdk_info(&sc->dev, "delay", "%u ms", (unsigned)(pdk_uptime_ms() - start));
}

/* WORKER. */
static void
ticker_task(void *arg)
{
	struct ticker *sc = arg;
	unsigned i;

	pdk_state(&sc->dev, "begun");
	pdk_lock(&sc->dev);
	sc->start = pdk_uptime_ms();
	for (i = 0; i < NTIMERS && !sc->closing; i++)
		pdk_timer_arm(&sc->timer[i].timer, ticker_ms[i]);
	pdk_unlock(&sc->dev);
	ticker_wait(sc);
	pdk_lock(&sc->dev);
	while (sc->pending > 0 && !sc->closing)
		(void)pdk_wait(&sc->dev, &sc->fired, WAIT_MS);
	pdk_unlock(&sc->dev);
	pdk_info(&sc->dev, "timers", "%s", sc->text);
	pdk_info(&sc->dev, "took", "%u ms", (unsigned)(pdk_uptime_ms() - sc->start));
	pdk_state(&sc->dev, "done");
}

static int
ticker_attach(struct pdk_dev *dev)
{
	struct ticker *sc = (struct ticker *)dev;
	unsigned i;

	for (i = 0; i < NTIMERS; i++) {
		struct ticker_timer *t = &sc->timer[i];

		t->sc = sc;
		t->number = i;
		t->left = ticker_ms[i] == AGAIN_MS ? AGAIN : 0;
		pdk_timer_init(dev, &t->timer, ticker_fire, t);
	}
	sc->pending = NTIMERS;
	pdk_task_init(dev, &sc->task, ticker_task, sc);
	return 0;
}

static int
ticker_attach_late(struct pdk_dev *dev)
{
	struct ticker *sc = (struct ticker *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->task);
	pdk_unlock(dev);
	return 0;
}

static int
ticker_detach(struct pdk_dev *dev)
{
	struct ticker *sc = (struct ticker *)dev;
	unsigned i;

	pdk_lock(dev);
	sc->closing = true;		/* from now on no timer is armed, and nobody waits */
	pdk_wake(dev, &sc->fired);
	pdk_wake(dev, &sc->never);
	pdk_task_cancel(&sc->task);
	pdk_unlock(dev);
	for (i = 0; i < NTIMERS; i++)
		pdk_timer_drain(&sc->timer[i].timer);
	pdk_worker_drain(dev);
	return 0;
}

static const struct pdk_pci_id ticker_ids[] = { { 0x8086, 0x08b1 }, { 0, 0 } };
static const char *const ticker_states[] = { "begun", "done", NULL };

static const struct pdk_pci_driver ticker_driver = {
	.name = "ticker",
	.ids = ticker_ids,
	.softc_size = sizeof(struct ticker),
	.dma_bits = 36,
	.states = ticker_states,
	.attach = ticker_attach,
	.attach_late = ticker_attach_late,
	.detach = ticker_detach,
};

PDK_PCI_DRIVER(ticker, ticker_driver);
