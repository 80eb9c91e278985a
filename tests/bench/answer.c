/* SPDX-License-Identifier: ISC */
/*
 * The floor of sending: answer SIZES logs everyone in and answers RETR n with
 * as many octets as the n-th line of SIZES says, in one write from memory.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define START "+OK\r\n"
#define END   "\r\n.\r\n"

static size_t *sizes, count, largest;
static char *octets;

static int read_sizes(const char *path)
{
	size_t room = 1 << 20;
	char line[32];
	FILE *file;

	file = fopen(path, "r");
	sizes = malloc(room * sizeof(*sizes));
	if (!file || !sizes)
		return -1;
	while (count < room && fgets(line, sizeof(line), file)) {
		sizes[count] = strtoul(line, NULL, 10);
		if (sizes[count] > largest)
			largest = sizes[count];
		count++;
	}
	(void)fclose(file);
	octets = malloc(largest + sizeof(START) + sizeof(END));
	if (!octets)
		return -1;
	memset(octets, 'x', largest + sizeof(START));
	memcpy(octets, START, sizeof(START) - 1);
	return 0;
}

static int say(const char *text, size_t n)
{
	ssize_t done;

	for (; n > 0; text += done, n -= (size_t)done) {
		done = write(STDOUT_FILENO, text, n);
		if (done < 0)
			return -1;
	}
	return 0;
}

/* The end mark stands over its last octets, for as long as it is sent. */
static int send_message(size_t i)
{
	size_t n, mark = sizeof(END) - 1;
	int status;

	if (i == 0 || i > count)
		return -1;
	n = sizeof(START) - 1 + sizes[i - 1] - strlen("\r\n");
	memcpy(octets + n, END, mark);
	status = say(octets, n + mark);
	memset(octets + n, 'x', mark);
	return status;
}

static int serve(const char *line)
{
	char text[64];
	int n;

	if (strncmp(line, "RETR ", 5) == 0)
		return send_message(strtoul(line + 5, NULL, 10));
	n = snprintf(text, sizeof(text), "+OK %zu 1\r\n", count);
	return say(text, (size_t)n);
}

int main(int argc, char **argv)
{
	char line[512];
	int on = 1;

	if (argc != 2 || read_sizes(argv[1]) < 0 ||
	    setsockopt(STDOUT_FILENO, IPPROTO_TCP, TCP_NODELAY, &on,
	               sizeof(on)) < 0)
		return 1;
	if (serve("") < 0)
		return 1;
	while (fgets(line, sizeof(line), stdin))
		if (serve(line) < 0 || strncmp(line, "QUIT", 4) == 0)
			break;
	return 0;
}
