/* SPDX-License-Identifier: ISC */
/* Random numbers that only the seed decides (splitmix64). */
#ifndef CRASH_RANDOM_H
#define CRASH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline uint64_t next_random(uint64_t *seed)
{
	return mix(*seed += 0x9e3779b97f4a7c15);
}

/* Returns a number below limit, which is at least 1. */
static inline size_t below(uint64_t *seed, size_t limit)
{
	return (size_t)(next_random(seed) % limit);
}

#endif
