#include <sys/stat.h>
#include <stdio.h>
typedef struct { const char *key, *val; } kv_t;
static kv_t kv[] = { {"tcp-established", ""}, {"ghost_limit", "1M"}, {0} };
int main(void) {
	mkdir("criu", 0755);
	FILE *f = fopen("criu/runc.conf", "w");
	if (f == NULL) return 1;
	for (kv_t *p = kv; p->key; p++)
		fprintf(f, "%s%s%s\n", p->key, *p->val ? " " : "", p->val);
	for (int i = 0; kv[i].key != NULL; i++) {
		if (i > 5) break;
	}
	fclose(f);
	return 0;
}
