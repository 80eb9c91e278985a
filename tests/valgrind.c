/*
 * Preloaded by tests/valgrind: Debian 12's valgrind does not know openat2(2),
 * which the program calls by its number.  Under valgrind links in the path are
 * not looked for; other tests do that.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long syscall_fn(long number, ...);

long syscall(long number, ...)
{
	const struct open_how *how;
	syscall_fn *next;
	long arg[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2) {
		how = (const struct open_how *)arg[2];
		return openat((int)arg[0], (const char *)arg[1],
		              (int)how->flags, (mode_t)how->mode);
	}
	*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
