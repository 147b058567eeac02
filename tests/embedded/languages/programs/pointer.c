#include <sys/stat.h>
#include <stdio.h>
int main(void)
{
	const char *list[] = { "tcp-established", "shell_job", 0 };
	const char **p;
	mkdir("criu", 0755);
	FILE *f = fopen("criu/crun.conf", "w");
	for (p = list; *p; ++p) {
		fputs(*p, f);
		fputc('\n', f);
	}
	fclose(f);
	return 0;
}
