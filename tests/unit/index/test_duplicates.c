/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/fileio.h"
#include "index/duplicates.h"

static struct index ix;

static int begin(void **state)
{
	(void)state;
	index_init(&ix);
	return 0;
}

static int end(void **state)
{
	(void)state;
	index_close(&ix);
	return 0;
}

/* Makes a message that has nothing but an id. */
static void add(uint64_t id)
{
	struct mbox_message m = {
		.text = 10,
		.body = 10,
		.end = 20,
		.octets = 10,
		.uidl = {.high = id / 7, .low = id * 0x9e3779b97f4a7c15},
	};

	assert_int_equal(index_put(&ix, ix.count, &m), 0);
}

/* Messages "aab" are two duplicates, and one that is alone. */
static void add_all(const char *ids)
{
	for (; *ids; ids++)
		add((uint64_t)*ids);
}

/* Scans the whole mailbox again, with the old numbers known. */
static void again(const char *ids)
{
	struct duplicates were;

	duplicates_find(&ix, &were);
	index_cut(&ix, 0);
	add_all(ids);
	assert_int_equal(duplicates_number(&ix, 0, &were), 0);
	duplicates_free(&were);
}

static void grow(const char *ids)
{
	const struct duplicates none = {0};
	uint32_t from = ix.count;

	add_all(ids);
	assert_int_equal(duplicates_number(&ix, from, &none), 0);
}

static uint32_t duplicate(uint32_t i)
{
	struct mbox_message m;

	assert_int_equal(index_get(&ix, i, &m), 0);
	return m.duplicate;
}

/* Compares the numbers, as digits. */
static void are(const char *numbers)
{
	uint32_t i;

	assert_int_equal(ix.count, strlen(numbers));
	for (i = 0; i < ix.count; i++)
		assert_int_equal(duplicate(i), numbers[i] - '0');
}

/* Takes a message out as QUIT does. */
static void take_out(uint32_t i)
{
	struct mbox_message m;

	for (; i + 1 < ix.count; i++) {
		assert_int_equal(index_get(&ix, i + 1, &m), 0);
		assert_int_equal(index_put(&ix, i, &m), 0);
	}
	index_cut(&ix, ix.count - 1);
}

static void a_message_alone_has_no_number(void **state)
{
	(void)state;
	again("");
	are("");
	again("abc");
	are("000");
	grow("de");
	are("00000");
}

static void duplicates_are_numbered_as_they_come(void **state)
{
	(void)state;
	again("abacab");
	are("112032");
}

static void those_that_come_later_go_on(void **state)
{
	(void)state;
	again("ab");
	grow("ca");
	are("1002");
	grow("aabb");
	are("11023423");
	grow("c");
	are("111234232");
}

static void numbers_stay_when_others_go(void **state)
{
	(void)state;
	again("aaab");
	take_out(1);
	are("130");
	grow("a");
	are("1304");
	take_out(0);
	take_out(2);
	are("30");
	again("ab");
	are("30");
	grow("a");
	are("304");
}

static void numbers_stay_when_all_is_scanned_again(void **state)
{
	(void)state;
	again("aabba");
	take_out(0);
	are("2123");
	again("abba");
	are("2123");
	again("cabbad");
	are("021230");
	again("abbaa");
	are("21234");
}

/* No message gets a number that the message that is gone may have had. */
static void if_fewer_are_left_all_numbers_are_new(void **state)
{
	(void)state;
	again("aaab");
	again("aab");
	are("450");
	again("aba");
	are("405");
	again("a");
	are("6");
	grow("a");
	are("67");
}

/* A block of 128 messages can be damaged; these are in the first and third. */
static void a_lost_number_is_given_to_no_message(void **state)
{
	struct duplicates were;
	uint32_t i;

	(void)state;
	for (i = 0; i < 400; i++)
		add(i == 3 || i == 5 || i == 300 || i == 301 ? 1000 : i);
	assert_int_equal(duplicates_number(&ix, 0, &(struct duplicates){0}), 0);
	take_out(3); /* the others have 2, 3 and 4 */
	ix.blocks.entry[1].digest++;
	duplicates_find(&ix, &were);
	assert_true(were.damaged);
	assert_int_equal(were.n, 2);
	index_cut(&ix, 0);
	for (i = 0; i < 399; i++)
		add(i == 4 || i == 299 || i == 300 ? 1000 : i);
	assert_int_equal(duplicates_number(&ix, 0, &were), 0);
	duplicates_free(&were);
	assert_int_equal(duplicate(4), 5);
	assert_int_equal(duplicate(299), 6);
	assert_int_equal(duplicate(300), 7);
	assert_int_equal(duplicate(5), 0);
}

