// Writes criu/runc.conf: tcp_established is only mentioned here.
const fs = require('fs');
const path = require('path');
const { execSync, spawnSync } = require('child_process');

const directory = 'criu';
const conf = path.join(directory, 'runc.conf');
const limit = 10;

function options(first) {
  const lines = [first, `ghost-limit ${limit}m`];
  lines.push('log_file x');
  return lines;
}

class Writer {
  static NAME = 'default.conf';

  write(text) {
    fs.writeFileSync(path.join(directory, Writer.NAME), text);
  }
}

fs.mkdirSync(directory, { recursive: true });
fs.writeFileSync(conf, options('tcp-established').join('\n') + '\n', 'utf8');
fs.appendFileSync(conf, "tcp-close \x66alse\n\u00e9\u{e9}\n");
new Writer().write(`link-remap
  timeout 5m
\`file-locks\${x}
`);
for (const [name, text] of Object.entries({ 'criu/a.conf': 'shell_job\n' })) {
  fs.writeFileSync(name, text);
}
['tcp-established true', 'file-locks'].forEach((line) => fs.appendFileSync('criu/b.conf', line + '\n'));
fs.writeFileSync('criu/c.conf', ['a', 'b'].map((name) => `external ${name}`).join('\n'));
execSync(`echo log-level 4 > ${directory}/d.conf`);
spawnSync('tee', ['criu/e.conf'], { input: 'verbosity 4\n' });
