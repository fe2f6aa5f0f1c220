# SPDX-License-Identifier: BSD-2-Clause
#
# A driver as a kernel module.  In the driver's folder here, on FreeBSD or DragonFly with its sources:
#
#	make					(SYSDIR=/where/sys if not /usr/src/sys)
#	make install				(to /boot/modules; on DragonFly /boot/kernel)
#	kldload if_iwm
#
# The driver's Makefile says
#	DRIVER	its name, that of its folder in drivers/
#	CLASS	radio, ethernet, or empty
#	KMOD	the module's name: if_DRIVER for an interface
# and, for one that is elsewhere, DRIVERDIR, and DRIVERPATTERN if not all C files there are its own.

PDKTOP:=	${.PARSEDIR:tA}/../../..
PDKSYSTEM!=	uname -s | tr A-Z a-z
NEWBUSDIR=	${PDKTOP}/shims/newbus
SYSTEMDIR=	${PDKTOP}/shims/${PDKSYSTEM}
VAPDIR=		${PDKTOP}/shims/vap
DRIVERDIR?=	${PDKTOP}/drivers/${DRIVER}

.if !exists(${SYSTEMDIR}/newbus_os.h)
.error ${PDKSYSTEM}: this is for FreeBSD and DragonFly
.elif !exists(${DRIVERDIR})
.error ${DRIVERDIR}: there is no such driver
.endif

.PATH:		${DRIVERDIR} ${NEWBUSDIR} ${SYSTEMDIR} ${VAPDIR}

CLASS?=
DRIVERPATTERN?=	*.c
DRIVERSRCS!=	cd ${DRIVERDIR} && echo ${DRIVERPATTERN}
# The shim's names begin with pdk, which no driver's do: all objects are in one folder.
PDKSRCS!=	cd ${NEWBUSDIR} && echo pdk_*.c
SRCS=		${DRIVERSRCS} ${PDKSRCS} pdk_vector.c
.if ${CLASS} == "radio"
VAPSRCS!=	cd ${VAPDIR} && echo *.c
SRCS+=		${VAPSRCS}
.elif ${CLASS} == "ethernet"
SRCS+=		pdknet.c pdknet_if.c
.elif !empty(CLASS)
.error ${DRIVER}: CLASS is "${CLASS}"; it may be radio, ethernet or empty
.endif
# Interfaces of newbus, which the kernel's headers include.
SRCS+=		device_if.h bus_if.h pci_if.h

PDKFLAGS=	-I${PDKTOP}/shims/include -I${SYSTEMDIR} -I${NEWBUSDIR}
CFLAGS+=	${PDKFLAGS}
# DragonFly's kmod.mk begins CFLAGS anew.
KCFLAGS+=	${PDKFLAGS}

.include <bsd.kmod.mk>

# pdk.h has a prototype also for what pdk_os.h has inline; gcc finds that too many.
CWARNFLAGS+=	-Wno-redundant-decls
