// Package criu reads /etc/criu/runc.conf.
//
//	os.WriteFile("/etc/criu/runc.conf", []byte("shell_job\n"), 0o644)
package criu

const conf = "/etc/criu/runc.conf"

func options() *rpc.Options {
	return &rpc.Options{ConfigFile: proto.String("/etc/criu/runc.conf"), Text: "shell_job\n"}
}

func read() error {
	data, err := os.ReadFile(conf)
	if err != nil {
		return fmt.Errorf("%s: shell_job\n%w", conf, err)
	}
	log.Printf("wrote %s", "shell_job\n")
	return nil
}
