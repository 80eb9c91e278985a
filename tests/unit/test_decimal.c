#include "support.h"

#include <inttypes.h>

#include "decimal.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_as_printf_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
