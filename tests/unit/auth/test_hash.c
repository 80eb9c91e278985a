/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "auth/hash.h"
#include "base/module.h"

static hash_fits_fn *fits;

static int load(void **state)
{
	const char *why;

	(void)state;
	*(void **)&fits = module_symbol(HASH_MODULE, HASH_SYMBOL, &why);
	return fits ? 0 : -1;
}

/* Hashes of "s\303\251cr\303\250t", made by crypt(3) of libxcrypt. */
static const char *const hashes[] = {
	"$1$saltsalt$qmjvq96S5CplDUrh/PyKv0",
	"$5$rounds=1000$saltsalt$5IBlJkQ98Sld.jjwRTUnmF5r/w6byfSgPpMiK3ztIB9",
	"$6$rounds=1000$saltsalt$fDPwrDM82dKHBWnR3xfBE.bHTvKi33p8Rv5eR5vChJbWCfdsQ0Kj8ijRUTiDskAix6mHyyyLnLMjEXQS7RxR1/",
	"$y$j75$saltsaltsalt$and/k1IL65N90wCmPKTHVMRh3im5CMCjO/7GM9jyhhC",
	"$2b$04$abcdefghijklmnopqrstuucZ3Uqva4QIJtoffRrRdpBAThHnTNhfu",
};

static void a_password_fits_its_hash_and_no_other_does(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(hashes); i++) {
		assert_int_equal(fits(hashes[i], "s\303\251cr\303\250t"), 1);
		assert_int_equal(fits(hashes[i], "secret"), 0);
		assert_int_equal(fits(hashes[i], ""), 0);
	}
}

static void what_is_no_hash_cannot_be_judged(void **state)
{
	static const char *const no_hashes[] = {
		"", "*", "!", "x", "$", "$unknown$salt$hash", "*0", "*1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(no_hashes); i++)
		assert_int_equal(fits(no_hashes[i], "secret"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_fits_its_hash_and_no_other_does),
		cmocka_unit_test(what_is_no_hash_cannot_be_judged),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
