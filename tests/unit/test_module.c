#include "support.h"

#include "module.h"
#include "pam.h"
#include "systemd.h"

static void each_module_is_found_and_has_its_function(void **state)
{
	static const struct {
		const char *module, *symbol;
	} cases[] = {
		{PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL},
		{SYSTEMD_FDS_MODULE, SYSTEMD_FDS_SYMBOL},
	};
	const char *why = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		if (!module_symbol(cases[i].module, cases[i].symbol, &why))
			fail_msg("%s", why);
	}
}

static void what_is_missing_is_named(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_null(module_symbol("onepop-none.so", "x", &why));
	assert_non_null(strstr(why, "onepop-none.so"));
	assert_null(module_symbol(PAM_LOGIN_MODULE, "no_such_symbol", &why));
	assert_non_null(strstr(why, "no_such_symbol"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_module_is_found_and_has_its_function),
		cmocka_unit_test(what_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
