/* SPDX-License-Identifier: ISC */
/* Prints the calls of random updates and recoveries, for model.py. */
#ifndef CRASH_TRACE_H
#define CRASH_TRACE_H

#include <stdint.h>

int trace(long cases, uint64_t seed);

#endif
