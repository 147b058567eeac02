// SPDX-License-Identifier: GPL-2.0-only
import assert from "node:assert/strict";
import * as path from "node:path";
import { test } from "node:test";
import { complaint, concerns, expanded, languages, program, reaction, serverSettings, type Settings } from "../src/settings.ts";

const usual: Settings = {
  path: "",
  interpreter: "",
  args: [],
  targetVersion: "",
  runtime: "",
  configuration: "",
  select: [],
  extendSelect: [],
  ignore: [],
  yaml: true,
};
const environment = { HOME: "/home/a", TOOLS: "/opt" };

test("variables are written out", () => {
  assert.equal(expanded("~/bin/x", "/w", environment), "/home/a/bin/x");
  assert.equal(expanded("~x", "/w", environment), "~x");
  assert.equal(expanded("${workspaceFolder}/.venv", "/w", environment), "/w/.venv");
  assert.equal(expanded("${env:TOOLS}/x${env:NONE}", undefined, environment), "/opt/x");
});

test("the program is the one that is named, then the interpreter's, then the one on the path", () => {
  const both = { ...usual, path: "/x/criulint", interpreter: "/x/python", args: ["--stdio"] };
  assert.deepEqual(program(both, "/w", environment), { command: "/x/criulint", args: ["lsp", "--stdio"] });
  assert.deepEqual(program({ ...both, path: "" }, "/w", environment), {
    command: "/x/python",
    args: ["-m", "criulint", "lsp", "--stdio"],
  });
  assert.deepEqual(program(usual, "/w", environment), { command: "criulint", args: ["lsp"] });
  assert.equal(program({ ...usual, path: "bin/criulint" }, "/w", environment).command, path.join("/w", "bin/criulint"));
  assert.equal(program({ ...usual, path: "criulint-next" }, "/w", environment).command, "criulint-next");
});

test("the server hears of what is set, and of nothing else", () => {
  assert.deepEqual(serverSettings(usual, "/w", environment), {});
  const some = { ...usual, targetVersion: "4.1.1", ignore: ["CRIU3"], configuration: "~/criulint.toml" };
  assert.deepEqual(serverSettings(some, "/w", environment), {
    targetVersion: "4.1.1",
    ignore: ["CRIU3"],
    configuration: "/home/a/criulint.toml",
  });
});

test("what is of a wrong type keeps no server from starting, and the server hears of it", () => {
  const wrong = { ...usual, path: 5, interpreter: null, args: "--stdio", targetVersion: 4.1, select: null, configuration: true };
  assert.deepEqual(program(wrong, "/w", environment), { command: "criulint", args: ["lsp"] });
  assert.deepEqual(program({ ...usual, args: [5] }, "/w", environment).args, ["lsp", "5"]);
  assert.deepEqual(serverSettings(wrong, "/w", environment), { targetVersion: 4.1, configuration: true });
});

test("YAML is looked into only if that is wanted", () => {
  assert.deepEqual(languages(usual), ["criu", "yaml", "ansible"]);
  assert.deepEqual(languages({ ...usual, yaml: false }), ["criu"]);
});

test("a server is started for files of CRIU, and for YAML that speaks of it", () => {
  const never = (): string => assert.fail("the text was asked for");
  assert.ok(concerns(usual, "criu", never));
  assert.ok(!concerns(usual, "python", never));
  assert.ok(!concerns({ ...usual, yaml: false }, "yaml", never));
  assert.ok(concerns(usual, "yaml", () => "data:\n  runc.conf: |\n    tcp-close\n"));
  assert.ok(concerns(usual, "ansible", () => "dest: /etc/CRIU/default.conf"));
  assert.ok(!concerns(usual, "yaml", () => "kind: Pod"));
});

test("the server is told of changed settings, and started anew only if it is another one", () => {
  const of =
    (...names: string[]) =>
    (asked: string) =>
      names.some((name) => name === asked || name.startsWith(`${asked}.`));
  assert.equal(reaction(of("editor.fontSize")), "nothing");
  assert.equal(reaction(of("criulint.targetVersion")), "tell");
  assert.equal(reaction(of("criulint.path")), "restart");
  assert.equal(reaction(of("criulint.targetVersion", "criulint.args")), "restart");
});

test("who has no criulint is told what to do", () => {
  assert.match(complaint({ command: "criulint", args: [] }, "ENOENT"), /criulint: ENOENT.*Install it with the extra `lsp`/);
});
