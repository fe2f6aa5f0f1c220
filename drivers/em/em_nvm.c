/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_nvm.c - the NVM of the board: words of 16 bits that the device reads for us (EERD), and of
 * which it has loaded the address itself.
 */
#include "em.h"

static int
em_nvm_word(struct em_softc *sc, unsigned word, uint16_t *data)
{
	uint32_t val;
	int error;

	em_write(sc, EM_EERD, EM_EERD_ADDR(word) | EM_EERD_START);
	error = em_poll(sc, EM_EERD, EM_EERD_DONE, EM_EERD_DONE, &val, "NVM: a word read (EERD)");
	*data = EM_EERD_DATA(val);
	return error;
}

int
em_nvm_check(struct em_softc *sc)
{
	uint16_t sum = 0, data = 0;
	unsigned word;
	int error;

	for (word = 0; word < EM_NVM_WORDS; word++) {
		error = em_nvm_word(sc, word, &data);
		if (error != 0)
			return error;
		sum = (uint16_t)(sum + data);
	}
	if (sum == EM_NVM_SUM)
		return 0;
	pdk_fail(&sc->sc_dev, EIO, "NVM: the sum of its words is 0x%04x instead of 0x%04x; it is "
	    "damaged, and so may be the address in it", sum, EM_NVM_SUM);
	return EIO;
}

int
em_mac(struct em_softc *sc)
{
	uint32_t lo = em_read(sc, EM_RAL(0)), hi = em_read(sc, EM_RAH(0));
	unsigned i;

	for (i = 0; i < 4; i++)
		sc->sc_mac[i] = (uint8_t)(lo >> 8 * i);
	sc->sc_mac[4] = (uint8_t)hi;
	sc->sc_mac[5] = (uint8_t)(hi >> 8);
	if (hi != EM_GONE && (hi & EM_RAH_AV) != 0 && (sc->sc_mac[0] & 1) == 0 &&
	    (lo != 0 || (hi & 0xffff) != 0))
		return 0;
	pdk_fail(&sc->sc_dev, EIO, "NVM: it holds no address of a station (RAL0 0x%08x, RAH0 "
	    "0x%08x)", lo, hi);
	return EIO;
}
