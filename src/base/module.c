/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/module.h"
#include "base/version.h"

/*
 * Where to look for modules.  Not by DT_RPATH, which is searched for every
 * library; nor by DT_RUNPATH, since LD_LIBRARY_PATH comes before it; nor by
 * dlopen's $ORIGIN, which is a sanitizer's if that wraps dlopen.
 */
static const struct {
	bool origin; /* path begins at the program's own directory */
	const char *path;
} places[] = {
	{true, ""}, /* as built */
	{true, "/../lib/onepop"},
	{false, ONEPOP_LIBDIR},
};

/* Finds the path that was executed, if it is absolute and no link. */
static bool find_executed(char path[static PATH_MAX])
{
	const char *executed = (const char *)getauxval(AT_EXECFN);
	struct stat st;

	return executed && *executed == '/' && lstat(executed, &st) == 0 &&
	       S_ISREG(st.st_mode) &&
	       snprintf(path, PATH_MAX, "%s", executed) < PATH_MAX;
}

/* /proc always tells it, but looking there takes longer. */
const char *module_origin(void)
{
	static char directory[PATH_MAX];
	char *slash;
	ssize_t n;

	if (!find_executed(directory)) {
		n = readlink("/proc/self/exe", directory, PATH_MAX - 1);
		directory[n > 0 ? n : 0] = '\0';
	}
	slash = strrchr(directory, '/');
	if (slash)
		*slash = '\0';
	return directory;
}

static void *open_module(const char *module, char path[static PATH_MAX])
{
	const char *origin = module_origin();
	void *handle = NULL;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && !handle; i++) {
		(void)snprintf(path, PATH_MAX, "%s%s/%s",
		               places[i].origin ? origin : "", places[i].path,
		               module);
		/* Bind all symbols now: later the sandbox allows no files. */
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	return handle;
}

/* Returns NULL, or the problem in words. */
static const char *version_problem(void *handle, const char *path)
{
	static char problem[PATH_MAX + 128];
	const char *of = dlsym(handle, "version");

	if (of && strcmp(of, version) == 0)
		return NULL;
	(void)snprintf(
		problem, sizeof(problem),
		"%s: its version is %s, and onepop's is %s: install both "
		"from one build",
		path, of ? of : "unknown", version);
	return problem;
}

void *module_symbol(const char *module, const char *symbol,
                    const char **problem)
{
	const char *wrong_version = NULL;
	char path[PATH_MAX];
	void *handle, *ret;

	handle = open_module(module, path);
	if (handle)
		wrong_version = version_problem(handle, path);
	ret = handle && !wrong_version ? dlsym(handle, symbol) : NULL;
	if (!ret)
		*problem = wrong_version ? wrong_version : dlerror();
	return ret;
}
