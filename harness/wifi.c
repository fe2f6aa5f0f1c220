/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network of the command line; see wifi.h.  The passphrase is in a file and not an option,
 * since everybody on the machine may read a command line.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/wifi.h"

#define PSK_MIN		8u		/* a passphrase; IEEE 802.11-2016, J.4.1 */
#define PSK_MAX		64u		/* hexadecimal digits of a key */

static struct {
	struct hyp_wifi	 wifi;
	uint8_t		 bssid[6];
	char		 psk[PSK_MAX + 1];
} W;

const struct hyp_wifi *
hyp_wifi(struct hyp_dev *dev)
{
	(void)dev;
	return &W.wifi;
}

/* All of a small file: its length, or -1 with errno. */
static ssize_t
slurp(const char *path, char *buf, size_t size)
{
	ssize_t n, len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;

	if (fd < 0)
		return -1;
	do {
		n = read(fd, buf + len, size - (size_t)len);
		if (n > 0)
			len += n;
	} while ((n > 0 && (size_t)len < size) || (n < 0 && errno == EINTR));
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : len;
}

static int
bad_psk(const char *path, char *why, size_t size)
{
	snprintf(why, size, "--psk-file %s: holds no passphrase of 8 to 63 printable characters, "
	    "nor a key of 64 hexadecimal digits, on one line", path);
	return EINVAL;
}

static bool
all(const char *s, size_t len, int (*is)(int))
{
	while (len > 0 && is((unsigned char)s[len - 1]))
		len--;
	return len == 0;
}

static int
read_psk(const char *path, char *why, size_t size)
{
	char buf[PSK_MAX + 3];
	ssize_t n = slurp(path, buf, sizeof(buf));
	size_t len = n > 0 ? (size_t)n : 0;
	int error = 0;

	if (n < 0) {
		error = errno;
		snprintf(why, size, "--psk-file %s: cannot be read: %s", path, strerror(error));
		return error;
	}
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	if (len > 0 && buf[len - 1] == '\r')
		len--;
	if (len < PSK_MIN || len > PSK_MAX || !all(buf, len, isprint) ||
	    (len == PSK_MAX && !all(buf, len, isxdigit)))
		error = bad_psk(path, why, size);
	else {
		memcpy(W.psk, buf, len);
		W.psk[len] = '\0';
		W.wifi.psk = W.psk;
	}
	explicit_bzero(buf, sizeof(buf));
	return error;
}

static int
read_bssid(const char *text, char *why, size_t size)
{
	int n = -1;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &W.bssid[0], &W.bssid[1],
	    &W.bssid[2], &W.bssid[3], &W.bssid[4], &W.bssid[5], &n) != 6 || n != 17 ||
	    text[n] != '\0' || (W.bssid[0] & 1) != 0) {
		snprintf(why, size, "--bssid %s: not the address of an access point, such as "
		    "02:00:00:00:01:00", text);
		return EINVAL;
	}
	W.wifi.bssid = W.bssid;
	return 0;
}

int
wifi_init(const struct options *opt, char *why, size_t size)
{
	int error = 0;

	W.wifi.stay = opt->stay;
	if (opt->ssid == NULL)
		return 0;
	W.wifi.ssid = (const uint8_t *)opt->ssid;
	W.wifi.ssid_len = strlen(opt->ssid);
	if (W.wifi.ssid_len < 1 || W.wifi.ssid_len > 32) {
		snprintf(why, size, "--ssid: a network's name has 1 to 32 octets, this has %zu",
		    W.wifi.ssid_len);
		return EINVAL;
	}
	if (opt->psk != NULL && strlen(opt->psk) < sizeof(W.psk))
		W.wifi.psk = strcpy(W.psk, opt->psk);
	if (opt->psk_file != NULL)
		error = read_psk(opt->psk_file, why, size);
	if (error == 0 && opt->bssid != NULL)
		error = read_bssid(opt->bssid, why, size);
	return error;
}
