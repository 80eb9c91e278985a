/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/statename.h"

void statename_make(char file[static NAME_MAX + 1], const char *name, size_t n,
                    const char *suffix)
{
	const size_t end = strlen(suffix) + 1;

	if (n > NAME_MAX + 1 - end)
		n = NAME_MAX + 1 - end;
	memcpy(file, name, n);
	memcpy(file + n, suffix, end);
}

size_t statename_of_journal(const char *file)
{
	const size_t all = strlen(file), suffix = strlen(STATENAME_JOURNAL);

	return all > suffix && strcmp(file + all - suffix, STATENAME_JOURNAL) ==
	                               0
	               ? all - suffix
	               : 0;
}

bool statename_is_state(const char *file)
{
	return strstr(file, STATENAME_JOURNAL) || strstr(file, STATENAME_INDEX);
}
