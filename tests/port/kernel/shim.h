/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.h - the parts of shim.c's checks; each attaches the toy, and leaves nothing.
 */
#ifndef SHIM_H
#define SHIM_H

/* ---- shim_intr.c ---- */

void	check_pci(void);
void	check_vectors(void);
void	check_handlers(void);

/* ---- shim_worker.c ---- */

void	check_wait(void);
void	check_tasks(void);
void	check_timers(void);
void	check_firmware(void);

/* ---- shim_dma.c ---- */

void	check_dma(void);
void	check_maps(void);
void	check_bounce(void);
void	check_mbufs(void);

#endif /* SHIM_H */
