/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contain.c - a small driver for QEMU's edu, whose bugs are what a driver's process may not do:
 * go to the system instead of its interface (contain_os.h), and take memory without end.
 */
#include "toy.h"
#include "contain_os.h"

#define BLOCK_BYTES	(1 << 20)
#define BLOCKS		4096

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_dma		sc_ring[BLOCKS];
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
		if (pdk_dma_alloc(&sc->sc_toy.dev, &sc->sc_ring[i], BLOCK_BYTES, 4096) != 0)
			break;
	if (bug("waits_for_memory_without_end"))
		(void)pdk_zalloc((size_t)BLOCKS * BLOCK_BYTES, PDK_WAITOK);
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
	pdk_state(&sc->sc_toy.dev, "behaved");
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error == 0)
		pdk_info(dev, "id", "%#x", toy_read(&sc->sc_toy, EDU_ID));
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	toy_stop(&sc->sc_toy);
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("contain", "behaved", toy_start);
