/* SPDX-License-Identifier: ISC */
/* System calls that a test makes fail.  It names them in a comment "Wraps:". */
#ifndef FAILS_H
#define FAILS_H

#include <errno.h>

/*
 * FAILS(flock, int, (int fd, int how), (fd, how), -1) is a flock that
 * returns -1 with errno error_flock for as many calls as left_flock
 * says, after skip_flock that succeed.
 */
#define FAILS(name, type, declared, given, failure)                            \
	type __real_##name declared;                                           \
	type __wrap_##name declared;                                           \
	static int left_##name, skip_##name, error_##name;                     \
	type __wrap_##name declared                                            \
	{                                                                      \
		if (left_##name > 0 && skip_##name-- <= 0) {                   \
			left_##name--;                                         \
			errno = error_##name;                                  \
			return failure;                                        \
		}                                                              \
		return __real_##name given;                                    \
	}

#define FAIL_NEXT(name, error)                                                 \
	do {                                                                   \
		left_##name = 1;                                               \
		skip_##name = 0;                                               \
		error_##name = (error);                                        \
	} while (0)

#endif
