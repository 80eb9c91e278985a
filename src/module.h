/*
 * Parts of the program that need a library most sessions do not: each in a
 * onepop-*.so of its own, opened when it is first needed.  They are found by
 * the program's DT_RPATH, beside the program and in ../lib/onepop; that comes
 * before LD_LIBRARY_PATH, which DT_RUNPATH would not.
 */
#ifndef ONEPOP_MODULE_H
#define ONEPOP_MODULE_H

/*
 * Opens a module, such as "onepop-pam.so", and returns the address of the
 * symbol in it; NULL with a description in *why where that failed.
 */
void *module_symbol(const char *module, const char *symbol, const char **why);

#endif
