#include "support.h"

#include "mbox/bitmap.h"

#define MOST 70

static void each_message_has_a_mark_of_its_own(void **state)
{
	uint32_t count, i, j;
	uint8_t *deleted;

	(void)state;
	for (count = 1; count <= MOST; count++) {
		deleted = bitmap_new(count);
		assert_non_null(deleted);
		for (i = 0; i < count; i++) {
			assert_false(bitmap_has(deleted, i));
			bitmap_add(deleted, i);
			for (j = 0; j < count; j++)
				assert_int_equal(bitmap_has(deleted, j),
				                 j <= i);
		}
		bitmap_clear(deleted, count);
		for (i = 0; i < count; i++)
			assert_false(bitmap_has(deleted, i));
		free(deleted);
	}
}

static void a_mailbox_without_mail_has_none(void **state)
{
	uint8_t *deleted = bitmap_new(0);

	(void)state;
	assert_non_null(deleted);
	bitmap_clear(deleted, 0);
	free(deleted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_has_a_mark_of_its_own),
		cmocka_unit_test(a_mailbox_without_mail_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
