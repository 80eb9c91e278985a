/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/bitmap.h"

#define MOST 70

static void each_number_has_a_bit_of_its_own(void **state)
{
	uint32_t count, i, j;
	uint8_t *bitmap;

	(void)state;
	for (count = 1; count <= MOST; count++) {
		bitmap = bitmap_new(count);
		assert_non_null(bitmap);
		for (i = 0; i < count; i++) {
			assert_false(bitmap_has(bitmap, i));
			bitmap_add(bitmap, i);
			for (j = 0; j < count; j++)
				assert_int_equal(bitmap_has(bitmap, j), j <= i);
		}
		bitmap_clear(bitmap, count);
		for (i = 0; i < count; i++)
			assert_false(bitmap_has(bitmap, i));
		free(bitmap);
	}
}

static void an_empty_set_can_be_made(void **state)
{
	uint8_t *bitmap = bitmap_new(0);

	(void)state;
	assert_non_null(bitmap);
	bitmap_clear(bitmap, 0);
	free(bitmap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_has_a_bit_of_its_own),
		cmocka_unit_test(an_empty_set_can_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
