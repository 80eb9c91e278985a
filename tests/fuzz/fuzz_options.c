/* SPDX-License-Identifier: ISC */
/*
 * Any command line and any options file are accepted or refused, and all
 * values accepted are within their bounds.
 *
 * Input: the arguments, a line each; an empty line; the options file.
 */
#include "fuzz.h"

#include <sysexits.h>

#include "config/mailpath.h"
#include "config/options.h"

#define ARGUMENTS 32

static int file;
static char config[64];

static void check_row(const struct options_row *row, const void *options)
{
	const char *at = (const char *)options + row->at;
	const char *text;
	int n;

	switch (row->kind) {
	case OPTIONS_SECONDS:
	case OPTIONS_COUNT:
		n = *(const int *)(const void *)at;
		FUZZ_CHECK(n >= row->least && n <= row->most);
		break;
	case OPTIONS_WORD:
		n = *(const int *)(const void *)at;
		FUZZ_CHECK(n >= 0);
		for (; n >= 0; n--)
			FUZZ_CHECK(row->words[n]);
		break;
	case OPTIONS_STRING:
		text = *(const char *const *)(const void *)at;
		FUZZ_CHECK(text || !row->fallback);
		FUZZ_CHECK(!text || !row->problem || !row->problem(text));
		break;
	default:
		break;
	}
}

static void check(const struct options *o)
{
	const struct options_row *row;
	struct mailpath p;

	for (row = options_rows; row->name; row++)
		check_row(row, o);
	/* No part of this name is longer than of the one that is tried. */
	FUZZ_CHECK(!mailpath_fill(&p, o->mailbox, "us@b.c", "/home/a"));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	file = fuzz_file("options");
	(void)snprintf(config, sizeof(config), "--config=/proc/self/fd/%d",
	               file);
	FUZZ_CHECK(unsetenv("STATE_DIRECTORY") == 0);
	FUZZ_CHECK(unsetenv("RUNTIME_DIRECTORY") == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options_program program = {.words = true};
	static char name[] = "onepop";
	struct fuzz_input in = {data, size};
	char *argv[ARGUMENTS + 3] = {name, config};
	const char *problem;
	int argc = 2, status;
	struct options o;

	while (in.n > 0 && argc < ARGUMENTS + 2) {
		argv[argc] = fuzz_string(&in, '\n');
		/* These options print something. */
		if (*argv[argc] == '\0' || strncmp(argv[argc], "--h", 3) == 0 ||
		    strncmp(argv[argc], "--v", 3) == 0) {
			free(argv[argc]);
			break;
		}
		argc++;
	}
	argv[argc] = NULL;
	fuzz_fill(file, in.p, in.n);
	status = options_read(&o, &program, argc, argv, &problem);
	FUZZ_CHECK(status == 0 || status == EX_USAGE || status == EX_CONFIG);
	FUZZ_CHECK((status == 0) == (*problem == '\0'));
	if (status == 0)
		check(&o);
	while (argc > 2)
		free(argv[--argc]);
	return 0;
}
