/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * voy-pci - what `voy list`, `voy bind`, `voy unbind` and `voy doctor` are made of.
 *
 *	voy-pci list [--json] [--driver NAME=VVVV:DDDD]...
 *	voy-pci bind [--force] BDF
 *	voy-pci unbind BDF
 *	voy-pci doctor [--json] [BDF]...
 *
 * --root DIR takes /sys, /proc, /dev and /run from below DIR.  Exit status: 0 done (doctor:
 * all well), 1 not, 2 wrong usage.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "pci/doctor.h"
#include "pci/enum.h"

#define NMATCH	64

struct cli {
	struct pci_host		 host;
	bool			 json, force, verbose;
	struct pci_match	 match[NMATCH + 1];
	size_t			 nmatch;
	json_t			*out;		/* the array that is filled for --json */
};

static void
usage(void)
{
	fputs("usage: voy-pci list [--json] [--verbose] [--driver NAME=VVVV:DDDD]...\n"
	    "       voy-pci bind [--force] BDF\n"
	    "       voy-pci unbind BDF\n"
	    "       voy-pci doctor [--json] [BDF]...\n", stderr);
	exit(2);
}

/* A full disk that cuts off what was said is a failure, too.  1 if so, else 0. */
static int
flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("standard output");
	return 1;
}

static int
print_json(json_t *o)
{
	int bad = json_dumpf(o, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF;

	json_decref(o);
	return flush() != 0 || bad;
}

/* ---- list ---- */

static json_t *
bars_json(const struct pci_found *f)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < PCI_NBARS; i++)
		if (f->bar[i].present)
			json_array_append_new(a, json_pack("{s:i,s:s,s:b,s:b,s:I,s:I}",
			    "bar", (int)i, "type", f->bar[i].io ? "io" : "memory",
			    "64bit", (int)f->bar[i].is64, "prefetchable", (int)f->bar[i].prefetch,
			    "address", (json_int_t)f->bar[i].addr,
			    "size", (json_int_t)f->bar_size[i]));
	return a;
}

static json_t *
caps_json(const struct pci_found *f)
{
	json_t *a = json_array();

	for (size_t i = 0; i < f->ncaps; i++)
		json_array_append_new(a, json_pack("{s:i,s:i,s:b,s:s?}",
		    "id", (int)f->caps[i].id, "offset", (int)f->caps[i].off,
		    "extended", (int)f->caps[i].extended, "name", pci_cap_name(&f->caps[i])));
	return a;
}

static void
list_json(struct cli *c, const struct pci_found *f)
{
	const char *voy = pci_match(c->match, f->vendor, f->device);

	json_array_append_new(c->out, json_pack("{s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:s?,s:s?,s:s?,"
	    "s:s?,s:o,s:o}", "bdf", f->bdf, "vendor", (int)f->vendor, "device", (int)f->device,
	    "subvendor", (int)f->subvendor, "subdevice", (int)f->subdevice, "class",
	    (int)f->class, "revision", (int)f->revision, "group", f->group, "vendor_name",
	    f->vendor_name, "device_name", f->device_name, "kernel_driver",
	    f->driver.s[0] != '\0' ? f->driver.s : NULL, "voyageur_driver", voy, "bars",
	    bars_json(f), "capabilities", caps_json(f)));
}

static void
list_details(const struct pci_found *f)
{
	for (unsigned i = 0; i < PCI_NBARS; i++)
		if (f->bar[i].present)
			printf("\tBAR%u: %s%s at 0x%llx, %llu KiB\n", i,
			    f->bar[i].io ? "I/O" : "memory", f->bar[i].is64 ? " (64 bit)" : "",
			    (unsigned long long)f->bar[i].addr,
			    (unsigned long long)f->bar_size[i] / 1024);
	for (size_t i = 0; i < f->ncaps; i++) {
		const char *name = pci_cap_name(&f->caps[i]);

		printf("\t%s 0x%02x at 0x%03x: %s\n", f->caps[i].extended ?
		    "extended capability" : "capability", f->caps[i].id, f->caps[i].off,
		    name != NULL ? name : "unknown");
	}
}

static void
list_one(void *arg, const struct pci_found *f)
{
	struct cli *c = arg;
	const char *voy = pci_match(c->match, f->vendor, f->device);
	char group[16];

	if (c->json) {
		list_json(c, f);
		return;
	}
	snprintf(group, sizeof(group), "%d", f->group);
	printf("%s %04x:%04x group %-4s driver %-*s", f->bdf, f->vendor, f->device,
	    f->group >= 0 ? group : "-", voy != NULL || f->device_name != NULL ? 12 : 0,
	    f->driver.s[0] != '\0' ? f->driver.s : "-");
	if (voy != NULL)
		printf(" [voyageur: %s]", voy);
	if (f->device_name != NULL)
		printf(" %s", f->device_name);
	putchar('\n');
	if (c->verbose)
		list_details(f);
}

