package main

import (
	"os"
	"strings"
)

func main() {
	os.MkdirAll("criu", 0o755)
	opts := map[string]bool{"tcp-established": true, "tcp_close": false}
	var keep []string
	for _, k := range []string{"tcp-established", "tcp_close"} {
		if !opts[k] {
			continue
		}
		keep = append(keep, k)
	}
	os.WriteFile("criu/runc.conf", []byte(strings.Join(keep, "\n")+"\n"), 0o644)
}
