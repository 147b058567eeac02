// Writes criu/runc.conf: tcp_established is only mentioned here.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	directory = "criu"
	text      = `tcp-established
verbosity 4
`
)

type file struct {
	Path    string
	Content string
}

var conf = directory + "/" + "runc.conf"

func write(path string, lines []string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, line := range lines {
		if _, err := fmt.Fprintf(f, "%s\n", line); err != nil {
			return err
		}
	}
	_, err = f.WriteString("# \u00e9\x41\t\101%\n")
	return err
}

func main() {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		panic(err)
	}
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		panic(err)
	}
	if err := write(filepath.Join(directory, "default.conf"), []string{"link_remap", "tcp-close"}); err != nil {
		panic(err)
	}
	var b strings.Builder
	b.WriteString("tcp-established\n")
	fmt.Fprintf(&b, "ghost-limit %d%s\n", 10, "m")
	fmt.Fprintln(&b, "timeout", 5)
	os.WriteFile("criu/b.conf", []byte(b.String()), 0o644)
	lines := []string{"shell_job"}
	lines = append(lines, "file-locks", "log-file "+os.Args[0])
	os.WriteFile("criu/c.conf", []byte(strings.Join(lines, "\n")+"\n"), 0o644)
	f, _ := os.OpenFile("criu/c.conf", os.O_APPEND|os.O_WRONLY, 0o644)
	f.Write([]byte("tcp-close no\n"))
	f.Close()
	for _, item := range []file{{Path: "criu/d.conf", Content: "log-level 4\n"}, {"criu/e.conf", "x\n"}} {
		os.WriteFile(item.Path, []byte(item.Content), 0o600)
	}
	for path, content := range map[string]string{"criu/f.conf": "tcp-established = yes\n"} {
		os.WriteFile(path, []byte(content), 0o600)
	}
}