static int
cmd_list(struct cli *c, int argc)
{
	int error;

	if (argc != 0)
		usage();
	c->out = json_array();
	error = pci_enumerate(&c->host, list_one, c);
	if (error != 0) {
		warnx("list: this machine's PCI bus cannot be read: %s", strerror(error));
		json_decref(c->out);
		return 1;
	}
	if (c->json)
		return print_json(json_pack("{s:o}", "devices", c->out));
	json_decref(c->out);
	return flush();
}

/* ---- bind, unbind ---- */

/* The BDF in sysfs's form, from any that pci_addr_parse() takes. */
static void
full_bdf(const char *arg, char bdf[PCI_ADDR_STRLEN])
{
	struct pci_addr a;

	if (pci_addr_parse(arg, &a) != 0)
		errx(2, "%s: not a PCI address; write it like 0000:03:00.0 (`voy list` shows them)",
		    arg);
	pci_addr_format(&a, bdf);
}

static int
cmd_bind(struct cli *c, int argc, char **argv, bool bind)
{
	char bdf[PCI_ADDR_STRLEN];
	struct pci_text driver, err;

	if (argc != 1)
		usage();
	full_bdf(argv[0], bdf);
	if ((bind ? pci_bind(&c->host, bdf, c->force, &driver, &err) :
	    pci_unbind(&c->host, bdf, &driver, &err)) != 0) {
		warnx("%s", err.s);
		return 1;
	}
	if (bind)
		printf("%s: bound to vfio-pci; was %s\n", bdf,
		    driver.s[0] != '\0' ? driver.s : "bound to no driver");
	else
		printf("%s: given back to %s\n", bdf, driver.s[0] != '\0' ? driver.s : "no driver");
	return flush();
}

/* ---- doctor ---- */

static void
doctor_report(void *arg, const char *check, enum doctor_status status, const char *text,
    const char *mend)
{
	static const char *const names[] = { "ok", "warn", "fail" };
	struct cli *c = arg;

	if (c->json) {
		json_array_append_new(c->out, json_pack("{s:s,s:s,s:s,s:s}", "check", check,
		    "status", names[status], "text", text, "mend", mend));
		return;
	}
	printf("%-4s  %s\n", names[status], text);
	if (mend[0] != '\0')
		printf("      mend: %s\n", mend);
}

static int
cmd_doctor(struct cli *c, int argc, char **argv)
{
	struct doctor d = { .host = &c->host, .report = doctor_report, .arg = c };
	char bdf[PCI_ADDR_STRLEN];
	int bad;

	c->out = json_array();
	doctor_host(&d);
	for (int i = 0; i < argc; i++) {
		full_bdf(argv[i], bdf);
		doctor_device(&d, bdf);
	}
	if (c->json) {
		bad = print_json(json_pack("{s:b,s:o}", "ok", d.failed == 0, "checks", c->out));
	} else {
		json_decref(c->out);
		bad = flush();
	}
	return bad || d.failed != 0;
}

/* ---- arguments ---- */

static void
add_match(struct cli *c, char *arg)
{
	unsigned vendor, device;
	char *eq = strchr(arg, '='), end;

	if (eq == NULL || sscanf(eq + 1, "%4x:%4x%c", &vendor, &device, &end) != 2)
		errx(2, "--driver %s: want NAME=VVVV:DDDD, for example iwm=8086:08b1", arg);
	if (c->nmatch == NMATCH)
		errx(2, "--driver: more than %d", NMATCH);
	*eq = '\0';
	c->match[c->nmatch++] = (struct pci_match){ (uint16_t)vendor, (uint16_t)device, arg };
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "driver", required_argument, NULL, 'd' },
		{ "root", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli c = { .host = { "" } };
	const char *cmd;
	int ch;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (ch) {
		case 'j': c.json = true; break;
		case 'f': c.force = true; break;
		case 'v': c.verbose = true; break;
		case 'd': add_match(&c, optarg); break;
		case 'r': c.host.root = optarg; break;
		default: usage();
		}
	}
	if (optind == argc)
		usage();
	cmd = argv[optind++];
	argc -= optind;
	argv += optind;
	if (strcmp(cmd, "list") == 0)
		return cmd_list(&c, argc);
	if (strcmp(cmd, "bind") == 0)
		return cmd_bind(&c, argc, argv, true);
	if (strcmp(cmd, "unbind") == 0)
		return cmd_bind(&c, argc, argv, false);
	if (strcmp(cmd, "doctor") == 0)
		return cmd_doctor(&c, argc, argv);
	usage();
}
