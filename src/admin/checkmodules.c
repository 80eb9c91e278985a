#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/checkmodules.h"

#define LIBPAM      "libpam.so.0"
#define LIBPAM_MOST (4 << 20)
#define PLACES      4

/* Directories, as libpam has them. */
static char places[PLACES][PATH_MAX];
static size_t count;

static char loaded[2 * PATH_MAX]; /* the module that was found last */

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* Is called for each string of a file. */
typedef void string_fn(const char *text, void *data);

static void add_place(const char *text, void *data)
{
	int n = (int)strlen(text);

	(void)data;
	if (*text == '/' && count < PLACES &&
	    (ends_with(text, "/security") || ends_with(text, "/security/"))) {
		n -= text[n - 1] == '/';
		(void)snprintf(places[count++], PATH_MAX, "%.*s", n, text);
	}
}

/* The strings of a program or library end with a NUL. */
static void read_strings(const char *path, string_fn *act, void *data)
{
	static char text[PATH_MAX];
	size_t n = 0, octets = 0;
	FILE *f = fopen(path, "re");
	int c;

	while (f && (c = getc(f)) != EOF && octets++ < LIBPAM_MOST) {
		text[n] = (char)c;
		n = c == '\0' || n == sizeof(text) - 1 ? 0 : n + 1;
		if (c == '\0')
			act(text, data);
	}
	if (f)
		(void)fclose(f);
}

static void find_places(void)
{
	const struct link_map *map;
	void *libpam;

	libpam = dlopen(LIBPAM, RTLD_LAZY | RTLD_LOCAL);
	if (libpam && dlinfo(libpam, RTLD_DI_LINKMAP, &map) == 0)
		read_strings(map->l_name, add_place, NULL);
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
		(void)snprintf(path, sizeof(path), "%s/%s", places[i], module);
		found = load_file(path, problem);
	}
	return found;
}

struct search {
	const char *wanted;
	bool found;
};

static void compare_string(const char *text, void *data)
{
	struct search *s = data;

	s->found |= strcmp(text, s->wanted) == 0;
}

bool checkmodules_names(const char *function)
{
	struct search s = {function, false};

	read_strings(loaded, compare_string, &s);
	return s.found;
}
