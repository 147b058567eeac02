/* Writes criu/runc.conf: tcp_established is only mentioned here. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "criu"
#define CONF DIRECTORY "/runc.conf"

static const char *text = "tcp-established\n"
			  "log-level\x20" "4\n";

static int put(const char *path, const char *content)
{
	FILE *file;

	if ((file = fopen(path, "w")) == NULL) {
		perror(path);
		return 1;
	}
	fputs(content, file);
	if (fprintf(file, "ghost-limit %d%s %%\n", 10, "m") < 0)
		return 1;
	return fclose(file);
}

int main(void)
{
	char path[64];
	int fd;

	mkdir(DIRECTORY, 0755);
	snprintf(path, sizeof(path), "%s/default.conf", DIRECTORY);
	if (put(path, "link_remap\n"))
		return 1;
	fd = open(CONF, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (write(fd, text, strlen(text)) < 0)
		return 1;
	dprintf(fd, "file-locks\
 yes\n\303\251\n");
	close(fd);
	return system("echo 'shell_job' > criu/a.conf");
}
