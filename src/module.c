#include <dlfcn.h>
#include <stddef.h>

#include "module.h"

void *module_symbol(const char *module, const char *symbol, const char **why)
{
	void *handle, *ret;

	/* All is bound now: later the sandbox allows no more looking up. */
	handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	ret = handle ? dlsym(handle, symbol) : NULL;
	if (ret == NULL)
		*why = dlerror();
	return ret;
}
