/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/checkports.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "check/checkunits.h"

#define LISTEN_STATE 0x0a /* TCP_LISTEN */
#define SECONDS      2    /* to look for the processes */

static const int ports[] = {110, 995};

static bool is_asked_for(int port)
{
	return port == ports[0] || port == ports[1];
}

/* Fields of a line of /proc/net/tcp. */
enum field { LOCAL = 1, STATE = 3, UID = 7, INODE = 9, FIELDS };

/* Returns whether the socket of this line listens. */
static bool read_socket(char *line, struct checkports_listener *ret)
{
	const char *field[FIELDS], *port;
	char *rest;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	field[0] = strtok_r(line, " ", &rest);
	for (n = 1; n < FIELDS && field[n - 1]; n++)
		field[n] = strtok_r(NULL, " ", &rest);
	if (n < FIELDS || !field[INODE] ||
	    strtoul(field[STATE], NULL, 16) != LISTEN_STATE)
		return false;
	port = strchr(field[LOCAL], ':');
	ret->port = port ? (int)strtoul(port + 1, NULL, 16) : 0;
	ret->uid = (uid_t)strtoul(field[UID], NULL, 10);
	ret->inode = strtoul(field[INODE], NULL, 10);
	return true;
}

/* Reads /proc/net/tcp or tcp6, where sockets that listen come first. */
static void read_table(const char *root, const char *table,
                       struct checkports *ret)
{
	char path[PATH_MAX], line[512];
	struct checkports_listener l;
	bool first = true;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/proc/net/%s", root, table);
	f = fopen(path, "re");
	if (!f)
		return;
	ret->seen = true;
	while (fgets(line, sizeof(line), f) && ret->count < CHECKPORTS_MAX) {
		if (!first && !read_socket(line, &l))
			break;
		if (!first && is_asked_for(l.port))
			ret->listeners[ret->count++] = l;
		first = false; /* the head of the table */
	}
	(void)fclose(f);
}

static void read_start(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "re");

	*ret = '\0';
	if (!f)
		return;
	ret[fread(ret, 1, size - 1, f)] = '\0';
	(void)fclose(f);
}

/* The last part of a control group's path: "0::/system.slice/x.service" */
static void read_unit(const char *path, char *ret, size_t size)
{
	char text[1024];
	char *at, *slash;

	*ret = '\0';
	read_start(path, text, sizeof(text));
	at = strstr(text, "/system.slice/");
	if (!at)
		return;
	at[strcspn(at, "\n")] = '\0';
	slash = strrchr(at, '/');
	(void)snprintf(ret, size, "%s", slash + 1);
}

static void name_owner(const char *root, struct checkports_listener *l,
                       pid_t pid)
{
	char path[PATH_MAX];

	l->pid = pid;
	(void)snprintf(path, sizeof(path), "%s/proc/%d/comm", root, (int)pid);
	read_start(path, l->program, sizeof(l->program));
	l->program[strcspn(l->program, "\n")] = '\0';
	(void)snprintf(path, sizeof(path), "%s/proc/%d/cgroup", root, (int)pid);
	read_unit(path, l->unit, sizeof(l->unit));
}

/* Finds which of the sockets the process has. */
static void read_process(const char *root, struct checkports *p, pid_t pid)
{
	char directory[PATH_MAX], target[64], *end;
	const struct dirent *entry;
	unsigned long inode;
	ssize_t n;
	size_t i;
	DIR *dir;

	(void)snprintf(directory, sizeof(directory), "%s/proc/%d/fd", root,
	               (int)pid);
	dir = opendir(directory);
	while (dir && (entry = readdir(dir))) {
		n = readlinkat(dirfd(dir), entry->d_name, target,
		               sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strncmp(target, "socket:[", 8) != 0)
			continue;
		inode = strtoul(target + 8, &end, 10);
		for (i = 0; i < p->count; i++)
			if (p->listeners[i].inode == inode &&
			    p->listeners[i].pid == 0)
				name_owner(root, &p->listeners[i], pid);
	}
	if (dir)
		(void)closedir(dir);
}

static bool all_named(const struct checkports *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->listeners[i].pid == 0)
			return false;
	return true;
}

