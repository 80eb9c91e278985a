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

size_t statename_of(const char *file, const char *suffix)
{
	const size_t all = strlen(file), n = strlen(suffix);

	return all > n && strcmp(file + all - n, suffix) == 0 ? all - n : 0;
}

size_t statename_of_journal(const char *file)
{
	return statename_of(file, STATENAME_JOURNAL);
}

bool statename_is_state(const char *file)
{
	return strstr(file, STATENAME_JOURNAL) ||
	       strstr(file, STATENAME_INDEX) || strstr(file, STATENAME_UIDL) ||
	       strstr(file, STATENAME_DELETED);
}
