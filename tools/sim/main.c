/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - voy-sim: a simulated card on a vfio-user socket.
 *
 *	voy-sim edu --socket /tmp/edu.sock --json --set dma_mask=0xffffffff
 *
 * stdout: events, one JSON object per line with --json, else lines for people. stderr: errors,
 * always. Exit status: 0 iff no driver did wrong (no violation) and the server could run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/sim/prog/opts.h"
#include "tools/sim/prog/say.h"
#include "tools/sim/prog/stop.h"
#include "tools/sim/server.h"

struct options {
	const char	*model, *socket, *control;
	bool		once, json, verbose;
	struct opt_list	sets;
};

static void
usage(FILE *f)
{
	fputs("usage: voy-sim MODEL --socket PATH [--control PATH] [--once] [--json] [--verbose]\n"
	    "               [--set KEY=VALUE]...\n"
	    "       voy-sim MODEL --help      the settings of a model\n"
	    "       voy-sim --list            the models\n"
	    "\n"
	    "A simulated card as a vfio-user server, for run-DRIVER, QEMU (10.1 or newer:\n"
	    "-device vfio-user-pci,socket=...) or any other vfio-user client.\n"
	    "\n"
	    "  --socket PATH     where clients connect (mode 0600; a stale one is replaced)\n"
	    "  --control PATH    socket for {\"cmd\":\"set\"|\"status\"|\"stop\"}, a line each\n"
	    "  --once            end when the first client has left\n"
	    "  --json            events as JSON, one object per line\n"
	    "  --verbose         also what the model logs\n"
	    "  --set KEY=VALUE   a setting of the model, or a fault\n"
	    "\n"
	    "Exit status 0: no violation by the driver. 1: there was one. 2: could not run.\n", f);
}

static void
print_settings(const struct sim_setting *s)
{
	for (; s != NULL && s->key != NULL; s++)
		printf("  %-22s %s (default %s)\n", s->key, s->help, s->dflt);
}

static int
model_help(const struct sim_model *m)
{
	printf("%s: %s\n\nsettings:\n", m->name, m->summary);
	print_settings(m->settings);
	printf("\nfor any model:\n");
	print_settings(sim_own_settings);
	return 0;
}

static int
list(void)
{
	for (unsigned i = 0; sim_models[i] != NULL; i++)
		printf("%-10s %s\n", sim_models[i]->name, sim_models[i]->summary);
	return 0;
}

/* ---- reporting ------------------------------------------------------------------------- */

static void
emit(void *arg, const char *name, const char *json, const char *text)
{
	const struct options *o = arg;
	bool violation = strcmp(name, "violation") == 0;

	if (o->json)
		printf("%s\n", json);
	else if (strcmp(name, "log") != 0 || o->verbose)
		printf("%s%s%s\n", name, text != NULL ? ": " : "", text != NULL ? text : "");
	if (violation && o->json)
		fprintf(stderr, "voy-sim: %s: violation: %s\n", o->model, text);
	say_flush();
}

static void
say_result(struct sim_dev *dev)
{
	unsigned n = sim_dev_violations(dev);

	sim_event(dev, "result", "\"ok\":%s,\"violations\":%u", n == 0 ? "true" : "false", n);
}

static void
say_listening(const struct options *o, struct sim_dev *dev)
{
	const struct sim_model *m = sim_dev_model(dev);

	sim_event(dev, "model", "\"model\":\"%s\",\"vendor\":\"%04x\",\"device\":\"%04x\","
	    "\"subvendor\":\"%04x\",\"subdevice\":\"%04x\"", m->name, sim_cfg_read(dev, 0, 2),
	    sim_cfg_read(dev, 2, 2), sim_cfg_read(dev, 0x2c, 2), sim_cfg_read(dev, 0x2e, 2));
	sim_event_str(dev, "listening", "socket", o->socket);
}

/* ---- start ----------------------------------------------------------------------------- */

static int
apply_one(struct sim_dev *dev, const struct options *o, char *kv)
{
	char *eq = strchr(kv, '=');
	int error = EINVAL;

	if (eq != NULL) {
		*eq = '\0';
		error = sim_dev_set(dev, kv, eq + 1);
		*eq = '=';
	}
	if (error == 0)
		return 0;
	fprintf(stderr, "voy-sim: %s: --set %s: %s; see voy-sim %s --help\n", o->model, kv,
	    eq == NULL ? "wants KEY=VALUE" : error == ENOENT ? "no such setting" :
	    error == EINVAL ? "not a value for this setting" : strerror(error), o->model);
	return error;
}

static int
apply_settings(struct sim_dev *dev, const struct options *o)
{
	int error = 0;

	for (unsigned i = 0; i < o->sets.n && error == 0; i++)
		error = apply_one(dev, o, o->sets.value[i]);
	if (error != 0)
		return error;
	error = sim_dev_start(dev);
	if (error != 0)
		fprintf(stderr, "voy-sim: %s: the model does not start: %s\n", o->model,
		    strerror(error));
	return error;
}

static void
more_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static int
serve(const struct options *o, struct sim_dev *dev, struct sim_server_link *link,
    const sigset_t *waiting)
{
	struct sim_server_opts so = { .dev = dev, .link = link, .path = o->socket,
	    .control = o->control, .once = o->once, .stop = &stop_asked, .sigmask = waiting };
	struct sim_server *s;
	char msg[512];

	if (sim_server_new(&so, &s, msg, sizeof(msg)) != 0) {
		fprintf(stderr, "voy-sim: %s: %s\n", o->model, msg);
		return 2;
	}
	say_listening(o, dev);
	sim_server_run(s);
	sim_server_free(s);
	say_result(dev);
	return sim_dev_violations(dev) == 0 ? 0 : 1;
}

static int
run(struct options *o, const struct sim_model *model)
{
	struct sim_server_link link = { .emit = emit, .arg = o };
	struct sim_dev *dev;
	sigset_t waiting;
	int error = sim_dev_new(model, sim_server_ops(), &link, &dev), status = 2;

	if (error != 0) {
		fprintf(stderr, "voy-sim: %s: %s\n", o->model, strerror(error));
		return 2;
	}
	stop_signals(&waiting);
	more_files();
	if (apply_settings(dev, o) == 0)
		status = serve(o, dev, &link, &waiting);
	sim_dev_free(dev);
	return status;
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	bool help = false, models = false;
	const struct opt table[] = {
		{ "socket", .text = &o->socket }, { "control", .text = &o->control },
		{ "set", .each = &o->sets }, { "once", .flag = &o->once },
		{ "json", .flag = &o->json }, { "verbose", .flag = &o->verbose },
		{ "list", .flag = &models }, { "help", .flag = &help }, { .name = NULL }
	};

	if (opts_parse(argc, argv, table) != 0) {
		usage(stderr);
		return 2;
	}
	if (models)
		return list();
	o->model = optind < argc ? argv[optind++] : NULL;
	if (help && o->model == NULL) {
		usage(stdout);
		return 0;
	}
	if (o->model != NULL && sim_model_find(o->model) == NULL) {
		fprintf(stderr, "voy-sim: no model \"%s\"; --list names those that there are\n",
		    o->model);
		return 2;
	}
	if (help)
		return model_help(sim_model_find(o->model));
	if (o->model == NULL || o->socket == NULL || optind < argc) {
		usage(stderr);
		return 2;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct options o = { .model = NULL };
	int status = parse(argc, argv, &o);

	if (status < 0)
		status = run(&o, sim_model_find(o.model));
	free(o.sets.value);
	return status;
}
