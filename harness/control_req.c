/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the control socket; see control.h for what there is. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/control_req.h"
#include "harness/event.h"
#include "harness/jsonw.h"
#include "harness/life.h"
#include "harness/nap.h"
#include "harness/trace.h"

#define TRACE_ASKED	64
#define TRACE_MOST	2048

static void
begin(struct control_ctx *ctx, struct jsonw *j, bool ok, const char *cmd, const char *id)
{
	jsonw_open(j, ctx->answer, CONTROL_ANSWER - 1);
	jsonw_bool(j, "ok", ok);
	if (cmd != NULL)
		jsonw_str(j, "cmd", cmd);
	if (id != NULL && id[0] != '\0')
		jsonw_raw(j, "id", id);
}

static void
end(struct control_ctx *ctx, struct jsonw *j)
{
	ctx->len = jsonw_close(j);
	ctx->answer[ctx->len++] = '\n';
}

static void
refuse(struct control_ctx *ctx, const char *cmd, const char *id, const char *text)
{
	struct jsonw j;

	begin(ctx, &j, false, cmd, id);
	jsonw_str(&j, "error", text);
	end(ctx, &j);
}

void
control_refuse(struct control_ctx *ctx, const char *text)
{
	refuse(ctx, NULL, NULL, text);
}

static void
put_status(struct control_ctx *ctx, struct jsonw *j)
{
	struct life_view v;

	life_view(&v);
	jsonw_str(j, "driver", ctx->pers->driver);
	jsonw_str(j, "target", ctx->opt->target);
	jsonw_str(j, "state", v.state);
	jsonw_str(j, "phase", life_phase_name(v.phase));
	jsonw_bool(j, "reached", v.reached);
	jsonw_bool(j, "failed", v.failed);
	if (v.failed)
		jsonw_str(j, "error", v.error);
	jsonw_int(j, "cycle", v.cycle);
	jsonw_int(j, "cycles", ctx->opt->cycles);
	jsonw_sec(j, "seconds", clock_run_ns());
}

static void
put_states(struct control_ctx *ctx, struct jsonw *j)
{
	const char *name;
	int i;

	jsonw_array(j, "states");
	for (i = 0; (name = life_state_name(ctx->pers, i)) != NULL; i++)
		jsonw_str(j, NULL, name);
	jsonw_end(j);
	jsonw_str(j, "until", life_state_name(ctx->pers, ctx->opt->until));
}

static void
put_trace(struct jsonw *j, json_t *req)
{
	static struct trace_entry entries[TRACE_MOST];
	json_int_t last = TRACE_ASKED;
	unsigned n;

	if (json_is_integer(json_object_get(req, "last")))
		last = json_integer_value(json_object_get(req, "last"));
	if (last < 0)
		last = 0;
	if (last > TRACE_MOST)
		last = TRACE_MOST;
	n = trace_last(entries, (unsigned)last);
	trace_json(j, entries, NULL, n);
}

static void
put_info(struct jsonw *j)
{
	jsonw_object(j, "info");
	event_info_json(j);
	jsonw_end(j);
}

static enum control_effect
request_wait(struct control_ctx *ctx, json_t *req, const char *id, struct control_wait *w)
{
	const char *state = json_string_value(json_object_get(req, "state"));
	json_t *timeout = json_object_get(req, "timeout");
	double s = json_is_number(timeout) ? json_number_value(timeout) : 60;
	char text[256];
	int i;

	i = state != NULL ? life_state_index(ctx->pers, state) : ctx->opt->until;
	if (i < 0 || !(s >= 0 && s < 1e6)) {
		snprintf(text, sizeof(text), i < 0 ? "there is no state \"%.100s\"" :
		    "timeout is in seconds, 0 or more", state);
		refuse(ctx, "wait", id, text);
		return CONTROL_ANSWERED;
	}
	w->active = true;
	w->nap = 0;
	w->state = i;
	w->until = clock_run_ns() + (uint64_t)(s * 1e9);
	snprintf(w->id, sizeof(w->id), "%s", id);
	return control_wait_over(ctx, w) ? CONTROL_ANSWERED : CONTROL_WAITS;
}

/* Suspend or resume. */
static enum control_effect
request_nap(struct control_ctx *ctx, bool suspend, const char *id, struct control_wait *w)
{
	unsigned ticket;

	if (!life_nap(suspend, &ticket)) {
		refuse(ctx, suspend ? "suspend" : "resume", id, "another such request is not over");
		return CONTROL_ANSWERED;
	}
	w->active = true;
	w->nap = ticket;
	w->until = UINT64_MAX;
	snprintf(w->cmd, sizeof(w->cmd), "%s", suspend ? "suspend" : "resume");
	snprintf(w->id, sizeof(w->id), "%s", id);
	return control_wait_over(ctx, w) ? CONTROL_ANSWERED : CONTROL_WAITS;
}

