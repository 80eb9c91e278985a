#include "pamdir.h"

#include <pwd.h>
#include <sys/socket.h>

#include "authorization.h"
#include "fakeclock.h"
#include "session.h"

static int asked_late; /* questions to the name service after the sleep */

struct passwd *__real_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name);
int __real_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret);
int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret);

struct passwd *__wrap_getpwnam(const char *name)
{
	asked_late += fake_slept != 0;
	return __real_getpwnam(name);
}

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret)
{
	asked_late += fake_slept != 0;
	return __real_getpwnam_r(name, pw, buf, n, ret);
}

static enum state serve(struct session *s, const char *text)
{
	const struct verb *v;
	struct command c;
	char line[128];
	int n;

	n = snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(command_parse(&c, line, (size_t)n), 0);
	for (v = authorization_verbs; strcmp(v->keyword, c.keyword) != 0; v++)
		assert_non_null(v->keyword);
	return v->serve(s, &c);
}

/* An answer that is due waits for nothing that depends on the name. */
static void nothing_is_asked_of_a_name_once_the_answer_is_due(void **state)
{
	static const char *const users[] = {"USER daemon", "USER no-such-user",
	                                    "USER .bad", "USER root"};
	static struct session s;
	struct options options = {.pam_service = "test",
	                          .pam_confdir = pamdir,
	                          .max_failures = 20};
	int ends[2];
	size_t i;

	(void)state;
	pamdir_probe("password=right");
	s.options = &options;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_init(&s.stream, ends[0], ends[0], 600);
	for (i = 0; i < LENGTH(users); i++) {
		asked_late = 0;
		assert_int_equal(serve(&s, users[i]), AUTHORIZATION);
		fake_slept = 0;
		assert_int_equal(serve(&s, "PASS wrong"), AUTHORIZATION);
		assert_true(fake_slept > 0);
		assert_int_equal(asked_late, 0);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_is_asked_of_a_name_once_the_answer_is_due),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}
