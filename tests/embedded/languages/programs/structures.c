#include <sys/stat.h>
#include <stdio.h>
#include <stddef.h>
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
struct opt { const char *name; const char *value; };
static const struct opt opts[] = {
	{ "tcp-established", NULL },
	{ "timeout", "5m" },
	{ .name = "file_locks" },
};
int main(void)
{
	mkdir("criu", 0755);
	FILE *out = fopen("criu/runc.conf", "we");
	if (out == NULL) { perror("fopen"); return 1; }
	for (size_t i = 0; i < ARRAY_SIZE(opts); i++) {
		if (opts[i].value)
			fprintf(out, "%s %s\n", opts[i].name, opts[i].value);
		else
			fprintf(out, "%s\n", opts[i].name);
	}
	return fclose(out);
}
