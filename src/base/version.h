/* SPDX-License-Identifier: ISC */
/*
 * The version of the program.  Each module (module.h) has its own under the
 * same name, and the program compares the two.
 */
#ifndef ONEPOP_VERSION_H
#define ONEPOP_VERSION_H

extern const char version[];

#endif
