/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings.c - what can be set of a card, from the start on or while it runs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define TEMPERATURE_MAX	200
#define BT_MAX		4

/* Defaults that differ are those of the OTP. */
#define SETTINGS(mac, version, radio_cfg) {						\
	{ "mac", mac, "MAC address in the OTP" },					\
	{ "rfkill", "0",								\
	    "1: the hardware switch turns the radio off (also at run time)" },		\
	{ "firmware", "",								\
	    ".ucode file to check uploads against; none: any image is taken" },		\
	{ "msi", "1", "0: the card has no MSI, it interrupts by its pin" },		\
	{ "prepare_ms", "0", "the ME owns the card: time from PREPARE to NIC_READY" },	\
	{ "air", "", "socket of a voy-air hub; none: the card hears nothing" },		\
	{ "sleep", "1", "0: the MAC never sleeps while the firmware runs" },		\
	{ "nvm.version", version, "NVM version in the OTP" },				\
	{ "nvm.sku", "0xf", "bit 0 2.4 GHz, 1 5 GHz, 2 802.11n, 3 802.11ac" },		\
	{ "nvm.radio_cfg", radio_cfg, "radio configuration word" },			\
	{ "nvm.corrupt", "no",								\
	    "broken OTP: mac version empty short status offset overlong" },		\
	{ "temperature", "41",								\
	    "degrees Celsius; a change at run time is told to the driver" },		\
	{ "bt", "0",									\
	    "Bluetooth: 0 off, 1 idle, 2 to 4 busier and busier; told to the driver" },	\
	{ "fw.alive_ms", "5", "from CPU release to ALIVE" },				\
	{ "fw.calib_ms", "10", "duration of the calibration" },				\
	{ "fw.silent", "0", "1: never says ALIVE" },					\
	{ "fw.alive_bad", "0", "1: ALIVE with an error status" },			\
	{ "fw.no_calib", "0", "1: the calibration never ends" },			\
	{ "fw.assert_on", "", "[GROUP.]ID of a command that kills the firmware" },	\
	{ "fw.ignore", "", "[GROUP.]ID of a command that is never answered" },		\
	{ "fw.crash", "",								\
	    "run time only: the firmware asserts with this error id now" },		\
	{ NULL, NULL, NULL },								\
}

const struct sim_setting settings_7260[] = SETTINGS("7c:7a:91:00:72:60", "0x0a1d", "0x3309");
const struct sim_setting settings_3160[] = SETTINGS("7c:7a:91:00:31:60", "0x0709", "0x1109");
const struct sim_setting settings_7265[] = SETTINGS("7c:7a:91:00:72:65", "0x0a1d", "0x3309");

void
settings_defaults(struct card *c, const struct sim_setting *s)
{
	for (; s->key != NULL; s++)
		if (strcmp(s->key, "mac") == 0 || strcmp(s->key, "nvm.version") == 0 ||
		    strcmp(s->key, "nvm.radio_cfg") == 0)
			(void)settings_set(c, s->key, s->dflt);
}

static int
set_mac(struct card *c, const char *value)
{
	unsigned b[6];
	char end;
	int i;

	if (sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
	    &end) != 6 || strlen(value) != 17 ||
	    strspn(value, "0123456789abcdefABCDEF:") != 17)
		return EINVAL;
	for (i = 0; i < 6; i++)
		c->cfg.mac[i] = (uint8_t)b[i];
	return 0;
}

static int
set_corrupt(struct card *c, const char *value)
{
	static const char *const names[] = {
		"no", "mac", "version", "empty", "short", "status", "offset", "overlong",
	};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			c->cfg.nvm_corrupt = (enum nvm_corrupt)i;
			return 0;
		}
	return EINVAL;
}

/* "ID" or "GROUP.ID", both as sim_parse_u64() takes them; "" for none. */
static int
parse_cmd(const char *value, uint32_t *out)
{
	const char *dot = strchr(value, '.');
	uint64_t group = 0, id;
	char head[8];

	if (*value == '\0') {
		*out = CFG_NONE;
		return 0;
	}
	if (dot != NULL) {
		if ((size_t)(dot - value) >= sizeof(head))
			return EINVAL;
		memcpy(head, value, (size_t)(dot - value));
		head[dot - value] = '\0';
		if (sim_parse_u64(head, 0xff, &group) != 0)
			return EINVAL;
		value = dot + 1;
	}
	if (sim_parse_u64(value, 0xff, &id) != 0)
		return EINVAL;
	*out = (uint32_t)(group << 8 | id);
	return 0;
}

