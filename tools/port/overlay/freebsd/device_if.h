/* SPDX-License-Identifier: BSD-2-Clause */
/* device_if.h: the device interface as makeobjops.awk would declare it; DEVICE_PROBE(9) to DEVICE_SHUTDOWN(9). */
#ifndef OVERLAY_DEVICE_IF_H
#define OVERLAY_DEVICE_IF_H

extern struct kobjop_desc device_probe_desc;
extern struct kobjop_desc device_attach_desc;
extern struct kobjop_desc device_detach_desc;
extern struct kobjop_desc device_shutdown_desc;
extern struct kobjop_desc device_suspend_desc;
extern struct kobjop_desc device_resume_desc;
extern struct kobjop_desc device_quiesce_desc;

typedef int device_probe_t(device_t dev);
typedef int device_attach_t(device_t dev);
typedef int device_detach_t(device_t dev);
typedef int device_shutdown_t(device_t dev);
typedef int device_suspend_t(device_t dev);
typedef int device_resume_t(device_t dev);
typedef int device_quiesce_t(device_t dev);

#endif /* OVERLAY_DEVICE_IF_H */