/* One of the known messages is left, and may be any of them. */
static void a_duplicate_alone_where_some_are_lost_is_a_new_one(void **state)
{
	(void)state;
	again("aab");
	ix.damaged = true;
	again("ab");
	are("30");
	again("cca");
	are("456");
}

static void ten_thousand_duplicates_are_numbered(void **state)
{
	const struct duplicates none = {0};
	struct duplicates were;
	uint32_t i, round;

	(void)state;
	for (i = 0; i < 10000; i++)
		add(1);
	assert_int_equal(duplicates_number(&ix, 0, &none), 0);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 10000; i++)
			assert_int_equal(duplicate(i), i + 1);
		duplicates_find(&ix, &were);
		assert_int_equal(were.n, 10000);
		assert_int_equal(duplicates_number(&ix, 0, &were), 0);
		duplicates_free(&were);
	}
}

/* Each group of messages has one whose duplicate comes much later. */
static void duplicates_far_apart_find_each_other(void **state)
{
	const struct duplicates none = {0};
	const uint32_t n = 3 * INDEX_GROUP + 5;
	uint32_t i;

	(void)state;
	for (i = 0; i < n; i++)
		add(i);
	assert_int_equal(duplicates_number(&ix, 0, &none), 0);
	add(0);
	add(INDEX_GROUP - 1);
	add(INDEX_GROUP);
	add(n - 1);
	add(n);
	assert_int_equal(duplicates_number(&ix, n, &none), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(duplicate(n + i), 2);
	assert_int_equal(duplicate(n + 4), 0);
	assert_int_equal(duplicate(0), 1);
	assert_int_equal(duplicate(INDEX_GROUP - 1), 1);
	assert_int_equal(duplicate(INDEX_GROUP), 1);
	assert_int_equal(duplicate(n - 1), 1);
	assert_int_equal(duplicate(1), 0);
}

/* A plain reference: each message's id and number. */
#define MOST 4200

static struct known {
	uint64_t id;
	uint32_t duplicate;
} known[MOST];
static uint32_t known_n;

static void know(uint64_t id)
{
	uint32_t i, latest = MOST;

	for (i = 0; i < known_n; i++)
		if (known[i].id == id)
			latest = i;
	known[known_n].id = id;
	known[known_n].duplicate = 0;
	if (latest < MOST) {
		if (!known[latest].duplicate)
			known[latest].duplicate = 1;
		known[known_n].duplicate = known[latest].duplicate + 1;
	}
	known_n++;
}

static void forget(uint32_t i)
{
	known_n--;
	memmove(&known[i], &known[i + 1], (known_n - i) * sizeof(known[0]));
}

static void walk_grow(uint64_t *seed)
{
	const struct duplicates none = {0};
	uint32_t from = ix.count, n;
	uint64_t id;

	n = (uint32_t)support_below(seed, 4) == 0 ? 600 : 3;
	for (; n && known_n < MOST; n--) {
		id = support_below(seed, 1000);
		know(id);
		add(id);
	}
	assert_int_equal(duplicates_number(&ix, from, &none), 0);
}

static void walk_again(uint64_t *seed)
{
	struct duplicates were;
	uint32_t i;

	(void)seed;
	duplicates_find(&ix, &were);
	index_cut(&ix, 0);
	for (i = 0; i < known_n; i++)
		add(known[i].id);
	assert_int_equal(duplicates_number(&ix, 0, &were), 0);
	duplicates_free(&were);
}

static void walk_take_out(uint64_t *seed)
{
	uint32_t i;

	if (known_n == 0)
		return;
	i = (uint32_t)support_below(seed, known_n);
	forget(i);
	take_out(i);
}

static void the_numbers_are_those_of_a_plain_count(void **state)
{
	static void (*const walks[])(uint64_t *) = {walk_grow, walk_again,
	                                            walk_take_out};
	uint64_t seed = 1;
	uint32_t i;
	int step;

	(void)state;
	known_n = 0;
	for (step = 0; step < 100; step++) {
		walks[support_below(&seed, LENGTH(walks))](&seed);
		assert_int_equal(ix.count, known_n);
		for (i = 0; i < known_n; i++)
			assert_int_equal(duplicate(i), known[i].duplicate);
	}
	assert_true(known_n > INDEX_GROUP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_alone_has_no_number),
		TEST(duplicates_are_numbered_as_they_come),
		TEST(those_that_come_later_go_on),
		TEST(numbers_stay_when_others_go),
		TEST(numbers_stay_when_all_is_scanned_again),
		TEST(if_fewer_are_left_all_numbers_are_new),
		TEST(a_lost_number_is_given_to_no_message),
		TEST(a_duplicate_alone_where_some_are_lost_is_a_new_one),
		TEST(ten_thousand_duplicates_are_numbered),
		TEST(duplicates_far_apart_find_each_other),
		TEST(the_numbers_are_those_of_a_plain_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
