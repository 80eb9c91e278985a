#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkunits.h"

#include "report.h"

static bool is_there(const char *root, const char *pattern)
{
	char path[PATH_MAX];
	bool found;
	glob_t g;

	(void)snprintf(path, sizeof(path), "%s%s", root, pattern);
	found = glob(path, GLOB_NOSORT, NULL, &g) == 0;
	globfree(&g);
	return found;
}

static const char *find_unit(const char *root)
{
	static const char *const files[] = {
		"/etc/systemd/system/onepop.socket",
		"/run/systemd/system/onepop.socket",
		"/usr/local/lib/systemd/system/onepop.socket",
		"/usr/lib/systemd/system/onepop.socket",
		"/lib/systemd/system/onepop.socket"};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (is_there(root, files[i]))
			return files[i];
	return NULL;
}

#define ENABLED "/etc/systemd/system/*.wants/"
#define RECOVER "onepop-recover.service"

void checkunits_find(const char *root, struct checkunits *ret)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	ret->unit = find_unit(root);
	ret->front = is_there(root, ENABLED "onepop-proxy.socket") ||
	             is_there(root, ENABLED "onepop-st*");
	ret->enabled = ret->front || is_there(root, ENABLED "onepop*.socket") ||
	               is_there(root, ENABLED "onepop-tcpserver.service");
	(void)snprintf(path, sizeof(path), "%s/etc/systemd/system/" RECOVER,
	               root);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	ret->masked = strcmp(target, "/dev/null") == 0;
}

void checkunits_say(struct report *r, const struct checkunits *u)
{
	if (!u->unit) {
		report_say(r, REPORT_OK, NULL,
		           "systemd: onepop.socket is not installed");
		return;
	}
	if (u->enabled)
		report_say(r, REPORT_OK, NULL, "systemd: %s", u->unit);
	else
		report_say(r, REPORT_WARNING,
		           "systemctl enable --now onepop.socket, unless "
		           "another program starts onepop",
		           "systemd: %s is installed, but not enabled",
		           u->unit);
	if (u->masked)
		report_say(r, REPORT_WARNING, "systemctl unmask " RECOVER,
		           "systemd: " RECOVER " is masked: updates that were "
		           "interrupted wait for the user's next login");
}
