/*
 * A directory of PAM services for a test.  They ask tests/pam/pam_probe.c,
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

/* Writes one that puts all questions to the probe with these arguments. */
static inline void pamdir_named(const char *service, const char *arguments)
{
	static const char *const kinds[] = {"auth", "account", "session"};
	char lines[8192], here[1024];
	size_t i;
	int n = 0;

	pamdir_here(here, sizeof(here));
	for (i = 0; i < LENGTH(kinds); i++)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n,
		              "%s required %s/pam_probe.so %s\n", kinds[i],
		              here, arguments);
	pamdir_service(service, lines);
}

static inline void pamdir_probe(const char *arguments)
{
	pamdir_named("test", arguments);
}

#endif
