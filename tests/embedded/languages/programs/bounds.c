#include <sys/stat.h>
#include <stdio.h>
#define N 2
static const char *a[] = { "tcp-established", "link-remap", "shell_job" };
int main(void) {
	mkdir("criu", 0755);
	FILE *f = fopen("criu/runc.conf", "w");
	int i;
	for (i = 0; i < N; i++) fprintf(f, "%s\n", a[i]);
	fclose(f);
	return 0;
}
