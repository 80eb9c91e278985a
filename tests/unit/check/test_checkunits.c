/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checkunits.h"

static struct checkunits units;
static bool started;

static void look_at(struct report *r)
{
	checkunits_report(r, &units, &o, started);
}

/* As systemctl 252 prints units that are installed. */
#define UNIT(id, active, state, more)                                          \
	"Id=" id "\nRequires=sysinit.target system.slice\nWants=\n"            \
	"LoadState=loaded\nActiveState=" active "\n"                           \
	"UnitFileState=" state "\nNeedDaemonReload=no\n" more "\n"
#define LISTEN(port) "Listen=[::]:" port " (Stream)\n"
#define EXEC(argv)                                                             \
	"ExecStart={ path=/usr/local/sbin/onepop ; argv[]=" argv               \
	" ; ignore_errors=no ; start_time=[n/a] ; pid=0 }\n"
#define SESSION(id, environment)                                               \
	EXEC("/usr/local/sbin/onepop $FRONT $OPTIONS")                         \
	"Environment=" environment "\n" UNIT(id, "inactive", "static", "")
#define RECOVER(state) UNIT("onepop-recover.service", "inactive", state, "")
#define POP3(active, state)                                                    \
	UNIT("onepop.socket", active, state, LISTEN("110"))                    \
	SESSION("onepop@check.service", "FRONT= OPTIONS=")
#define POP3S(active, state)                                                   \
	UNIT("onepops.socket", active, state, LISTEN("995"))                   \
	SESSION("onepops@check.service", "\"FRONT=--tls implicit\" OPTIONS=")

static void read_text(const char *text)
{
	char copy[16384];

	checkunits_begin(&units);
	units.booted = true;
	(void)snprintf(copy, sizeof(copy), "%s", text);
	checkunits_read(&units, copy);
}

static void assert_warning(const char *part)
{
	assert_fine();
	assert_said(part);
	assert_int_equal(counted.warnings, 1);
}

static void where_systemd_does_not_run_there_are_no_units(void **state)
{
	(void)state;
	checkunits_begin(&units);
	assert_fine();
	assert_said("ok      units: systemd does not run here\n");
	assert_false(checkunits_any(&units));
}

static void a_systemd_that_does_not_answer_is_said(void **state)
{
	(void)state;
	read_text("Failed to connect to bus: No such file or directory\n");
	assert_warning("warning units: systemctl does not answer");
}

static void units_may_not_be_installed(void **state)
{
	(void)state;
	read_text("Id=onepop.socket\nLoadState=not-found\nUnitFileState=\n\n");
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      units: none of onepop's is installed");
}

static void a_socket_that_is_installed_need_not_be_enabled(void **state)
{
	(void)state;
	read_text(POP3("inactive", "disabled") POP3S("inactive", "disabled")
	                  RECOVER("enabled"));
	assert_warning("warning units: none of onepop's is enabled; fix: "
	               "systemctl enable --now onepop.socket, unless");
	assert_null(checkunits_port(&units, 110));
}

