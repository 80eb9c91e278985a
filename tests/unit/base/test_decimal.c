/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <inttypes.h>

#include "base/decimal.h"

static void same_as_printf(uint64_t number)
{
	char want[32], have[32];

	(void)snprintf(want, sizeof(want), "%" PRIu64, number);
	*decimal_put(have, number) = '\0';
	assert_string_equal(have, want);
}

static void numbers_are_as_printf_writes_them(void **state)
{
	uint64_t seed = 1, power;
	int i;

	(void)state;
	same_as_printf(0);
	same_as_printf(UINT64_MAX);
	for (power = 1, i = 1; i < DECIMAL_DIGITS; i++, power *= 10) {
		same_as_printf(power - 1);
		same_as_printf(power);
	}
	for (i = 0; i < 1000; i++)
		same_as_printf(support_random(&seed) >> i % 64);
}

static const struct {
	const char *text;
	int result;
	uint32_t n;
} numbers[] = {
	{"0", 0, 0},
	{"1", 0, 1},
	{"10", 0, 10},
	{"4294967295", 0, UINT32_MAX},
	{"4294967296", 0, UINT32_MAX},
	{"4294967297", 0, UINT32_MAX},
	{"9999999999", 0, UINT32_MAX},
	{"18446744073709551617", 0, UINT32_MAX},
	{"99999999999999999999999999999999999999", 0, UINT32_MAX},
	{"", -1, 0},
	{"00", -1, 0},
	{"01", -1, 0},
	{"-1", -1, 0},
	{"+1", -1, 0},
	{"-0", -1, 0},
	{" 1", -1, 0},
	{"1 ", -1, 0},
	{"1x", -1, 0},
	{"x", -1, 0},
	{"0x1", -1, 0},
	{"1.", -1, 0},
	{"1e1", -1, 0},
	{"\3611", -1, 0},
};

static void a_number_is_digits_without_sign_or_leading_zero(void **state)
{
	uint32_t n;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(numbers); i++) {
		n = 77;
		if (decimal_get(numbers[i].text, &n) != numbers[i].result)
			fail_msg("wrong: %s", numbers[i].text);
		assert_int_equal(n, numbers[i].result ? 77 : numbers[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_as_printf_writes_them),
		cmocka_unit_test(
			a_number_is_digits_without_sign_or_leading_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
