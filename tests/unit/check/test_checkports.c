/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checkports.h"
#include "check/checkunits.h"

static struct checkports found;
static struct checkunits units;
static char root[64];

static void look_at(struct report *r)
{
	checkports_find(root, &found);
	checkports_report(r, &found, &units);
}

#define HEAD "  sl  local_address rem_address   st tx_queue rx_queue\n"
#define ROW(address, port, state, uid, inode)                                  \
	"   0: " address ":" port " 00000000:0000 " state                      \
	" 00000000:00000000 00:00000000 00000000 " uid " 0 " inode             \
	" 1 0000000099bdbb7a 100 0 0 10 0\n"
#define ANY4 "00000000"
#define ANY6 "00000000000000000000000000000000"

static void make_in_proc(const char *directory, const char *name,
                         const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "mkdir -p %s/proc/%s", root,
	               directory);
	assert_int_equal(system(path), 0);
	(void)snprintf(path, sizeof(path), "%s/proc/%s", root, directory);
	make_file(path, name, text, strlen(text));
}

static void make_process(const char *pid, const char *comm, const char *unit,
                         const char *socket)
{
	char path[256], text[256];

	(void)snprintf(path, sizeof(path), "%s/fd", pid);
	make_in_proc(path, "0", "");
	(void)snprintf(path, sizeof(path), "%s/proc/%s/fd/7", root, pid);
	assert_int_equal(symlink(socket, path), 0);
	(void)snprintf(text, sizeof(text), "%s\n", comm);
	make_in_proc(pid, "comm", text);
	(void)snprintf(text, sizeof(text),
	               "9:name=systemd:/x\n0::/system.slice/%s\n", unit);
	make_in_proc(pid, "cgroup", text);
}

static int begin(void **state)
{
	(void)snprintf(root, sizeof(root), "%s/XXXXXX", top);
	(void)state;
	checkunits_begin(&units);
	return mkdtemp(root) ? 0 : -1;
}

/* onepop.socket is enabled at port 110. */
static void turn_on(void)
{
	char text[] = "Id=onepop.socket\nUnitFileState=enabled\n"
		      "Listen=[::]:110 (Stream)\n";

	checkunits_read(&units, text);
}

static void ports_may_be_closed(void **state)
{
	(void)state;
	make_in_proc("net", "tcp",
	             HEAD ROW(ANY4, "0019", "0A", "0", "7")
	                     ROW(ANY4, "0019", "01", "0", "8")
	                             ROW(ANY4, "006E", "0A", "0", "9"));
	assert_fine();
	assert_string_equal(said, "ok      port 110: closed\n"
	                          "ok      port 995: closed\n");
	assert_int_equal(found.count, 0);
}

static void where_nothing_can_be_seen_nothing_is_closed(void **state)
{
	(void)state;
	assert_fine();
	assert_string_equal(said,
	                    "ok      ports: not known without /proc/net/tcp\n");
}

static void onepops_own_socket_is_known(void **state)
{
	(void)state;
	turn_on();
	make_in_proc("net", "tcp6", HEAD ROW(ANY6, "006E", "0A", "0", "77"));
	make_process("1", "systemd", "", "socket:[77]");
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      port 110: open, by onepop's unit\n"
	            "ok      port 995: closed\n");
}

static void another_server_on_onepops_port_is_a_problem(void **state)
{
	(void)state;
	make_in_proc("net", "tcp", HEAD ROW(ANY4, "006E", "0A", "0", "77"));
	make_process("33", "dovecot", "dovecot.service", "socket:[77]");
	make_process("34", "other", "other.service", "socket:[78]");
	assert_fine();
	assert_said("warning port 110: dovecot (process 33, dovecot.service) "
	            "listens, and not onepop; fix: systemctl disable --now "
	            "dovecot.service, if onepop is to serve that port\n");
	turn_on();
	assert_problem("fix: systemctl disable --now dovecot.service; "
	               "systemctl restart onepop.socket\n");
}

static void another_socket_of_systemd_is_seen(void **state)
{
	(void)state;
	make_in_proc("net", "tcp", HEAD ROW(ANY4, "03E3", "0A", "0", "77"));
	make_process("1", "systemd", "", "socket:[77]");
	turn_on();
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("warning port 995: systemd (process 1) listens");
	assert_said("fix: systemctl list-sockets");
}

static void programs_that_may_start_onepop_are_fine(void **state)
{
	static const char *const names[] = {"inetd", "xinetd", "tcpserver",
	                                    "stunnel4", "haproxy"};
	size_t i;

	for (i = 0; i < LENGTH(names); i++) {
		assert_int_equal(begin(state), 0);
		make_in_proc("net", "tcp",
		             HEAD ROW(ANY4, "03E3", "0A", "0", "77"));
		make_process("44", names[i], "x.service", "socket:[77]");
		assert_fine();
		assert_int_equal(counted.warnings, 0);
		assert_said("ok      port 995: open, by ");
		assert_true(checkports_front(&found, 995));
		assert_false(checkports_front(&found, 110));
	}
}

static void a_program_that_cannot_be_seen_is_told_by_its_user(void **state)
{
	(void)state;
	make_in_proc("net", "tcp", HEAD ROW(ANY4, "006E", "0A", "12", "77"));
	assert_fine();
	assert_said("warning port 110: a program of uid 12 listens; fix: ss");
	turn_on();
	make_in_proc("net", "tcp", HEAD ROW(ANY4, "006E", "0A", "0", "77"));
	assert_fine();
	assert_said("ok      port 110: open, by onepop's unit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ports_may_be_closed, begin),
		cmocka_unit_test_setup(
			where_nothing_can_be_seen_nothing_is_closed, begin),
		cmocka_unit_test_setup(onepops_own_socket_is_known, begin),
		cmocka_unit_test_setup(
			another_server_on_onepops_port_is_a_problem, begin),
		cmocka_unit_test_setup(another_socket_of_systemd_is_seen,
	                               begin),
		cmocka_unit_test_setup(programs_that_may_start_onepop_are_fine,
	                               begin),
		cmocka_unit_test_setup(
			a_program_that_cannot_be_seen_is_told_by_its_user,
			begin),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
