// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import {
  describe,
  expand,
  isConfiguration,
  languages,
  lastLine,
  linkOn,
  needsServer,
  program,
  reaction,
  selector,
  serverSettings,
  shorten,
  startupError,
  type Settings,
} from "../src/settings.ts";

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
  const yaml = ["criu", "yaml", "ansible", "dockercompose", "github-actions-workflow", "helm", "json", "jsonc"];
  assert.deepEqual(languages({ ...usual, scripts: false }), yaml);
  assert.deepEqual(languages({ ...usual, yaml: false, scripts: false }), ["criu"]);
  for (const language of ["dockerfile", "python", "markdown"]) {
    assert.ok(languages(usual).includes(language));
    assert.ok(!languages({ ...usual, scripts: false }).includes(language));
  }
});

test("the extension is activated for the languages that the server handles", () => {
  const text = readFileSync("package.json", "utf-8");
  const { activationEvents } = JSON.parse(text) as { activationEvents: string[] };
  const handled = languages(usual).map((language) => `onLanguage:${language}`);
  assert.deepEqual(activationEvents, [...handled.slice(1), "onLanguage:ruby", "onLanguage:log", "onLanguage:toml"]);
});

test("the server is started for CRIU files, and for YAML that mentions CRIU", () => {
  const never = (): string => assert.fail("the text was asked for");
  assert.ok(needsServer(usual, "/w/x", "criu", never));
  assert.ok(!needsServer(usual, "/w/x", "plaintext", never));
  assert.ok(!needsServer({ ...usual, scripts: false }, "/w/x", "python", never));
  assert.ok(!needsServer(usual, "/w/x", "python", () => "print('no')"));
  assert.ok(needsServer(usual, "/w/x", "python", () => "open('/etc/criu/runc.conf', 'w')"));
  assert.ok(!needsServer({ ...usual, yaml: false }, "/w/x", "yaml", never));
  assert.ok(needsServer(usual, "/w/x", "yaml", () => "data:\n  runc.conf: |\n    tcp-close\n"));
  assert.ok(needsServer(usual, "/w/x", "ansible", () => "dest: /etc/CRIU/default.conf"));
  assert.ok(needsServer(usual, "/w/x", "dockerfile", () => "RUN echo x > /etc/criu/a.conf"));
  assert.ok(!needsServer(usual, "/w/x", "yaml", () => "kind: Pod"));
  assert.ok(needsServer(usual, "/w/Vagrantfile", "ruby", () => "echo x > /etc/criu/a.conf"));
  assert.ok(!needsServer(usual, "/w/x.rb", "ruby", never));
  assert.ok(!needsServer({ ...usual, scripts: false }, "/w/Vagrantfile", "ruby", never));
});

test("the server is started for CRIU's logs", () => {
  const never = (): string => assert.fail("the text was asked for");
  assert.ok(needsServer(usual, "/w/dump.log", "log", never));
  assert.ok(needsServer(usual, "C:\\w\\criu-restore.log", "log", never));
  assert.ok(needsServer(usual, "/w/criu.log", "log", never));
  assert.ok(!needsServer(usual, "/w/x-dump.log", "log", never));
  assert.ok(!needsServer(usual, "/w/criu-criu.log", "log", never));
});

test("the server is started for its own configuration", () => {
  const never = (): string => assert.fail("the text was asked for");
  assert.ok(needsServer(usual, "/w/criulint.toml", "plaintext", never));
  assert.ok(needsServer(usual, "C:\\w\\.criulint.toml", "toml", never));
  assert.ok(needsServer(usual, "/w/pyproject.toml", "toml", () => "[tool.criulint]"));
  assert.ok(!needsServer(usual, "/w/pyproject.toml", "toml", () => "[project]"));
  assert.ok(!needsServer(usual, "/w/Cargo.toml", "toml", never));
});

test("of some languages only files with certain names are the server's", () => {
  const patterns = (settings: Settings): unknown[] => selector(settings).flatMap(({ language, pattern }) => (pattern ? [language] : []));
  assert.deepEqual(new Set(patterns(usual)), new Set(["ruby", "log", undefined]));
  assert.deepEqual(new Set(patterns({ ...usual, scripts: false })), new Set(["log", undefined]));
  assert.deepEqual(selector(usual)[0], { scheme: "file", language: "criu" });
});

test("a line of a text leads where its links do", () => {
  const link = { line: 2, start: 4, end: 6, uri: "file:///x", targetLine: 1, targetCharacter: 0 };
  const view = { text: "", links: [link, { ...link, start: 8, end: 9, targetLine: 5 }] };
  assert.equal(linkOn(view, 2, 0)?.targetLine, 1);
  assert.equal(linkOn(view, 2, 9)?.targetLine, 5);
  assert.equal(linkOn(view, 1, 5), undefined);
  assert.equal(linkOn(undefined, 1, 5), undefined);
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
  const message = startupError({ command: "/x/criulint", args: [] }, "spawn ENOENT");
  assert.match(message, /^criulint did not start: spawn ENOENT\. Install it with the extra `lsp`.*now \/x\/criulint/);
});

test("the last line of what a server said is its reason", () => {
  assert.equal(lastLine("Traceback:\r\n  x\r\ncriulint: error: needs pygls\r\n\n"), "needs pygls");
  assert.equal(lastLine("ModuleNotFoundError: no criulint"), "ModuleNotFoundError: no criulint");
  assert.equal(lastLine(" \n"), "");
});

test("what reads a file is said in a few words", () => {
  assert.equal(describe({ criu: "4.2.1", runtime: "", releases: [] }), "CRIU 4.2.1");
  assert.equal(describe({ criu: "4.1", runtime: "crun@1.26", releases: [] }), "CRIU 4.1, crun@1.26");
});

test("the status bar shows one short line", () => {
  assert.equal(shorten("bad key `x`\nmore"), "bad key `x`");
  assert.equal(shorten("x".repeat(500)).length, 80);
  assert.equal(shorten("x".repeat(80)), "x".repeat(80));
});

test("a saved configuration clears what was said about it", () => {
  assert.ok(isConfiguration("/w/criulint.toml"));
  assert.ok(isConfiguration("/w/pyproject.toml"));
  assert.ok(!isConfiguration("/w/other.toml"));
});

test("what runs in each window is small: the client is loaded with the first server", () => {
  const built = readFileSync("dist/extension.js", "utf-8");
  assert.ok(built.length < 20_000, `${String(built.length)} characters`);
  assert.match(built, /require\("\.\/client\.js"\)/);
});

test("the package has all that is built", () => {
  const kept = readFileSync(".vscodeignore", "utf-8");
  for (const name of ["extension.js", "client.js"]) {
    assert.ok(kept.includes(`!dist/${name}`));
  }
});
