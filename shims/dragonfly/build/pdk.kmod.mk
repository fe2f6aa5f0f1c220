# SPDX-License-Identifier: BSD-2-Clause
#
# A driver as a kernel module.  In the driver's folder here, on DragonFly with its sources:
#
#	make					(SYSDIR=/where/sys if not /usr/src/sys)
#	make install				(to /boot/kernel)
#	kldload if_iwm
#
# The driver's Makefile says
#	DRIVER	its name, that of its folder in drivers/
#	CLASS	radio, ethernet, or empty
#	KMOD	the module's name: if_DRIVER for an interface

PDKTOP:=	${.PARSEDIR:tA}/../../..
SHIMDIR=	${PDKTOP}/shims/dragonfly
DRIVERDIR=	${PDKTOP}/drivers/${DRIVER}

.PATH:		${DRIVERDIR} ${SHIMDIR} ${PDKTOP}/shims/vap

CLASS?=
DRIVERSRCS!=	cd ${DRIVERDIR} && echo *.c
SRCS=		${DRIVERSRCS} pdk.c
.if ${CLASS} == "radio"
SRCS+=		pdk80211.c
.elif ${CLASS} == "ethernet"
SRCS+=		pdknet.c
.elif !empty(CLASS)
.error ${DRIVER}: CLASS is "${CLASS}"; it may be radio, ethernet or empty
.endif
# Interfaces of newbus, which the kernel's headers include.
SRCS+=		device_if.h bus_if.h pci_if.h

# CFLAGS begins anew in kmod.mk.
KCFLAGS+=	-I${PDKTOP}/shims/include -I${SHIMDIR}

.include <bsd.kmod.mk>

# pdk.h has a prototype also for what pdk_os.h has inline; gcc finds that too many.
CWARNFLAGS+=	-Wno-redundant-decls
