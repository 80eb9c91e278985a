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
 * Where modules are.  Not by DT_RPATH: that is searched for every library,
 * and LD_LIBRARY_PATH comes before DT_RUNPATH.  Nor by dlopen's own $ORIGIN,
 * which is the sanitizers' where they stand in between.
 */
static const struct {
	bool origin; /* below the program's own directory */
	const char *path;
} places[] = {
	{true, ""}, /* as built */
	{true, "/../lib/onepop"},
	{false, ONEPOP_LIBDIR},
};

/* The path that was started, unless it was a link or not a whole path. */
static bool find_started(char path[static PATH_MAX])
{
	const char *started = (const char *)getauxval(AT_EXECFN);
	struct stat st;

	return started && *started == '/' && lstat(started, &st) == 0 &&
	       S_ISREG(st.st_mode) &&
	       snprintf(path, PATH_MAX, "%s", started) < PATH_MAX;
}

/* /proc would tell it of all, but that a process looks into it takes long. */
const char *module_origin(void)
{
	static char directory[PATH_MAX];
	char *slash;
	ssize_t n;

	if (*directory)
		return directory;
	if (!find_started(directory)) {
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
		/* All is bound now: the sandbox allows no looking up later. */
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	return handle;
}

/* Returns NULL, or what is wrong with it. */
static const char *compare_version(void *handle, const char *path)
{
	static char wrong[PATH_MAX + 128];
	const char *of = dlsym(handle, "version");

	if (of && strcmp(of, version) == 0)
		return NULL;
	(void)snprintf(
		wrong, sizeof(wrong),
		"%s: its version is %s, and onepop's is %s: install both "
		"from one build",
		path, of ? of : "not known", version);
	return wrong;
}

void *module_symbol(const char *module, const char *symbol, const char **why)
{
	const char *wrong = NULL;
	char path[PATH_MAX];
	void *handle, *ret;

	handle = open_module(module, path);
	if (handle)
		wrong = compare_version(handle, path);
	if (wrong) {
		*why = wrong;
		return NULL;
	}
	ret = handle ? dlsym(handle, symbol) : NULL;
	if (ret == NULL)
		*why = dlerror();
	return ret;
}
