/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ethernet_control.c - {"cmd":"net"} on the control socket: link, address, counters.
 *
 *	"up", "mac", "link": {"up", "mbps", "full_duplex"},
 *	"glue": {...}	what the shim has counted (ethernet.h)
 *	"core": {...}	what driver and device have (struct pdknet_stats)
 *	"fresh"		false: the driver did not answer in time, "core" is of some time ago
 *
 * "glue" and "core" are an event, too, when the interface goes: {"event":"ethernet",...}.
 */
#include "ethernet.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define TRIES	100		/* of 5 ms each */

#define PUT(o, s, name)	json_object_set_new(o, #name, json_integer((json_int_t)(s)->name))

static json_t *
glue(struct shim_net *n)
{
	struct shim_net_counts *c = &n->counts;
	json_t *o = json_object();

	PUT(o, c, rx);
	PUT(o, c, rx_bytes);
	PUT(o, c, rx_csum_ok);
	PUT(o, c, rx_bad);
	PUT(o, c, rx_host);
	PUT(o, c, tx);
	PUT(o, c, tx_bytes);
	PUT(o, c, tx_stalls);
	PUT(o, c, tx_memory);
	PUT(o, c, tx_refused);
	PUT(o, c, tx_closed);
	PUT(o, c, restarts);
	return o;
}

static json_t *
core(const struct pdknet_stats *s)
{
	json_t *o = json_object();

	PUT(o, s, rx_frames);
	PUT(o, s, rx_bytes);
	PUT(o, s, tx_frames);
	PUT(o, s, tx_bytes);
	PUT(o, s, rx_crc);
	PUT(o, s, rx_length);
	PUT(o, s, rx_missed);
	PUT(o, s, rx_waits);
	PUT(o, s, rx_device);
	PUT(o, s, tx_device);
	PUT(o, s, rx_nomem);
	PUT(o, s, tx_errors);
	PUT(o, s, collisions);
	return o;
}

static json_t *
link_state(const struct pdknet_link *l)
{
	json_t *o = json_object();

	json_object_set_new(o, "up", json_boolean(l->up));
	PUT(o, l, mbps);
	json_object_set_new(o, "full_duplex", json_boolean(l->full_duplex));
	return o;
}

/* Have WORKER ask the driver; false: it does not come to it. */
static bool
refresh(struct shim_net *n)
{
	unsigned seq, now, i;

	shim_lock(n->sc);
	seq = now = n->stats_seq;
	shim_task_post(&n->stats_task);
	shim_unlock(n->sc);
	for (i = 0; i < TRIES && now == seq; i++) {
		pdk_delay(5000);
		shim_lock(n->sc);
		now = n->stats_seq;
		shim_unlock(n->sc);
	}
	return now != seq;
}

void
shim_net_tell(struct shim_net *n)
{
	json_t *o = json_pack("{s:o, s:o}", "glue", glue(n), "core", core(&n->stats));
	char *text = json_dumps(o, JSON_COMPACT);

	if (text != NULL)
		hyp_event(n->sc->hyp, "ethernet", text);
	free(text);
	json_decref(o);
}

const char *
shim_net_control(struct pdk_softc *sc, void *out)
{
	struct shim_net *n = atomic_load(&sc->net);
	struct pdknet_stats stats;
	struct pdknet_link link;
	char mac[18];
	bool fresh;

	if (n == NULL)
		return "the driver has no Ethernet interface (it has not called pdknet_attach())";
	fresh = refresh(n);
	shim_lock(sc);
	stats = n->stats;
	link = n->link;
	shim_unlock(sc);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", n->caps.mac[0], n->caps.mac[1],
	    n->caps.mac[2], n->caps.mac[3], n->caps.mac[4], n->caps.mac[5]);
	json_object_set_new(out, "up", json_boolean(atomic_load(&n->life.is_up)));
	json_object_set_new(out, "mac", json_string(mac));
	json_object_set_new(out, "link", link_state(&link));
	json_object_set_new(out, "glue", glue(n));
	json_object_set_new(out, "core", core(&stats));
	json_object_set_new(out, "fresh", json_boolean(fresh));
	return NULL;
}
