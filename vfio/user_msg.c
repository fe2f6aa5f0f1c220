/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing and checking of what a vfio-user server sends: functions of a buffer only, without
 * a socket or state, so that they can be fed anything.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/air_clock.h"
#include "vfio/user.h"

const char *
user_cmd_name(unsigned cmd)
{
	static const char *const names[] = {
		[VFIO_USER_VERSION] = "VERSION",
		[VFIO_USER_DMA_MAP] = "DMA_MAP",
		[VFIO_USER_DMA_UNMAP] = "DMA_UNMAP",
		[VFIO_USER_DEVICE_GET_INFO] = "DEVICE_GET_INFO",
		[VFIO_USER_DEVICE_GET_REGION_INFO] = "DEVICE_GET_REGION_INFO",
		[VFIO_USER_DEVICE_GET_REGION_IO_FDS] = "DEVICE_GET_REGION_IO_FDS",
		[VFIO_USER_DEVICE_GET_IRQ_INFO] = "DEVICE_GET_IRQ_INFO",
		[VFIO_USER_DEVICE_SET_IRQS] = "DEVICE_SET_IRQS",
		[VFIO_USER_REGION_READ] = "REGION_READ",
		[VFIO_USER_REGION_WRITE] = "REGION_WRITE",
		[VFIO_USER_DMA_READ] = "DMA_READ",
		[VFIO_USER_DMA_WRITE] = "DMA_WRITE",
		[VFIO_USER_DEVICE_RESET] = "DEVICE_RESET",
		[VFIO_USER_REGION_WRITE_MULTI] = "REGION_WRITE_MULTI",
	};

	if (cmd < sizeof(names) / sizeof(names[0]) && names[cmd] != NULL)
		return names[cmd];
	return "unknown";
}

int
user_check_hdr(const struct vfio_user_hdr *h, char why[static 256])
{
	uint32_t type = h->flags & VFIO_USER_F_TYPE_MASK;

	if (h->size < sizeof(*h) || h->size > USER_MAX_MSG)
		snprintf(why, 256, "%s message %u claims %u bytes (%zu to %zu are allowed)",
		    user_cmd_name(h->cmd), h->id, h->size, sizeof(*h), USER_MAX_MSG);
	else if (type != VFIO_USER_F_TYPE_COMMAND && type != VFIO_USER_F_TYPE_REPLY)
		snprintf(why, 256, "%s message %u is neither command nor reply (flags %#x)",
		    user_cmd_name(h->cmd), h->id, h->flags);
	else
		return 0;
	return EPROTO;
}

/* A number in [1, max] if name is there; what is above max is taken as max. */
static int
get_number(json_t *caps, const char *name, uint64_t max, uint64_t *val, char why[static 256])
{
	json_t *j = json_object_get(caps, name);

	if (j == NULL)
		return 0;
	if (!json_is_integer(j) || json_integer_value(j) <= 0) {
		snprintf(why, 256, "capability %s in the VERSION reply is not a positive number",
		    name);
		return EPROTO;
	}
	*val = (uint64_t)json_integer_value(j);
	if (*val > max)
		*val = max;
	return 0;
}

/* "supported" without a usable "fd_index" must end the connection, says the document. */
static int
parse_socket(json_t *caps, const char *name, bool *there, uint32_t *fd_index, char why[static 256])
{
	json_t *cap = json_object_get(caps, name);
	json_t *index = json_object_get(cap, VFIO_USER_CAP_TWIN_FD_INDEX);

	*there = json_is_true(json_object_get(cap, VFIO_USER_CAP_TWIN_SUPPORTED));
	if (!*there)
		return 0;
	if (!json_is_integer(index) || json_integer_value(index) < 0 ||
	    json_integer_value(index) > VFIO_USER_LIMIT_MSG_FDS) {
		snprintf(why, 256, "capability %s in the VERSION reply has no valid %s", name,
		    VFIO_USER_CAP_TWIN_FD_INDEX);
		*there = false;
		return EPROTO;
	}
	*fd_index = (uint32_t)json_integer_value(index);
	return 0;
}

static int
parse_caps(json_t *root, struct user_caps *caps, char why[static 256])
{
	uint64_t fds = caps->max_fds, maps = caps->max_dma_maps;
	json_t *c = json_object_get(root, VFIO_USER_CAP);
	int error;

	if (!json_is_object(root) || (c != NULL && !json_is_object(c))) {
		snprintf(why, 256, "version data in the VERSION reply is not an object");
		return EPROTO;
	}
	error = get_number(c, VFIO_USER_CAP_MAX_MSG_FDS, VFIO_USER_LIMIT_MSG_FDS, &fds, why);
	if (error == 0)
		error = get_number(c, VFIO_USER_CAP_MAX_DATA_XFER, USER_MAX_XFER,
		    &caps->max_xfer, why);
	if (error == 0)
		error = get_number(c, VFIO_USER_CAP_MAX_DMA_MAPS, UINT32_MAX, &maps, why);
	if (error == 0)
		error = get_number(c, VFIO_USER_CAP_PGSIZES, INT64_MAX, &caps->pgsizes, why);
	caps->max_fds = (uint32_t)fds;
	caps->max_dma_maps = (uint32_t)maps;
	caps->write_multi = json_is_true(json_object_get(c, VFIO_USER_CAP_WRITE_MULTIPLE));
	if (error == 0)
		error = parse_socket(c, VFIO_USER_CAP_TWIN_SOCKET, &caps->twin,
		    &caps->twin_index, why);
	if (error == 0)
		error = parse_socket(c, VFIO_USER_CAP_AIR_CLOCK, &caps->clock,
		    &caps->clock_index, why);
	return error;
}

