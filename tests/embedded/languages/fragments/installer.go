package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	hostRoot = "/host"
	criuFile = "/etc/criu/default.conf"
	criuText = `tcp-close
skip-in-flight
network_lock skip
`
)

func (i *installer) install(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(criuFile), os.ModePerm); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(hostRoot, criuFile), []byte(criuText), 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "sudo", "tee", "/etc/criu/runc.conf")
	cmd.Stdin = strings.NewReader("tcp-established true\n")
	if err := cmd.Run(); err != nil {
		return err
	}
	return exec.Command("sh", "-c", "echo log-level 4 >> /etc/criu/crun.conf").Run()
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown", "shell_job\n", "unknown option"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "criu", "runc.conf")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			require.Equal(t, "/etc/criu/runc.conf", "shell_job\n")
		})
	}
}

var files = []File{
	{Path: "/etc/criu/a.conf", Mode: 0o644, Contents: `timeout {{ .Timeout }}
link_remap
`},
}
