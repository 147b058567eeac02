/* SPDX-License-Identifier: MIT */
/*
 * Stands between a CRIU and getopt_long(), and writes down what passes: the words of each run, the options returned,
 * the words left over, and CRIU's settings behind it. Nothing that CRIU sees is changed. oracle.py starts CRIU with this
 * library and reads the record.
 *
 * Environment:
 *   CRIULINT_RECORD   file that holds the record. It is mapped: a configuration file may close every descriptor.
 *   CRIULINT_CONFIG   the configuration file's name, as CRIU is given it. Just before it opens that file, CRIU stops and
 *                     waits at its standard input, a socket. For each byte that comes in, a copy of the process goes on,
 *                     its output in the files `stdout` and `stderr`, and the copy's wait status is sent back. Without
 *                     this variable, CRIU simply runs once.
 *
 * The record: its length in 4 bytes, then as many entries as there is room for. An entry is a letter and its fields; numbers are int32_t, a string is
 * its length and its bytes. All in the machine's byte order.
 *   T  the short option string, how many long options; for each its name, has_arg, val, and the place of its flag in
 *      CRIU's `opts` (-1 without flag)
 *   R  getopt_long begins: how many words, and the words (without the program's name)
 *   O  it returned: the value returned, the index of the long option (-1: a short one), 1 and a string, or 0
 *   E  it ended: how many words no option took, and the words; CRIU's `opts` as a string
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <getopt.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 20 };

static uint32_t *length;
static uint32_t end, capacity;

static const char *settings;
static size_t settings_size;

static void put(const void *data, size_t size)
{
	if (length && end + size < capacity)
		memcpy((char *)length + end, data, size);
	end += size;
}

/* An entry counts when it is whole: CRIU may crash in the middle of one. */
static void finish(void)
{
	if (length && end < capacity)
		*length = end;
}

static void begin(void)
{
	end = sizeof(*length);
	finish();
}

static void put_letter(char letter)
{
	put(&letter, 1);
}

static void put_number(int32_t number)
{
	put(&number, sizeof(number));
}

static void put_string(const char *text, size_t size)
{
	put_number(size);
	put(text, size);
}

static void put_words(char *const *words, int count)
{
	put_number(count);
	for (int i = 0; i < count; i++)
		put_string(words[i], strlen(words[i]));
}

static void put_table(const char *short_options, const struct option *options)
{
	int count = 0;

	while (options[count].name)
		count++;
	put_letter('T');
	put_string(short_options, strlen(short_options));
	put_number(count);
	for (int i = 0; i < count; i++) {
		put_string(options[i].name, strlen(options[i].name));
		put_number(options[i].has_arg);
		put_number(options[i].val);
		put_number(options[i].flag ? (const char *)options[i].flag - settings : -1);
	}
	finish();
}

/* CRIU exports its variables to its plugins. */
static void find_settings(void)
{
	Dl_info info;
	const ElfW(Sym) * symbol;

	settings = dlsym(RTLD_DEFAULT, "opts");
	if (settings && dladdr1(settings, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol)
		settings_size = symbol->st_size;
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("CRIULINT_RECORD");
	const struct rlimit none = { 0, 0 };
	struct stat about;
	int file;

	if (!path || (file = open(path, O_RDWR)) < 0)
		return;
	if (fstat(file, &about) == 0) {
		void *memory = mmap(NULL, about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

		if (memory != MAP_FAILED) {
			length = memory;
			capacity = about.st_size;
			begin();
		}
	}
	close(file);
	find_settings();
	setrlimit(RLIMIT_CORE, &none); /* some files crash CRIU */
}

static int redirect(int descriptor, const char *path, int flags)
{
	int file = open(path, flags, 0600);

	if (file < 0 || dup2(file, descriptor) < 0)
		return -1;
	return close(file);
}

/* Returns in a copy of the process for each request. */
static void serve(void)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
	int status;
	char byte;

	while (recv(STDIN_FILENO, &byte, 1, 0) == 1) {
		pid_t child = fork();

		if (child < 0)
			_exit(1);
		if (child == 0) {
			if (redirect(STDIN_FILENO, "/dev/null", O_RDONLY) || redirect(STDOUT_FILENO, "stdout", flags) ||
			    redirect(STDERR_FILENO, "stderr", flags))
				abort();
			begin();
			alarm(SECONDS);
			return;
		}
		if (waitpid(child, &status, 0) != child || send(STDIN_FILENO, &status, sizeof(status), 0) != sizeof(status))
			_exit(1);
	}
	_exit(0);
}

static FILE *open_file(const char *function, const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, function);
	static int served;
	const char *config = getenv("CRIULINT_CONFIG");

	if (!served && config && strcmp(path, config) == 0) {
		served = 1;
		serve();
	}
	return next(path, mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return open_file("fopen", path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return open_file("fopen64", path, mode);
}

int getopt_long(int argc, char *const *argv, const char *short_options, const struct option *options, int *index)
{
	static int (*next)(int, char *const *, const char *, const struct option *, int *);
	static int runs;
	int returned;

	if (!next)
		next = dlsym(RTLD_NEXT, "getopt_long");
	/* CRIU resets optind for each of its sources. */
	if (optind == 0) {
		if (runs++ == 0)
			put_table(short_options, options);
		put_letter('R');
		put_words(argv + 1, argc - 1);
		finish();
	}
	returned = next(argc, argv, short_options, options, index);
	if (returned == -1) {
		put_letter('E');
		put_words(argv + optind, argc - optind);
		put_string(settings, settings_size);
		finish();
		return returned;
	}
	put_letter('O');
	put_number(returned);
	put_number(*index);
	if (returned != '?' && optarg) {
		put_number(1);
		put_string(optarg, strlen(optarg));
	} else {
		put_number(0);
	}
	finish();
	return returned;
}