static int
set_bt(struct card *c, const char *value)
{
	uint64_t v;

	if (sim_parse_u64(value, BT_MAX, &v) != 0)
		return EINVAL;
	c->cfg.bt = (uint8_t)v;
	bt_changed(c);
	return 0;
}

static int
set_temperature(struct card *c, const char *value)
{
	uint64_t v;

	if (sim_parse_u64(value, TEMPERATURE_MAX, &v) != 0)
		return EINVAL;
	c->cfg.temperature = (uint16_t)v;
	thermal_changed(c);
	return 0;
}

static int
set_number(struct card *c, const char *key, const char *value)
{
	uint64_t v, *ms = NULL;
	uint16_t *word = NULL;

	if (strcmp(key, "prepare_ms") == 0)
		ms = &c->cfg.prepare_ms;
	else if (strcmp(key, "fw.alive_ms") == 0)
		ms = &c->cfg.alive_ms;
	else if (strcmp(key, "fw.calib_ms") == 0)
		ms = &c->cfg.calib_ms;
	else if (strcmp(key, "nvm.version") == 0)
		word = &c->cfg.nvm_version;
	else if (strcmp(key, "nvm.sku") == 0)
		word = &c->cfg.nvm_sku;
	else if (strcmp(key, "nvm.radio_cfg") == 0)
		word = &c->cfg.nvm_radio_cfg;
	else
		return ENOENT;
	if (sim_parse_u64(value, ms != NULL ? 1000000000 : 0xffff, &v) != 0)
		return EINVAL;
	if (ms != NULL)
		*ms = v;
	else
		*word = (uint16_t)v;
	return 0;
}

static int
set_flag(struct card *c, const char *key, const char *value)
{
	bool v;
	int error;

	if (strcmp(key, "rfkill") == 0) {
		if ((error = sim_parse_bool(value, &v)) == 0)
			csr_rfkill(c, v);
		return error;
	}
	if (strcmp(key, "msi") == 0)
		return c->started ? EBUSY : sim_parse_bool(value, &c->cfg.msi);
	if (strcmp(key, "sleep") == 0)
		return sim_parse_bool(value, &c->cfg.sleep);
	if (strcmp(key, "fw.silent") == 0)
		return sim_parse_bool(value, &c->cfg.fw_silent);
	if (strcmp(key, "fw.alive_bad") == 0)
		return sim_parse_bool(value, &c->cfg.fw_alive_bad);
	if (strcmp(key, "fw.no_calib") == 0)
		return sim_parse_bool(value, &c->cfg.fw_no_calib);
	return set_number(c, key, value);
}

static int
set_firmware(struct card *c, const char *value)
{
	struct fwfile *f = NULL;

	if (*value != '\0' && (f = fwfile_open(value)) == NULL)
		return EINVAL;
	fwfile_close(c->file);
	c->file = f;
	return 0;
}

static int
set_air(struct card *c, const char *value)
{
	if (c->started)
		return EBUSY;
	free(c->radio.path);
	c->radio.path = *value != '\0' ? strdup(value) : NULL;
	return *value != '\0' && c->radio.path == NULL ? ENOMEM : 0;
}

int
settings_set(void *state, const char *key, const char *value)
{
	struct card *c = state;
	uint64_t id;

	if (strcmp(key, "mac") == 0)
		return set_mac(c, value);
	if (strcmp(key, "air") == 0)
		return set_air(c, value);
	if (strcmp(key, "bt") == 0)
		return set_bt(c, value);
	if (strcmp(key, "temperature") == 0)
		return set_temperature(c, value);
	if (strcmp(key, "firmware") == 0)
		return set_firmware(c, value);
	if (strcmp(key, "nvm.corrupt") == 0)
		return set_corrupt(c, value);
	if (strcmp(key, "fw.assert_on") == 0)
		return parse_cmd(value, &c->cfg.fw_assert_on);
	if (strcmp(key, "fw.ignore") == 0)
		return parse_cmd(value, &c->cfg.fw_ignore);
	if (strcmp(key, "fw.crash") == 0) {
		if (sim_parse_u64(value, 0xffffffff, &id) != 0)
			return EINVAL;
		errlog_assert(c, (uint32_t)id, 0, 0);
		return 0;
	}
	return set_flag(c, key, value);
}
