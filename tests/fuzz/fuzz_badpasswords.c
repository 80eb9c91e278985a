/* SPDX-License-Identifier: ISC */
/*
 * A file of wrong passwords with any octets: a password is known if a recent
 * entry has its digest, and an added password is known until it is too old.
 *
 * Input: half of how many octets the file has; the file; the user, a line;
 * the password.
 *
 * Wraps: module_symbol stat
 * Wraps: deadline_now deadline_in deadline_left deadline_sleep_until
 */
#include "fuzz.h"

#include "auth/badpasswords.h"
#include "base/module.h"
#include "fakeclock.h"
#include "files.h"

void *__wrap_module_symbol(const char *module, const char *symbol,
                           const char **why);
int __wrap_stat(const char *path, struct stat *st);
int __real_stat(const char *path, struct stat *st);

static mac_digest_fn *const digest = mac_digest;
static struct stat shadow;

void *__wrap_module_symbol(const char *module, const char *symbol,
                           const char **why)
{
	void *ret;

	(void)why;
	FUZZ_CHECK(strcmp(module, MAC_MODULE) == 0);
	FUZZ_CHECK(strcmp(symbol, MAC_SYMBOL) == 0);
	memcpy(&ret, &digest, sizeof(ret));
	return ret;
}

int __wrap_stat(const char *path, struct stat *st)
{
	if (strcmp(path, "/etc/shadow") != 0)
		return __real_stat(path, st); /* libFuzzer calls it */
	*st = shadow;
	return 0;
}

static bool is_known(const char *user, const char *password)
{
	struct badpasswords f;
	bool known;

	FUZZ_CHECK(!badpasswords_open(&f, files_directory, user, password));
	known = badpasswords_has(&f);
	badpasswords_close(&f);
	return known;
}

static void add(const char *user, const char *password)
{
	struct badpasswords f;

	FUZZ_CHECK(!badpasswords_open(&f, files_directory, user, password));
	badpasswords_add(&f);
	badpasswords_close(&f);
}

static void forget(const char *user)
{
	struct badpasswords f;

	FUZZ_CHECK(!badpasswords_open(&f, files_directory, user, ""));
	badpasswords_forget(&f);
	badpasswords_close(&f);
}

/* Puts octets into the user's file. */
static void put(const char *user, const uint8_t *p, size_t n)
{
	struct badpasswords f;

	FUZZ_CHECK(!badpasswords_open(&f, files_directory, user, ""));
	FUZZ_CHECK(n == 0 || pwrite(f.fd, p, n, 0) == (ssize_t)n);
	badpasswords_close(&f);
}

/* Checks what an added password does, and that the file has not grown. */
static void check_added(const char *user, const char *password)
{
	add(user, password);
	FUZZ_CHECK(is_known(user, password));
	fake_now += BADPASSWORDS_SECONDS * 1000LL;
	FUZZ_CHECK(is_known(user, password));
	shadow.st_mtim.tv_nsec++;
	FUZZ_CHECK(!is_known(user, password));
	shadow.st_mtim.tv_nsec--;
	fake_now++;
	FUZZ_CHECK(!is_known(user, password));
	fake_now -= 5;
	FUZZ_CHECK(is_known(user, password));
	forget(user);
	FUZZ_CHECK(!is_known(user, password));
}

/* Makes another key for each input: libFuzzer learns compared octets. */
static void make_key(void)
{
	static uint64_t seed;
	uint64_t key[MAC_KEY / 8];
	size_t i;

	for (i = 0; i < MAC_KEY / 8; i++)
		key[i] = fuzz_random(&seed);
	files_write(BADPASSWORDS_DIRECTORY "/key", key, sizeof(key));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	files_make_directory();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size}, octets;
	size_t n = fuzz_octet(&in) * 2U;
	char *user, *password;

	n = n < in.n ? n : in.n;
	octets = (struct fuzz_input){in.p, n};
	in.p += n;
	in.n -= n;
	user = fuzz_string(&in, '\n');
	password = fuzz_string(&in, '\0');
	fake_now = 100000000;
	shadow = (struct stat){.st_ino = 7};
	forget(user);
	make_key();
	put(user, octets.p, octets.n);
	/* Without the key nobody can make an entry. */
	FUZZ_CHECK(!is_known(user, password));
	check_added(user, password);
	free(password);
	free(user);
	return 0;
}
