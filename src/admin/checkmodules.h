/* Can libpam load a module?  Looks where the libpam of this host looks. */
#ifndef ONEPOP_CHECKMODULES_H
#define ONEPOP_CHECKMODULES_H

#include <stdbool.h>

enum checkmodules {
	CHECKMODULES_FINE,
	CHECKMODULES_MISSING, /* no file of that name */
	CHECKMODULES_BROKEN,  /* it, or a library that it needs */
	CHECKMODULES_UNKNOWN  /* libpam does not say where it looks */
};

/*
 * Loads it as libpam does, and lets it go.  module is a whole path, or a name
 * below one of the directories that stand in libpam itself.  *why becomes the
 * reason where it is neither fine nor unknown; it stays until the next call.
 */
enum checkmodules checkmodules_load(const char *module, const char **why);

/* Does the module that was loaded last call a function of that name? */
bool checkmodules_names(const char *function);

#endif
