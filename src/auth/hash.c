/* SPDX-License-Identifier: ISC */
#include <crypt.h>
#include <string.h>

#include "auth/hash.h"

int hash_fits(const char *hash, const char *password)
{
	static struct crypt_data data; /* 32 KiB */
	const char *made;
	int ret = -1;

	made = crypt_r(password, hash, &data);
	if (made && *made != '*')
		ret = strcmp(made, hash) == 0;
	explicit_bzero(&data, sizeof(data));
	return ret;
}
