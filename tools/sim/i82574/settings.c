/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings.c - what a user or a test may want of the card: its address, its cable, what breaks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/i82574/card.h"

#define SECOND	1000000u

const struct sim_setting gbe_settings[] = {
	{ "net", "user", "the other end of the cable: user (a router with DHCP at 10.0.2.2, which "
	    "stands for this machine), none, or unix:PATH (frames, one a packet, on a listening "
	    "SOCK_SEQPACKET socket)" },
	{ "mac", "52:54:00:82:57:4c", "MAC address in the NVM" },
	{ "link", "up", "down: the cable is pulled out (also at run time)" },
	{ "speed", "1000", "Mb/s that are negotiated: 10, 100, 1000 (also at run time)" },
	{ "duplex", "full", "half (also at run time)" },
	{ "autoneg_us", "2000", "how long negotiation takes" },
	{ "reset_us", "100", "from CTRL.RST until it reads 0 again" },
	{ "nvm_us", "1000", "and from then until the NVM is loaded" },
	{ "msix", "1", "0: the card has no MSI-X" },
	{ "msi", "1", "0: the card has no MSI" },
	{ "nvm.bad", "0", "1: the checksum of the NVM is wrong" },
	{ "nvm.hang", "0", "1: a word read by EERD never comes" },
	{ "reset.hang", "0", "1: CTRL.RST stays set (also at run time)" },
	{ "reset.nvm_hang", "0", "1: after a reset the NVM is never loaded (also at run time)" },
	{ "master.hang", "0", "1: requests on the bus never end (also at run time)" },
	{ "mdic.hang", "0", "1: an access to the PHY never ends (also at run time)" },
	{ "mdic.error", "0", "1: an access to the PHY ends with an error (also at run time)" },
	{ "mdio.taken", "0", "1: firmware on the board keeps the PHY (also at run time)" },
	{ "phy.hang", "0", "1: the PHY hears nothing but errors until it is reset (also at run "
	    "time)" },
	{ "tx.hang", "off", "after N more frames the transmitter stops until a reset" },
	{ "rx.long", "0", "1: frames of any length are received, whatever RCTL.LPE says (also at "
	    "run time)" },
	{ "rx.errors", "0", "the next N frames of the peer arrive with a bad FCS" },
	{ NULL, NULL, NULL },
};

static int
set_mac(struct card *c, const char *value)
{
	unsigned m[6];
	char end;

	if (sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%c", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5],
	    &end) != 6)
		return EINVAL;
	for (unsigned i = 0; i < 6; i++)
		c->cfg.mac[i] = (uint8_t)m[i];
	return 0;
}

static int
set_net(struct card *c, const char *value)
{
	if (strlen(value) >= sizeof(c->cfg.net) || (strcmp(value, "user") != 0 &&
	    strcmp(value, "none") != 0 && strncmp(value, "unix:", 5) != 0))
		return EINVAL;
	strcpy(c->cfg.net, value);
	return 0;
}

static int
set_word(const char *value, const char *yes, const char *no, bool *out)
{
	if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
		return EINVAL;
	*out = strcmp(value, yes) == 0;
	return 0;
}

/* What of the cable may change while the card runs; ENOENT: another setting. */
static int
set_cable(struct card *c, const char *key, const char *value)
{
	uint64_t speed = 0;
	int error = ENOENT;

	if (strcmp(key, "link") == 0)
		error = set_word(value, "up", "down", &c->cfg.link);
	else if (strcmp(key, "duplex") == 0)
		error = set_word(value, "full", "half", &c->cfg.full_duplex);
	else if (strcmp(key, "speed") == 0) {
		error = sim_parse_u64(value, 1000, &speed);
		if (error == 0 && speed != 10 && speed != 100 && speed != 1000)
			error = EINVAL;
		if (error == 0)
			c->cfg.speed = speed;
	}
	if (error == 0 && c->started)
		gbe_phy_cable(c);
	return error;
}

static int
set_bool(struct card *c, const char *key, const char *value)
{
	const struct { const char *key; bool *to; bool inverse, fixed; } t[] = {
		{ "msix", &c->cfg.no_msix, true, true }, { "msi", &c->cfg.no_msi, true, true },
		{ "nvm.bad", &c->cfg.nvm_bad, false, true },
		{ "nvm.hang", &c->cfg.nvm_hang, false, false },
		{ "reset.hang", &c->cfg.reset_hang, false, false },
		{ "reset.nvm_hang", &c->cfg.load_hang, false, false },
		{ "master.hang", &c->cfg.master_hang, false, false },
		{ "mdic.hang", &c->cfg.mdic_hang, false, false },
		{ "mdic.error", &c->cfg.mdic_error, false, false },
		{ "mdio.taken", &c->cfg.mdio_taken, false, false },
		{ "phy.hang", &c->cfg.phy_hang, false, false },
		{ "rx.long", &c->cfg.rx_long, false, false },
	};
	bool on;
	int error;

	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (strcmp(key, t[i].key) != 0)
			continue;
		if (t[i].fixed && c->started)
			return EBUSY;
		error = sim_parse_bool(value, &on);
		if (error == 0)
			*t[i].to = on != t[i].inverse;
		return error;
	}
	return ENOENT;
}

static int
set_number(struct card *c, const char *key, const char *value)
{
	if (strcmp(key, "autoneg_us") == 0)
		return sim_parse_u64(value, 60 * SECOND, &c->cfg.an_us);
	if (strcmp(key, "reset_us") == 0)
		return sim_parse_u64(value, 60 * SECOND, &c->cfg.reset_us);
	if (strcmp(key, "nvm_us") == 0)
		return sim_parse_u64(value, 60 * SECOND, &c->cfg.nvm_us);
	if (strcmp(key, "rx.errors") == 0)
		return sim_parse_u64(value, UINT32_MAX, &c->cfg.rx_errors);
	if (strcmp(key, "tx.hang") != 0)
		return ENOENT;
	c->cfg.tx_hang = UINT64_MAX;
	c->tx_sent = 0;
	return strcmp(value, "off") == 0 ? 0 : sim_parse_u64(value, UINT32_MAX, &c->cfg.tx_hang);
}

int
gbe_set(void *state, const char *key, const char *value)
{
	struct card *c = state;
	int error;

	if (strcmp(key, "mac") == 0)
		return c->started ? EBUSY : set_mac(c, value);
	if (strcmp(key, "net") == 0)
		return c->started ? EBUSY : set_net(c, value);
	error = set_cable(c, key, value);
	if (error == ENOENT)
		error = set_bool(c, key, value);
	return error != ENOENT ? error : set_number(c, key, value);
}