static void another_program_may_start_onepop(void **state)
{
	(void)state;
	started = true;
	read_text(POP3("inactive", "disabled") RECOVER("enabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      units: none of onepop's is enabled\n");
	read_text(POP3("inactive", "disabled") RECOVER("disabled"));
	assert_warning("onepop-recover.service is not enabled: after a crash");
	started = false;
}

static void units_that_are_on_are_said(void **state)
{
	(void)state;
	read_text(POP3("active", "enabled") POP3S("active", "enabled")
	                  RECOVER("enabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      units: onepop.socket is on: [::]:110 (Stream) \n"
	            "ok      units: onepops.socket is on: ");
	assert_said("units: onepops.socket has onepop --tls implicit");
	assert_not_said("units: onepop.socket has onepop ");
	assert_string_equal(checkunits_port(&units, 995)->name,
	                    "onepops.socket");
	assert_null(checkunits_port(&units, 9));
	assert_true(checkunits_any(&units) && checkunits_tls(&units));
	assert_false(checkunits_front(&units));
}

static void a_socket_that_is_enabled_must_listen(void **state)
{
	(void)state;
	read_text(POP3("failed", "enabled") RECOVER("enabled"));
	assert_problem("units: onepop.socket is enabled, but does not listen; "
	               "fix: systemctl restart onepop.socket; journalctl -u "
	               "onepop.socket says why");
	read_text(POP3("active", "disabled") RECOVER("enabled"));
	assert_warning("units: onepop.socket is not enabled: it will not "
	               "listen after the next boot; fix: systemctl enable "
	               "onepop.socket\n");
}

#define PRUNE(active, state) UNIT("onepop-prune.timer", active, state, "")

static void old_copies_must_be_removed(void **state)
{
	(void)state;
	o.keep_deleted = 7;
	read_text(POP3("active", "enabled") RECOVER("enabled")
	                  PRUNE("active", "enabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	read_text(POP3("active", "enabled") RECOVER("enabled")
	                  PRUNE("inactive", "disabled"));
	assert_warning("units: keep-deleted is 7, but onepop-prune.timer is "
	               "not enabled: copies stay until there is no room for "
	               "more; fix: systemctl enable --now onepop-prune.timer");
	read_text(POP3("active", "enabled") RECOVER("enabled")
	                  PRUNE("inactive", "enabled"));
	assert_warning("onepop-prune.timer is not started: ");
	o.keep_deleted = 0;
	read_text(POP3("active", "enabled") RECOVER("enabled")
	                  PRUNE("inactive", "disabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

static void recovery_must_be_started_too(void **state)
{
	(void)state;
	read_text(POP3("active", "enabled") RECOVER("disabled"));
	assert_warning("units: onepop.socket is on, but not "
	               "onepop-recover.service: after a crash");
	assert_said("; fix: systemctl enable onepop-recover.service\n");
	read_text(POP3("active", "enabled") RECOVER("masked"));
	assert_warning("onepop-recover.service is masked");
	/* By the socket itself, or by the session's template. */
	read_text(UNIT("onepop.socket", "active", "enabled",
	               "Wants=onepop-recover.service x.target\n")
	                  RECOVER("disabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	read_text(UNIT("onepop.socket", "active", "enabled", "") UNIT(
		"onepop@check.service", "inactive", "static",
		"Wants=onepop-recover.service\n") RECOVER("disabled"));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

static void units_that_have_changed_are_said(void **state)
{
	(void)state;
	read_text(POP3("active", "enabled") RECOVER("enabled") UNIT(
		"onepop@check.service", "inactive", "static",
		"NeedDaemonReload=yes\nDropInPaths=/etc/x/a.conf\n"));
	assert_warning("since systemd read them; fix: systemctl daemon-reload");
	assert_said("ok      units: onepop.socket has drop-ins /etc/x/a.conf");
}

static void what_sessions_have_and_this_look_has_not_is_said(void **state)
{
	(void)state;
	read_text(UNIT("onepop.socket", "active", "enabled", LISTEN("110"))
	                  SESSION("onepop@check.service",
	                          "FRONT= \"OPTIONS=--tls stls "
	                          "--chroot /run/x --mailbox=%h/mbox\"")
	                          RECOVER("enabled"));
	assert_warning("warning units: onepop.socket serves with --mailbox "
	               "%h/mbox, which is not checked; fix: put it into "
	               "/etc/onepop.conf");
	o.mailbox = "%h/mbox";
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_true(checkunits_tls(&units));
}

static void programs_that_start_onepop_are_known(void **state)
{
	static const struct {
		const char *text;
		bool tls, front;
	} cases[] = {
		{UNIT("onepop-tcpserver.service", "active", "enabled",
	              EXEC("/usr/bin/tcpserver -l 0 0 110 /usr/sbin/onepop")),
	         false, false},
		{UNIT("onepop-stls.service", "active", "enabled",
	              EXEC("/usr/bin/stunnel4 /etc/stunnel/onepop-stls.conf")),
	         false, true},
		{UNIT("onepop-cluster@stls.service", "active", "enabled",
	              EXEC("/usr/bin/tcpserver 0 ${PORT_stls} /sbin/onepop "
	                   "--client-address proxy --tls stls")),
	         true, false},
		{UNIT("onepop-proxy.socket", "active", "enabled", "")
	                 SESSION("onepop-proxy@check.service",
	                         "\"FRONT=--client-address proxy --tls "
	                         "external\" OPTIONS="),
	         false, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		read_text(cases[i].text);
		assert_true(checkunits_any(&units));
		assert_int_equal(checkunits_tls(&units), cases[i].tls);
		assert_int_equal(checkunits_front(&units), cases[i].front);
	}
}

static void units_that_wait_for_each_other_are_a_problem(void **state)
{
	char text[] =
		"a.target: Found ordering cycle on b.service/start\n"
		"a.target: Found dependency on a.target/start\n"
		"onepop.socket: Found ordering cycle on "
		"onepop-recover.service/start\n"
		"onepop.socket: Found dependency on basic.target/start\n"
		"onepop.socket: Job onepop-recover.service/start deleted to "
		"break ordering cycle starting with onepop.socket/start\n";
	char others[] = "a.target: Found ordering cycle on b.service/start\n";

	(void)state;
	read_text(POP3("active", "enabled") RECOVER("enabled"));
	checkunits_read_cycle(&units, others);
	assert_fine();
	checkunits_read_cycle(&units, text);
	assert_problem("wait for each other at boot, and systemd leaves one "
	               "out: onepop.socket: Job onepop-recover.service/start "
	               "deleted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			where_systemd_does_not_run_there_are_no_units, set_up),
		cmocka_unit_test_setup(a_systemd_that_does_not_answer_is_said,
	                               set_up),
		cmocka_unit_test_setup(units_may_not_be_installed, set_up),
		cmocka_unit_test_setup(
			a_socket_that_is_installed_need_not_be_enabled, set_up),
		cmocka_unit_test_setup(another_program_may_start_onepop,
	                               set_up),
		cmocka_unit_test_setup(units_that_are_on_are_said, set_up),
		cmocka_unit_test_setup(a_socket_that_is_enabled_must_listen,
	                               set_up),
		cmocka_unit_test_setup(old_copies_must_be_removed, set_up),
		cmocka_unit_test_setup(recovery_must_be_started_too, set_up),
		cmocka_unit_test_setup(units_that_have_changed_are_said,
	                               set_up),
		cmocka_unit_test_setup(
			what_sessions_have_and_this_look_has_not_is_said,
			set_up),
		cmocka_unit_test_setup(programs_that_start_onepop_are_known,
	                               set_up),
		cmocka_unit_test_setup(
			units_that_wait_for_each_other_are_a_problem, set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
