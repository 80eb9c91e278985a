/* SPDX-License-Identifier: ISC */
#include "admin/asciitext.h"

void asciitext_clean(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
