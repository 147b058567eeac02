/* SPDX-License-Identifier: MIT */
/*
 * A program for CRIU to dump and restore: `subject` sleeps, and a word says what it holds meanwhile. It closes its
 * standard output when it is ready. `subject brief` ends after two seconds.
 *
 * CRIU's action script too: started with CRTOOLS_SCRIPT_ACTION, it adds that stage as a line to /actions, and ends.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(int done, const char *what)
{
	if (!done) {
		perror(what);
		exit(1);
	}
}

/* Both ends of a TCP connection. */
static void connection(void)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM, 0), end = socket(AF_INET, SOCK_STREAM, 0);

	need(bind(listener, (struct sockaddr *)&place, size) == 0, "bind");
	need(listen(listener, 1) == 0, "listen");
	need(getsockname(listener, (struct sockaddr *)&place, &size) == 0, "getsockname");
	need(connect(end, (struct sockaddr *)&place, size) == 0, "connect");
	need(accept(listener, NULL, NULL) >= 0, "accept");
	close(listener);
}

/* A file without a name, of 2 MiB: twice of what CRIU takes into its images by itself. */
static void ghost(void)
{
	static char block[1 << 20];
	int file = open("/tmp/ghost", O_RDWR | O_CREAT, 0600);

	memset(block, 'x', sizeof(block));
	for (int count = 0; count < 2; count++)
		need(write(file, block, sizeof(block)) == (ssize_t)sizeof(block), "write");
	need(unlink("/tmp/ghost") == 0, "unlink");
}

static void lock(void)
{
	int file = open("/tmp/lock", O_RDWR | O_CREAT, 0600);

	need(flock(file, LOCK_EX) == 0, "flock");
}

/* A file whose name is gone, but which has another one. */
static void renamed(void)
{
	int file = open("/tmp/name", O_RDWR | O_CREAT, 0600);

	need(file >= 0, "open");
	unlink("/tmp/other");
	need(link("/tmp/name", "/tmp/other") == 0 && unlink("/tmp/name") == 0, "link");
}

/* A UNIX datagram socket, or with SOCK_STREAM a stream, to a process that is not below this one. */
static void outside(int type)
{
	struct sockaddr_un place = { .sun_family = AF_UNIX, .sun_path = "/tmp/outside" };
	int peer = socket(AF_UNIX, type, 0), end = socket(AF_UNIX, type, 0);
	pid_t child;

	unlink(place.sun_path);
	need(bind(peer, (struct sockaddr *)&place, sizeof(place)) == 0, "bind");
	if (type == SOCK_STREAM)
		need(listen(peer, 1) == 0, "listen");
	need(connect(end, (struct sockaddr *)&place, sizeof(place)) == 0, "connect");
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			close(end);
			if (type == SOCK_STREAM)
				need(accept(peer, NULL, NULL) >= 0, "accept");
			close(STDOUT_FILENO);
			close(STDERR_FILENO);
			for (;;)
				pause();
		}
		_exit(0);
	}
	need(waitpid(child, NULL, 0) == child, "waitpid");
	close(peer);
}

int main(int count, char **words)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION");
	const char *what = count > 1 ? words[1] : "nothing";

	if (action) {
		int file = open("/actions", O_WRONLY | O_CREAT | O_APPEND, 0600);

		return dprintf(file, "%s\n", action) < 0;
	}
	if (strcmp(what, "job") != 0 && strcmp(what, "all") != 0)
		need(setsid() > 0, "setsid");
	if (!strcmp(what, "connection"))
		connection();
	else if (!strcmp(what, "ghost"))
		ghost();
	else if (!strcmp(what, "lock"))
		lock();
	else if (!strcmp(what, "renamed"))
		renamed();
	else if (!strcmp(what, "datagram"))
		outside(SOCK_DGRAM);
	else if (!strcmp(what, "stream"))
		outside(SOCK_STREAM);
	else if (!strcmp(what, "all")) {
		outside(SOCK_DGRAM);
		connection();
		ghost();
		lock();
		renamed();
	} else if (!strcmp(what, "brief"))
		alarm(2);
	need(dup2(open("/dev/null", O_RDWR), STDIN_FILENO) == 0, "dup2");
	need(dup2(STDIN_FILENO, STDERR_FILENO) == STDERR_FILENO, "dup2");
	need(dup2(STDIN_FILENO, STDOUT_FILENO) == STDOUT_FILENO, "dup2");
	for (;;)
		pause();
}
