/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contain.c - a small driver for QEMU's edu, whose bugs are what a driver's process may not do:
 * go to the system instead of its interface (contain_os.h), and take memory without end.
 */
#include <pdk.h>

#include "bug.h"
#include "contain_os.h"

#define EDU_ID		0x00

#define BLOCK_BYTES	(1 << 20)
#define BLOCKS		4096

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	struct pdk_task		sc_task;
	struct pdk_dma		sc_ring[BLOCKS];
	int			sc_error;
};

static void
toy_files(void)
{
	if (bug("opens_the_passwords"))
		os_open("/etc/shadow");
	if (bug("reads_another_process"))
		os_open("/proc/1/environ");
	if (bug("leaves_its_folder"))
		os_open("/lib/firmware/../../etc/passwd");
	if (bug("makes_a_file"))
		os_create("/tmp/voyageur-gallery-contain");
	if (bug("asks_about_a_file"))
		os_stat("/root");
	if (bug("removes_a_file"))
		os_unlink("/tmp/voyageur-gallery-contain");
}

static void
toy_processes(void)
{
	if (bug("forks"))
		os_fork();
	if (bug("runs_a_command"))
		os_system("true");
	if (bug("becomes_another_program"))
		os_exec("/bin/true");
	if (bug("ends_its_parent"))
		os_kill_parent();
	if (bug("makes_code"))
		os_code();
	if (bug("raises_its_limits"))
		os_more_memory();
}

static void
toy_network(void)
{
	if (bug("connects_out"))
		os_connect();
	if (bug("hears_no_signal"))
		os_connect_deaf();
}

/* Of each kind more than there is. */
static void
toy_memory(struct toy_softc *sc)
{
	int i;

	for (i = 0; i < BLOCKS && bug("leaks_memory"); i++)
		if (pdk_zalloc(BLOCK_BYTES, PDK_NOWAIT) == NULL)
			break;
	for (i = 0; i < BLOCKS && bug("leaks_dma_memory"); i++)
		if (pdk_dma_alloc(&sc->sc_dev, &sc->sc_ring[i], BLOCK_BYTES, 4096) != 0)
			break;
	if (bug("mallocs_without_end"))
		os_eat(BLOCK_BYTES);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;

	toy_files();
	toy_processes();
	toy_network();
	toy_memory(sc);
	pdk_state(&sc->sc_dev, "behaved");
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, NULL);
	if (error != 0)
		return error;
	pdk_info(dev, "id", "%#x", bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_ID));
	pdk_task_init(dev, &sc->sc_task, toy_task, sc);
	return 0;
}

static int
toy_attach_late(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(dev);
	return 0;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_reg toy_regs[] = {
	{ 0, EDU_ID, "EDU_ID" },
	{ 0, 0, NULL }
};
static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const toy_states[] = { "behaved", NULL };

static const struct pdk_pci_driver toy_driver = {
	.name = "gallery-contain",
	.ids = toy_ids,
	.softc_size = sizeof(struct toy_softc),
	.dma_bits = 28,
	.states = toy_states,
	.regs = toy_regs,
	.attach = toy_attach,
	.attach_late = toy_attach_late,
	.detach = toy_detach,
};

PDK_PCI_DRIVER(toy, toy_driver);
