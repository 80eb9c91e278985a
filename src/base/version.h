/*
 * The version of the program; each module has one of its own, under the same
 * name, for the program to compare.
 */
#ifndef ONEPOP_VERSION_H
#define ONEPOP_VERSION_H

extern const char version[];

#endif
