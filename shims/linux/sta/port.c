/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port.c - the host's side: an Ethernet interface (hyp_net), whose frames come in context TX.
 */
#include <errno.h>
#include <stdio.h>

#include "shims/linux/sta/eth.h"
#include "shims/linux/sta/sta_int.h"

static void
enter(void *arg)
{
	sta_port_enter(((struct sta *)arg)->port);
}

static void
leave(void *arg)
{
	sta_port_leave(((struct sta *)arg)->port);
}

static int
tx(void *arg, const void *frame, size_t len)
{
	return tx_ether(arg, frame, len);
}

static void
ip(void *arg, const char *address, const char *router, const char *dns)
{
	struct sta *st = arg;

	pthread_mutex_lock(&st->mtx);
	snprintf(st->view.address, sizeof(st->view.address), "%s",
	    address != NULL ? address : "");
	snprintf(st->view.router, sizeof(st->view.router), "%s", address != NULL ? router : "");
	snprintf(st->view.dns, sizeof(st->view.dns), "%s", address != NULL ? dns : "");
	pthread_mutex_unlock(&st->mtx);
	tell_ip(st, address, router, dns);
	if (address != NULL)
		sta_milestone(st, "ip");
}

static const struct hyp_net_ops net_ops = { .enter = enter, .leave = leave, .tx = tx, .ip = ip };

int
port_open(struct sta *st)
{
	int error = hyp_net_open(st->hyp, st->caps->mac, ETH_MTU, &net_ops, st, &st->net);

	if (error != 0)
		st->net = NULL;
	return error == ENOSYS ? 0 : error;
}

void
port_close(struct sta *st)
{
	if (st->net == NULL)
		return;
	hyp_net_close(st->net);
}
