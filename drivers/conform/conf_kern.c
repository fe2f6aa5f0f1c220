/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_kern.c - memory, firmware, time, and the classical names of the kernel; in WORKER.
 */
#include "conf.h"

#define FW_NAME		"voyageur-conform.fw"	/* whoever likes supplies it: "conform" */
#define FW_NONE		"voyageur-no-such-file.fw"

/* M_ZERO forgotten; free(9) by the size of another; kmem_free(9) of NULL, which panics. */
static void
memory(struct conf_softc *sc)
{
	uint8_t *p;
	int zero = 1, i, round;

	for (round = 0; round < 2; round++) {
		p = pdk_zalloc(1000, PDK_WAITOK);
		for (i = 0; i < 1000; i++)
			zero &= p[i] == 0;
		memset(p, 0xff, 1000);	/* the next one may be the same */
		pdk_free(p, 1000);
	}
	CONF_OK(sc, zero, "memory is not zeroed");
	pdk_lock(&sc->sc_dev);
	p = pdk_zalloc(1, PDK_NOWAIT);
	pdk_free(p, 1);
	pdk_unlock(&sc->sc_dev);
	pdk_free(NULL, 7);
}

/* FreeBSD's firmware(9) lends one copy to all: a driver that patches it patches everybody's. */
static void
firmware(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	const void *data, *other;
	size_t size, osize;
	int error;

	CONF_OK(sc, pdk_firmware_get(dev, FW_NONE, &data, &size) == ENOENT,
	    "firmware that is not there is not ENOENT");
	error = pdk_firmware_get(dev, FW_NAME, &data, &size);
	if (error == ENOENT) {
		CONF_SKIP(sc, "there is no " FW_NAME);
		return;
	}
	if (!CONF_OK(sc, error == 0, "firmware that is there cannot be read"))
		return;
	CONF_OK(sc, size == 7 && memcmp(data, "conform", 7) == 0, "it is not the file's content");
	if (CONF_OK(sc, pdk_firmware_get(dev, FW_NAME, &other, &osize) == 0,
	    "it cannot be read twice")) {
		CONF_OK(sc, other != data, "the copy is not the driver's own");
		pdk_firmware_put(dev, data, size);
		CONF_OK(sc, memcmp(other, "conform", 7) == 0, "putting one has taken the other");
		data = other;
	}
	pdk_firmware_put(dev, data, size);
}

/* A clock of seconds or of the time of day; a DELAY() in other units. */
static void
time_goes_on(struct conf_softc *sc)
{
	uint64_t t[3];

	t[0] = pdk_uptime_ms();
	DELAY(30000);
	t[1] = pdk_uptime_ms();
	DELAY(10);
	t[2] = pdk_uptime_ms();
	CONF_OK(sc, t[1] >= t[0] + 15, "30 ms of DELAY() are not 15 ms of pdk_uptime_ms()");
	CONF_OK(sc, t[2] >= t[1], "time goes back");
}

/* A host of the other endianness. */
static void
byte_order(struct conf_softc *sc)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	memcpy(&v16, bytes, sizeof(v16));
	memcpy(&v32, bytes, sizeof(v32));
	memcpy(&v64, bytes, sizeof(v64));
	CONF_OK(sc, le16toh(v16) == 0x0201 && le32toh(v32) == 0x04030201 &&
	    le64toh(v64) == 0x0807060504030201, "le*toh()");
	CONF_OK(sc, be16toh(v16) == 0x0102 && be32toh(v32) == 0x01020304 &&
	    be64toh(v64) == 0x0102030405060708, "be*toh()");
	CONF_OK(sc, htole16(0x0201) == v16 && htole32(0x04030201) == v32 &&
	    htole64(0x0807060504030201) == v64 && htobe32(0x01020304) == v32, "hto*()");
}

struct node {
	int			n;
	TAILQ_ENTRY(node)	tq;
	STAILQ_ENTRY(node)	sq;
};

/* OpenBSD had no STAILQ before 2020; DragonFly calls FOREACH_SAFE otherwise. */
static void
queues(struct conf_softc *sc)
{
	TAILQ_HEAD(tqhead, node) th = TAILQ_HEAD_INITIALIZER(th);
	STAILQ_HEAD(, node) sh = STAILQ_HEAD_INITIALIZER(sh);
	struct node node[3], *p, *next;
	int i, sum = 0;

	for (i = 0; i < 3; i++) {
		node[i].n = i;
		TAILQ_INSERT_TAIL(&th, &node[i], tq);
		STAILQ_INSERT_TAIL(&sh, &node[i], sq);
	}
	TAILQ_FOREACH_SAFE(p, &th, tq, next)
		if (p->n == 1)
			TAILQ_REMOVE(&th, p, tq);
	TAILQ_FOREACH(p, &th, tq)
		sum = sum * 10 + p->n;
	CONF_OK(sc, sum == 2 && TAILQ_LAST(&th, tqhead)->n == 2, "TAILQ");
	STAILQ_REMOVE_HEAD(&sh, sq);
	CONF_OK(sc, STAILQ_FIRST(&sh)->n == 1, "STAILQ");
}

/* Names that a system has not (nitems on NetBSD), or with another meaning. */
static void
libkern(struct conf_softc *sc)
{
	uint8_t bits[2] = { 0, 0 };
	char to[4];

	setbit(bits, 9);
	setbit(bits, 3);
	clrbit(bits, 3);
	CONF_OK(sc, bits[0] == 0 && bits[1] == 2 && isset(bits, 9) && isclr(bits, 3),
	    "setbit, clrbit, isset or isclr");
	CONF_OK(sc, strlcpy(to, "voyageur", sizeof(to)) == 8 && strcmp(to, "voy") == 0,
	    "strlcpy");
	CONF_OK(sc, howmany(9, 4) == 3 && roundup(9, 4) == 12 && MIN(1, 2) == 1 &&
	    MAX(1, 2) == 2 && nitems(bits) == 2, "howmany, roundup, MIN, MAX or nitems");
}

const struct conf_check conf_kern_checks[] = {
	{ "memory", CONF_WORKER, memory, NULL, 0 },
	{ "firmware", CONF_WORKER, firmware, NULL, 0 },
	{ "time_goes_on", CONF_WORKER, time_goes_on, NULL, 0 },
	{ "byte_order", CONF_WORKER, byte_order, NULL, 0 },
	{ "queues", CONF_WORKER, queues, NULL, 0 },
	{ "libkern", CONF_WORKER, libkern, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
