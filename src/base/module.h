/* SPDX-License-Identifier: ISC */
/*
 * Opens modules: the parts of the program that need a library which most
 * sessions do not need.  Each is a onepop-*.so, which stands beside the program
 * (as built) or in ../lib/onepop or LIBDIR (as installed).
 */
#ifndef ONEPOP_MODULE_H
#define ONEPOP_MODULE_H

/* Returns the program's own directory, or "" if that cannot be found. */
const char *module_origin(void);

/*
 * Opens a module, such as "onepop-pam.so", of the program's own version, and
 * returns the address of the symbol in it; or NULL, with the problem in words
 * in *problem.
 */
void *module_symbol(const char *module, const char *symbol,
                    const char **problem);

#endif
