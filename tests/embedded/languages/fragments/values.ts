import * as fs from "node:fs";

interface Entry { path: string; content: string }

const entries: Entry[] = [{ path: "criu/a.conf", content: "tcp-established = 1\n" }];
const text: string = `link_remap
`;

export function write(entry: Entry): void {
  fs.writeFileSync(entry.path, entry.content as string);
}

fs.mkdirSync("criu", { recursive: true });
entries.forEach((entry) => write(entry));
fs.writeFileSync("criu/b.conf", text satisfies string);