static bool
nap_wait_over(struct control_ctx *ctx, struct control_wait *w)
{
	char text[128] = "the run has ended";
	struct life_view v;
	struct jsonw j;
	bool ok = false;

	life_view(&v);
	if (!nap_over(w->nap, &ok, text, sizeof(text)) && v.phase < LIFE_CLOSE)
		return false;
	w->active = false;
	begin(ctx, &j, ok, w->cmd, w->id);
	if (!ok)
		jsonw_str(&j, "error", text);
	end(ctx, &j);
	return true;
}

bool
control_wait_over(struct control_ctx *ctx, struct control_wait *w)
{
	char text[1200] = "";
	struct life_view v;
	struct jsonw j;

	if (w->nap != 0)
		return nap_wait_over(ctx, w);
	life_view(&v);
	if (v.state != NULL && life_state_index(ctx->pers, v.state) >= w->state) {
		begin(ctx, &j, true, "wait", w->id);
		jsonw_str(&j, "state", v.state);
		end(ctx, &j);
	} else {
		if (v.failed)
			snprintf(text, sizeof(text), "the run failed: %s", v.error);
		else if (v.stopping || v.phase >= LIFE_CLOSE)
			snprintf(text, sizeof(text), "the run has ended");
		else if (clock_run_ns() >= w->until)
			snprintf(text, sizeof(text), "timed out; the state is %s",
			    v.state != NULL ? v.state : "none");
		if (text[0] == '\0')
			return false;
		refuse(ctx, "wait", w->id, text);
	}
	w->active = false;
	return true;
}

/* What neither of us knows. */
static void
unknown(struct control_ctx *ctx, const char *line, const char *cmd, const char *id)
{
	char *answer = life_control(line);
	char text[256];
	size_t len;

	if (answer == NULL) {
		snprintf(text, sizeof(text), "unknown request \"%.60s\"; there are status, states, "
		    "wait, trace, info, subscribe, suspend, resume, quit%s", cmd,
		    ctx->pers->control != NULL ?
		    ", and the driver's own while it is attached" : "");
		refuse(ctx, cmd, id, text);
		return;
	}
	len = strcspn(answer, "\n");
	if (len > CONTROL_ANSWER - 2)
		refuse(ctx, cmd, id, "the answer is too long");
	else {
		memcpy(ctx->answer, answer, len);
		ctx->answer[len] = '\n';
		ctx->len = len + 1;
	}
	free(answer);
}

static enum control_effect
dispatch(struct control_ctx *ctx, const char *line, json_t *req, const char *cmd,
    const char *id, struct control_wait *w)
{
	static const char *const known[] = { "status", "states", "trace", "info", "subscribe",
	    "quit" };
	struct jsonw j;
	unsigned i;

	if (strcmp(cmd, "wait") == 0)
		return request_wait(ctx, req, id, w);
	if (strcmp(cmd, "suspend") == 0 || strcmp(cmd, "resume") == 0)
		return request_nap(ctx, cmd[0] == 's', id, w);
	for (i = 0; i < sizeof(known) / sizeof(known[0]) && strcmp(cmd, known[i]) != 0; i++)
		;
	if (i == sizeof(known) / sizeof(known[0])) {
		unknown(ctx, line, cmd, id);
		return CONTROL_ANSWERED;
	}
	begin(ctx, &j, true, cmd, id);
	switch (i) {
	case 0:
		put_status(ctx, &j);
		break;
	case 1:
		put_states(ctx, &j);
		break;
	case 2:
		put_trace(&j, req);
		break;
	case 3:
		put_info(&j);
		break;
	case 5:
		life_stop("quit");
		break;
	default:
		break;
	}
	end(ctx, &j);
	return i == 4 ? CONTROL_SUBSCRIBE : CONTROL_ANSWERED;
}

enum control_effect
control_request(struct control_ctx *ctx, const char *line, struct control_wait *w)
{
	enum control_effect effect = CONTROL_ANSWERED;
	json_error_t bad;
	json_t *req = json_loads(line, 0, &bad), *idv;
	const char *cmd = json_string_value(json_object_get(req, "cmd"));
	char text[256], *id = NULL;

	idv = json_object_get(req, "id");
	if (idv != NULL)
		id = json_dumps(idv, JSON_COMPACT | JSON_ENCODE_ANY);
	if (req == NULL) {
		snprintf(text, sizeof(text), "not JSON: %s", bad.text);
		control_refuse(ctx, text);
	} else if (cmd == NULL)
		refuse(ctx, NULL, id, "the request has no \"cmd\"");
	else if (id != NULL && strlen(id) >= sizeof(w->id))
		refuse(ctx, cmd, NULL, "the id is too long");
	else
		effect = dispatch(ctx, line, req, cmd, id != NULL ? id : "", w);
	free(id);
	json_decref(req);
	return effect;
}