static void find_owners(const char *root, struct checkports *p)
{
	const deadline_t until = deadline_in(SECONDS);
	const struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	while (dir && !all_named(p) && deadline_left(until) > 0 &&
	       (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			read_process(root, p,
			             (pid_t)strtol(entry->d_name, NULL, 10));
	if (dir)
		(void)closedir(dir);
}

void checkports_find(const char *root, struct checkports *ret)
{
	memset(ret, 0, sizeof(*ret));
	read_table(root, "tcp", ret);
	read_table(root, "tcp6", ret);
	find_owners(root, ret);
}

enum who {
	OURS,   /* a unit of onepop's */
	FRONT,  /* a program that may start onepop, or connect to it */
	UNSEEN, /* a program of another user */
	OTHER
};

static bool is_front(const char *program)
{
	static const char *const fronts[] = {
		"inetd",   "xinetd", "tcpserver", "tcpsvd", "stunnel",
		"haproxy", "nginx",  "s6-",       "socat",  "onepop"};
	size_t i;

	for (i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
		if (strncmp(program, fronts[i], strlen(fronts[i])) == 0)
			return true;
	return false;
}

static enum who find_who(const struct checkports_listener *l,
                         const struct checkunits *u)
{
	const bool wanted = checkunits_port(u, l->port) != NULL;

	if (strncmp(l->unit, "onepop", 6) == 0 || (l->pid == 1 && wanted))
		return OURS;
	if (is_front(l->program))
		return FRONT;
	if (l->pid == 0)
		return wanted && l->uid == 0 ? OURS : UNSEEN;
	return OTHER;
}

bool checkports_front(const struct checkports *p, int port)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->listeners[i].port == port &&
		    is_front(p->listeners[i].program))
			return true;
	return false;
}

/* The command that closes the port. */
static void put_stop(const struct checkports_listener *l, char *ret,
                     size_t size)
{
	if (l->pid == 1)
		(void)snprintf(ret, size,
		               "systemctl list-sockets; systemctl disable "
		               "--now the one at port %d",
		               l->port);
	else if (*l->unit)
		(void)snprintf(ret, size, "systemctl disable --now %s",
		               l->unit);
	else
		(void)snprintf(ret, size, "stop process %d", (int)l->pid);
}

static void report_other(const struct report *r,
                         const struct checkports_listener *l,
                         const struct checkunits *u)
{
	const struct checkunits_unit *wanted = checkunits_port(u, l->port);
	char stop[256];

	put_stop(l, stop, sizeof(stop));
	report_say(r, wanted ? REPORT_PROBLEM : REPORT_WARNING,
	           "port %d: %s (process %d%s%s) listens, and not onepop; "
	           "fix: %s%s%s",
	           l->port, l->program, (int)l->pid, *l->unit ? ", " : "",
	           l->unit, stop,
	           wanted ? "; systemctl restart "
	                  : ", if onepop is to serve that port",
	           wanted ? wanted->name : "");
}

static void report_listener(const struct report *r,
                            const struct checkports_listener *l,
                            const struct checkunits *u)
{
	switch (find_who(l, u)) {
	case OURS:
		report_say(r, REPORT_OK, "port %d: open, by onepop's unit",
		           l->port);
		break;
	case FRONT:
		report_say(r, REPORT_OK, "port %d: open, by %s", l->port,
		           l->program);
		break;
	case UNSEEN:
		report_say(r, REPORT_WARNING | REPORT_PRIVATE,
		           "port %d: a program of uid %ju listens; fix: ss "
		           "-ltnp",
		           l->port, (uintmax_t)l->uid);
		break;
	default:
		report_other(r, l, u);
		break;
	}
}

static bool is_open(const struct checkports *p, int port)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->listeners[i].port == port)
			return true;
	return false;
}

void checkports_report(const struct report *r, const struct checkports *p,
                       const struct checkunits *u)
{
	size_t i;

	if (!p->seen)
		report_say(r, REPORT_OK,
		           "ports: not known without /proc/net/tcp");
	for (i = 0; i < p->count; i++)
		report_listener(r, &p->listeners[i], u);
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (p->seen && !is_open(p, ports[i]))
			report_say(r, REPORT_OK, "port %d: closed", ports[i]);
}
