package main

import (
	"bufio"
	"fmt"
	"os"
)

type Option struct {
	Name  string
	Value string
}

var options = []Option{
	{Name: "tcp-established"},
	{Name: "ghost-limit", Value: "10m"},
	{Name: "shell_job"},
}

func main() {
	os.MkdirAll("criu", 0755)
	f, err := os.Create("criu/runc.conf")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for _, o := range options {
		if o.Value == "" {
			fmt.Fprintln(w, o.Name)
			continue
		}
		fmt.Fprintf(w, "%s %s\n", o.Name, o.Value)
	}
	w.Flush()
}
