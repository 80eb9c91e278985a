/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/checkunits.h"

#include "admin/report.h"
#include "check/checkrun.h"
#include "config/options.h"

#define ANSWER_OCTETS   65536
#define SHOW_SECONDS    10
#define ANALYSE_SECONDS 20
#define RECOVER         "onepop-recover.service"
#define PRUNE           "onepop-prune.timer"

static const struct {
	const char *name, *session;
} ways[CHECKUNITS_MAX] = {
	{"onepop.socket", "onepop@check.service"},
	{"onepops.socket", "onepops@check.service"},
	{"onepop-proxy.socket", "onepop-proxy@check.service"},
	{"onepop-stunnel.socket", "onepop-stunnel@check.service"},
	{"onepop-tcpserver.service", NULL},
	{"onepop-stls.service", NULL},
	{"onepop-cluster@stls.service", NULL},
	{"onepop-cluster@implicit.service", NULL},
	{"onepop-cluster@external.service", NULL},
};

enum property {
	ID,
	LOAD,
	ACTIVE,
	FILE_STATE,
	RELOAD,
	LISTEN,
	ENVIRONMENT,
	EXEC,
	DROPINS,
	WANTS,
	REQUIRES,
	PROPERTIES
};

static const char *const properties[PROPERTIES] = {
	[ID] = "Id",
	[LOAD] = "LoadState",
	[ACTIVE] = "ActiveState",
	[FILE_STATE] = "UnitFileState",
	[RELOAD] = "NeedDaemonReload",
	[LISTEN] = "Listen",
	[ENVIRONMENT] = "Environment",
	[EXEC] = "ExecStart",
	[DROPINS] = "DropInPaths",
	[WANTS] = "Wants",
	[REQUIRES] = "Requires",
};

/* What systemctl says of one unit: the value of each property, or "". */
struct block {
	const char *value[PROPERTIES];
	char listen[128]; /* all values of LISTEN */
};

static void append_word(char *buf, size_t size, const char *word)
{
	const size_t n = strlen(buf);

	(void)snprintf(buf + n, size - n, "%s ", word);
}

