#include "checked.h"

#include "checkunits.h"

static struct checkunits units;
static char root[64];

static void look_at(struct report *r)
{
	checkunits_find(root, &units);
	checkunits_say(r, &units);
}

static void make_link(const char *directory, const char *unit, const char *to)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "mkdir -p %s%s && ln -s %s %s%s/%s",
	               root, directory, to, root, directory, unit);
	assert_int_equal(system(path), 0);
}

static int begin(void **state)
{
	(void)snprintf(root, sizeof(root), "%s/XXXXXX", top);
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

#define UNITS "/usr/lib/systemd/system"
#define ETC   "/etc/systemd/system"

static void units_may_not_be_installed(void **state)
{
	(void)state;
	assert_fine();
	assert_int_equal(report.warnings, 0);
	assert_said("ok      systemd: onepop.socket is not installed\n");
	assert_false(units.enabled || units.front);
}

static void a_socket_that_is_installed_need_not_be_enabled(void **state)
{
	(void)state;
	make_link(UNITS, "onepop.socket", "x");
	make_link(ETC "/multi-user.target.wants", "onepop-recover.service",
	          "x");
	assert_fine();
	assert_said("warning systemd: " UNITS "/onepop.socket is installed, "
	            "but not enabled");
	make_link(ETC "/sockets.target.wants", "onepops.socket", "x");
	assert_fine();
	assert_int_equal(report.warnings, 0);
	assert_said("ok      systemd: " UNITS "/onepop.socket\n");
	assert_true(units.enabled);
	assert_false(units.front);
}

static void a_front_is_known(void **state)
{
	static const char *const fronts[] = {"onepop-proxy.socket",
	                                     "onepop-stunnel.socket",
	                                     "onepop-stls.service"};
	size_t i;

	for (i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		assert_int_equal(begin(state), 0);
		make_link(UNITS, "onepop.socket", "x");
		make_link(ETC "/x.target.wants", fronts[i], "x");
		assert_fine();
		assert_true(units.enabled && units.front);
	}
}

static void a_masked_recovery_is_said(void **state)
{
	(void)state;
	make_link(UNITS, "onepop.socket", "x");
	make_link(ETC "/sockets.target.wants", "onepop.socket", "x");
	make_link(ETC, "onepop-recover.service", "/dev/null");
	assert_fine();
	assert_int_equal(report.warnings, 1);
	assert_said("warning systemd: onepop-recover.service is masked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(units_may_not_be_installed, begin),
		cmocka_unit_test_setup(
			a_socket_that_is_installed_need_not_be_enabled, begin),
		cmocka_unit_test_setup(a_front_is_known, begin),
		cmocka_unit_test_setup(a_masked_recovery_is_said, begin),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
