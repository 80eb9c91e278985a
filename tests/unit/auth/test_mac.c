/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "auth/mac.h"
#include "base/module.h"

static mac_digest_fn *digest;

static int load(void **state)
{
	const char *why;

	(void)state;
	*(void **)&digest = module_symbol(MAC_MODULE, MAC_SYMBOL, &why);
	return digest ? 0 : -1;
}

/* Made with Python's hashlib, which implements BLAKE2b itself. */
static void it_is_keyed_blake2b(void **state)
{
	static const uint8_t want[MAC_DIGEST] = {
		0xf6, 0xdf, 0x4e, 0xf8, 0x8e, 0x50, 0xf6, 0xcf,
		0x88, 0xb4, 0xc8, 0x01, 0x6d, 0xdf, 0xff, 0x9b,
		0x36, 0x2e, 0x48, 0x3a, 0x6d, 0x11, 0x18, 0x38,
		0xa8, 0x70, 0x4b, 0x71, 0x94, 0x3b, 0x0e, 0x19};
	static const struct mac_part whole[] = {{"user\0password", 13}};
	static const struct mac_part parts[] = {
		{"user", 5}, {"", 0}, {"password", 8}};
	uint8_t key[MAC_KEY], got[MAC_DIGEST];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	assert_int_equal(digest(key, whole, LENGTH(whole), got), 0);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(digest(key, parts, LENGTH(parts), got), 0);
	assert_memory_equal(got, want, sizeof(want));
	key[31] = 0;
	assert_int_equal(digest(key, whole, LENGTH(whole), got), 0);
	assert_memory_not_equal(got, want, sizeof(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_keyed_blake2b),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
