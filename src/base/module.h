/*
 * Parts of the program that need a library most sessions do not: each in a
 * onepop-*.so of its own, opened when it is first needed.  They are beside
 * the program, as it is built, or in ../lib/onepop or LIBDIR, as installed.
 */
#ifndef ONEPOP_MODULE_H
#define ONEPOP_MODULE_H

/* The program's own directory, or "" where there is no /proc to tell. */
const char *module_origin(void);

/*
 * Opens a module, such as "onepop-pam.so", and returns the address of the
 * symbol in it.  Returns NULL with a description in *why where that failed, or
 * where the module is not of this program's version.
 */
void *module_symbol(const char *module, const char *symbol, const char **why);

#endif
