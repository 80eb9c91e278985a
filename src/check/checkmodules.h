/* SPDX-License-Identifier: ISC */
/* Whether libpam can load a module, from where the libpam of this host looks.
 */
#ifndef ONEPOP_CHECKMODULES_H
#define ONEPOP_CHECKMODULES_H

#include <stdbool.h>

enum checkmodules {
	CHECKMODULES_FINE,
	CHECKMODULES_MISSING, /* no file of that name */
	CHECKMODULES_BROKEN,  /* the module, or a library that it needs */
	CHECKMODULES_UNKNOWN  /* where libpam looks is not known */
};

/*
 * Loads the module as libpam does, and unloads it.  module is a whole path, or
 * a name below one of the directories that are compiled into libpam.  For
 * CHECKMODULES_MISSING and _BROKEN *problem is set; it is valid until the next
 * call.
 */
enum checkmodules checkmodules_load(const char *module, const char **problem);

/* Returns whether the module that was loaded last names this function. */
bool checkmodules_names(const char *function);

#endif
