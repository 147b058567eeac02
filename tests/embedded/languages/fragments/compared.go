package main

import (
	"fmt"
	"strings"
)

type fake struct{ files map[string]string }

func (f *fake) check(path, want string) error {
	if got := f.files[path]; got != want {
		return fmt.Errorf("%s: %q, want %q", path, got, want)
	}
	return nil
}

func main() {
	f := &fake{files: map[string]string{}}
	fmt.Println(f.check("/etc/criu/runc.conf", "tcp_close\n"), strings.Repeat("x", 3))
}
