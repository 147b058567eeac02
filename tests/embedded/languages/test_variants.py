# SPDX-License-Identifier: MIT
"""Ways to write a file in one language: the codes of the findings, and their lines in the host."""

from __future__ import annotations

import pytest

from criulint.embedded import hosts
from criulint.finding import Severity
from criulint.linter.embedded_files import check_embedded_files
from criulint.linter.linter import Linter
from criulint.source import Source

_LINTER = Linter("4.2.1")


def found(name: str, text: str) -> str:
    """Return the warnings and errors in what a host writes, as ``CODE:LINE``."""
    data = text.encode()
    source = Source(data, name)
    kind = hosts.kind_of(name, data[: hosts.HEAD])
    assert kind
    files = hosts.follow_host(source, kind).files
    findings = check_embedded_files(source, files, _LINTER.check).findings
    return " ".join(
        f"{finding.code}:{finding.span.line}"
        for finding in findings
        if finding.severity is not Severity.INFO
    )


_PYTHON = [
    ("open('/etc/criu/runc.conf', 'w').write('shell_job\\n')", "CRIU101:1"),
    ("with open('/etc/criu/runc.conf', mode='w') as f:\n    f.write('shell_job\\n')", "CRIU101:2"),
    (
        "with open('/etc/criu/runc.conf', 'w') as f, open('/x') as g:\n"
        "    f.write('tcp-established\\n')\n    f.write('tcp-close no\\n')",
        "CRIU302:2 CRIU201:3",
    ),
    (
        "f = open('/etc/criu/runc.conf', 'a')\nf.write('tcp-established\\n')\nf.close()\n"
        "f = open('/etc/criu/runc.conf', 'a')\nf.write('tcp-established\\n')\n",
        "CRIU301:5",
    ),
    (
        "import pathlib\np = pathlib.Path('/etc') / 'criu' / 'runc.conf'\n"
        "p.write_text('\\n'.join([\n    'tcp-established',\n    'log-level 4',\n]))",
        "CRIU101:5",
    ),
    (
        "OPTIONS = (\n    'tcp-established',\n    'shell_job',\n)\n"
        "with open('/etc/criu/runc.conf', 'w') as f:\n"
        "    for option in OPTIONS:\n        f.write(option + '\\n')",
        "CRIU101:3",
    ),
    (
        "OPTIONS = ['tcp-established', 'shell_job']\n"
        "with open('/etc/criu/runc.conf', 'w') as f:\n"
        "    f.writelines(f'{o}\\n' for o in OPTIONS)",
        "CRIU101:1",
    ),
    (
        "import textwrap\ndef setup():\n    text = textwrap.dedent('''\\\n"
        "        tcp-established\n        shell_job\n    ''')\n"
        "    with open('/etc/criu/runc.conf', 'w') as f:\n        f.write(text)",
        "CRIU101:5",
    ),
    (
        "CONFIG = {'tcp-established': None, 'ghost-limit': '1g'}\n"
        "with open('/etc/criu/runc.conf', 'w') as f:\n"
        "    for key, value in CONFIG.items():\n"
        "        f.write(f'{key} {value}\\n' if value else f'{key}\\n')",
        "CRIU206:1",
    ),
    (
        "import os\nos.makedirs('/etc/criu', exist_ok=True)\n"
        "fd = os.open('/etc/criu/runc.conf', os.O_WRONLY | os.O_CREAT)\n"
        "os.write(fd, b'shell_job\\n')",
        "CRIU101:4",
    ),
    (
        "def write_conf(text, path='/etc/criu/runc.conf'):\n    with open(path, 'w') as f:\n"
        "        f.write(text)\n\nwrite_conf('tcp-close no\\n')",
        "CRIU201:5",
    ),
    (
        "def conf():\n    return 'tcp-established\\n' 'shell_job\\n'\n"
        "open('/etc/criu/runc.conf', 'w').write(conf())",
        "CRIU101:2",
    ),
    (
        "class C:\n    path = '/etc/criu/runc.conf'\n    def go(self):\n"
        "        with open(self.path, 'w') as f:\n            print('shell_job', file=f)",
        "CRIU101:5",
    ),
    (
        "import os\nif os.path.exists('/dev/nvidiactl'):\n    text = 'tcp-established\\n'\n"
        "else:\n    text = 'tcp-close\\ntcp-established\\n'\n"
        "open('/etc/criu/runc.conf', 'w').write(text)",
        "CRIU302:5",
    ),
    (
        "import sys\nopen('/etc/criu/runc.conf', 'w').write("
        "f'log-file {sys.argv[1]}\\nghost-limit {sys.argv[2]}\\nshell_job\\n')",
        "CRIU101:2",
    ),
    (
        "import subprocess\nsubprocess.run(['bash', '-c', '''\n"
        "cat > /etc/criu/runc.conf <<EOF\nshell_job\nEOF\n'''], check=True)",
        "CRIU101:4",
    ),
    (
        "import subprocess\nsubprocess.check_call(\n    'echo tcp-established true'\n"
        "    ' | sudo tee /etc/criu/runc.conf', shell=True)",
        "CRIU201:3",
    ),
    (
        "import subprocess\np = subprocess.Popen(['sudo', 'tee', '-a', '/etc/criu/runc.conf'],\n"
        "    stdin=subprocess.PIPE)\np.communicate(b'shell_job\\n')",
        "CRIU101:4",
    ),
    (
        "import subprocess\nCONF = '/etc/criu/runc.conf'\n"
        "subprocess.run(f'echo shell_job > {CONF}', shell=True)",
        "CRIU101:3",
    ),
    (
        "async def main():\n    import aiofiles\n"
        "    async with aiofiles.open('/etc/criu/runc.conf', 'w') as f:\n"
        "        await f.write('shell_job\\n')",
        "CRIU101:4",
    ),
    (
        "TEXT = 'tcp-established\\nlog-file %s\\nshell_job\\n' % LOG\n"
        "def install(root):\n    path = root.joinpath('etc', 'criu', 'runc.conf')\n"
        "    path.write_text(TEXT)",
        "CRIU101:1",
    ),
    (
        "OPTIONS = {'tcp-established': True, 'ghost-limit': '1g', 'log-file': 'a'}\n"
        "with open('/etc/criu/runc.conf', 'w') as f:\n    for key, value in OPTIONS.items():\n"
        "        if value is True:\n            f.write(f'{key}\\n')\n"
        "        else:\n            f.write(f'{key} {value}\\n')",
        "CRIU206:1",
    ),
    (
        "OPTIONS = {'tcp-established': True, 'ghost-limit': '1g'}\n"
        "with open('/etc/criu/runc.conf', 'w') as f:\n    for key, value in OPTIONS.items():\n"
        "        if is_flag(key):\n            f.write(f'{key}\\n')\n"
        "        else:\n            f.write(f'{key} {value}\\n')\n    f.write('shell_job\\n')",
        "CRIU101:8",
    ),
    ("Path('/etc/criu/runc.conf').write_text('\\x74cp-close no\\n')", "CRIU201:1"),
    ("Path('/etc/criu/runc.conf').write_text(r'shell_job\\n')", "CRIU101:1"),
    (
        "import os\nopen('/tmp/x.conf', 'w').write('shell_job\\n')\n"
        "os.environ['CRIU_CONFIG_FILE'] = '/tmp/x.conf'",
        "CRIU101:2",
    ),
    (
        "import subprocess\nCONF = '/tmp/x.conf'\nopen(CONF, 'w').write('shell_job\\n')\n"
        "subprocess.run(['sudo', 'criu', 'dump', '--config', CONF, '-t', '1'])",
        "CRIU101:3",
    ),
    (
        "PATH = Path('/etc/criu/runc.conf')\n_BASE = [\n    'tcp-established',\n    'shell_job',\n]\n"
        "def lines(phase):\n    found = list(_BASE)\n    if phase == 'restore':\n"
        "        found.append('tcp-close no')\n    return found\n"
        "def write(*, phase, runner=run_command, **kwargs):\n    text = '\\n'.join(lines(phase)) + '\\n'\n"
        "    return runner(['sudo', '-n', 'tee', str(PATH)], timeout_s=3, input_text=text)\n",
        "CRIU302:3 CRIU101:4 CRIU201:9",
    ),
    ("sudo_write(host, '/etc/criu/runc.conf', 'shell_job\\n')", "CRIU101:1"),
    ("c.run('echo shell_job > /etc/criu/runc.conf', hide=True)", "CRIU101:1"),
    ("host.exec_run(['sh', '-c', 'echo shell_job > /etc/criu/runc.conf'])", "CRIU101:1"),
    (
        "data = {'write_files': [{'path': '/etc/criu/runc.conf', 'content': 'shell_job\\n'}]}",
        "CRIU101:1",
    ),
    (
        "data = {'/etc/criu/runc.conf': 'tcp-established\\nlog-file {log}\\nshell_job\\n'}",
        "CRIU101:1",
    ),
    ("open('/tmp/x.conf', 'w').write('shell_job\\n')", ""),
    ("open('/x/criu', 'w').write('#!/bin/sh\\nexec criu')", ""),
    ("Path('/etc/criu/runc.conf').write_text(TEXT)", ""),
    ("Path('/etc/criu/runc.conf').write_text('tcp-established\\n' + extra)", ""),
    ("Path('/etc/criu/runc.conf').write_text('tcp-established\\n')", ""),
    ("open('/etc/criu/runc.conf').read() == 'shell_job\\n'", ""),
    ("open('/etc/criu/runc.conf', mode).write('shell_job\\n')", ""),
    ("for line in open('/etc/criu/runc.conf'):\n    print('shell_job')", ""),
    (
        "if a:\n    open('/etc/criu/runc.conf', 'w').write('tcp-established\\n')\n"
        "else:\n    open('/etc/criu/runc.conf', 'w').write('tcp-established\\nfile-locks\\n')",
        "",
    ),
    (
        "def test_error(tmp_path):\n    path = tmp_path / 'criu' / 'runc.conf'\n"
        "    path.write_text('shell_job\\n')\n    assert 'shell_job' in check(path)",
        "",
    ),
    (
        "class TestCheck:\n    def setUp(self):\n        self.dir = tempfile.mkdtemp()\n"
        "    def test_y(self):\n        Path(self.dir, 'criu', 'a.conf').write_text('shell_job\\n')\n"
        "    def test_x(self):\n"
        "        with tempfile.TemporaryDirectory() as d:\n"
        "            Path(d, 'criu', 'runc.conf').write_text('shell_job\\n')",
        "",
    ),
    (
        "def build():\n    with tempfile.TemporaryDirectory() as d:\n"
        "        Path(d, 'etc', 'criu', 'runc.conf').write_text('shell_job\\n')",
        "CRIU101:3",
    ),
    ("criu.set_config('/etc/criu/runc.conf', 'shell_job')", ""),
    ("raise ValueError('echo shell_job > /etc/criu/runc.conf')", ""),
    ("parser.add_argument('--conf', default='/etc/criu/runc.conf', help='shell_job\\n')", ""),
]

