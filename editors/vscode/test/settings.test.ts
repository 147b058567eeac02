// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import { startupError, needsServer, expand, languages, program, reaction, serverSettings, type Settings } from "../src/settings.ts";

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
  scripts: true,
};
const environment = { HOME: "/home/a", TOOLS: "/opt" };

test("variables are expanded", () => {
  assert.equal(expand("~/bin/x", "/w", environment), "/home/a/bin/x");
  assert.equal(expand("~x", "/w", environment), "~x");
  assert.equal(expand("${workspaceFolder}/.venv", "/w", environment), "/w/.venv");
  assert.equal(expand("${env:TOOLS}/x${env:NONE}", undefined, environment), "/opt/x");
});

test("the path comes first, then the interpreter, then the PATH", () => {
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

test("only what is set is sent to the server", () => {
  assert.deepEqual(serverSettings(usual, "/w", environment), {});
  const some = { ...usual, targetVersion: "4.1.1", ignore: ["CRIU3"], configuration: "~/criulint.toml" };
  assert.deepEqual(serverSettings(some, "/w", environment), {
    targetVersion: "4.1.1",
    ignore: ["CRIU3"],
    configuration: "/home/a/criulint.toml",
  });
});

test("values of a wrong type do not keep the server from starting, and it reports them", () => {
  const wrong = { ...usual, path: 5, interpreter: null, args: "--stdio", targetVersion: 4.1, select: null, configuration: true };
  assert.deepEqual(program(wrong, "/w", environment), { command: "criulint", args: ["lsp"] });
  assert.deepEqual(program({ ...usual, args: [5] }, "/w", environment).args, ["lsp", "5"]);
  assert.deepEqual(serverSettings(wrong, "/w", environment), { targetVersion: 4.1, configuration: true });
});

test("YAML and scripts are checked only if enabled", () => {
  assert.deepEqual(languages({ ...usual, scripts: false }), ["criu", "yaml", "ansible"]);
  assert.deepEqual(languages({ ...usual, yaml: false, scripts: false }), ["criu"]);
  assert.ok(languages(usual).includes("dockerfile"));
});

test("the extension is activated for the languages that the server handles", () => {
  const text = readFileSync("package.json", "utf-8");
  const { activationEvents } = JSON.parse(text) as { activationEvents: string[] };
  const handled = languages(usual).map((language) => `onLanguage:${language}`);
  assert.deepEqual(activationEvents, handled.slice(1));
});

test("the server is started for CRIU files, and for YAML that mentions CRIU", () => {
  const never = (): string => assert.fail("the text was asked for");
  assert.ok(needsServer(usual, "criu", never));
  assert.ok(!needsServer(usual, "python", never));
  assert.ok(!needsServer({ ...usual, yaml: false }, "yaml", never));
  assert.ok(needsServer(usual, "yaml", () => "data:\n  runc.conf: |\n    tcp-close\n"));
  assert.ok(needsServer(usual, "ansible", () => "dest: /etc/CRIU/default.conf"));
  assert.ok(needsServer(usual, "dockerfile", () => "RUN echo x > /etc/criu/a.conf"));
  assert.ok(!needsServer(usual, "yaml", () => "kind: Pod"));
});

test("changed settings are sent to the server, which is restarted only if it is another one", () => {
  const of =
    (...names: string[]) =>
    (asked: string) =>
      names.some((name) => name === asked || name.startsWith(`${asked}.`));
  assert.equal(reaction(of("editor.fontSize")), "nothing");
  assert.equal(reaction(of("criulint.targetVersion")), "notify");
  assert.equal(reaction(of("criulint.path")), "restart");
  assert.equal(reaction(of("criulint.targetVersion", "criulint.args")), "restart");
});

test("the message says how to install criulint", () => {
  assert.match(startupError({ command: "criulint", args: [] }, "ENOENT"), /criulint: ENOENT.*Install it with the extra `lsp`/);
});
