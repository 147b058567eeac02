#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *options[] = {
	"tcp-established",
	"link_remap",
	"ghost-limit 4m",
	NULL,
};

int main(void)
{
	FILE *f;
	int i;

	mkdir("criu", 0755);
	f = fopen("criu/runc.conf", "w");
	if (!f)
		return EXIT_FAILURE;
	for (i = 0; options[i]; i++)
		fprintf(f, "%s\n", options[i]);
	fclose(f);
	return 0;
}
