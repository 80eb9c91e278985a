/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>

#include "config/username.h"

bool username_is_valid(const char *name)
{
	const char *p;

	if (*name == '-' || *name == '.' || *name == '\0')
		return false;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._@%+-", *p))
			return false;
	return p - name <= USERNAME_OCTETS;
}
