package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

var _ embed.FS

const etc = "criu"

type conf struct {
	name    string
	options []string
}

func (c conf) render() (out string) {
	for _, o := range c.options {
		out += o + "\n"
	}
	return out
}

func install(root string, confs ...conf) error {
	for _, c := range confs {
		p := filepath.Join(root, c.name+".conf")
		if _, err := os.Stat(p); err == nil || !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.WriteFile(p, []byte(c.render()), 0o644); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

func main() {
	os.MkdirAll("criu", 0o755)
	if err := install(etc, conf{"runc", []string{"tcp-established", "file_locks"}}, conf{name: "crun", options: []string{"timeout 5m"}}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