_GO_HEAD = "package main\n\nfunc main() {\n"
_GO = [
    ('os.WriteFile("/etc/criu/runc.conf", []byte("shell_job\\n"), 0o644)', "CRIU101:4"),
    ("ioutil.WriteFile(`/etc/criu/runc.conf`, []byte(`tcp-close\nshell_job`), 0644)", "CRIU101:5"),
    (
        'f, err := os.Create("/etc/criu/runc.conf")\nif err != nil {\n\tlog.Fatal(err)\n}\n'
        'defer f.Close()\nif _, err := f.WriteString("tcp-close no\\n"); err != nil {\n'
        "\tlog.Fatal(err)\n}",
        "CRIU201:9",
    ),
    (
        'const dir = "/etc/criu"\npath := filepath.Join(dir, "runc.conf")\n'
        'lines := []string{\n\t"tcp-established",\n\t"shell_job",\n}\n'
        'os.WriteFile(path, []byte(strings.Join(lines, "\\n")+"\\n"), 0o644)',
        "CRIU101:8",
    ),
    (
        'var b bytes.Buffer\nb.WriteString("tcp-established\\n")\n'
        'fmt.Fprintf(&b, "log-file %s\\n", name)\nb.WriteString("shell_job\\n")\n'
        'os.WriteFile("/etc/criu/runc.conf", b.Bytes(), 0o644)',
        "CRIU101:7",
    ),
    (
        'w := bufio.NewWriter(must(os.Create("/x")))\nw.WriteString("shell_job\\n")\n'
        'exec.Command("sh", "-c", "echo shell_job > /etc/criu/runc.conf").Run()',
        "CRIU101:6",
    ),
    (
        'content := fmt.Sprintf("tcp-established\\nghost-limit %s\\nlog-level 4\\n", limit)\n'
        'if err := os.WriteFile(root+"/etc/criu/runc.conf", []byte(content), 0o644); err != nil {\n'
        "\treturn\n}",
        "CRIU101:4",
    ),
    (
        'path := "/etc/criu/runc.conf"\nf, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)\n'
        'fmt.Fprintln(f, "tcp-established")\nfmt.Fprintln(f, "shell_job")',
        "CRIU101:7",
    ),
    (
        'm := map[string]string{\n\t"/etc/criu/runc.conf": "tcp-close no\\n",\n'
        '\t"/etc/criu/crun.conf": `shell_job\n`,\n}\n_ = m',
        "CRIU201:5 CRIU101:6",
    ),
    (
        'cmd := exec.Command("bash")\ncmd.Stdin = strings.NewReader(`\n'
        "cat > /etc/criu/runc.conf <<EOF\nshell_job\nEOF\n`)\ncmd.Run()",
        "CRIU101:7",
    ),
    (
        'data := []byte("tcp-established\\n")\ndata = append(data, []byte("shell_job\\n")...)\n'
        'os.WriteFile("/etc/criu/runc.conf", data, 0o600)',
        "CRIU101:5",
    ),
    (
        'switch runtime {\ncase "runc":\n\tpath = "/etc/criu/runc.conf"\ndefault:\n'
        '\tpath = "/etc/criu/crun.conf"\n}\nos.WriteFile(path, []byte("shell_job\\n"), 0o600)',
        "CRIU101:10",
    ),
    (
        'w := &writer{path: "/etc/criu/runc.conf"}\nw.write("shell_job\\n")\n}\n\n'
        "func (w *writer) write(text string) {\n\tos.WriteFile(w.path, []byte(text), 0o644)",
        "CRIU101:5",
    ),
    (
        't := template.Must(template.New("x").Parse(`tcp-established\nlog-file {{ .Log }}\n'
        'shell_job\n`))\nf, _ := os.Create("/etc/criu/runc.conf")\nt.Execute(f, data)',
        "CRIU101:6",
    ),
    (
        'options := map[string]string{"ghost-limit": "1g"}\nvar b strings.Builder\n'
        'for key, value := range options {\n\tfmt.Fprintf(&b, "%s %s\\n", key, value)\n}\n'
        'os.WriteFile("/etc/criu/runc.conf", []byte(b.String()), 0o644)',
        "CRIU206:4",
    ),
    ('data, _ := os.ReadFile("/etc/criu/runc.conf")\nfmt.Println("shell_job", data)', ""),
    ('return fmt.Errorf("cannot write %s: %w\\n", "/etc/criu/runc.conf", err)', ""),
    ('os.WriteFile("/etc/criu/runc.conf", data, 0o644)', ""),
    (
        'os.MkdirAll("/etc/criu", 0o755)\nos.WriteFile("/etc/criu/runc.conf", []byte("tcp-close\\n"), 0)',
        "",
    ),
    ('opts := Options{Path: "/etc/criu/runc.conf", Flags: "shell_job\\n"}\n_ = opts', ""),
    ('// os.WriteFile("/etc/criu/runc.conf", []byte("shell_job\\n"), 0o644)', ""),
]

