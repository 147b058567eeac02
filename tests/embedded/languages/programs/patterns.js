const fs = require('fs');
function writeConf(path, ...lines) {
  fs.mkdirSync('criu', { recursive: true });
  fs.writeFileSync(path, lines.map((l) => `${l}\n`).join(''));
}
writeConf('criu/runc.conf', 'tcp-established', 'shell_job');
const opts = [{ name: 'link-remap' }, { name: 'timeout', value: '5m' }];
writeConf('criu/crun.conf', ...opts.map(({ name, value = '' }) => `${name} ${value}`.trim()));
let s = '';
for (const { name, value } of opts) {
  if (value) s += `${name}=${value}\n`;
}
for (let i = 0; i < opts.length; i++) { s += opts[i].name + '\n'; }
fs.writeFileSync('criu/default.conf', s);
