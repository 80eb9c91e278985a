#include <dlfcn.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "module.h"

/*
 * Where modules are, dlopen(3) knowing the word.  Not by DT_RPATH: that is
 * searched for every library, and LD_LIBRARY_PATH comes before DT_RUNPATH.
 */
static const char *const directories[] = {
	"$ORIGIN", /* as built */
	"$ORIGIN/../lib/onepop",
	ONEPOP_LIBDIR, /* if there is no /proc to tell the origin by */
};

static void *open_module(const char *module)
{
	char path[PATH_MAX];
	void *handle = NULL;
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directories[i],
		               module);
		/* All is bound now: the sandbox allows no looking up later. */
		handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (handle)
			break;
	}
	return handle;
}

void *module_symbol(const char *module, const char *symbol, const char **why)
{
	void *handle, *ret;

	handle = open_module(module);
	ret = handle ? dlsym(handle, symbol) : NULL;
	if (ret == NULL)
		*why = dlerror();
	return ret;
}
