/* SPDX-License-Identifier: ISC */
/*
 * A directory of PAM services for a test.  They ask tests/lib/pam_probe.c,
 * which is built beside the tests; "test" is written anew for each case.
 */
#ifndef PAMDIR_H
#define PAMDIR_H

#include "support.h"

static char *pamdir;

static inline int pamdir_make(void **state)
{
	(void)state;
	pamdir = support_directory("/tmp");
	return 0;
}

static inline int pamdir_remove(void **state)
{
	(void)state;
	support_remove(pamdir);
	return 0;
}

/* Writes a service whole. */
static inline void pamdir_service(const char *service, const char *lines)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", pamdir, service);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(lines, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The directory of this program. */
static inline void pamdir_here(char *path, size_t size)
{
	ssize_t n;

	n = readlink("/proc/self/exe", path, size - 1);
	assert_true(n > 0);
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
}

/* Writes one with our paths: of the probe for PROBE, of here for DIR. */
static inline void pamdir_lines(const char *service, const char *lines)
{
	char text[16384], here[1024];
	size_t n = 0;

	pamdir_here(here, sizeof(here));
	text[0] = '\0';
	while (*lines) {
		if (strncmp(lines, "PROBE", 5) == 0) {
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			                      "%s/pam_probe.so", here);
			lines += 5;
		} else if (strncmp(lines, "DIR", 3) == 0) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
			                      pamdir);
			lines += 3;
		} else {
			text[n++] = *lines++;
			text[n] = '\0';
		}
	}
	pamdir_service(service, text);
}

/* Writes one that puts all questions to the probe with these arguments. */
static inline void pamdir_probe(const char *arguments)
{
	char lines[8192];

	(void)snprintf(lines, sizeof(lines),
	               "auth required PROBE %s\naccount required PROBE %s\n"
	               "session required PROBE %s\n",
	               arguments, arguments, arguments);
	pamdir_lines("test", lines);
}

#endif
