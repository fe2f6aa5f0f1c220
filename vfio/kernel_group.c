/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a PCI address to open descriptors: the container with a TYPE1v2 IOMMU, the group and
 * the device.  Nobody else can have the group at the same time; the kernel sees to that.
 * Source: Linux, Documentation/driver-api/vfio.rst, "VFIO Usage Example".
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfio/kernel.h"

static int
open_container(struct kernel *k, struct vfio_err *err)
{
	char path[PATH_MAX];
	int version;

	if (!kernel_path(path, "%s/vfio/vfio", k->dev))
		return vfio_fail(err, ENAMETOOLONG, "%s: path too long", k->dev);
	k->container = open(path, O_RDWR | O_CLOEXEC);
	if (k->container < 0)
		return kernel_open_failed(k, path, errno, err);
	version = ioctl(k->container, VFIO_GET_API_VERSION);
	if (version != VFIO_API_VERSION)
		return vfio_fail(err, ENOTSUP, "%s: %s: VFIO API version %d, %d is needed",
		    k->bdf, path, version, VFIO_API_VERSION);
	if (ioctl(k->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) <= 0)
		return vfio_fail(err, ENOTSUP, "%s: the kernel's VFIO has no TYPE1v2 IOMMU: "
		    "modprobe vfio_iommu_type1", k->bdf);
	return 0;
}

static int
open_group(struct kernel *k, struct vfio_err *err)
{
	struct vfio_group_status st = { .argsz = sizeof(st) };
	char path[PATH_MAX];

	if (!kernel_path(path, "%s/vfio/%u", k->dev, k->group_no))
		return vfio_fail(err, ENAMETOOLONG, "%s: path too long", k->dev);
	k->group = open(path, O_RDWR | O_CLOEXEC);
	if (k->group < 0)
		return kernel_open_failed(k, path, errno, err);
	if (ioctl(k->group, VFIO_GROUP_GET_STATUS, &st) != 0)
		return vfio_fail(err, errno, "%s: %s: status: %s", k->bdf, path,
		    strerror(errno));
	if ((st.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
		return kernel_not_viable(k, err);
	if (ioctl(k->group, VFIO_GROUP_SET_CONTAINER, &k->container) != 0)
		return kernel_open_failed(k, path, errno, err);
	return 0;
}

static int
set_iommu(struct kernel *k, struct vfio_err *err)
{
	int error;

	if (ioctl(k->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0)
		return 0;
	error = errno;
	if (error == EPERM)
		return vfio_fail(err, error, "%s: the IOMMU cannot keep this device's interrupts "
		    "apart (no interrupt remapping), so the kernel does not hand it out: switch "
		    "it on in the firmware set-up", k->bdf);
	return vfio_fail(err, error, "%s: setting up the IOMMU of group %u: %s", k->bdf,
	    k->group_no, strerror(error));
}

int
kernel_open_group(struct kernel *k, struct vfio_err *err)
{
	int error = kernel_check_sysfs(k, err);

	if (error == 0)
		error = open_container(k, err);
	if (error == 0)
		error = open_group(k, err);
	if (error == 0)
		error = set_iommu(k, err);
	if (error != 0)
		return error;
	k->device = ioctl(k->group, VFIO_GROUP_GET_DEVICE_FD, k->bdf);
	if (k->device < 0)
		return vfio_fail(err, errno, "%s: group %u: opening the device: %s", k->bdf,
		    k->group_no, strerror(errno));
	return 0;
}
