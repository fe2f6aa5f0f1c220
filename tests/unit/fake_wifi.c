/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wifi part of run-fake: tells what it knows of the network, and captures frames that are
 * numbered, more than a buffer of the capture file holds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_personality.h"

#define FRAMES	2000u
#define LENGTH	1500u

/* Each thread's frames: radiotap without members, thread's number, frame's number, zeroes. */
void *
fake_wifi_thread(void *name)
{
	static const uint8_t radiotap[8] = { 0, 0, 8 };
	uint8_t frame[LENGTH] = { 0 };
	const char *label = name;
	int out = label[strlen(label) - 1] - '0';
	uint32_t i;

	pthread_setname_np(pthread_self(), name);
	for (i = 0; i < FRAMES; i++) {
		frame[0] = (uint8_t)out;
		memcpy(frame + 4, &i, sizeof(i));
		hyp_capture(NULL, out, radiotap, sizeof(radiotap), frame, LENGTH - i % 4);
	}
	return NULL;
}

void
fake_wifi_report(struct hyp_dev *dev)
{
	const struct hyp_wifi *w = hyp_wifi(dev);
	char members[256];

	if (w->ssid == NULL) {
		hyp_event(dev, "wifi", "{}");
		return;
	}
	snprintf(members, sizeof(members), "{\"what\":\"named\",\"ssid\":\"%.*s\","
	    "\"psk\":%zu,\"bssid\":%d,\"stay\":%s}", (int)w->ssid_len, (const char *)w->ssid,
	    w->psk != NULL ? strlen(w->psk) : 0, w->bssid != NULL ? w->bssid[5] : -1,
	    w->stay ? "true" : "false");
	hyp_event(dev, "wifi", members);
}
