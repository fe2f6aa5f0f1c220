/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json.h - what is 802.11's, as members of JSON objects.
 */
#ifndef STA_JSON_H
#define STA_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* "02:00:00:00:01:00" */
void	json_put_addr(json_t *o, const char *key, const uint8_t addr[6]);
/*
 * "ssid": its text, where octets that are not UTF-8 become U+FFFD, and "ssid_hex": exactly it.
 * Both null when len is 0.
 */
void	json_put_ssid(json_t *o, const uint8_t *ssid, size_t len);

#endif /* STA_JSON_H */
