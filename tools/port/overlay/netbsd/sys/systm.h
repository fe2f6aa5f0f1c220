/* SPDX-License-Identifier: BSD-2-Clause */
/* systm.h: printing, copying, sleeping: kprintf(9), kcopy(9), panic(9). */
#ifndef OVERLAY_SYS_SYSTM_H
#define OVERLAY_SYS_SYSTM_H

#include <sys/types.h>
#include <sys/stdarg.h>
#include <sys/device_if.h>
#include <lib/libkern/libkern.h>

typedef int (*copyin_t)(const void *, void *, size_t);
typedef int (*copyout_t)(const void *, void *, size_t);

extern const char *panicstr;
extern int doing_shutdown;
extern int boothowto;
#define bootverbose	(boothowto & AB_VERBOSE)

void	printf(const char *, ...) __printflike(1, 2);
void	vprintf(const char *, va_list) __printflike(1, 0);
int	snprintf(char *, size_t, const char *, ...) __printflike(3, 4);
int	vsnprintf(char *, size_t, const char *, va_list) __printflike(3, 0);
void	uprintf(const char *, ...) __printflike(1, 2);
void	log(int, const char *, ...) __printflike(2, 3);
void	aprint_normal(const char *, ...) __printflike(1, 2);
void	aprint_error(const char *, ...) __printflike(1, 2);
void	aprint_naive(const char *, ...) __printflike(1, 2);
void	aprint_verbose(const char *, ...) __printflike(1, 2);
void	aprint_debug(const char *, ...) __printflike(1, 2);
void	aprint_normal_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_error_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_verbose_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_debug_dev(device_t, const char *, ...) __printflike(2, 3);
void	device_printf(device_t, const char *, ...) __printflike(2, 3);
void	panic(const char *, ...) __dead __printflike(1, 2);

int	copyin(const void *, void *, size_t);
int	copyout(const void *, void *, size_t);
int	copyinstr(const void *, void *, size_t, size_t *);
int	copyoutstr(const void *, void *, size_t, size_t *);

/* The big lock, as a module sees it. */
void	_kernel_lock(int);
void	_kernel_unlock(int, int *);
#define KERNEL_LOCK(n, l)	_kernel_lock(n)
#define KERNEL_UNLOCK_ONE(l)	_kernel_unlock(1, NULL)

int	nullop(void *);
int	enodev(void);

#endif /* OVERLAY_SYS_SYSTM_H */
