/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "admin/json.h"

void json_print(const char *name, const char *text, size_t n)
{
	size_t i;

	(void)printf("\"%s\": \"", name);
	for (i = 0; i < n; i++)
		(void)printf(text[i] == '"' || text[i] == '\\' ? "\\%c" : "%c",
		             text[i]);
	(void)printf("\"");
}
