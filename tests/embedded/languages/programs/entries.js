const fs = require('fs');
const path = require('path');

const CRIU_DIR = 'criu';
const options = {
  'tcp-established': true,
  'ghost-limit': '10m',
  'skip_in_flight': true,
};

const lines = Object.entries(options).map(([key, value]) =>
  value === true ? key : `${key} ${value}`);
fs.mkdirSync(CRIU_DIR, { recursive: true });
fs.writeFileSync(path.join(CRIU_DIR, 'runc.conf'), lines.join('\n') + '\n');
