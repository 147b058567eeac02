/* fputs("shell_job\n", fopen("/etc/criu/runc.conf", "w")); */
#define CONF "/etc/criu/runc.conf"
int check(const char *path)
{
	FILE *file = fopen(CONF, "r");
	fprintf(stderr, "shell_job\n%s", CONF);
	criu_set_config_file(CONF);
	return strcmp(read_file(CONF), "shell_job\n");
}
