/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken.c - brings the wanted case into its context.
 */
#include "broken.h"

#define EDU_INTR_STATUS		0x24
#define EDU_INTR_RAISE		0x60
#define EDU_INTR_ACK		0x64
#define WAIT_MS			5000

static const struct broken_case *
find(void)
{
	static const struct broken_case *const tables[] = {
		broken_sync_cases, broken_dma_cases, broken_misc_cases,
	};
	const struct broken_case *c;
	unsigned i;

	for (i = 0; i < nitems(tables); i++)
		for (c = tables[i]; c->name != NULL; c++)
			if (strcmp(c->name, broken_wanted()) == 0)
				return c;
	return broken_call(broken_wanted());
}

void
broken_run(struct broken_softc *sc, enum broken_context context)
{
	const struct broken_case *c = find();

	if (c != NULL && c->context == context)
		c->fn(sc);
}

static void
done(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_done = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

static int
broken_filter(void *arg)
{
	struct broken_softc *sc = arg;
	uint32_t cause = bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_INTR_STATUS);

	if (cause == 0)
		return PDK_INTR_STRAY;
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_ACK, cause);
	broken_run(sc, IN_FILTER);
	return sc->sc_filter_result;
}

static void
broken_bh(void *arg)
{
	struct broken_softc *sc = arg;

	broken_run(sc, IN_BH);
	if (!sc->sc_done)
		done(sc);
}

static void
broken_timer(void *arg)
{
	struct broken_softc *sc = arg;

	broken_run(sc, IN_TIMER);
	sc->sc_done = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

static void
broken_task(void *arg)
{
	struct broken_softc *sc = arg;

	if (sc->sc_slow)
		DELAY(500000);
	broken_run(sc, IN_TASK);
}

static void
wait_done(struct broken_softc *sc)
{
	int error = 0;

	pdk_lock(&sc->sc_dev);
	while (!sc->sc_done && error == 0)
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
	pdk_unlock(&sc->sc_dev);
}

static int
broken_attach_late(struct pdk_dev *dev)
{
	struct broken_softc *sc = (struct broken_softc *)dev;
	const struct broken_case *c = find();
	unsigned nvec = 1;
	int error = 0;

	if (c->context == IN_FILTER || c->context == IN_BH) {
		error = pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec);
		if (error == 0)
			error = pdk_intr_establish(dev, 0, broken_filter, broken_bh, sc);
		bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_RAISE, 1);
		wait_done(sc);
	} else if (c->context == IN_TIMER) {
		pdk_lock(dev);
		pdk_timer_arm(&sc->sc_timer, 1);
		pdk_unlock(dev);
		wait_done(sc);
	} else if (c->context == IN_TASK) {
		pdk_lock(dev);
		pdk_task_post(&sc->sc_task);
		pdk_unlock(dev);
	} else if (c->context == IN_TX) {
		return broken_radio_attach(sc);
	} else {
		broken_run(sc, IN_WORKER);
		error = sc->sc_error;
	}
	if (error == 0)
		pdk_state(dev, "unnoticed");
	return error;
}

static int
broken_attach(struct pdk_dev *dev)
{
	struct broken_softc *sc = (struct broken_softc *)dev;
	int error;

	if (find() == NULL) {
		pdk_printf(dev, "there is no case \"%s\"\n", broken_wanted());
		return EINVAL;
	}
	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	sc->sc_filter_result = PDK_INTR_BH;
	pdk_timer_init(dev, &sc->sc_timer, broken_timer, sc);
	pdk_task_init(dev, &sc->sc_task, broken_task, sc);
	if (broken_call(broken_wanted()) != NULL)
		broken_prepare(sc);
	broken_run(sc, IN_CONFIG);
	if (sc->sc_attach_error != 0)
		pdk_pci_unmap_bar(dev, 0);
	return sc->sc_attach_error;
}

static int
broken_detach(struct pdk_dev *dev)
{
	struct broken_softc *sc = (struct broken_softc *)dev;

	if (find()->context == IN_TX)
		broken_radio_detach(sc);
	pdk_worker_drain(dev);
	pdk_intr_disestablish(dev);
	broken_forget(sc);
	broken_run(sc, IN_DETACH);
	pdk_pci_unmap_bar(dev, 0);
	return sc->sc_error;
}

static int
broken_suspend(struct pdk_dev *dev)
{
	struct broken_softc *sc = (struct broken_softc *)dev;

	broken_run(sc, IN_SUSPEND);
	return sc->sc_error;
}

static int
broken_resume(struct pdk_dev *dev)
{
	broken_run((struct broken_softc *)dev, IN_RESUME);
	return 0;
}

static const struct pdk_pci_id broken_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const broken_states[] = { "unnoticed", NULL };

static const struct pdk_pci_driver broken_driver = {
	.name = "broken",
	.ids = broken_ids,
	.softc_size = sizeof(struct broken_softc),
	.dma_bits = 28,
	.states = broken_states,
	.attach = broken_attach,
	.attach_late = broken_attach_late,
	.detach = broken_detach,
	.suspend = broken_suspend,
	.resume = broken_resume,
};

PDK_PCI_DRIVER(broken, broken_driver);
