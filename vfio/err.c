/* SPDX-License-Identifier: BSD-2-Clause */
/* Error texts, and the one rule about errors of a device that is gone. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "vfio/priv.h"

int
vfio_fail(struct vfio_err *err, int error, const char *fmt, ...)
{
	va_list ap;

	if (err != NULL) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return error;
}

int
vfio_errno(const struct vfio_dev *dev, int error)
{
	return error != 0 && vfio_gone(dev) != NULL ? ENODEV : error;
}