int
user_parse_version(const void *payload, size_t len, struct user_caps *caps,
    char why[static 256])
{
	struct vfio_user_version v;
	const char *text;
	json_error_t je;
	json_t *root;
	int error;

	if (len < sizeof(v)) {
		snprintf(why, 256, "VERSION reply of %zu bytes, %zu are needed", len, sizeof(v));
		return EPROTO;
	}
	memcpy(&v, payload, sizeof(v));
	*caps = (struct user_caps){
		.major = v.major, .minor = v.minor,
		.max_fds = VFIO_USER_DEFAULT_MSG_FDS,
		.max_dma_maps = VFIO_USER_DEFAULT_DMA_MAPS,
		.max_xfer = VFIO_USER_DEFAULT_DATA_XFER,
		.pgsizes = VFIO_USER_DEFAULT_PGSIZES,
	};
	if (v.major != VFIO_USER_MAJOR || v.minor > VFIO_USER_MINOR) {
		snprintf(why, 256, "the server answers version %u.%u to our %u.%u", v.major,
		    v.minor, VFIO_USER_MAJOR, VFIO_USER_MINOR);
		return EPROTO;
	}
	len -= sizeof(v);
	if (len == 0)
		return 0;
	text = (const char *)payload + sizeof(v);
	if (memchr(text, '\0', len) == NULL) {
		snprintf(why, 256, "version data in the VERSION reply does not end in NUL");
		return EPROTO;
	}
	root = json_loads(text, 0, &je);
	if (root == NULL) {
		snprintf(why, 256, "version data in the VERSION reply is not JSON: %s", je.text);
		return EPROTO;
	}
	error = parse_caps(root, caps, why);
	json_decref(root);
	return error;
}

void *
user_build_version(bool air_clock, size_t *len)
{
	struct vfio_user_version v = { VFIO_USER_MAJOR, VFIO_USER_MINOR };
	uint8_t *buf = NULL;
	char *text = NULL;
	json_t *root;

	root = json_pack("{s:{s:i,s:i,s:i,s:i,s:b,s:{s:b},s:o*}}", VFIO_USER_CAP,
	    VFIO_USER_CAP_MAX_MSG_FDS, USER_MAX_FDS,
	    VFIO_USER_CAP_MAX_DATA_XFER, USER_MAX_XFER,
	    VFIO_USER_CAP_MAX_DMA_MAPS, VFIO_USER_DEFAULT_DMA_MAPS,
	    VFIO_USER_CAP_PGSIZES, VFIO_USER_DEFAULT_PGSIZES,
	    VFIO_USER_CAP_WRITE_MULTIPLE, 1,
	    VFIO_USER_CAP_TWIN_SOCKET, VFIO_USER_CAP_TWIN_SUPPORTED, 1,
	    VFIO_USER_CAP_AIR_CLOCK,
	    air_clock ? json_pack("{s:b}", VFIO_USER_CAP_TWIN_SUPPORTED, 1) : NULL);
	if (root != NULL)
		text = json_dumps(root, JSON_COMPACT);
	if (text != NULL) {
		*len = sizeof(v) + strlen(text) + 1;
		buf = malloc(*len);
		if (buf != NULL) {
			memcpy(buf, &v, sizeof(v));
			memcpy(buf + sizeof(v), text, strlen(text) + 1);
		}
	}
	free(text);
	json_decref(root);
	return buf;
}

int
user_check_rw(const struct vfio_user_region_rw *asked, const struct vfio_user_region_rw *got,
    size_t len, bool read)
{
	size_t want = sizeof(*got) + (read ? asked->count : 0);

	if (len != want || got->offset != asked->offset || got->region != asked->region ||
	    got->count != asked->count)
		return EPROTO;
	return 0;
}

int
user_parse_dma(uint16_t cmd, const void *payload, size_t len, struct vfio_user_dma_rw *rw,
    char why[static 256])
{
	memset(rw, 0, sizeof(*rw));
	if (len >= sizeof(*rw))
		memcpy(rw, payload, sizeof(*rw));
	if (len < sizeof(*rw) ||
	    (cmd == VFIO_USER_DMA_READ && len != sizeof(*rw)) ||
	    (cmd == VFIO_USER_DMA_WRITE && len - sizeof(*rw) != rw->count)) {
		snprintf(why, 256, "%s of %llu bytes has a payload of %zu bytes",
		    user_cmd_name(cmd), (unsigned long long)rw->count, len);
		return EPROTO;
	}
	return 0;
}
