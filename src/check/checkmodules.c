/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/checkmodules.h"

#define LIBPAM    "libpam.so.0"
#define FILE_MOST (4 << 20) /* octets of a library that are read */
#define PLACES    4

/* Directories that libpam names. */
static char places[PLACES][PATH_MAX];
static size_t count;

static char loaded[2 * PATH_MAX]; /* the module that was found last */

/* Reads a file, and ends it with a NUL.  Free *text.  Returns its octets. */
static size_t read_binary(const char *path, char **text)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;

	*text = malloc(FILE_MOST + 1);
	if (f && *text)
		n = fread(*text, 1, FILE_MOST, f);
	if (*text)
		(*text)[n] = '\0';
	if (f)
		(void)fclose(f);
	return n;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* The strings of a program or library end with a NUL. */
static void read_places(const char *libpam)
{
	char *text, *at;
	const size_t n = read_binary(libpam, &text);

	for (at = text; at && at < text + n && count < PLACES;
	     at += strlen(at) + 1)
		if (*at == '/' &&
		    (ends_with(at, "/security") || ends_with(at, "/security/")))
			(void)snprintf(places[count++], PATH_MAX, "%.*s",
			               PATH_MAX - 1, at);
	free(text);
}

static void find_places(void)
{
	const struct link_map *map;
	void *libpam;

	libpam = dlopen(LIBPAM, RTLD_LAZY | RTLD_LOCAL);
	if (libpam && dlinfo(libpam, RTLD_DI_LINKMAP, &map) == 0)
		read_places(map->l_name);
	if (libpam)
		(void)dlclose(libpam);
}

static enum checkmodules load_file(const char *path, const char **problem)
{
	void *module;

	if (access(path, F_OK) < 0) {
		*problem = "no such file where libpam looks";
		return CHECKMODULES_MISSING;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		*problem = dlerror();
		return CHECKMODULES_BROKEN;
	}
	(void)dlclose(module);
	(void)snprintf(loaded, sizeof(loaded), "%s", path);
	return CHECKMODULES_FINE;
}

enum checkmodules checkmodules_load(const char *module, const char **problem)
{
	enum checkmodules found = CHECKMODULES_MISSING;
	char path[2 * PATH_MAX];
	size_t i;

	if (*module == '/')
		return load_file(module, problem);
	if (count == 0)
		find_places();
	if (count == 0)
		return CHECKMODULES_UNKNOWN;
	for (i = 0; i < count && found == CHECKMODULES_MISSING; i++) {
		(void)snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - 1,
		               places[i], module);
		found = load_file(path, problem);
	}
	return found;
}

bool checkmodules_names(const char *function)
{
	char *text;
	const size_t n = read_binary(loaded, &text);
	const bool found =
		n > 0 && memmem(text, n, function, strlen(function) + 1);

	free(text);
	return found;
}
