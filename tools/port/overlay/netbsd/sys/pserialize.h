/* SPDX-License-Identifier: BSD-2-Clause */
/* pserialize.h: passive serialisation; pserialize(9). */
#ifndef OVERLAY_SYS_PSERIALIZE_H
#define OVERLAY_SYS_PSERIALIZE_H

typedef struct pserialize *pserialize_t;

pserialize_t pserialize_create(void);
void	pserialize_destroy(pserialize_t);
int	pserialize_read_enter(void);
void	pserialize_read_exit(int);
void	pserialize_perform(pserialize_t);

#endif /* OVERLAY_SYS_PSERIALIZE_H */