/* Cuts the next word off text, in quotes or not; NULL at the end. */
static const char *cut_word(char **text)
{
	char *word = *text + strspn(*text, " "), *end;
	const bool quoted = *word == '"';

	word += quoted;
	end = word + strcspn(word, quoted ? "\"" : " ");
	if (end == word && !quoted)
		return NULL;
	*text = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* Finds the value of a variable, such as "${OPTIONS}"; or "". */
static void find_variable(const struct block *b, const char *variable,
                          char *ret, size_t size)
{
	char copy[1024], *rest = copy;
	const char *name = variable + strspn(variable, "${"), *word;
	const size_t n = strcspn(name, "}");

	*ret = '\0';
	(void)snprintf(copy, sizeof(copy), "%s", b->value[ENVIRONMENT]);
	while ((word = cut_word(&rest)))
		if (strncmp(word, name, n) == 0 && word[n] == '=')
			(void)snprintf(ret, size, "%s", word + n + 1);
}

static bool is_onepop(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash && strcmp(slash, "/onepop") == 0;
}

/* Of "{ path=/usr/sbin/onepop ; argv[]=/usr/sbin/onepop $FRONT ; ... }" */
static void read_options(struct checkunits_unit *unit, const struct block *b)
{
	const char *argv = strstr(b->value[EXEC], "argv[]="), *word;
	char copy[1024], value[1024], *rest = copy;
	bool found = false;

	if (!argv)
		return;
	(void)snprintf(copy, sizeof(copy), "%s", argv + strlen("argv[]="));
	while ((word = cut_word(&rest)) && strcmp(word, ";") != 0) {
		if (found && *word == '$') {
			find_variable(b, word, value, sizeof(value));
			word = value;
		}
		if (found && *word)
			append_word(unit->options, sizeof(unit->options), word);
		found |= is_onepop(word);
	}
	unit->indirect = !found;
}

/* Of a unit that listens, and of its session's. */
static void read_common(struct checkunits_unit *unit, const struct block *b)
{
	unit->reload |= strcmp(b->value[RELOAD], "yes") == 0;
	unit->recovers |= strstr(b->value[WANTS], RECOVER) ||
	                  strstr(b->value[REQUIRES], RECOVER);
	if (*b->value[DROPINS])
		append_word(unit->dropins, sizeof(unit->dropins),
		            b->value[DROPINS]);
	read_options(unit, b);
}

static void read_listener(struct checkunits_unit *unit, const struct block *b)
{
	const char *state = b->value[FILE_STATE];

	unit->installed = strcmp(b->value[LOAD], "loaded") == 0;
	unit->masked = strncmp(state, "masked", 6) == 0;
	unit->enabled = strncmp(state, "enabled", 7) == 0;
	unit->active = strcmp(b->value[ACTIVE], "active") == 0;
	(void)snprintf(unit->listen, sizeof(unit->listen), "%s", b->listen);
	read_common(unit, b);
}

static void begin_block(struct block *b)
{
	int i;

	for (i = 0; i < PROPERTIES; i++)
		b->value[i] = "";
	b->listen[0] = '\0';
}

/* Gives the block to its unit, and begins another. */
static void end_block(struct checkunits *u, struct block *b)
{
	const char *id = b->value[ID];
	struct checkunits_unit *unit;

	u->answered |= *id != '\0';
	if (strcmp(id, u->recover.name) == 0)
		read_listener(&u->recover, b);
	if (strcmp(id, u->prune.name) == 0)
		read_listener(&u->prune, b);
	for (unit = u->units; unit < u->units + CHECKUNITS_MAX; unit++)
		if (strcmp(id, unit->name) == 0)
			read_listener(unit, b);
		else if (unit->session && strcmp(id, unit->session) == 0)
			read_common(unit, b);
	begin_block(b);
}

static void read_property(struct block *b, const char *line)
{
	size_t n;
	int i;

	for (i = 0; i < PROPERTIES; i++) {
		n = strlen(properties[i]);
		if (strncmp(line, properties[i], n) != 0 || line[n] != '=')
			continue;
		b->value[i] = line + n + 1;
		if (i == LISTEN)
			append_word(b->listen, sizeof(b->listen), b->value[i]);
	}
}

void checkunits_read(struct checkunits *u, char *text)
{
	const char *line;
	struct block b;

	begin_block(&b);
	while ((line = strsep(&text, "\n")))
		if (*line)
			read_property(&b, line);
		else
			end_block(u, &b);
	end_block(u, &b);
}

/*
 * systemd-analyze names the units of a cycle, then the one that systemd leaves
 * out.
 */
void checkunits_read_cycle(struct checkunits *u, char *text)
{
	const char *line;

	while ((line = strsep(&text, "\n")))
		if (strstr(line, "onepop") &&
		    (strstr(line, "ordering cycle") ||
		     strstr(line, "Found dependency on")))
			(void)snprintf(u->cycle, sizeof(u->cycle), "%s", line);
}

void checkunits_begin(struct checkunits *u)
{
	size_t i;

	memset(u, 0, sizeof(*u));
	for (i = 0; i < CHECKUNITS_MAX; i++) {
		u->units[i].name = ways[i].name;
		u->units[i].session = ways[i].session;
	}
	u->recover.name = RECOVER;
	u->prune.name = PRUNE;
}

static void ask_systemctl(struct checkunits *u, char *answer, size_t size)
{
	const char *argv[2 * (PROPERTIES + CHECKUNITS_MAX) + 6] = {
		"/bin/systemctl", "show", "--no-pager"};
	size_t i, n = 3;

	for (i = 0; i < PROPERTIES; i++) {
		argv[n++] = "-p";
		argv[n++] = properties[i];
	}
	for (i = 0; i < CHECKUNITS_MAX; i++) {
		argv[n++] = ways[i].name;
		if (ways[i].session)
			argv[n++] = ways[i].session;
	}
	argv[n++] = RECOVER;
	argv[n] = PRUNE;
	if (checkrun_ask(argv, SHOW_SECONDS, answer, size) == 0)
		checkunits_read(u, answer);
}

static void ask_cycle(struct checkunits *u, char *answer, size_t size)
{
	static const char *const argv[] = {"/usr/bin/systemd-analyze", "verify",
	                                   "--man=no", "default.target", NULL};

	if (checkrun_ask(argv, ANALYSE_SECONDS, answer, size) == 0)
		checkunits_read_cycle(u, answer);
}

void checkunits_ask(struct checkunits *u)
{
	static char answer[ANSWER_OCTETS];

	u->booted = access("/run/systemd/system", F_OK) == 0;
	if (!u->booted)
		return;
	ask_systemctl(u, answer, sizeof(answer));
	if (checkunits_any(u))
		ask_cycle(u, answer, sizeof(answer));
}

bool checkunits_on(const struct checkunits_unit *unit)
{
	return unit->enabled || unit->active;
}

bool checkunits_any(const struct checkunits *u)
{
	size_t i;

	for (i = 0; i < CHECKUNITS_MAX; i++)
		if (checkunits_on(&u->units[i]))
			return true;
	return false;
}

const struct checkunits_unit *checkunits_port(const struct checkunits *u,
                                              int port)
{
	char text[16];
	size_t i;

	(void)snprintf(text, sizeof(text), ":%d ", port);
	for (i = 0; i < CHECKUNITS_MAX; i++)
		if (checkunits_on(&u->units[i]) &&
		    strstr(u->units[i].listen, text))
			return &u->units[i];
	return NULL;
}

#define OPTIONS_SIZE sizeof(((struct checkunits_unit *)NULL)->options)

/* Cuts "--name value" or "--name=value" off.  Returns false at the end. */
static bool cut_option(char **text, const char **name, const char **value)
{
	const char *word = cut_word(text);
	char *equals;

	if (!word)
		return false;
	*name = word + strspn(word, "-");
	equals = strchr(*name, '=');
	if (equals) {
		*equals = '\0';
		*value = equals + 1;
		return true;
	}
	*value = cut_word(text);
	return *value != NULL;
}

/* Returns whether onepop speaks TLS; or, with false, a program in front. */
static bool has_tls(const struct checkunits_unit *unit, bool inside)
{
	char options[OPTIONS_SIZE], *rest = options;
	const char *name, *value;
	bool found = false;

	memcpy(options, unit->options, sizeof(options));
	while (cut_option(&rest, &name, &value))
		if (strcmp(name, "tls") == 0)
			found = inside ? strcmp(value, "stls") == 0 ||
			                         strcmp(value, "implicit") == 0
			               : strcmp(value, "external") == 0;
	return found || (!inside && unit->indirect);
}

static bool any_tls(const struct checkunits *u, bool inside)
{
	size_t i;

	for (i = 0; i < CHECKUNITS_MAX; i++)
		if (checkunits_on(&u->units[i]) &&
		    has_tls(&u->units[i], inside))
			return true;
	return false;
}

bool checkunits_tls(const struct checkunits *u)
{
	return any_tls(u, true);
}

bool checkunits_front(const struct checkunits *u)
{
	return any_tls(u, false);
}

/* Returns whether the check has the same value. */
static bool is_same(const struct options_row *row, const struct options *o,
                    const char *value)
{
	char number[OPTIONS_NUMBER], unit_number[OPTIONS_NUMBER];
	const char *now = options_get(row, o, number);
	struct options unit = {.config = NULL};

	return now && !options_set(row, &unit, value) &&
	       strcmp(now, options_get(row, &unit, unit_number)) == 0;
}

/* Returns whether the check depends on the option. */
static bool is_checked(const char *name)
{
	static const char *const names[] = {
		"config",    "pam-service", "pam-confdir", "pam-helper",
		"mailbox",   "mail-user",   "home-dirs",   "network-mailbox",
		"state-dir", "start-user",  "sandbox",     "require-tls",
		"tls-cert",  "tls-key",     "keep-deleted"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A unit may have options that the check has not. */
static void report_options(const struct report *r,
                           const struct checkunits_unit *unit,
                           const struct options *o)
{
	char options[OPTIONS_SIZE], *rest = options;
	const struct options_row *row;
	const char *name, *value;

	memcpy(options, unit->options, sizeof(options));
	while (cut_option(&rest, &name, &value))
		for (row = options_rows; row->name; row++)
			if (strcmp(row->name, name) == 0 && is_checked(name) &&
			    !is_same(row, o, value))
				report_say(r, REPORT_WARNING,
				           "units: %s serves with --%s %s, "
				           "which is not checked; fix: put it "
				           "into " OPTIONS_FILE
				           ", or check with it, too",
				           unit->name, name, value);
}

static void report_state(const struct report *r,
                         const struct checkunits_unit *unit)
{
	if (!unit->active)
		report_say(r, REPORT_PROBLEM,
		           "units: %s is enabled, but does not listen; fix: "
		           "systemctl restart %s; journalctl -u %s says why it "
		           "stopped",
		           unit->name, unit->name, unit->name);
	else if (!unit->enabled)
		report_say(r, REPORT_WARNING,
		           "units: %s is not enabled: it will not listen "
		           "after the next boot; fix: systemctl enable %s",
		           unit->name, unit->name);
	else
		report_say(r, REPORT_OK, "units: %s is on%s%s", unit->name,
		           *unit->listen ? ": " : "", unit->listen);
	if (*unit->options)
		report_say(r, REPORT_OK, "units: %s has onepop %s", unit->name,
		           unit->options);
	if (*unit->dropins)
		report_say(r, REPORT_OK, "units: %s has drop-ins %s",
		           unit->name, unit->dropins);
}

static void report_unit(const struct report *r, const struct checkunits *u,
                        const struct checkunits_unit *unit,
                        const struct options *o)
{
	report_state(r, unit);
	report_options(r, unit, o);
	if (!unit->recovers && !u->recover.enabled && !u->recover.masked)
		report_say(r, REPORT_WARNING,
		           "units: %s is on, but not " RECOVER
		           ": after a crash, updates that were interrupted "
		           "wait for the user's next login; fix: systemctl "
		           "enable " RECOVER,
		           unit->name);
}

static void report_files(const struct report *r, const struct checkunits *u)
{
	bool reload = u->recover.reload;
	size_t i;

	for (i = 0; i < CHECKUNITS_MAX; i++)
		reload |= checkunits_on(&u->units[i]) && u->units[i].reload;
	if (reload)
		report_say(r, REPORT_WARNING,
		           "units: their files have changed since systemd "
		           "read them; fix: systemctl daemon-reload");
	if (u->recover.masked)
		report_say(r, REPORT_WARNING,
		           "units: " RECOVER " is masked: updates that were "
		           "interrupted wait for the user's next login; fix: "
		           "systemctl unmask " RECOVER);
	if (*u->cycle)
		report_say(r, REPORT_PROBLEM,
		           "units: some wait for each other at boot, and "
		           "systemd leaves one out: %s; fix: take After= and "
		           "Before= out of your drop-ins (systemctl "
		           "cat " RECOVER "), or install onepop's units again",
		           u->cycle);
}

/* Without the timer the copies stay until there is no room for more. */
static void report_prune(const struct report *r, const struct checkunits *u,
                         const struct options *o)
{
	const struct checkunits_unit *prune = &u->prune;

	if (o->keep_deleted > 0 && (!prune->enabled || !prune->active))
		report_say(r, REPORT_WARNING,
		           "units: keep-deleted is %d, but " PRUNE
		           " is not %s: copies stay until there is no room "
		           "for more; fix: systemctl enable --now " PRUNE,
		           o->keep_deleted,
		           prune->enabled ? "started" : "enabled");
}

/* None is on. */
static void report_none(const struct report *r, const struct checkunits *u,
                        bool started)
{
	const bool installed = u->units[0].installed;

	report_say(r, installed && !started ? REPORT_WARNING : REPORT_OK,
	           "units: none of onepop's is %s; fix: systemctl enable "
	           "--now onepop.socket, unless another program starts onepop",
	           installed ? "enabled" : "installed");
	if (installed && started && !u->recover.enabled)
		report_say(r, REPORT_WARNING,
		           "units: " RECOVER
		           " is not enabled: after a crash, updates that were "
		           "interrupted wait for the user's next login; fix: "
		           "systemctl enable " RECOVER);
}

void checkunits_report(const struct report *r, const struct checkunits *u,
                       const struct options *o, bool started)
{
	size_t i;

	if (!u->booted) {
		report_say(r, REPORT_OK, "units: systemd does not run here");
		return;
	}
	if (!u->answered) {
		report_say(r, REPORT_WARNING | REPORT_PRIVATE,
		           "units: systemctl does not answer; fix: systemctl "
		           "status");
		return;
	}
	if (!checkunits_any(u))
		report_none(r, u, started);
	report_files(r, u);
	report_prune(r, u, o);
	for (i = 0; i < CHECKUNITS_MAX; i++)
		if (checkunits_on(&u->units[i]))
			report_unit(r, u, &u->units[i], o);
}
