/* SPDX-License-Identifier: MIT */
/*
 * A program for CRIU to dump and restore: `subject` sleeps, and a word says what it holds meanwhile. It closes its
 * standard output when it is ready. `subject brief` ends after two seconds.
 *
 * CRIU's action script too: started with CRTOOLS_SCRIPT_ACTION, it adds that stage as a line to /actions, and ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

static void linger(void)
{
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (;;)
		pause();
}

/* A process that is not below this one: there the answer is true. */
static int leave(void)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0)
			return 1;
		_exit(0);
	}
	need(waitpid(child, NULL, 0) == child, "waitpid");
	return 0;
}

/* A UNIX datagram socket, or with SOCK_STREAM a stream, to a process that is not below this one. */
static void outside(int type)
{
	struct sockaddr_un place = { .sun_family = AF_UNIX, .sun_path = "/tmp/outside" };
	int peer = socket(AF_UNIX, type, 0), end = socket(AF_UNIX, type, 0);

	unlink(place.sun_path);
	need(bind(peer, (struct sockaddr *)&place, sizeof(place)) == 0, "bind");
	if (type == SOCK_STREAM)
		need(listen(peer, 1) == 0, "listen");
	need(connect(end, (struct sockaddr *)&place, sizeof(place)) == 0, "connect");
	if (leave()) {
		close(end);
		if (type == SOCK_STREAM)
			need(accept(peer, NULL, NULL) >= 0, "accept");
		linger();
	}
	close(peer);
}

/* A client whose connection nobody has accepted. */
static void in_flight(void)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM, 0), end = socket(AF_INET, SOCK_STREAM, 0);

	need(bind(listener, (struct sockaddr *)&place, size) == 0, "bind");
	need(listen(listener, 1) == 0, "listen");
	need(getsockname(listener, (struct sockaddr *)&place, &size) == 0, "getsockname");
	need(connect(end, (struct sockaddr *)&place, size) == 0, "connect");
}

/* An answer of the kernel that nobody reads. */
static void netlink(void)
{
	struct { struct nlmsghdr head; struct rtgenmsg body; } ask = {
		.head = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .rtgen_family = AF_UNSPEC },
	};
	int end = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	need(send(end, &ask, sizeof(ask), 0) == sizeof(ask), "send");
}

/* UDP data that waits for more. */
static void corked(void)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9) };
	int end = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	need(connect(end, (struct sockaddr *)&place, sizeof(place)) == 0, "connect");
	need(setsockopt(end, IPPROTO_UDP, UDP_CORK, &on, sizeof(on)) == 0, "cork");
	need(send(end, "x", 1, 0) == 1, "send");
}

static void perf(void)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(event), .config = PERF_COUNT_SW_CPU_CLOCK, .exclude_kernel = 1,
	};

	need(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) >= 0, "perf_event_open");
}

static void shared_memory(void)
{
	int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	need(memory >= 0 && shmat(memory, NULL, 0) != (void *)-1, "shmat");
	shmctl(memory, IPC_RMID, NULL);
}

/* A process that another one traces. */
static void traced(void)
{
	if (fork() == 0) {
		need(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0, "ptrace");
		linger();
	}
	sleep(1);
}

/* The slave of a pseudo-terminal whose master another process has. */
static void terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	need(grantpt(master) == 0 && unlockpt(master) == 0, "unlockpt");
	need(open(ptsname(master), O_RDWR | O_NOCTTY) >= 0, "open");
	if (leave())
		linger();
	close(master);
}

static void watch(void)
{
	int end = inotify_init();

	mkdir("/tmp/watched", 0700);
	need(inotify_add_watch(end, "/tmp/watched", IN_CREATE) >= 0, "inotify_add_watch");
}

/* A mount in a mount namespace of its own. */
static void mounted(const char *source, const char *type, unsigned long flags)
{
	need(unshare(CLONE_NEWNS) == 0, "unshare");
	need(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0, "private");
	need(mount(source, "/work", type, flags, NULL) == 0, "mount");
}

/* An open file with a name. */
static void file(void)
{
	int file = open("/tmp/file", O_RDWR | O_CREAT, 0600);

	need(file >= 0 && write(file, "text", 4) == 4, "write");
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
	else if (!strcmp(what, "in-flight"))
		in_flight();
	else if (!strcmp(what, "netlink"))
		netlink();
	else if (!strcmp(what, "corked"))
		corked();
	else if (!strcmp(what, "perf"))
		perf();
	else if (!strcmp(what, "userfaultfd"))
		need(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY) >= 0, "userfaultfd");
	else if (!strcmp(what, "io-uring")) {
		char parameters[120] = { 0 };

		need(syscall(SYS_io_uring_setup, 2, parameters) >= 0, "io_uring_setup");
	} else if (!strcmp(what, "vsock"))
		need(socket(AF_VSOCK, SOCK_STREAM, 0) >= 0, "socket");
	else if (!strcmp(what, "mptcp"))
		need(socket(AF_INET, SOCK_STREAM, 262) >= 0, "socket");
	else if (!strcmp(what, "pidfd"))
		need(syscall(SYS_pidfd_open, 1, 0) >= 0, "pidfd_open");
	else if (!strcmp(what, "shared-memory"))
		shared_memory();
	else if (!strcmp(what, "traced"))
		traced();
	else if (!strcmp(what, "file"))
		file();
	else if (!strcmp(what, "terminal"))
		terminal();
	else if (!strcmp(what, "watch"))
		watch();
	else if (!strcmp(what, "ramfs"))
		mounted("x", "ramfs", 0);
	else if (!strcmp(what, "tmpfs"))
		mounted("x", "tmpfs", 0);
	else if (!strcmp(what, "network-namespace"))
		need(unshare(CLONE_NEWNET) == 0, "unshare");
	else if (!strcmp(what, "ipc-namespace"))
		need(unshare(CLONE_NEWIPC) == 0, "unshare");
	else if (!strcmp(what, "user-namespace"))
		need(unshare(CLONE_NEWUSER) == 0, "unshare");
	else if (!strcmp(what, "pid-namespace")) {
		need(unshare(CLONE_NEWPID) == 0, "unshare");
		if (fork())
			_exit(0);
	} else if (!strcmp(what, "slave-mount")) {
		need(unshare(CLONE_NEWNS) == 0, "unshare");
		need(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0, "private");
		need(mount("x", "/work", "tmpfs", 0, NULL) == 0, "tmpfs");
		need(mount(NULL, "/work", NULL, MS_SHARED, NULL) == 0, "shared");
		if (leave())
			linger();
		need(unshare(CLONE_NEWNS) == 0, "unshare");
		need(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) == 0, "slave");
	} else if (!strcmp(what, "datagram"))
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
