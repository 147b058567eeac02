const fs = require('fs');
const opts = new Map([['tcp-close', ''], ['ghost_limit', '1M']]);
let text = '';
for (const [k, v] of opts) {
  text += v ? `${k} ${v}\n` : `${k}\n`;
}
fs.mkdirSync('criu', { recursive: true });
const s = fs.openSync('criu/default.conf', 'w');
fs.writeSync(s, text);
fs.closeSync(s);