_NIX = [
    ("environment.etc.\"criu/runc.conf\".text = ''\n  shell_job\n'';", "CRIU101:3"),
    ('environment.etc."criu/runc.conf".text = "tcp-established\\nshell_job\\n";', "CRIU101:2"),
    (
        "environment.etc = {\n  \"criu/runc.conf\" = {\n    text = ''\n      shell_job\n    '';\n  };\n};",
        "CRIU101:5",
    ),
    ('environment = {\n  etc."criu/runc.conf".text = "shell_job";\n};', "CRIU101:3"),
    (
        "environment.etc.\"criu/runc.conf\".source = pkgs.writeText \"runc.conf\" ''\n  tcp-close no\n'';",
        "CRIU201:3",
    ),
    (
        'environment.etc."criu/runc.conf" = lib.mkIf enable {\n  text = "shell_job";\n};',
        "CRIU101:3",
    ),
    (
        'environment.etc."criu/runc.conf".text = lib.concatLines [\n  "tcp-established"\n'
        '  "shell_job"\n];',
        "CRIU101:4",
    ),
    (
        "environment.etc.\"criu/runc.conf\".text = lib.optionalString cfg.x ''\n  shell_job\n'' + ''\n"
        "  log-file ${cfg.log}\n'';",
        "CRIU101:3",
    ),
    ("environment.etc.\"criu/${name}.conf\".text = ''\n  shell_job\n'';", "CRIU101:3"),
    ("home.file.\".criu/default.conf\".text = ''\n  shell_job\n'';", "CRIU101:3"),
    ("systemd.services.x.preStart = ''\n  echo shell_job > /etc/criu/runc.conf\n'';", "CRIU101:3"),
    (
        "system.activationScripts.criu = ''\n  echo shell_job > /etc/criu/runc.conf\n'';",
        "CRIU101:3",
    ),
    (
        "system.activationScripts.criu.text = ''\n  echo shell_job > /etc/criu/runc.conf\n'';",
        "CRIU101:3",
    ),
    (
        "environment.etc.\"criu/runc.conf\".text = ''\n  log-file x\n\n\ttcp-close no\n'';",
        "CRIU201:5",
    ),
    ('environment.etc."criu/runc.conf".source = ./runc.conf;', ""),
    ('environment.etc."criu/runc.conf".text = builtins.readFile ./x;', ""),
    ('environment.etc."criu/runc.conf".mode = "shell_job";', ""),
    ("environment.etc.\"criu/runc.conf\".text = ''\n  # ${x}\n  log-file ${x}/a b\n'';", ""),
    ('x.description = "echo shell_job > /etc/criu/runc.conf";', ""),
    ('# environment.etc."criu/runc.conf".text = "shell_job";', ""),
]


@pytest.mark.parametrize(("text", "findings"), _PYTHON)
def test_python(text: str, findings: str) -> None:
    assert found("install.py", text) == findings


@pytest.mark.parametrize(("text", "findings"), _GO)
def test_go(text: str, findings: str) -> None:
    assert found("main.go", f"{_GO_HEAD}{text}\n}}\n") == findings


@pytest.mark.parametrize(("text", "findings"), _NIX)
def test_nix(text: str, findings: str) -> None:
    assert found("module.nix", f"{{ lib, pkgs, cfg, ... }}: {{\n{text}\n}}\n") == findings
