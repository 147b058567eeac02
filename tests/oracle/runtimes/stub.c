/* SPDX-License-Identifier: MIT */
/*
 * Stands where a container runtime looks for criu, writes down what it is asked, and says no.
 *
 * `stub swrk FD` answers the requests on the socket FD: for the version with that of the file /stub/version (such as
 * 4.2.1), for features with yes, for all else with a failure. Any other words are a command line: it answers --version,
 * and fails. What it is asked is added to /stub/log: a letter (R a request, W words, E the names of those variables of
 * its environment that lead CRIU to a file), the length in 4 bytes of the machine's order, and the bytes; words end in a
 * NUL each.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FEATURE_CHECK = 9, VERSION = 10 };

static int version[3] = { 4, 2, 1 };

static void put(char letter, const void *data, uint32_t size)
{
	int log = open("/stub/log", O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (log < 0 || write(log, &letter, 1) != 1 || write(log, &size, 4) != 4 || write(log, data, size) != size)
		exit(3);
	close(log);
}

/* The request's type is its first field: a tag and a small number (images/rpc.proto). */
static int answer(int peer, int type)
{
	unsigned char reply[64];
	int size = 0, good = type == VERSION || type == FEATURE_CHECK;

	reply[size++] = 1 << 3;
	reply[size++] = type;
	reply[size++] = 2 << 3;
	reply[size++] = good;
	if (type == VERSION) {
		const unsigned char body[] = { 1 << 3, version[0], 2 << 3, version[1], 4 << 3, version[2] };

		reply[size++] = 10 << 3 | 2;
		reply[size++] = sizeof(body);
		memcpy(reply + size, body, sizeof(body));
		size += sizeof(body);
	} else if (type == FEATURE_CHECK) {
		const unsigned char body[] = { 1 << 3, 1, 2 << 3, 1 };

		reply[size++] = 8 << 3 | 2;
		reply[size++] = sizeof(body);
		memcpy(reply + size, body, sizeof(body));
		size += sizeof(body);
	} else {
		reply[size++] = 7 << 3;
		reply[size++] = 1;
	}
	return send(peer, reply, size, 0) != size;
}

static int serve(int peer)
{
	static unsigned char request[1 << 16];
	ssize_t size;

	while ((size = recv(peer, request, sizeof(request), 0)) > 1) {
		put('R', request, size);
		if (answer(peer, request[1]))
			return 1;
		/* As CRIU does: a client may wait for its end. */
		if (request[1] != VERSION && request[1] != FEATURE_CHECK)
			return 1;
	}
	return 0;
}

static int command_line(int count, char **words)
{
	static char all[1 << 16];
	size_t size = 0;

	for (int i = 1; i < count; i++) {
		size_t length = strlen(words[i]) + 1;

		if (size + length > sizeof(all))
			return 3;
		memcpy(all + size, words[i], length);
		size += length;
	}
	put('W', all, size);
	if (count > 1 && strcmp(words[1], "--version") == 0) {
		printf("Version: %d.%d.%d\n", version[0], version[1], version[2]);
		return 0;
	}
	return 1;
}

static void environment(void)
{
	static const char *const names[] = { "HOME", "CRIU_CONFIG_FILE" };
	char found[64];
	size_t size = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (getenv(names[i])) {
			size_t length = strlen(names[i]) + 1;

			memcpy(found + size, names[i], length);
			size += length;
		}
	put('E', found, size);
}

int main(int count, char **words)
{
	FILE *file = fopen("/stub/version", "r");

	if (file && fscanf(file, "%d.%d.%d", &version[0], &version[1], &version[2]) < 2)
		return 3;
	environment();
	if (count == 3 && strcmp(words[1], "swrk") == 0)
		return serve(atoi(words[2]));
	return command_line(count, words);
}
